"""« Ce qui a changé »: today's state beside the last one that was stored, telling of nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from demomed.analysis.change import FLOWS, RegisterChange, diff_indicators, diff_registers
from demomed.analysis.flows_and_ages import age_changes
from demomed.analysis.matching import match_persons
from demomed.analysis.public_flows import public_flows
from demomed.core.catalogue import services
from demomed.core.document import KeyFigure
from demomed.core.indicator import NATURE_LABELS, Indicators, PublicIndicators, indicators
from demomed.core.report import Report, Section
from demomed.core.state import EarlierState
from demomed.dossiers.material import Material
from demomed.rendering.french import day, number, plural, typeset, with_unit
from demomed.rendering.reports import dossier_words, make_report, plain_table

PAGE = "changements"
OLDER = "share_55_plus"


def dossier(material: Material) -> Report | None:
    """Arrivals, departures, moves, ages and definitions since the last stored state.

    Returns
    -------
    Report or None
        ``None`` without a state earlier than the reference date of the present (input
        ``present``; the day of the publication where it is not given).
    """
    earlier = material.inputs.get("earlier")
    source = material.territory.sources.get("register")
    if not isinstance(earlier, EarlierState):
        return None
    words = dossier_words(PAGE)
    today = material.inputs.get("present") or material.inputs.get("day") or material.today
    if today and earlier.date >= today:
        return None
    after = today.isoformat() if today else source.as_of if source else ""
    dates = {"before": day(earlier.date.isoformat()), "after": day(after)}
    caveats: tuple[str, ...] = ()
    flows = None
    if earlier.register is not None:
        members = material.territory.members("epci")
        matched = match_persons(
            _within(earlier.register, members), _within(material.territory.practitioners, members)
        )
        change = diff_registers(matched.before, matched.after, members)
        caveats = matched.notices
        flows = flows_of(change, earlier, material.public)
    stocks = _stocks(earlier.public, material.public)
    figures = diff_indicators(
        _official(earlier.public),
        _official(material.public),
        fields=(earlier.fields, {id_: s.field for id_, s in material.territory.sources.items()}),
    )
    names = _names(material, words)
    nature = "fictional" if material.territory.register_kind == "example" else "register"
    return make_report(
        PAGE,
        material.territory,
        material.public,
        lead=_lead(words, dates, flows, stocks, figures),
        sections=(
            _people(words, dates, names, flows, stocks),
            _ages(words, dates, names, earlier.public, material.public),
            _figures(words, figures),
        ),
        nature=nature,
        version=material.version,
        sources=("register",) if source is not None else (),
        date_label=words["date_label"].format(**dates),
        key_figures=_key_figures(words, flows, stocks, nature),
        caveats=caveats,
        language=material.language,
    )


def flows_of(
    change: RegisterChange, earlier: EarlierState, public: PublicIndicators
) -> pd.DataFrame:
    """Public flows since a state, given the ages published then and now; all of them inside."""
    if public.internal:
        return public_flows(change, threshold=1)
    return public_flows(
        change, threshold=public.threshold, ages=age_changes(earlier.public, public)
    )


def _within(register: pd.DataFrame, members: pd.Series) -> pd.DataFrame:
    """Rows in the zones, or of unknown commune: who comes from elsewhere arrives."""
    commune = register["commune_code"]
    return register.loc[commune.isna() | commune.isin(members.index)]


def _official(public: PublicIndicators) -> Indicators:
    """What is not drawn from the register: renewed when its source is."""
    rows = public.table.loc[~public.table["nature"].isin(["register", "fictional"])]
    return Indicators(rows.drop(columns="coarse", errors="ignore"))


def _names(material: Material, words: Mapping[str, Any]) -> dict[str, str]:
    zones = material.territory.zones("epci")["short_name"]
    return {**zones.to_dict(), **words["outside"], "": words["whole"]}


def _stocks(before: PublicIndicators, after: PublicIndicators) -> pd.DataFrame:
    """Head counts of the register at both dates: ``stock_before, stock_after, net``."""
    keys = ["profession", "zone_code"]
    first, last = (
        t.select("register_count", level="epci").table.set_index(keys)["value"]
        for t in (before, after)
    )
    both = pd.DataFrame({"stock_before": first, "stock_after": last}).dropna()
    both.index = both.index.set_names(["service", "zone_code"])
    return both.assign(net=both["stock_after"] - both["stock_before"]).astype("int64")


def _lead(
    words: Mapping[str, Any],
    dates: Mapping[str, str],
    flows: pd.DataFrame | None,
    stocks: pd.DataFrame,
    figures: pd.DataFrame,
) -> str:
    total = None if flows is None else flows.xs("", level="zone_code")
    net = int((stocks if total is None else total)["net"].sum())
    changed = figures.loc[figures["kind"] == "definition", "indicator"].nunique()
    if (
        total is not None
        and (total["status"] == "value").all()
        and (total[list(FLOWS)].sum().sum())
    ):
        come, gone = (int(total[name].sum()) for name in ("arrivals", "departures"))
        told = words["lead_flows"].format(
            arrivals=plural(come, *words["arrivals"]),
            departures=plural(gone, *words["departures"]),
            net=_signed(net),
        )
    elif net or (total is not None and (total["status"] != "value").any()):
        held = stocks if total is None else total
        told = words["lead_net"].format(
            first=number(held["stock_before"].sum()),
            last=number(held["stock_after"].sum()),
            net=_signed(net),
        )
    else:
        told = words["lead_same"]
    end = (
        words["lead_definitions"].format(count=plural(changed, *words["kinds"])) if changed else ""
    )
    return str(words["lead"].format(moves=told, **dates) + end)


def _people(
    words: Mapping[str, Any],
    dates: Mapping[str, str],
    names: Mapping[str, str],
    flows: pd.DataFrame | None,
    stocks: pd.DataFrame,
) -> Section:
    title = typeset(words["section_people"])
    if flows is None:
        moved = stocks.loc[stocks["net"] != 0]
        lines = [
            (names.get(zone, zone), _profession(service), *_counts(row, ("stock_before", "stock_after")), _signed(row["net"]))
            for (service, zone), row in moved.iterrows()
        ]  # fmt: skip
        table = plain_table(
            words["table_net"].format(**dates), words["heads_net"], lines, numeric=(2, 3, 4)
        )
        return Section(title, (typeset(words["no_rows"]),), tables=(table,) if lines else ())
    active = (flows["status"] != "value") | (flows[list(FLOWS)].fillna(0).sum(axis=1) > 0)
    kept = flows.loc[active]
    if kept.empty:
        return Section(title, (typeset(words["nobody"]),))
    lines = [
        _flow_line(words, names, service, zone, row) for (service, zone), row in kept.iterrows()
    ]
    return Section(
        title,
        tables=(
            plain_table(
                words["table_people"].format(**dates),
                words["heads_people"],
                lines,
                numeric=tuple(range(2, 10)),
                note=words["note_people"],
            ),
        ),
    )


def _flow_line(
    words: Mapping[str, Any], names: Mapping[str, str], service: str, zone: str, row: Any
) -> tuple[str, ...]:
    hidden = row["status"] != "value"
    flows = [words["secret"] if hidden else number(row[name]) for name in FLOWS]
    return (
        names.get(zone, zone),
        _profession(service),
        number(row["stock_before"]),
        *flows,
        number(row["stock_after"]),
        _signed(row["net"]),
    )


def _ages(
    words: Mapping[str, Any],
    dates: Mapping[str, str],
    names: Mapping[str, str],
    before: PublicIndicators,
    after: PublicIndicators,
) -> Section:
    keys = ["level", "zone_code", "profession"]
    first, last = (
        t.table.loc[
            (t.table["indicator"] == OLDER) & t.table["level"].isin(["epci", "departement"])
        ].set_index(keys)["value"]
        for t in (before, after)
    )
    both = pd.DataFrame({"first": first, "last": last}).dropna()
    both = both.loc[both["first"] != both["last"]]
    lines = [
        (
            names[""] if level == "departement" else names.get(zone, zone),
            _profession(profession),
            *(with_unit(number(100 * row[name]), "%") for name in ("first", "last")),
            _signed(100 * (row["last"] - row["first"])) + words["points"],
        )
        for (level, zone, profession), row in both.iterrows()
    ]
    title = typeset(words["section_ages"])
    if not lines:
        return Section(title, (typeset(words["no_ages"]),))
    heads = [head.format(**dates) for head in words["heads_ages"]]
    return Section(
        title, tables=(plain_table(words["table_ages"], heads, lines, numeric=(2, 3, 4)),)
    )


def _figures(words: Mapping[str, Any], figures: pd.DataFrame) -> Section:
    known = indicators()
    items = []
    for (id_, kind), rows in figures.groupby(["indicator", "kind"], sort=True):
        told = {
            "indicator": known[id_].short_label if id_ in known else id_,
            "count": plural(len(rows), *words["figures"]),
        }
        if kind == "definition":
            parts = sorted({part for cell in rows["definition"] for part in cell.split("|")})
            told["what"] = ", ".join(words["what"][part] for part in parts)
        items.append(typeset(words["renewed" if kind == "value" else kind].format(**told)))
    title = typeset(words["section_figures"])
    return (
        Section(title, items=tuple(items))
        if items
        else Section(title, (typeset(words["no_figures"]),))
    )


def _key_figures(
    words: Mapping[str, Any], flows: pd.DataFrame | None, stocks: pd.DataFrame, nature: str
) -> tuple[KeyFigure, ...]:
    """Net change of each profession whose number changed, the largest changes first."""
    rows = (
        stocks.groupby(level="service").sum() if flows is None else flows.xs("", level="zone_code")
    )
    rows = rows.loc[rows["net"] != 0].sort_values("net", key=abs, ascending=False, kind="stable")
    return tuple(
        KeyFigure(
            _signed(row["net"]),
            _profession(str(service)),
            words["stocks"].format(
                first=number(row["stock_before"]), last=number(row["stock_after"])
            ),
            "",
            NATURE_LABELS[nature],
        )
        for service, row in rows.head(4).iterrows()
    )


def _profession(service: str) -> str:
    known = services()
    return known[service].label if service in known else service


def _counts(row: Any, columns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(number(row[name]) for name in columns)


def _signed(value: float) -> str:
    whole = round(float(value))
    return ("+" if whole > 0 else "") + number(whole)
