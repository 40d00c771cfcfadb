"""« Maillage »: times, cumulated remoteness and coverage, by intercommunality."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from demomed.analysis.coverage import coverage_gap, gates_beyond
from demomed.analysis.indicators.access import CUMULATED
from demomed.analysis.indicators.inputs import counts, origin_of_counts, population
from demomed.analysis.indicators.poles import TOGETHER, WITHIN_KM, pole_km
from demomed.analysis.zones import coverage_of_programme
from demomed.core import catalogue
from demomed.core.document import SourceLine
from demomed.core.portrait import PlainTable
from demomed.core.report import Figure, Report, Section
from demomed.dossiers.material import Material
from demomed.rendering.canvas import Canvas, Scale, ticks
from demomed.rendering.french import capitalised, join, number, typeset, with_unit
from demomed.rendering.plan import percent
from demomed.rendering.reports import dossier_words, make_report, plain_table

PAGE = "maillage"
WITHIN = (15, 20, 30)
WHOLE = "departement"
OFFICIAL_COUNTS = "insee_bpe"
LESS_THAN_ONE = "moins de 1"


def dossier(material: Material) -> Report | None:
    """Mesh of each gate of care, people by number of gates beyond, coverage of programmes.

    Returns
    -------
    Report or None
        ``None`` when the time to one of the gates is known nowhere.
    """
    declared = dossier_words(PAGE)
    words = declared["words"]
    minutes = pd.DataFrame({gate: _minutes(material, gate) for gate in declared["gates"]})
    if minutes.isna().all().any():
        return None
    people = population(material.territory).reindex(minutes.index)
    zones = _zones(material)
    cumulated = _both(lambda z: gates_beyond(minutes, people, CUMULATED, zones=z), zones)
    meshes = {
        gate: _both(
            lambda z, gate=gate: coverage_gap(minutes[gate], people, thresholds=WITHIN, zones=z),
            zones,
        )
        for gate in declared["gates"]
    }
    names = _names(material, words)
    sections = (
        Section(
            typeset(words["count_section"]),
            figures=(_figure(cumulated.loc[WHOLE], words),),
            tables=(_cumulated_table(cumulated, names, words),),
        ),
        *(
            Section(
                typeset(words["gate_section"].format(label=catalogue.services()[gate].label)),
                tables=(_mesh_table(gate, mesh, names, words),),
            )
            for gate, mesh in meshes.items()
        ),
        Section(typeset(words["pole_section"]), tables=(_coverage_table(material, words),)),
    )
    used = material.public.select("minutes_nearest", level="commune").table
    nature = str(used["nature"].iloc[0])
    return make_report(
        PAGE,
        material.territory,
        material.public,
        lead=_lead(
            cumulated.loc[WHOLE], meshes["gp"].loc[WHOLE], minutes["gp"], people, material, words
        ),
        sections=sections,
        nature=nature,
        version=material.version,
        sources=_sources(material, declared["gates"]),
        source_lines=_declared_lines(material, zones, words),
        date_label=material.date_of("minutes_nearest_gp"),
        language=material.language,
    )


def _sources(material: Material, gates: Sequence[str]) -> tuple[str, ...]:
    """Sources of the times, of the three kinds of care of a pôle and of the houses of health."""
    public = material.public
    times = (public.select("minutes_nearest", profession=gate).table for gate in gates)
    tables = (*times, public.select("pole_within_10km").table)
    told = [text for table in tables for text in table["sources"].dropna().unique()]
    told += [
        origin_of_counts(material.territory, service).get("sources", OFFICIAL_COUNTS)
        for service in (*TOGETHER, "msp")
    ]
    return tuple(dict.fromkeys(";".join(told).split(";")))


def _declared_lines(
    material: Material, zones: pd.Series, words: Mapping[str, Any]
) -> tuple[SourceLine, ...]:
    """The contracts that the catalogue declares are credited too, where there are any."""
    if _contracts(material, zones) is None:
        return ()
    told = words["cls_source"]
    line = SourceLine(
        id="cls",
        title=typeset(told["title"]),
        producer=typeset(told["producer"]),
        vintage="",
        as_of="",
        licence=typeset(told["licence"]),
        page="",
        field=typeset(told["field"]),
    )
    return (line,)


def _minutes(material: Material, gate: str) -> pd.Series:
    rows = material.public.select("minutes_nearest", profession=gate, level="commune").table
    return rows.set_index("zone_code")["value"].astype(float)


def _zones(material: Material) -> pd.Series:
    """Intercommunality of each commune of the department."""
    members = material.territory.members("commune").index
    zone = material.territory.communes["epci_siren"].reindex(members).astype(object)
    return zone.where(zone.isin(material.territory.epci.index)).dropna().rename("zone_code")


def _both(made: Any, zones: pd.Series) -> pd.DataFrame:
    """The same table for the intercommunalities, then for the department."""
    whole = pd.Series(WHOLE, index=zones.index, dtype=object)
    return pd.concat([made(zones), made(whole)])


def _names(material: Material, words: Mapping[str, Any]) -> dict[str, str]:
    zones = material.territory.zones("epci")["zone_name"]
    return {**{str(k): str(v) for k, v in zones.items()}, WHOLE: words["department"]}


def _percent(share: float) -> str:
    """A share that never reads 0 nor 100 unless it is."""
    if share != share:
        return ""
    exact = round(float(share), 9)
    few = LESS_THAN_ONE if 0 < exact < 0.005 else percent(exact)
    return with_unit(few, "%")


def _ordered(table: pd.DataFrame, names: Mapping[str, str]) -> Sequence[str]:
    inside = sorted((c for c in table.index if c != WHOLE), key=lambda c: names[str(c)])
    return [WHOLE, *inside]


def _mesh_table(
    gate: str, mesh: pd.DataFrame, names: Mapping[str, str], words: Mapping[str, Any]
) -> PlainTable:
    label = capitalised(catalogue.services()[gate].label)
    lines = []
    for code in _ordered(mesh, names):
        row = mesh.loc[code]
        times = (row[c] for c in ("mean_min", "median_min", "p90_min", "max_min"))
        shown = [number(v) if v == v else str(words["absent"]) for v in times]
        within = [_percent(1 - row[f"beyond_{limit}_share"]) for limit in WITHIN]
        lines.append((names[code], *shown, *within))
    return plain_table(
        words["gate_table"].format(label=label), words["gate_heads"], lines, numeric=range(1, 8)
    )


def _cumulated_table(
    table: pd.DataFrame, names: Mapping[str, str], words: Mapping[str, Any]
) -> PlainTable:
    lines = []
    for code in _ordered(table, names):
        row = table.loc[code]
        total = row.sum()
        cells = [f"{number(v)} ({_percent(v / total)})" if total else "" for v in row]
        lines.append((names[code], *cells))
    return plain_table(words["count_table"], words["count_heads"], lines, numeric=range(1, 6))


def _figure(row: pd.Series, words: Mapping[str, Any]) -> Figure:
    known = row.drop("unknown")
    shares = known / known.sum()
    items = [
        f"{name} : {_percent(share)}" for name, share in zip(words["counts"], shares, strict=True)
    ]
    title = typeset(words["count_chart"])
    told = typeset(words["count_description"].format(names=join(items)))
    canvas = Canvas(600, 210, title, told, key=PAGE)
    marks = ticks(0, float(shares.max()), 5)
    across, up = Scale(marks[0], marks[-1], 90, 550), Scale(0, 1, 170, 10)
    canvas.axes(across, up, x_ticks=marks, y_ticks=(), label=_percent)
    for place, (name, share, item) in enumerate(zip(words["counts"], shares, items, strict=True)):
        y = 18 + 38 * place
        canvas.text(80, y + 17, name, "text", anchor="end")
        canvas.bar(90, y, across(share) - 90, 26, "bar", tip=typeset(item))
        canvas.text(across(share) + 6, y + 17, _percent(share), "text")
    return Figure(title, canvas.svg(), typeset(words["count_note"]))


def _coverage_table(material: Material, words: Mapping[str, Any]) -> PlainTable:
    zones, territory = _zones(material), material.territory
    people, km = population(territory), pole_km(territory)
    near, houses = km.index[km <= WITHIN_KM], counts(territory, "msp")
    programmes = [
        (words["pole_label"], pd.Series(1, index=near)),
        (words["msp_label"], houses.loc[houses > 0]),
    ]
    contracts = _contracts(material, zones)
    if contracts is not None:
        programmes.append((words["cls_label"], contracts))
    names = territory.zones("epci")["short_name"]
    lines = []
    for label, programme in programmes:
        told = coverage_of_programme(programme, zones, people)
        without = told.by_zone.index[told.by_zone["status"] == "none"]
        lines.append(
            (
                label,
                _percent(float(told.total["population_share"])),
                f"{number(told.total['covered_communes_count'])} sur {number(told.total['communes_count'])}",
                join(sorted(names[without])) if len(without) else words["nobody"],
            )
        )
    note = words["pole_note"] + ("" if contracts is None else words["cls_note"])
    return plain_table(words["pole_table"], words["pole_heads"], lines, numeric=(1, 2), note=note)


def _contracts(material: Material, zones: pd.Series) -> pd.Series | None:
    """Communes of the contracts that the catalogue declares by intercommunality, if any."""
    declared = catalogue.entry("zonings", "cls").get("zones", ())
    mine = [z for z in declared if z["departement_code"] == material.territory.department.code]
    if not mine or not all("epci" in zone for zone in mine):
        return None
    return zones.loc[zones.isin({code for zone in mine for code in zone["epci"]})]


def _lead(
    row: pd.Series,
    mesh: pd.Series,
    minutes: pd.Series,
    people: pd.Series,
    material: Material,
    words: Mapping[str, Any],
) -> str:
    known = row.drop("unknown")
    shares = known / known.sum()
    furthest = str(minutes.where(people > 0).idxmax())
    none, some, every = (
        float(share) for share in (shares.iloc[0], shares.iloc[2:].sum(), shares.iloc[-1])
    )
    return str(words["lead"]).format(
        none=capitalised(words["none" if none > 0 else "none_zero"].format(share=_percent(none))),
        some=words["some" if some > 0 else "some_zero"].format(share=_percent(some)),
        range=_range(material, words),
        all=words["all"].format(share=_percent(every)) if every > 0 else "",
        mean=number(mesh["mean_min"]),
        longest=number(mesh["max_min"]),
        where=material.territory.communes.loc[furthest, "commune_name"],
    )


def _range(material: Material, words: Mapping[str, Any]) -> str:
    """Between which shares of inhabitants cumulate, as the times are low or high; else nothing."""
    public = material.public.select("cumulated_remoteness", level=WHOLE).table
    known = public.dropna(subset=["low", "high"])
    if known.empty:
        return ""
    low, high = (_percent(share) for share in sorted(known.iloc[0][["low", "high"]].astype(float)))
    return "" if low == high else str(words["some_range"].format(low=low, high=high))
