"""Population of the communes by sex and age: census bands, or single years, of Insee."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from demomed.core.catalogue import entry
from demomed.core.faults import Report
from demomed.core.schemas import YEAR, code, commune, contract, number, one_of, validate
from demomed.ingestion.bulk import sniff, stream_columns, text_frame
from demomed.ingestion.container import container
from demomed.ingestion.headers import SHOWN_FAULTS, normalise, numbers

AGES = contract(
    "population_by_age",
    {
        "commune_code": commune(),
        "year": YEAR,
        "sex": one_of("all", "female", "male"),
        "age_band": code(r"all|\d\d-\d\d|\d{2,3}\+", "une tranche d'âge"),
        "population": number(nullable=True),
    },
    key=("commune_code", "year", "sex", "age_band"),
)
_BAND = re.compile(r"P(\d\d)_(POP|H|F)(?:(\d\d)(\d\d)|(\d\d)P)?", re.IGNORECASE)


def read_population_by_age(
    path: Path, *, year: int | None = None, limits: Sequence[int] = (0, 15, 30, 45, 60, 75, 90)
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Census population of the communes by sex and age band, from either published layout.

    ``base-cc-evol-struct-pop`` has one column per band, named after its year (several years in one
    file); ``TD_POP1B`` has one row per sex and single year of age, gathered here. Values keep their
    decimals, which are census weights. Source: Insee, recensements de la population.

    Parameters
    ----------
    path
        CSV, gzip or the producer's zip.
    year
        Census year, for ``TD_POP1B`` which does not write it.
    limits
        First age of each band, for ``TD_POP1B``.

    Returns
    -------
    tuple
        Contract :data:`AGES`: municipal districts are kept apart, the whole city is not there; a
        missing cell stays missing. And notices.

    Raises
    ------
    InputError
        If no band is recognised, or if bands do not add up to the total of their year.
    """
    report = Report(path.name)
    box = container(path, report)
    header = sniff(box, normalise({"area": "CODGEO"}), report).header
    bands = [name for name in header if _BAND.fullmatch(name)]
    if bands:
        table = _wide(path, bands, report)
    elif "AGED100" in header:
        table = _single_years(path, year, limits, report)
    else:
        report.fault(
            "aucune colonne d'âge (« P22_POP0014 », « AGED100 »…)",
            "un fichier de population par âge de l'Insee",
            "vérifier que c'est le bon fichier",
        )
    report.raise_if_faulty()
    table = table.sort_values(["commune_code", "year", "sex", "age_band"], ignore_index=True)
    validate(table, AGES, report)
    report.raise_if_faulty()
    return table, tuple(report.notices)


def _band(name: str) -> tuple[int, str, str]:
    """Year, sex and age band of a column name."""
    match = _BAND.fullmatch(name)
    assert match is not None
    two = int(match[1])
    sexes = entry("layouts", "insee")["ages"]["sexes"]
    band = f"{match[3]}-{match[4]}" if match[3] else f"{match[5]}+" if match[5] else "all"
    return (1900 if two > 67 else 2000) + two, sexes[match[2].upper()], band


def _wide(path: Path, bands: Sequence[str], report: Report) -> pd.DataFrame:
    wanted = {"commune_code": "CODGEO"} | {name: name for name in bands}
    rows = text_frame(stream_columns(path, wanted, report))
    values = {name: numbers(rows[name], report, column=name) for name in bands}
    report.raise_if_faulty()
    frames = []
    for name, value in values.items():
        year, sex, band = _band(name)
        frames.append(
            pd.DataFrame(
                {"commune_code": rows["commune_code"], "year": year, "sex": sex, "age_band": band, "population": value}
            )
        )  # fmt: skip
    table = pd.concat(frames, ignore_index=True)
    _check_totals(table, report)
    return table


def _check_totals(table: pd.DataFrame, report: Report) -> None:
    """Bands of a year and sex must add up to its total, where the file has both."""
    both = table[table["sex"] == "all"]
    total = (
        both[both["age_band"] == "all"]
        .groupby(["year", "commune_code"])["population"]
        .sum(min_count=1)
    )
    parts = (
        both[both["age_band"] != "all"]
        .groupby(["year", "commune_code"])["population"]
        .sum(min_count=1)
    )
    gap = (total - parts).dropna()
    wrong = gap[gap.abs() > 0.01 * total.reindex(gap.index) + 1]
    for (year, area), value in wrong.head(SHOWN_FAULTS).items():  # type: ignore[misc]
        report.fault(
            f"{area}, {year} : les tranches d'âge manquent le total de {value:.0f} habitants",
            "des tranches qui couvrent tous les âges",
            "vérifier que le fichier est entier",
        )


def _single_years(
    path: Path, year: int | None, limits: Sequence[int], report: Report
) -> pd.DataFrame:
    layout = entry("layouts", "insee")["ages"]
    if year is None:
        report.fault(
            "année du recensement inconnue",
            "l'année",
            "la donner au lecteur (TD_POP1B ne l'écrit pas)",
        )
        report.raise_if_faulty()

    def communes(block: pa.Table) -> pa.Table:
        return block.filter(
            pc.is_in(block["level"].cast(pa.string()), pa.array(layout["commune_levels"]))
        )

    rows = text_frame(stream_columns(path, layout["by_year"], report, keep=communes))
    population = numbers(rows["population"], report, column="NB")
    age = numbers(rows["age"], report, column="AGED100")
    sex = rows["sex"].map(layout["sexes"])
    for row, value in rows.loc[sex.isna(), "sex"].head(SHOWN_FAULTS).items():
        report.fault(
            f"sexe « {value} »",
            "1 ou 2",
            "reprendre le fichier de l'Insee",
            row=int(row),
            column="SEXE",
        )  # type: ignore[call-overload]
    report.raise_if_faulty()
    names = [f"{a:02d}-{b - 1:02d}" for a, b in pairwise(limits)] + [f"{limits[-1]:02d}+"]
    band = pd.cut(age, [*limits, 1000], right=False, labels=names).astype("str")
    table = pd.DataFrame(
        {
            "commune_code": rows["area"],
            "year": year,
            "sex": sex,
            "age_band": band,
            "population": population,
        }
    )
    keys = ["commune_code", "year", "sex", "age_band"]
    table = table.groupby(keys)["population"].sum(min_count=1).reset_index()
    both = table.groupby(["commune_code", "year", "age_band"])["population"].sum(min_count=1)
    return pd.concat(
        [table, both.reset_index().assign(sex="all")[table.columns]], ignore_index=True
    )
