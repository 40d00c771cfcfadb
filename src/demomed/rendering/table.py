"""Tables that carry everything the maps say: on the page and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from demomed.core.catalogue import services
from demomed.core.catalogue import texts as catalogue_texts
from demomed.core.document import Column, DataTable
from demomed.core.indicator import (
    NATURE_LABELS,
    STATUS_LABELS,
    Indicator,
    PublicIndicators,
    get_indicator,
)
from demomed.core.ranking import NOT_RANKED, RARE_SHARE, ROBUST_SHARE, Ranking, Unranked
from demomed.core.territory import Territory
from demomed.rendering.facts import figure, visible
from demomed.rendering.french import MINUS, NARROW, capitalised, number, ordinal, rounded, typeset
from demomed.rendering.geometry import sort_name
from demomed.rendering.layers import Measured, Stage
from demomed.rendering.pages import name_service
from demomed.rendering.priority import rank_words
from demomed.rendering.surroundings import dates_of_sources

Cell = tuple[str, float | str | None]
"""What a cell shows, and what it is sorted by."""

FORMULA_STARTS: tuple[str, ...] = ("=", "+", "-", "@", "\t", "\r")
"""First characters that a spreadsheet would take for a formula."""


def data_tables(
    measured: Sequence[Measured], stage: Stage, ranking: Ranking | None = None
) -> tuple[DataTable, ...]:
    """One table per level: a row per zone, a column per layer, intervals beside them for EPCIs.

    Parameters
    ----------
    measured
        Layers of the page with their facts.
    stage
        What they share.
    ranking
        Adds rank, rank interval and reading before the layers, at its own level.
    """
    words = stage.texts["compose"]
    found: list[DataTable] = []
    for level in stage.drawn:
        here = [m for m in measured if level in m.layer.levels]
        if not here:
            continue
        zones = stage.zones[level]
        columns: list[tuple[Column, list[Cell]]] = [
            (
                Column("nom", typeset(words["zone_column"]), numeric=False),
                [(name, sort_name(name)) for name in zones["zone_name"]],
            )
        ]
        if (zones["parent"] != "").any():
            cells: list[Cell] = [(name, sort_name(name)) for name in zones["parent"]]
            columns.append((Column("epci", typeset(words["parent_column"]), numeric=False), cells))
        if ranking is not None and ranking.level == level:
            columns += _ranking_columns(ranking, [str(code) for code in zones.index], stage.texts)
        for m in here:
            columns += _layer_columns(m, level, words, bounded=level == stage.drawn[0])
        found.append(
            DataTable(
                id=level,
                caption=typeset(words["table_caption"].format(level=words["levels"][level]["one"])),
                level=level,
                columns=tuple(column for column, _ in columns),
                codes=tuple(str(code) for code in zones.index),
                cells=tuple(
                    zip(*([text for text, _ in cells] for _, cells in columns), strict=True)
                ),
                sort_keys=tuple(
                    zip(*([key for _, key in cells] for _, cells in columns), strict=True)
                ),
            )
        )
    return tuple(found)


def _layer_columns(
    m: Measured, level: str, words: Mapping[str, Any], *, bounded: bool
) -> list[tuple[Column, list[Cell]]]:
    known = m.facts[level]
    unit = "" if m.layer.unit in m.layer.label else m.layer.unit
    columns: list[tuple[Column, list[Cell]]] = [
        (
            Column(m.layer.id, m.layer.label, unit),
            [(fact.text, fact.value) for fact in known],
        )
    ]
    if bounded and any(fact.interval for fact in known):
        label = words["range_column" if m.layer.nature == "estimated" else "interval_column"]
        columns.append(
            (
                Column(f"{m.layer.id}_intervalle", capitalised(typeset(label))),
                [(fact.interval, fact.low if fact.interval else None) for fact in known],
            )
        )
    return columns


def _ranking_columns(
    ranking: Ranking, codes: Sequence[str], texts: Mapping[str, Any]
) -> list[tuple[Column, list[Cell]]]:
    words = texts["compose"]["priority"]
    table = ranking.table.reindex(codes)
    records = table.to_dict("records")
    ranks: list[Cell] = [
        (ordinal(int(r["rank"])), float(r["rank"])) if pd.notna(r["rank"]) else ("", None)
        for r in records
    ]
    intervals: list[Cell] = [
        (rank_words(r, texts), float(r["rank_low"]) if pd.notna(r["rank_low"]) else None)
        for r in records
    ]
    verdicts: list[Cell] = [
        (typeset(str(r["verdict"])) if pd.notna(r["verdict"]) else "",) * 2  # type: ignore[misc]
        for r in records
    ]
    return [
        (Column("rang", typeset(words["rank_column"])), ranks),
        (Column("rang_intervalle", typeset(words["rank_interval_column"])), intervals),
        (Column("lecture", typeset(words["verdict_column"]), numeric=False), verdicts),
    ]


def safe_cell(text: str) -> str:
    """A text that no spreadsheet will run as a formula (an apostrophe is put before it).

    Examples
    --------
    >>> safe_cell("=1+1"), safe_cell("Craon"), safe_cell(" @x")
    ("'=1+1", 'Craon', "' @x")
    """
    return (
        f"'{text}" if text.lstrip(" ").startswith(FORMULA_STARTS) or text.startswith("\t") else text
    )


def plain_number(value: float | None, decimals: int) -> str:
    """A number for a French spreadsheet: decimal comma, no thousands separator.

    Examples
    --------
    >>> plain_number(17600.04, 1), plain_number(-0.5, 1), plain_number(None, 0)
    ('17600,0', '-0,5', '')
    """
    if value is None or pd.isna(value):
        return ""
    return number(value, decimals).replace(NARROW, "").replace(MINUS, "-")


def plain_figure(value: float | None, indicator: Indicator) -> str:
    """The value of an indicator as its pages show it, for a French spreadsheet."""
    if value is None:
        return ""
    shown = visible(value, indicator.decimals, share=indicator.scale == 100)
    return figure(shown, indicator.decimals).replace(NARROW, "").replace(MINUS, "-")


def to_csv(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """CSV as French spreadsheets open it: ``;``, UTF-8 with BOM, CRLF."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return buffer.getvalue().encode("utf-8-sig")


