"""« Programmes et territoires de projet »: zones beyond the intercommunalities, and what they cover."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from demomed.analysis.zone_indicators import zone_indicators
from demomed.analysis.zones import coverage_of_programme, zone_summary
from demomed.core.catalogue import entry, services
from demomed.core.indicator import indicators
from demomed.core.portrait import PlainTable
from demomed.core.report import Report, Section
from demomed.core.state import EarlierState
from demomed.core.zoning import Zoning
from demomed.dossiers.material import Material
from demomed.rendering.french import capitalised, join, number, plural, typeset, with_unit
from demomed.rendering.reports import dossier_words, make_report, plain_table

PAGE = "programmes"
INPUT = "zonings"
MOST_NAMED = 12
Words = Mapping[str, Any]


def dossier(material: Material) -> Report | None:
    """What each programme covers, and the indicators of its zones.

    Returns
    -------
    Report or None
        ``None`` when no zoning was given.
    """
    zonings: Sequence[Zoning] = material.inputs.get(INPUT) or ()
    if not zonings:
        return None
    words = dossier_words(PAGE)
    earlier = material.inputs.get("earlier")
    told = zone_indicators(
        material.territory,
        zonings,
        material.public,
        told=earlier.told if isinstance(earlier, EarlierState) else None,
        moves=earlier.moves if isinstance(earlier, EarlierState) else None,
    )
    parts, sections = [], []
    for zoning in zonings:
        part, section = _zoning(material, words, zoning, told.select(level=zoning.kind).table)
        parts.append(part)
        sections.append(section)
    lead = str(words["lead"].format(parts=" ; ".join(parts)))
    return make_report(
        PAGE,
        material.territory,
        material.public,
        lead=lead[0].upper() + lead[1:],
        sections=sections,
        nature=_nature(told.table, words),
        version=material.version,
        sources=_sources(told.table, words, material),
        language=material.language,
    )


def _shown(table: pd.DataFrame, words: Words) -> pd.DataFrame:
    wanted = pd.MultiIndex.from_tuples([tuple(pair) for pair in words["shown"]])
    return table.loc[pd.MultiIndex.from_frame(table[["indicator", "profession"]]).isin(wanted)]


def _nature(table: pd.DataFrame, words: Words) -> str:
    """The least sure of the natures shown: fictional figures are told as such."""
    held = set(_shown(table, words)["nature"])
    order = ("fictional", "simulated", "estimated", "register", "derived", "official")
    return next((nature for nature in order if nature in held), "derived")


def _sources(table: pd.DataFrame, words: Words, material: Material) -> tuple[str, ...]:
    cells = _shown(table, words)["sources"]
    found = dict.fromkeys(id_ for cell in cells for id_ in str(cell).split(";"))
    return tuple(id_ for id_ in found if id_ in material.territory.sources)


def _zoning(
    material: Material, words: Words, zoning: Zoning, table: pd.DataFrame
) -> tuple[str, Section]:
    territory, label = material.territory, str(entry("zonings", zoning.kind)["plural"])
    people = territory.communes["population"].astype(float)
    inside = territory.members("commune").index
    members = territory.members("epci")
    members = members.loc[members.index.isin(inside)]
    coverage = coverage_of_programme(zoning.members, members, people)
    head = {"label": capitalised(label)}
    is_whole = coverage.uncovered.empty
    part = words["part_whole" if is_whole else "part"].format(
        count=number(table["zone_code"].nunique()),
        plural=label,
        share=_percent(coverage.total["population_share"]),
        of_department=territory.department.of,
        communes=number(coverage.total["covered_communes_count"]),
        total=number(coverage.total["communes_count"]),
    )
    section = Section(
        title=typeset(words["section"].format(**head)),
        paragraphs=(typeset(_uncovered(words, territory.communes, coverage.uncovered)),),
        tables=(
            _zones(words, territory, zoning, table, head),
            _indicators(words, table, head),
            *(
                ()
                if is_whole
                else (_covered(words, territory, coverage.by_zone, coverage.total, head),)
            ),
        ),
    )
    return part, section


def _uncovered(words: Words, communes: pd.DataFrame, left: pd.DataFrame) -> str:
    if left.empty:
        return str(words["covered"])
    order = left.sort_values("population", ascending=False, kind="stable").index
    names = [str(name) for name in communes["commune_name"].reindex(order[:MOST_NAMED])]
    many = len(left) > MOST_NAMED
    told = plural(len(left), *words["communes"])
    return str(
        words["uncovered_many" if many else "uncovered"].format(count=told, names=join(names))
    )


def _zones(
    words: Words, territory: Any, zoning: Zoning, table: pd.DataFrame, head: Mapping[str, str]
) -> PlainTable:
    kept = list(dict.fromkeys(table["zone_code"]))
    zones = zoning.zones.loc[zoning.zones.index.isin(kept)]
    held = zoning.members.loc[
        zoning.members.isin(kept) & zoning.members.index.isin(territory.communes.index)
    ]
    lines: list[tuple[str, ...]] = []
    told = zone_summary(held, territory.communes["population"].astype(float), zones)
    for _, row in told.iterrows():
        gaps = [
            words[name].format(count=_signed(row[column]))
            for name, column in (
                ("gap_communes", "communes_difference"), ("gap_people", "population_difference"),
            )
            if pd.notna(row[column]) and row[column]
        ]  # fmt: skip
        lines.append(
            (
                str(row["zone_name"]),
                number(row["communes_count"]),
                words["nothing"] if pd.isna(row["population"]) else number(row["population"]),
                str(row["announced_text"] or ""),
                ", ".join(gaps),
            )
        )
    heads = words["heads_zones"]
    if not any(line[3] for line in lines):
        heads, lines = heads[:3], [line[:3] for line in lines]
    return plain_table(words["table_zones"].format(**head), heads, lines, numeric=(1, 2))


def _indicators(words: Words, table: pd.DataFrame, head: Mapping[str, str]) -> PlainTable:
    known, kinds = indicators(), services()
    pairs = [tuple(pair) for pair in words["shown"]]
    rows = _shown(table, words).set_index(["zone_code", "indicator", "profession"])
    names = table.drop_duplicates("zone_code").set_index("zone_code")["zone_name"]
    lines = [
        (str(name), *(_value(words, known[id_], rows, (zone, id_, service)) for id_, service in pairs))
        for zone, name in names.items()
    ]  # fmt: skip
    heads = [
        f"{known[id_].short_label}, {kinds[service].label}"
        + (f" ({known[id_].unit})" if known[id_].unit else "")
        for id_, service in pairs
    ]
    return plain_table(
        words["table_indicators"].format(**head),
        [words["head_zone"], *heads],
        lines,
        numeric=tuple(range(1, len(pairs) + 1)),
    )


def _value(words: Words, one: Any, rows: pd.DataFrame, key: tuple[str, str, str]) -> str:
    if key not in rows.index:
        return str(words["nothing"])
    row = rows.loc[key]
    if pd.notna(row["value"]):
        return number(row["value"] * one.scale, one.decimals)
    if row["status"] == "masked":
        return str(row["coarse"] or words["secret"])
    return str(words["nothing"])


def _covered(
    words: Words, territory: Any, zones: pd.DataFrame, total: pd.Series, head: Mapping[str, str]
) -> PlainTable:
    names = territory.zones("epci")["short_name"]
    rows = [(str(names[zone]), row) for zone, row in zones.iterrows()]
    rows.append((str(words["whole"]), total))
    lines = [
        (
            name,
            _of(words, row["covered_communes_count"], row["communes_count"]),
            _of(words, row["covered_population"], row["population"]),
            _percent(row["population_share"]),
        )
        for name, row in rows
    ]
    return plain_table(
        words["table_coverage"].format(**head), words["heads_coverage"], lines, numeric=(1, 2, 3)
    )


def _of(words: Words, part: float, whole: float) -> str:
    return str(words["of_count"].format(part=number(part), whole=number(whole)))


def _percent(share: float) -> str:
    return "n.d." if pd.isna(share) else with_unit(number(100 * share), "%")


def _signed(value: float) -> str:
    return ("+" if value > 0 else "") + number(value)
