"""« Scénario et présent »: what a scenario changes, who gains, who loses, beside the present."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from demomed.analysis.kernel import kernel_agreement
from demomed.analysis.scenario import GAINS, LOSES, SAME, UNKNOWN, compare
from demomed.core.catalogue import entry, services
from demomed.core.document import KeyFigure, Link
from demomed.core.indicator import NATURE_LABELS, Indicator, PublicIndicators, get_indicator
from demomed.core.ranking import Ranking
from demomed.core.report import Figure, Report, Section
from demomed.core.scenario import KINDS, SIMULATED, TITLE
from demomed.dossiers.material import Material
from demomed.rendering.french import (
    capitalised,
    join,
    number,
    ordinal,
    typeset,
)
from demomed.rendering.kernel import kernel_caveats
from demomed.rendering.layers import source_ids
from demomed.rendering.pages import name_service
from demomed.rendering.reports import dossier_words, make_report, plain_table
from demomed.rendering.small_map import Swatch, small_map
from demomed.rendering.table import plain_number, safe_cell, to_csv

PAGE = "scenario"
FILE = "comparaison.csv"
INPUT = "present_situation"
"""Name under which :class:`Material` holds the :class:`Present`."""
MOST_MAPS = 4
CLASSES = ("much_worse", "worse", "same", "better", "much_better", "missing")
Change = tuple[str, str]
"""An indicator and its profession."""


@dataclass(frozen=True)
class Present:
    """What a scenario is compared with: protected indicators and ranking of the present."""

    public: PublicIndicators
    ranking: Ranking | None


def dossier(material: Material) -> Report | None:
    """What the scenario changes; ``None`` for a territory that is no scenario.

    Parameters
    ----------
    material
        The scenario; ``inputs`` holds the present.
    """
    present = material.inputs.get(INPUT)
    if present is None or SIMULATED not in material.territory.extra:
        return None
    words = dossier_words(PAGE)
    table = compare(present.public, material.public)
    zones = table.xs("epci", level="level")
    moved = zones.loc[~zones["outcome"].isin((SAME, UNKNOWN))]
    ranks = rank_changes(present.ranking, material.ranking)
    used = material.public.table
    found = kernel_agreement(present.public)
    return make_report(
        PAGE,
        material.territory,
        material.public,
        lead=_lead(material, moved, ranks, words),
        sections=tuple(_sections(material, zones, moved, ranks, words)),
        nature="simulated",
        version=material.version,
        sources=source_ids(used.loc[used["indicator"].isin(_ids(moved))]),
        key_figures=_figures(zones, moved, words),
        caveats=kernel_caveats(found.value, found.low, found.high, found.count),
        downloads=(Link(FILE, typeset(words["file"]), typeset(words["file_detail"])),),
        files={FILE: comparison_csv(table, words["csv"])},
        language=material.language,
    )


def rank_changes(before: Ranking | None, after: Ranking | None) -> pd.DataFrame:
    """Rank and verdict of each zone in the present and in the scenario.

    Returns
    -------
    DataFrame
        Index ``zone_code``, in the order of the scenario: ``zone_name, rank_before, rank_after,
        verdict_before, verdict_after``; empty when one side could not be ranked.
    """
    if before is None or after is None:
        return pd.DataFrame(
            columns=["zone_name", "rank_before", "rank_after", "verdict_before", "verdict_after"]
        )
    first, second = (side.table[["rank", "verdict"]] for side in (before, after))
    both = second.add_suffix("_after").join(first.add_suffix("_before"))
    return both.assign(zone_name=after.table["zone_name"])


def comparison_csv(table: pd.DataFrame, header: Sequence[str]) -> bytes:
    """Every compared figure, present and simulated, as a CSV for French spreadsheets."""
    rows = []
    for (level, code, id_, profession), row in table.iterrows():
        told = get_indicator(str(id_))
        figures = [float(row[c]) * told.scale for c in ("before", "after", "change")]
        rows.append(
            [str(level), safe_cell(str(code)), safe_cell(str(row["zone_name"])), str(id_),
             str(profession), *(plain_number(f, told.decimals + 1) for f in figures),
             str(row["outcome"])]
        )  # fmt: skip
    return to_csv(list(header), rows)


def _ids(moved: pd.DataFrame) -> set[str]:
    return set(moved.index.get_level_values("indicator"))


def _zones_with(moved: pd.DataFrame, outcome: str, phrases: pd.Series) -> list[str]:
    codes = moved.loc[moved["outcome"] == outcome].index.unique("zone_code").sort_values()
    return list(phrases.reindex(codes).dropna())


def _lead(
    material: Material, moved: pd.DataFrame, ranks: pd.DataFrame, words: Mapping[str, Any]
) -> str:
    title = material.territory.extra[SIMULATED].attrs[TITLE]
    phrases = material.scene.zones["epci"]["phrase"].astype(str)
    gain, lose = (_zones_with(moved, outcome, phrases) for outcome in (GAINS, LOSES))
    if not gain and not lose:
        return str(words["lead_none"].format(title=title))
    shifted = ranks.loc[ranks["rank_before"].notna() | ranks["rank_after"].notna()]
    changed = shifted.index[shifted["rank_before"] != shifted["rank_after"]]
    shifted = phrases.reindex(changed).dropna()
    rank = words["rank_moves"].format(zones=join(list(shifted))) if len(shifted) else ""
    if not rank and len(ranks):
        rank = words["rank_same"]
    return str(
        words["lead"].format(
            title=title,
            gain=words["gain"].format(zones=join(gain)) if gain else words["gain_none"],
            lose=words["lose"].format(zones=join(lose)) if lose else words["lose_none"],
            rank=rank,
        )
    ).strip()


def _figures(
    zones: pd.DataFrame, moved: pd.DataFrame, words: Mapping[str, Any]
) -> tuple[KeyFigure, ...]:
    total = zones.index.get_level_values("zone_code").nunique()
    beside = typeset(words["figure_of"].format(total=number(total)))
    nature = typeset(NATURE_LABELS["simulated"])
    found = []
    for outcome, key in ((GAINS, "figure_gain"), (LOSES, "figure_lose")):
        rows = moved.loc[moved["outcome"] == outcome]
        count = rows.index.get_level_values("zone_code").nunique()
        found.append(KeyFigure(number(count), "", typeset(words[key][count > 1]), beside, nature))
    return tuple(found)


def _sections(
    material: Material,
    zones: pd.DataFrame,
    moved: pd.DataFrame,
    ranks: pd.DataFrame,
    words: Mapping[str, Any],
) -> list[Section]:
    sections = [Section(typeset(words["changes"]), items=_changes(material, words))]
    maps = tuple(_map(material, zones, change, words) for change in _mapped(material, moved))
    if maps:
        sections.append(Section(typeset(words["maps"]), figures=maps))
    table = _who(zones, moved, ranks, words)
    sections.append(Section(typeset(words["zones"]), tables=(table,)))
    if len(moved):
        sections.append(Section(typeset(words["figures"]), tables=(_all(moved, words),)))
    return sections


def _changes(material: Material, words: Mapping[str, Any]) -> tuple[str, ...]:
    known, communes = services(), material.territory.communes["commune_name"]
    told = []
    for row in material.territory.extra[SIMULATED].itertuples():
        service = known[row.service].singular if row.service in known else row.service
        text = words["change"].format(
            kind=capitalised(KINDS[row.kind]),
            count=number(row.count),
            commune=communes[row.commune_code],
            service=service,
            why=f" — {row.why}" if row.why else "",
        )
        told.append(typeset(text))
    return tuple(told)


def _mapped(material: Material, moved: pd.DataFrame) -> list[Change]:
    """Indicators drawn: those of the ranking first, then those that change in most zones."""
    good = [
        change
        for change in moved.index.droplevel("zone_code").unique()
        if get_indicator(change[0]).favourable
    ]
    criteria = () if material.ranking is None else material.ranking.recipe.criteria
    first = [(c.indicator, c.profession) for c in criteria]
    size = moved.groupby(level=["indicator", "profession"]).size()
    order = sorted(good, key=lambda c: (first.index(c) if c in first else len(first), -size[c], c))
    return order[:MOST_MAPS]


def _shown(indicator: Indicator, value: float, *, sign: bool = False) -> str:
    if pd.isna(value):
        return "n.d."
    text = number(value * indicator.scale, indicator.decimals + (1 if sign else 0))
    return f"+{text}" if sign and value > 0 else text


def _label(indicator: Indicator, profession: str) -> str:
    return capitalised(name_service(typeset(indicator.label), profession))


def _map(
    material: Material, zones: pd.DataFrame, change: Change, words: Mapping[str, Any]
) -> Figure:
    indicator, theme = get_indicator(change[0]), material.territory.department.theme
    rows = zones.xs(change, level=["indicator", "profession"])
    good = 1 if indicator.favourable == "high" else -1
    half = float(rows["change"].abs().max()) / 2
    place = {
        str(code): _class(float(row["change"]) * good, half, str(row["outcome"]))
        for code, row in rows.iterrows()
    }
    colours = entry("themes", theme)["scales"]["diverging"]
    told = _shown(indicator, half, sign=True).removeprefix("+")
    unit = words["points"] if indicator.unit == "%" else indicator.unit
    swatches = [
        Swatch(
            words["classes"][name].format(half=told),
            colours[k] if k < len(colours) else "",
            "falling" if name.endswith("worse") else "",
        )
        for k, name in enumerate(CLASSES)
    ]
    texts = {str(c): _shown(indicator, r["change"], sign=True) for c, r in rows.iterrows()}
    label = _label(indicator, change[1])
    seen = [f"{row['zone_name']} : {texts[str(code)]}" for code, row in rows.iterrows()]
    title = typeset(words["map"].format(label=label))
    svg = small_map(
        material.scene,
        "epci",
        swatches,
        place,
        title=title,
        description=typeset(words["description"].format(label=label, zones=" ; ".join(seen))),
        key="-".join(filter(None, change)),
        theme=theme,
        tips=texts,
        labels={code: texts[code] for code, k in place.items() if CLASSES[k] != "same"},
    )
    return Figure(title, svg, typeset(words["map_note"].format(unit=unit)))


def _class(change: float, half: float, outcome: str) -> int:
    """Class of a change that counts as an improvement when positive."""
    if outcome == UNKNOWN:
        return CLASSES.index("missing")
    if outcome == SAME:
        return CLASSES.index("same")
    side = "better" if change > 0 else "worse"
    return CLASSES.index(f"much_{side}" if abs(change) > half else side)


def _who(
    zones: pd.DataFrame, moved: pd.DataFrame, ranks: pd.DataFrame, words: Mapping[str, Any]
) -> Any:
    names = zones["zone_name"].groupby(level="zone_code").first().sort_values()
    lines = []
    for code, name in names.items():
        own = moved.loc[moved.index.get_level_values("zone_code") == code]
        told = []
        for outcome in (GAINS, LOSES):
            rows = own.index[own["outcome"] == outcome]
            labels = [_label(get_indicator(id_), job) for _, id_, job in rows]
            told.append(" ; ".join(labels) or words["nothing"])
        lines.append((str(name), *told, *_rank_words(ranks, str(code), words)))
    return plain_table(words["zones_table"], words["zones_heads"], lines)


def _rank_words(ranks: pd.DataFrame, code: str, words: Mapping[str, Any]) -> tuple[str, str]:
    if code not in ranks.index or pd.isna(ranks.loc[code, ["rank_before", "rank_after"]]).any():
        return (words["unranked"], words["unranked"])
    row = ranks.loc[code]
    places = [ordinal(int(row[f"rank_{side}"])) for side in ("before", "after")]
    verdicts = [str(row[f"verdict_{side}"]) for side in ("before", "after")]
    first, second = (
        words["same_rank" if before == after else "new_rank"].format(
            rank=after, before=before, after=after
        )
        for before, after in (places, verdicts)
    )
    return first, second


def _all(moved: pd.DataFrame, words: Mapping[str, Any]) -> Any:
    lines = []
    for (_, id_, profession), row in moved.sort_values("zone_name", kind="stable").iterrows():
        indicator = get_indicator(str(id_))
        label = _label(indicator, str(profession))
        named = not indicator.unit or label.endswith(typeset(indicator.unit))
        lines.append(
            (
                str(row["zone_name"]),
                label if named else f"{label} ({indicator.unit})",
                _shown(indicator, row["before"]),
                _shown(indicator, row["after"]),
                _shown(indicator, row["change"], sign=True),
                str(row["outcome"]),
            )
        )
    return plain_table(
        words["figures_table"],
        words["figures_heads"],
        lines,
        numeric=(2, 3, 4),
        note=words["figures_note"],
    )