def indicators_csv(
    public: PublicIndicators, territory: Territory, *, language: str = "fr"
) -> bytes:
    """Every public indicator, one line per level × zone × indicator × profession.

    Parameters
    ----------
    public
        Indicators after the gate.
    territory
        The department, for the names of its zones.
    language
        Language of the texts.

    Returns
    -------
    bytes
        CSV with ``;``, decimal comma and UTF-8 BOM. Values are those of the pages, rounded as
        shown, in the shown unit; a masked line has neither value, bounds, numerator nor
        denominator, and its coarser truth, if any, stands in « lecture ». What each indicator
        means, and with what reserve, is in :func:`dictionary_csv`.

    Raises
    ------
    TypeError
        If ``public`` did not come through the gate.
    """
    if not isinstance(public, PublicIndicators):
        raise TypeError(
            "indicators_csv() publie : il n'accepte que des PublicIndicators, rendus par protect()"
        )
    words = catalogue_texts(language)["compose"]
    natures = public.table.drop_duplicates("indicator").set_index("indicator")["nature"]
    declared = {str(id_): get_indicator(str(id_)).told_as(n) for id_, n in natures.items()}
    known = services()
    fixed = {
        (id_, profession): _fixed_cells(indicator, profession, known)
        for id_, indicator in declared.items()
        for profession in ("", *indicator.professions)
    }
    rows = [
        _csv_row(record, declared[record["indicator"]], fixed, words)
        for record in public.table.to_dict("records")
    ]
    return to_csv(words["csv"]["header"], rows)


def _fixed_cells(
    indicator: Indicator, profession: str, known: Mapping[str, Any]
) -> tuple[str, str, str]:
    label = capitalised(name_service(typeset(indicator.label), profession))
    service = known[profession].label if profession else ""
    return _spaced(label), _spaced(service), _spaced(typeset(indicator.unit))


def _spaced(text: str) -> str:
    """Text with ordinary spaces, as a spreadsheet searches it."""
    return text.replace(NARROW, " ")


def dictionary_csv(
    public: PublicIndicators, territory: Territory, *, language: str = "fr"
) -> bytes:
    """What each indicator of :func:`indicators_csv` means, one line per indicator × profession.

    Parameters
    ----------
    public
        Indicators after the gate.
    territory
        The department, for the titles of its sources.
    language
        Language of the texts.

    Returns
    -------
    bytes
        CSV with label, unit, description, numerator, denominator, caveat, nature, date and full
        credits of the sources.
    """
    texts = catalogue_texts(language)
    words = texts["compose"]["csv"]
    known = services()
    rows = []
    shown = public.table.drop_duplicates(["indicator", "profession"])
    for record in shown.to_dict("records"):
        indicator = get_indicator(record["indicator"]).told_as(record["nature"])
        profession = record["profession"] if pd.notna(record["profession"]) else ""
        label, service, unit = _fixed_cells(indicator, profession, known)
        source_ids = str(record["sources"]).split(";")
        dates = dates_of_sources(source_ids, territory, texts)
        prose = (
            indicator.description,
            indicator.numerator,
            indicator.denominator,
            " ".join(filter(None, (indicator.caveat, dates))),
        )
        credits = (
            territory.sources[id_].credit() if id_ in territory.sources else id_
            for id_ in source_ids
        )
        rows.append(
            [
                indicator.id,
                service,
                label,
                unit,
                *(_spaced(name_service(typeset(text), profession)) for text in prose),
                NATURE_LABELS[record["nature"]],
                str(record["date"])[:10] if pd.notna(record["date"]) else "",
                safe_cell(" ; ".join(credits)),
            ]
        )
    return to_csv(words["dictionary_header"], rows)


