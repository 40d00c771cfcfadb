"""The ranking as a reader sees it: a layer, its bars, its columns, its lead sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from demomed.core.document import KeyFigure, RankingBar
from demomed.core.indicator import NATURE_LABELS, Indicator
from demomed.core.ranking import DEPENDS, ROBUST, ROBUST_SHARE, Ranking
from demomed.core.territory import Territory
from demomed.rendering.french import (
    capitalised,
    count_word,
    join,
    number,
    ordinal,
    rounded,
    sentence,
    typeset,
)
from demomed.rendering.language import translated
from demomed.rendering.layers import source_ids
from demomed.rendering.pages import LayerSpec

PRIORITY = "priority"
"""Identifier of the layer drawn from a ranking."""
BREAKS = (25.0, 50.0, 75.0)
"""Fixed bounds of the score, on 100."""
STATUSES: Mapping[str, str] = {
    "value": "value",
    "rescaled": "value",
    "missing": "missing",
    "outside": "not_applicable",
}
"""Status of a score on the map from that of its zone in the ranking."""


def _unmeasured(territory: Territory, zones: pd.Series, profession: str | None) -> pd.DataFrame:
    raise TypeError("a ranking is computed by the analysis, not measured on a territory")


def priority_indicator(ranking: Ranking, texts: Mapping[str, Any]) -> Indicator:
    """The score of a ranking, declared like any indicator so that it is drawn like one."""
    words = texts["compose"]["priority"]
    return Indicator(
        id=PRIORITY,
        label=words["label"],
        short_label=words["short_label"],
        unit=words["unit"],
        kind="score",
        favourable="low",
        theme="priorites",
        description=words["description"].format(title=ranking.recipe.title),
        caveat=ranking.recipe.caveat,
        numerator="",
        denominator="",
        sources=(),
        nature="estimated",
        measure=_unmeasured,
        breaks=BREAKS,
    )


def priority_spec(texts: Mapping[str, Any]) -> LayerSpec:
    """How a page tells the score."""
    words = texts["compose"]["priority"]
    return LayerSpec(PRIORITY, "", typeset(words["group"]), typeset(words["says"]))


def criteria_specs(
    ranking: Ranking, known: Sequence[LayerSpec], texts: Mapping[str, Any]
) -> tuple[LayerSpec, ...]:
    """The criteria of the recipe as layers, told as on the pages that already show them."""
    words = texts["compose"]["priority"]
    told = {spec.id: spec for spec in known}
    found = []
    for criterion in ranking.recipe.criteria:
        spec = told.get(
            criterion.column,
            LayerSpec(criterion.indicator, criterion.profession, "", words["criterion_says"]),
        )
        found.append(replace(spec, group=typeset(words["criteria_group"])))
    return tuple(found)


def priority_rows(ranking: Ranking, criteria: pd.DataFrame) -> pd.DataFrame:
    """The scores as rows of indicators, carrying the sources, nature and dates of their criteria.

    Criteria of several dates make an ISO 8601 interval: the first one, a slash, the last one.

    Parameters
    ----------
    ranking
        The ranking.
    criteria
        Public rows of its criteria.
    """
    table = ranking.table
    sources = ";".join(source_ids(criteria)) if len(criteria) else ""
    natures = set(criteria["nature"])
    nature = next((n for n in ("fictional", "simulated", "register") if n in natures), "estimated")
    dates = sorted({str(d)[:10] for d in criteria["date"] if pd.notna(d) and str(d)})
    return pd.DataFrame(
        {
            "level": ranking.level,
            "zone_code": table.index.astype(str),
            "zone_name": table["zone_name"].astype(str).to_numpy(),
            "indicator": PRIORITY,
            "profession": "",
            "date": "/".join(dict.fromkeys(dates[:1] + dates[-1:])),
            "value": table["score"].astype(float).to_numpy(),
            "low": float("nan"),
            "high": float("nan"),
            "numerator": float("nan"),
            "denominator": float("nan"),
            "status": table["status"].map(STATUSES).to_numpy(dtype=object),
            "nature": nature,
            "sources": sources,
        }
    )


def hindsight_words(ranking: Ranking | None) -> tuple[str, ...]:
    """How the recipe fared when tried on the past; nothing for one that was not tried."""
    told = "" if ranking is None else ranking.recipe.hindsight
    return (typeset(told),) if told else ()


def rank_words(row: Mapping[str, Any], texts: Mapping[str, Any]) -> str:
    """« du 2ᵉ au 4ᵉ rang », or that the rank does not move."""
    words = texts["compose"]["priority"]
    if pd.isna(row.get("rank_low")) or pd.isna(row.get("rank_high")):
        return ""
    low, high = (ordinal(int(rounded(float(row[name])))) for name in ("rank_low", "rank_high"))
    return str(
        typeset(words["rank_same" if low == high else "rank_interval"].format(low=low, high=high))
    )


def unranked_words(row: Mapping[str, Any], texts: Mapping[str, Any]) -> str:
    """Why a zone has no rank: too few criteria, or most of its inhabitants live elsewhere."""
    words = texts["compose"]["priority"]
    if row["status"] == "outside":
        return str(typeset(words["elsewhere"].format(zone=row["verdict"])))
    return str(typeset(words["not_ranked"]))


def _top_words(ranking: Ranking, row: Mapping[str, Any], words: Mapping[str, Any]) -> str:
    share = f"{number(float(row['p_top']) * 100)} %"
    return str(words["top"].format(top=ranking.top, share=share))


def priority_bars(
    ranking: Ranking, names: Mapping[str, str], texts: Mapping[str, Any]
) -> tuple[RankingBar, ...]:
    """One bar per zone, the contributions of its criteria in the order of the recipe."""
    words = texts["compose"]["priority"]
    labels = {c.column: capitalised(typeset(c.label)) for c in ranking.recipe.criteria}
    labels |= {c.label: capitalised(typeset(c.label)) for c in ranking.recipe.criteria}
    bars = []
    for code, row in ranking.table.iterrows():
        scored = pd.notna(row["score"])
        parts = ranking.contributions.loc[code] if code in ranking.contributions.index else None
        bars.append(
            RankingBar(
                code=str(code),
                name=names.get(str(code), str(row["zone_name"])),
                rank=ordinal(int(row["rank"])) if pd.notna(row["rank"]) else "",
                value=rounded(float(row["score"])) if scored else None,
                text=number(float(row["score"])) if scored else _no_score(row, texts),
                low=None,
                high=None,
                interval=rank_words(row, texts),
                status=typeset(str(row["verdict"])) if scored else unranked_words(dict(row), texts),
                note=typeset(_top_words(ranking, dict(row), words)) if scored else "",
                parts=tuple(
                    (labels.get(str(name), str(name)), rounded(float(points), 1))
                    for name, points in parts.items()
                    if pd.notna(points)
                )
                if scored and parts is not None
                else (),
            )
        )
    return tuple(bars)


def _no_score(row: Mapping[str, Any], texts: Mapping[str, Any]) -> str:
    return str(texts["compose"]["not_applicable" if row["status"] == "outside" else "missing"])


def _groups(ranking: Ranking) -> tuple[list[str], list[str]]:
    """Codes of the robust zones, then of those that depend on choices, in order of rank.

    Never more than the verdict of the ranking allows, whatever the share of the draws.
    """
    share, verdict = ranking.table["p_top"].astype(float), ranking.table["verdict"]
    told = verdict.eq(ROBUST) & (share >= ROBUST_SHARE - 1e-9)
    depends = verdict.isin((ROBUST, DEPENDS)) & ~told
    return [str(c) for c in share.index[told]], [str(c) for c in share.index[depends]]


def priority_finding(
    ranking: Ranking, names: Mapping[str, str], texts: Mapping[str, Any], nature: str
) -> str:
    """Which zones come first, and whether that holds under other choices.

    Parameters
    ----------
    ranking
        The ranking.
    names
        How a sentence calls each zone.
    texts
        Texts of the catalogue.
    nature
        Nature of the least certain criterion.
    """
    words = texts["compose"]["priority"]
    robust, depends = _groups(ranking)
    scored = ranking.table.loc[ranking.table["score"].notna()]
    if scored.empty:
        return sentence(typeset(texts["compose"]["finding"]["none"]))
    top = ranking.top
    place = words["place_first" if top == 1 else "place_top"].format(top=count_word(top))
    told = []
    if robust:
        pattern = words["lead_robust_many" if _are_many(robust, names) else "lead_robust_one"]
        share = count_word(round(ROBUST_SHARE * 10))
        told.append(
            pattern.format(zones=join([names[code] for code in robust]), place=place, share=share)
        )
    else:
        first = scored.iloc[0]
        leads = _are_many([str(scored.index[0])], names)
        told.append(
            words["lead_first_many" if leads else "lead_first"].format(
                zone=names[str(scored.index[0])], value=number(float(first["score"]))
            )
        )
        depends = [code for code in depends if code != str(scored.index[0])]
    if depends:
        pattern = words["lead_choice_many" if _are_many(depends, names) else "lead_choice_one"]
        told.append(pattern.format(zones=join([names[code] for code in depends]), place=place))
    text = " ".join(sentence(typeset(part)) for part in told)
    if nature == "fictional":
        label = capitalised(translated(NATURE_LABELS["fictional"]))
        return typeset(texts["compose"]["finding"]["fictional"].format(nature=label, text=text))
    return text


def _are_many(codes: Sequence[str], names: Mapping[str, str]) -> bool:
    """Whether the verb is plural: several zones, or one whose name is (« les Coëvrons »)."""
    return len(codes) > 1 or names[codes[0]].lower().startswith("les ")


def priority_figures(
    ranking: Ranking, texts: Mapping[str, Any], nature: str
) -> tuple[KeyFigure, ...]:
    """How many zones come first whatever the choices, and how many depend on them."""
    words = texts["compose"]["priority"]
    total = int(ranking.table["score"].notna().sum())
    comparison = typeset(words["figure_comparison"].format(total=number(total)))
    return tuple(
        KeyFigure(
            number(len(codes)),
            "",
            typeset(words[key][len(codes) > 1]),
            comparison,
            typeset(NATURE_LABELS[nature]),
        )
        for codes, key in zip(_groups(ranking), ("figure_robust", "figure_choice"), strict=True)
    )
