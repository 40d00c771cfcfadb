"""Travel times already computed: Insee's 200 m cells × equipment, and origin – destination tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from demomed.core.catalogue import entry
from demomed.core.faults import Fault, InputError, Report, closest
from demomed.core.schemas import SERVICE, commune, contract, number, validate
from demomed.ingestion.bpe_codes import bpe_services, check_presence
from demomed.ingestion.bulk import read_published, text_frame
from demomed.ingestion.container import SHOWN_FAULTS, container, reading
from demomed.ingestion.headers import find_columns, normalise, numbers, tell_missing

COMMUNE_TIMES = contract(
    "commune_times",
    {
        "commune_code": commune(),
        "service": SERVICE,
        "minutes": number(nullable=True),
        "km": number(nullable=True),
        "population": number(),
    },
    key=("commune_code", "service"),
)
TRAVEL_TIMES = contract(
    "travel_times",
    {
        "origin_code": commune(),
        "destination_code": commune(),
        "minutes": number(nullable=True),
        "km": number(nullable=True),
    },
    key=("origin_code", "destination_code"),
)


def read_cell_times(
    path: Path, year: str, *, services: Sequence[str] = (), departments: Sequence[str] = ()
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Mean time from each commune to the nearest equipment, from Insee's 200 m cells.

    Definition: Σ(time × inhabitants) / Σ inhabitants over the cells of the commune, by car on a
    free road, to the nearest equipment of each kind; the file is read by groups of rows, only the
    columns and kinds that are needed. Source: Insee, données sur la localisation et l'accès de la
    population aux équipements.

    Parameters
    ----------
    path
        Parquet file of one region.
    year
        Vintage of the equipment codes (``"2023"``: D201, ``"2024"``: D265).
    services, departments
        What to keep; everything by default.

    Returns
    -------
    tuple
        Contract :data:`COMMUNE_TIMES` (minutes, kilometres, inhabitants of the cells that have a
        time), sorted; a commune whose cells have no inhabitant has no time. And notices.

    Raises
    ------
    InputError
        If the file is no Parquet, lacks a column, or holds no code of the vintage.
    """
    report = Report(path.name)
    layout = entry("layouts", "travel")["cells"]
    known = bpe_services(year, report, services)
    report.raise_if_faulty()
    if container(path, report).kind != "parquet":
        raise InputError(
            Fault(
                report.file,
                "ce n'est pas un fichier Parquet",
                "le Parquet d'une région",
                "télécharger le fichier « donnees-AAAA-regNN.parquet »",
            )
        )
    with reading(report), parquet.ParquetFile(path) as file:
        names = set(file.schema_arrow.names)
        for column in layout.values():
            if column not in names:
                report.fault(
                    f"colonne « {column} » absente", "cette colonne", closest(column, names)
                )
        report.raise_if_faulty()
        present: set[str] = set()
        blocks = []
        for batch in file.iter_batches(columns=list(layout.values())):
            block = pa.Table.from_batches([batch]).rename_columns(list(layout))
            present.update(v for v in pc.unique(block["type"]).to_pylist() if v is not None)
            blocks.append(_sums(block, list(known), departments))
    known = check_presence(known, present, year, national=False, report=report)
    report.raise_if_faulty()
    return _commune_means(pd.concat(blocks), known, report), tuple(report.notices)


def _sums(block: pa.Table, codes: Sequence[str], departments: Sequence[str]) -> pd.DataFrame:
    """Best time of each cell of one block, one row per cell and kind."""
    kept = pc.is_in(block["type"].cast(pa.string()), pa.array(list(codes), pa.string()))
    frame = block.filter(kept).to_pandas()
    if departments:
        frame = frame[frame["commune"].astype("str").str.startswith(tuple(departments))]
    return frame


def _commune_means(cells: pd.DataFrame, known: dict[str, str], report: Report) -> pd.DataFrame:
    cells = cells.assign(service=cells["type"].map(known))
    unknown = cells["minutes"].isna() | ~(cells["population"] > 0)
    if unknown.any():
        report.notice(f"carreaux sans temps ou sans habitant, écartés : {int(unknown.sum())}")
    cells = cells[~unknown]
    cells = cells.sort_values("minutes", kind="stable").drop_duplicates(
        ["cell", "commune", "service"]
    )
    keys = ["commune", "service"]
    weighted = cells.assign(
        minutes=cells["minutes"] * cells["population"], km=cells["km"] * cells["population"]
    )
    total = weighted.groupby(keys)[["minutes", "km", "population"]].sum(min_count=1).reset_index()
    table = pd.DataFrame(
        {
            "commune_code": total["commune"].astype("str"),
            "service": total["service"].astype("str"),
            "minutes": total["minutes"] / total["population"],
            "km": total["km"] / total["population"],
            "population": total["population"],
        }
    )
    validate(table, COMMUNE_TIMES, report)
    report.raise_if_faulty()
    return table.sort_values(["commune_code", "service"], ignore_index=True)