def _csv_row(
    record: Mapping[Any, Any],
    indicator: Indicator,
    fixed: Mapping[tuple[str, str], tuple[str, str, str]],
    words: Mapping[str, Any],
) -> list[str]:
    profession = record["profession"] if pd.notna(record["profession"]) else ""
    label, service, unit = fixed[(indicator.id, profession)]
    scale, decimals = indicator.scale, indicator.decimals
    value, low, high = (_scaled(record[name], scale) for name in ("value", "low", "high"))
    coarse = coarse_words(record, indicator)
    return [
        words["csv"]["levels"][record["level"]],
        safe_cell(str(record["zone_code"])),
        safe_cell(str(record["zone_name"])),
        indicator.id,
        label,
        service,
        unit,
        str(record["date"])[:10] if pd.notna(record["date"]) else "",
        plain_figure(value, indicator),
        plain_number(low, decimals),
        plain_number(high, decimals),
        plain_number(record["numerator"], 0),
        plain_number(record["denominator"], 0),
        STATUS_LABELS[record["status"]],
        NATURE_LABELS[record["nature"]],
        str(record["sources"]),
        safe_cell(capitalised(coarse)) if coarse else "",
    ]


def coarse_words(record: Mapping[Any, Any], indicator: Indicator) -> str:
    """The coarser truth of a masked value; of a count, with whom it is a share of.

    Parameters
    ----------
    record
        Public row of the indicator.
    indicator
        Its declaration.
    """
    coarse = str(record.get("coarse") or "")
    if not coarse or indicator.kind != "count" or not indicator.denominator:
        return coarse
    profession = record["profession"] if pd.notna(record["profession"]) else ""
    among = name_service(typeset(indicator.denominator), str(profession))
    return _spaced(f"{coarse} des {among}")


def _scaled(value: Any, scale: float) -> float | None:
    return None if pd.isna(value) else float(value) * scale


def ranking_csv(ranking: Ranking | Unranked, *, language: str = "fr") -> bytes:
    """The ranking, one line per zone in order of rank, with the points of each criterion.

    Parameters
    ----------
    ranking
        The ranking; where none could be made, each zone has a line without rank that says why.
    language
        Language of the texts.
    """
    words = catalogue_texts(language)["compose"]["csv"]
    if isinstance(ranking, Unranked):
        return _unranked_csv(ranking, words["ranking_header"])
    labels = {c.column: c.label for c in ranking.recipe.criteria}
    names = [
        words["contribution"].format(label=typeset(labels.get(str(c), str(c))).replace(NARROW, " "))
        for c in ranking.contributions.columns
    ]
    rows = []
    for code, row in ranking.table.iterrows():
        share = row.get("p_top")
        points = ranking.contributions.reindex([code]).iloc[0]
        rows.append(
            [
                plain_number(row["rank"], 0),
                safe_cell(str(code)),
                safe_cell(str(row["zone_name"])),
                plain_number(row["score"], 0),
                *(plain_number(row.get(n), 0) for n in ("rank_low", "rank_high", "rank_median")),
                plain_number(None if pd.isna(share) else rounded(float(share), 2), 2),
                plain_number(ranking.top, 0),
                *(plain_number(cut, 1) for cut in (ROBUST_SHARE, RARE_SHARE)),
                str(row["verdict"]),
                *(plain_number(p, 1) for p in points),
            ]
        )
    return to_csv([*words["ranking_header"], *names], rows)


def _unranked_csv(unranked: Unranked, header: Sequence[str]) -> bytes:
    said = safe_cell(f"{NOT_RANKED} : {unranked.why}")
    blank = [""] * (len(header) - 4)
    rows = [
        ["", safe_cell(str(code)), safe_cell(str(name)), *blank, said]
        for code, name in unranked.names.items()
    ]
    return to_csv(header, rows)
