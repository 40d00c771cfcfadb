"""Tables of Insee: composition of the EPCI and of the study zones, incomes with their secrecy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from demomed.core.catalogue import entry
from demomed.core.faults import Report
from demomed.core.schemas import (
    EPCI_MEMBERSHIP,
    YEAR,
    code,
    commune,
    contract,
    flag,
    number,
    text,
    validate,
)
from demomed.ingestion.bulk import read_published
from demomed.ingestion.container import container
from demomed.ingestion.headers import SHOWN_FAULTS, numbers
from demomed.ingestion.workbook import read_sheet

ZONES = contract(
    "zones",
    {
        "commune_code": commune(unique=True),
        "zone_code": code(r"[0-9A-Z]{2,9}", "un code de zone"),
        "zone_name": text(),
    },
)
INCOMES = contract(
    "incomes",
    {
        "commune_code": commune(),
        "year": YEAR,
        "median_income": number(1000, 200_000, nullable=True),
        "poverty_pct": number(0, 100, nullable=True),
        "is_secret": flag(),
    },
    key=("commune_code", "year"),
)


def read_epci_composition(path: Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """EPCI of each commune from Insee's workbook, alone or in its zip.

    The header is found by its content (five title rows in recent years); the legal form comes from
    the other sheet. Communes of no EPCI are left out and counted. Source: Insee, composition
    communale des EPCI à fiscalité propre.

    Returns
    -------
    tuple
        Contract ``epci_membership`` (``commune_code, epci_siren, epci_name, epci_kind``), sorted,
        and notices.
    """
    layout = entry("layouts", "insee")["epci"]
    report = Report(path.name)
    table = read_published(path, layout["composition"], report, sheet=layout["composition_sheet"])
    alone = table["epci_siren"] == layout["none"]
    if alone.any():
        report.notice(f"communes sans EPCI : {int(alone.sum())}")
    table = table[~alone]
    natures = read_sheet(container(path, report), layout["nature"], report)
    kind = natures.drop_duplicates("epci_siren").set_index("epci_siren")["epci_kind"]
    table = table.assign(epci_kind=table["epci_siren"].map(kind).map(layout["kinds"]))
    for row, siren in table.loc[table["epci_kind"].isna(), "epci_siren"].head(SHOWN_FAULTS).items():
        report.fault(
            f"nature de l'EPCI « {siren} » inconnue",
            "CC, CA, CU ou ME dans la feuille des EPCI",
            "compléter la déclaration des natures d'EPCI",
            row=int(row),  # type: ignore[call-overload]
            column="NATURE_EPCI",
        )
    return _checked(table, EPCI_MEMBERSHIP, report)


def read_zone_composition(path: Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Study zone of each commune (bassins de vie 2022, attraction areas…), workbook, CSV or zip.

    Returns
    -------
    tuple
        Contract :data:`ZONES` and notices.
    """
    report = Report(path.name)
    table = read_published(path, entry("layouts", "insee")["zones"]["columns"], report)
    return _checked(table, ZONES, report)


def _checked(
    table: pd.DataFrame, schema: Any, report: Report
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Table checked with the rows of the file, then sorted and numbered again."""
    validate(table[list(schema.columns)], schema, report)
    report.raise_if_faulty()
    ordered = table[list(schema.columns)].sort_values("commune_code", ignore_index=True)
    return ordered, tuple(report.notices)


def read_filosofi(path: Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Median standard of living and poverty rate of the communes, long Melodi layout.

    A figure under statistical secrecy (``CONF_STATUS = C``) is missing and flagged, never zero.
    Source: Insee-DGFiP-Cnaf-Cnav-CCMSA, Filosofi.

    Returns
    -------
    tuple
        Contract :data:`INCOMES` (euros a year per consumption unit; poverty in per cent) and notices.
    """
    layout = entry("layouts", "insee")["filosofi"]
    report = Report(path.name)

    def communes(block: pa.Table) -> pa.Table:
        level = pc.equal(block["level"].cast(pa.string()), layout["commune_level"])
        measure = pc.is_in(block["measure"].cast(pa.string()), pa.array(list(layout["measures"])))
        return block.filter(pc.and_(level, measure))

    rows = read_published(path, layout["columns"], report, keep=communes)
    if rows.empty:
        report.fault(
            "aucune ligne de commune pour " + ", ".join(layout["measures"]),
            "des lignes GEO_OBJECT = COM",
            "prendre le fichier par commune de Filosofi",
        )
        report.raise_if_faulty()
    value = numbers(rows["value"], report, column="OBS_VALUE")
    dated = rows["year"].fillna("").str.fullmatch(r"[12]\d{3}").astype(bool)
    for row in rows.index[~dated][:SHOWN_FAULTS]:
        report.fault("année illisible", "une année", "corriger", row=int(row), column="TIME_PERIOD")
    secret = rows["secret"].fillna("") == layout["secret"]
    silent = secret & value.notna()
    for row in rows.index[silent][:SHOWN_FAULTS]:
        report.fault(
            "valeur présente bien que secrète",
            "une cellule vide",
            "reprendre le fichier de l'Insee",
            row=int(row),
            column="OBS_VALUE",
        )
    report.raise_if_faulty()
    rows = rows.assign(
        value=value, is_secret=secret, measure=rows["measure"].map(layout["measures"])
    )
    rows = rows.rename(columns={"area": "commune_code"})
    keys = ["commune_code", "year"]
    again = rows.duplicated([*keys, "measure"])
    for row in rows.index[again][:SHOWN_FAULTS]:
        report.fault(
            f"{rows.at[row, 'commune_code']} répétée",
            "une ligne par commune et mesure",
            "ne garder qu'une unité ou une année",
            row=int(row),
        )
    report.raise_if_faulty()
    wide = rows.pivot(index=keys, columns="measure", values="value")
    wide = wide.reindex(columns=list(layout["measures"].values())).reset_index()
    hidden = rows.groupby(keys)["is_secret"].any().reset_index(drop=True)
    table = wide.assign(is_secret=hidden.astype(bool), year=wide["year"].astype("int64"))
    table.columns.name = None
    if hidden.any():
        report.notice(f"communes sous secret statistique, laissées inconnues : {int(hidden.sum())}")
    return _checked(table, INCOMES, report)