def read_travel_times(path: Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Origin – destination table in minutes, plain or as exported by a routing tool.

    Parameters
    ----------
    path
        CSV, gzip, zip, workbook or Parquet with an origin, a destination, a time in minutes and perhaps a
        distance in kilometres; the columns are recognised by their names.

    Returns
    -------
    tuple
        Contract :data:`TRAVEL_TIMES`, sorted; a pair that the file does not give is absent, a
        pair without time is missing, never zero. And notices: pairs absent, times not symmetric.

    Raises
    ------
    InputError
        Negative or absurd times (seconds taken for minutes), repeated pairs, odd codes.
    """
    report = Report(path.name)
    layout = entry("layouts", "travel")["pairs"]
    is_parquet = container(path, report).kind == "parquet"
    read = _read_parquet if is_parquet else read_published
    rows = read(path, layout["columns"], report, optional=layout["optional"])
    minutes = numbers(rows["minutes"], report, missing=layout["missing"])
    blank = pd.Series(float("nan"), index=rows.index, name="km")
    km = numbers(rows["km"], report, missing=layout["missing"]) if "km" in rows else blank
    for row in rows.index[minutes > layout["longest_minutes"]][:SHOWN_FAULTS]:
        report.fault(
            f"{minutes[row]:.0f} minutes",
            f"au plus {layout['longest_minutes']} minutes",
            "vérifier l'unité : des secondes ?",
            row=int(row),
            column="minutes",
        )
    _check_unit(rows, minutes, report, layout)
    table = pd.DataFrame(
        {
            "origin_code": rows["origin_code"],
            "destination_code": rows["destination_code"],
            "minutes": minutes,
            "km": km,
        }
    )
    validate(table, TRAVEL_TIMES, report)
    report.raise_if_faulty()
    _tell(table, report)
    return table.sort_values(["origin_code", "destination_code"], ignore_index=True), tuple(
        report.notices
    )


def _read_parquet(
    path: Path,
    wanted: Mapping[str, str | Sequence[str]],
    report: Report,
    *,
    optional: Sequence[str],
) -> pd.DataFrame:
    """Wanted columns of a Parquet file, every cell as text, as :func:`read_published` does."""
    with reading(report), parquet.ParquetFile(path) as file:
        header = list(file.schema_arrow.names)
        found = find_columns(header, normalise(wanted))
        tell_missing(header, normalise(wanted), found, optional, report)
        report.raise_if_faulty()
        names = {header[position]: ours for ours, position in found.items()}
        table = file.read(columns=list(names))
    if not table.num_rows:
        raise InputError(
            Fault(report.file, "aucune ligne", "une ligne par trajet", "vérifier l'export")
        )
    return text_frame(table.rename_columns([names[name] for name in table.column_names]))


def _check_unit(
    rows: pd.DataFrame, minutes: pd.Series, report: Report, layout: Mapping[str, Any]
) -> None:
    """Times that cannot be minutes: seconds are too many, hours too few."""
    apart = minutes[(rows["origin_code"] != rows["destination_code"]) & minutes.notna()]
    if not len(apart):
        return
    middle = float(apart.median())
    if middle > layout["longest_minutes"]:
        report.fault(
            f"temps médian de {middle:.0f} minutes, plus de 24 heures",
            "des minutes",
            "convertir les secondes en minutes",
            column="minutes",
        )
    elif middle < layout["shortest_median_minutes"]:
        report.fault(
            f"temps médian de {middle:.2g} minute entre deux lieux différents",
            "des minutes",
            "convertir les heures en minutes",
            column="minutes",
        )


def _tell(table: pd.DataFrame, report: Report) -> None:
    origins, destinations = table["origin_code"].nunique(), table["destination_code"].nunique()
    absent = origins * destinations - len(table)
    if absent:
        report.notice(
            f"couples origine – destination absents : {absent} sur {origins * destinations}"
        )
    silent = int(table["minutes"].isna().sum())
    if silent:
        report.notice(f"couples sans temps, laissés inconnus : {silent}")
    there = table.set_index(["origin_code", "destination_code"])["minutes"]
    back = there.rename_axis(["destination_code", "origin_code"]).reorder_levels([1, 0])
    gap = (there - back.reindex(there.index)).abs()
    unequal = int((gap > 1).sum()) // 2
    if unequal:
        report.notice(
            f"couples dont l'aller et le retour diffèrent de plus d'une minute : {unequal}"
        )
