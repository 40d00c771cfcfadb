"""« Classement et zonage »: the ranking and a simulation beside the legal zoning of doctors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from demomed.analysis.indicators.inputs import apl
from demomed.analysis.zoning import COMPLEMENTARY, OUTSIDE, PRIORITY, agreement, simulate_zoning
from demomed.core.catalogue import entry
from demomed.core.document import KeyFigure
from demomed.core.indicator import NATURE_LABELS
from demomed.core.ranking import DEPENDS, ROBUST
from demomed.core.report import Figure, Report, Section
from demomed.dossiers.material import Material
from demomed.rendering.french import capitalised, join, number, ordinal, typeset, with_unit
from demomed.rendering.reports import dossier_words, make_report, plain_table
from demomed.rendering.small_map import Swatch, small_map

PAGE = "zonage"
COLUMN = "zoning_gp"
AGE_LIMIT = "65"
"""Doctors counted by the order that sets the zoning: those of 65 or under."""
SLIGHT, FAIR = 0.2, 0.6
"""Kappas under which an agreement is hardly, or only partly, more than chance (Landis, Koch 1977)."""
HEAVY_SHARE = 0.2
"""Share of the inhabitants classed otherwise from which one commune is named for it."""
CLASSES = (PRIORITY, COMPLEMENTARY, OUTSIDE)
SHADES = (3, 1, 0)
"""Class of the « difficulty » palette of the theme for each class."""


def dossier(material: Material) -> Report | None:
    """Agreement of the legal zoning with a simulation of its size, and with the ranking.

    Returns
    -------
    Report or None
        ``None`` where no legal zoning or no accessibility is published for the department.
    """
    zones = zoned_communes(material)
    if zones is None:
        return None
    words = dossier_words(PAGE)
    table = agreement(zones["legal"], zones["simulated"], zones["people"])
    ranked = _ranked(material, zones)
    return make_report(
        PAGE,
        material.territory,
        material.public,
        lead=_lead(table, ranked, words),
        sections=_sections(material, zones, table, ranked, words),
        nature="simulated",
        caveats=_reserves(material, zones, words),
        version=material.version,
        sources=("ars_zoning_gp", "drees_apl_gp", "insee_populations"),
        key_figures=_figures(zones, table, words),
        language=material.language,
    )


def zoned_communes(material: Material, age_limit: str | None = None) -> pd.DataFrame | None:
    """Communes of the department with their legal class and the simulated one, sizes alike.

    Parameters
    ----------
    material
        The department.
    age_limit
        Doctors whose accessibility the simulation takes; by default those of 65 or under, as the
        order does, where published.

    Returns
    -------
    DataFrame or None
        Index ``commune_code``: ``people, legal, simulated`` (ZIP, ZAC, HZ, or missing).
    """
    communes = material.territory.communes
    own = material.territory.members("departement").index
    legal = communes[COLUMN].reindex(own).astype(object) if COLUMN in communes else pd.Series()
    limit = _age_limit(material) if age_limit is None else age_limit
    access = apl(material.territory, "gp", limit)["apl"].reindex(own)
    people = communes["population"].reindex(own).astype(float)
    if not legal.notna().any() or not people[access.notna()].sum() > 0:
        return None
    legal = legal.where(legal.isna() | legal.isin(CLASSES), OUTSIDE)
    known = people[legal.notna()]
    shares = known.groupby(legal[legal.notna()]).sum() / known.sum()
    simulated = simulate_zoning(
        access,
        people,
        forced=-np.inf,
        share_zip=float(shares.get(PRIORITY, 0.0)),
        share_zac=min(float(shares.get(COMPLEMENTARY, 0.0)), 1 - float(shares.get(PRIORITY, 0.0))),
        cross="include",
    )["zone_class_simulated"]
    return pd.DataFrame({"people": people, "legal": legal, "simulated": simulated})


def _age_limit(material: Material) -> str:
    """Accessibility without the doctors over 65 where it is published, of all otherwise."""
    published = material.territory.apl
    held = published.loc[published["service"] == "gp", "age_limit"]
    return AGE_LIMIT if (held == AGE_LIMIT).any() else "all"


def _ranked(material: Material, zones: pd.DataFrame) -> pd.DataFrame:
    """Zones of the ranking, in its order: rank, verdict, inhabitants of the department, in ZIP."""
    if material.ranking is None:
        return pd.DataFrame(columns=["zone_name", "rank", "verdict", "people", "priority"])
    held = zones.loc[zones["legal"].notna()]
    member = material.territory.members("epci").reindex(held.index).astype(object)
    people = held["people"].groupby(member.to_numpy()).sum()
    inside = held["people"].where(held["legal"] == PRIORITY, 0.0)
    table = material.ranking.table[["zone_name", "rank", "verdict"]].copy()
    table["people"] = people.reindex(table.index)
    table["priority"] = inside.groupby(member.to_numpy()).sum().reindex(table.index)
    return table.loc[table["people"] > 0]


def _percent(share: float) -> str:
    return with_unit(number(100 * share), "%")


def _kappa(table: pd.DataFrame) -> str:
    kappa = float(table.attrs["kappa"])
    return "n.d." if np.isnan(kappa) else number(kappa, 2)


def _reserves(material: Material, zones: pd.DataFrame, words: Mapping[str, Any]) -> tuple[str, ...]:
    """Doctors counted, what the others would change, and the commune that weighs most."""
    limit, told = _age_limit(material), {}
    every = zoned_communes(material, "all") if limit != "all" else None
    if every is not None:
        other = agreement(every["legal"], every["simulated"], every["people"])
        told = {"share": _percent(other.attrs["agreement_share"]), "kappa": _kappa(other)}
    texts = [words["doctors"][limit if told else "all"].format(**told)]
    both = zones.dropna(subset=["legal", "simulated"])
    unlike = both.loc[both["legal"] != both["simulated"]]
    weight = unlike["people"] / unlike["people"].sum()
    if len(weight) and weight.max() >= HEAVY_SHARE:
        code = weight.idxmax()
        texts.append(
            words["heaviest"].format(
                name=material.territory.communes.loc[code, "commune_name"],
                people=number(unlike.loc[code, "people"]),
                legal=unlike.loc[code, "legal"],
                simulated=unlike.loc[code, "simulated"],
                share=_percent(weight.max()),
            )
        )
    return tuple(map(typeset, texts))


def _lead(table: pd.DataFrame, ranked: pd.DataFrame, words: Mapping[str, Any]) -> str:
    scored = ranked.loc[ranked["rank"].notna()]
    is_first = scored["verdict"].isin((ROBUST, DEPENDS))
    told = ""
    if is_first.any() and not is_first.all():
        parts = scored.groupby(is_first)[["people", "priority"]].sum()
        share = parts["priority"] / parts["people"]
        told = words["lead_ranked"].format(
            first=_percent(share[True]),
            rest=_percent(share[False]),
            count=number(int(is_first.sum())),
            total=number(len(scored)),
        )
    return str(
        words["lead"].format(
            share=_percent(table.attrs["agreement_share"]),
            chance=_beside_chance(table, words),
            ranked=told,
        )
    )


def _beside_chance(table: pd.DataFrame, words: Mapping[str, Any]) -> str:
    """What classes of the same sizes drawn at random would share, and how much more this is."""
    kappa = float(table.attrs["kappa"])
    if np.isnan(kappa):
        return str(words["chance_none"])
    verdict = "hardly" if kappa < SLIGHT else "partly" if kappa < FAIR else "clearly"
    return str(
        words["chance"][verdict].format(
            expected=_percent(table.attrs["expected_share"]), kappa=_kappa(table)
        )
    )


def _figures(
    zones: pd.DataFrame, table: pd.DataFrame, words: Mapping[str, Any]
) -> tuple[KeyFigure, ...]:
    held = zones.loc[zones["legal"].notna()]
    inside = float(held.loc[held["legal"] == PRIORITY, "people"].sum())
    return (
        KeyFigure(
            number(100 * table.attrs["agreement_share"]),
            "%",
            typeset(words["figure_agreement"]),
            typeset(words["figure_kappa"].format(kappa=_kappa(table))),
            typeset(NATURE_LABELS["simulated"]),
        ),
        KeyFigure(
            number(100 * inside / float(held["people"].sum())),
            "%",
            typeset(words["figure_zip"]),
            typeset(words["figure_zip_detail"].format(people=number(inside))),
            typeset(NATURE_LABELS["official"]),
        ),
    )


def _sections(
    material: Material,
    zones: pd.DataFrame,
    table: pd.DataFrame,
    ranked: pd.DataFrame,
    words: Mapping[str, Any],
) -> list[Section]:
    maps = tuple(
        _map(material, zones, column, nature, words)
        for column, nature in (("legal", "official"), ("simulated", "simulated"))
    )
    sections = [
        Section(typeset(words["maps"]), figures=maps),
        Section(typeset(words["cross"]), tables=(_cross(table, words),)),
    ]
    if len(ranked):
        sections.append(Section(typeset(words["zones"]), tables=(_zones(ranked, words),)))
    return sections


def _map(
    material: Material, zones: pd.DataFrame, column: str, nature: str, words: Mapping[str, Any]
) -> Figure:
    theme = material.territory.department.theme
    scale = entry("themes", theme)["scales"]["difficulty"]
    labels = [capitalised(words["classes"][name]) for name in CLASSES]
    swatches = [
        *(Swatch(label, scale[k]) for label, k in zip(labels, SHADES, strict=True)),
        Swatch(words["classes"]["missing"]),
    ]
    place = {
        str(code): CLASSES.index(name) if name in CLASSES else len(CLASSES)
        for code, name in zones[column].items()
    }
    people = zones.groupby(zones[column].fillna("missing"))["people"].sum()
    parts = join([f"{words['classes'][str(c)]}, {number(v)} habitants" for c, v in people.items()])
    title = typeset(words["map_legal" if column == "legal" else "map_simulated"])
    svg = small_map(
        material.scene,
        "commune",
        swatches,
        place,
        title=title,
        description=typeset(words["description"].format(parts=parts)),
        key=f"{PAGE}-{column}",
        theme=theme,
    )
    note = words["map_note"].format(nature=capitalised(NATURE_LABELS[nature]))
    return Figure(title, svg, typeset(note))


def _cross(table: pd.DataFrame, words: Mapping[str, Any]) -> Any:
    held = [name for name in CLASSES if name in table.index]
    heads = [
        words["cross_head"],
        *(words["cross_column"].format(label=words["classes"][name]) for name in held),
    ]
    rows = [
        (capitalised(words["classes"][a]), *(number(float(table.loc[a, b])) for b in held))
        for a in held
    ]
    return plain_table(words["cross_table"], heads, rows, numeric=tuple(range(1, len(held) + 1)))


def _zones(ranked: pd.DataFrame, words: Mapping[str, Any]) -> Any:
    rows = [
        (
            str(row.zone_name),
            ordinal(int(row.rank)) if pd.notna(row.rank) else words["unranked"],
            str(row.verdict),
            number(row.priority),
            _percent(row.priority / row.people),
        )
        for row in ranked.itertuples()
    ]
    return plain_table(words["zones_table"], words["zones_heads"], rows, numeric=(3, 4))
