"""Contracts of the tables: columns, codes, bounds and keys, told in French when they are broken."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from demomed.core.faults import Report

SHOWN = 5

_COMMUNE = r"(?:\d{2}|2[AB])\d{3}"
_DEPARTEMENT = r"(?:\d{2}|2[AB]|97\d)"


def _check_text(pattern: str, expected: str) -> pa.Check:
    return pa.Check(
        lambda values: values.str.fullmatch(pattern).fillna(False), name=expected, error=expected
    )


def _check_range(low: float, high: float, expected: str) -> pa.Check:
    return pa.Check(
        lambda values: (values >= low) & (values <= high), name=expected, error=expected
    )


def code(pattern: str, expected: str, *, nullable: bool = False, unique: bool = False) -> pa.Column:
    """Contract of a text column that follows a pattern."""
    return pa.Column(checks=_check_text(pattern, expected), nullable=nullable, unique=unique)


def commune(*, nullable: bool = False, unique: bool = False) -> pa.Column:
    """Contract of a column of commune codes."""
    return code(_COMMUNE, "un code commune de 5 caractères", nullable=nullable, unique=unique)


def departement(*, unique: bool = False) -> pa.Column:
    """Contract of a column of department codes."""
    return code(_DEPARTEMENT, "un code de département", unique=unique)


def number(low: float = 0.0, high: float = float("inf"), *, nullable: bool = False) -> pa.Column:
    """Contract of a number between two bounds, both allowed."""
    if high == float("inf"):
        expected = f"un nombre d'au moins {low:g}"
    else:
        expected = f"un nombre entre {low:g} et {high:g}"
    return pa.Column(checks=_check_range(low, high, expected), nullable=nullable)


def text(*, nullable: bool = False) -> pa.Column:
    """Contract of a text that is not blank."""
    return pa.Column(checks=_check_text(r"(?s).*\S.*", "un texte non vide"), nullable=nullable)


def one_of(*values: str, nullable: bool = False) -> pa.Column:
    """Contract of a text taken from a list."""
    expected = "l'une des valeurs " + ", ".join(values)
    return pa.Column(checks=pa.Check.isin(values, error=expected), nullable=nullable)


def flag() -> pa.Column:
    """Contract of a true or false column."""
    return pa.Column(bool)


def contract(
    name: str, columns: Mapping[str, pa.Column], *, key: tuple[str, ...] = ()
) -> pa.DataFrameSchema:
    """Contract of a table: exactly these columns in this order, and a key that never repeats.

    Parameters
    ----------
    name
        Name of the table.
    columns
        Contract of each column.
    key
        Columns that identify a row.
    """
    return pa.DataFrameSchema(
        dict(columns), name=name, strict=True, ordered=True, unique=list(key) or None
    )


SIREN = code(r"\d{9}", "un numéro SIREN de 9 chiffres")
YEAR = number(1990, 2100)
SERVICE = code(r"[a-z_]+", "un identifiant de service")
SOURCE = code(r"[a-z0-9_]+", "un identifiant de source")
POSTCODES = r"\d{5}(?:\|\d{5})*"

CODES = contract(
    "codes",
    {
        "old_code": commune(unique=True),
        "commune_code": commune(),
        "commune_name": text(),
        "departement_code": departement(),
        "is_ambiguous": flag(),
    },
)
EPCI_MEMBERSHIP = contract(
    "epci_membership",
    {
        "commune_code": commune(unique=True),
        "epci_siren": SIREN,
        "epci_name": text(),
        "epci_kind": one_of("CC", "CA", "CU", "ME"),
    },
)
POPULATION = contract("population", {"commune_code": commune(unique=True), "population": number()})
SUPPLY = contract(
    "supply",
    {
        "commune_code": commune(),
        "service": SERVICE,
        "year": YEAR,
        "count": number(),
        "source_id": SOURCE,
    },
    key=("commune_code", "service", "year"),
)
APL = contract(
    "apl",
    {
        "commune_code": commune(),
        "service": SERVICE,
        "year": YEAR,
        "age_limit": one_of("all", "65", "62", "60"),
        "apl": number(nullable=True),
        "standardised_population": number(nullable=True),
        "source_id": SOURCE,
    },
    key=("commune_code", "service", "year", "age_limit"),
)
DEMOGRAPHY = contract(
    "demography",
    {
        "area_level": one_of("departement", "region", "france"),
        "area_code": code(r"[0-9A-Z]{2,3}", "un code de département, de région ou « FR »"),
        "area_name": text(),
        "service": code(r"[a-z_]+", "un identifiant de service", nullable=True),
        "profession_label": text(),
        "field": text(),
        "year": YEAR,
        "age_band": code(r"all|<\d\d|\d\d-\d\d|\d\d\+", "une tranche d'âge"),
        "sex": one_of("all", "female", "male"),
        "count": number(nullable=True),
        "density_per_100k": number(nullable=True),
        "source_id": SOURCE,
    },
    key=(
        "area_level",
        "area_code",
        "profession_label",
        "source_id",
        "year",
        "age_band",
        "sex",
    ),
)
PLANS = contract(
    "plans",
    {
        "departement_code": departement(),
        "plan_id": text(),
        "plan_title": text(),
        "action_id": text(),
        "axis": text(nullable=True),
        "title": text(),
        "budget_eur": number(nullable=True),
        "budget_period": one_of("total", "per_year"),
        "extra_eur": number(nullable=True),
        "deadline_text": text(nullable=True),
        "deadline_start": code(r"\d{4}-\d\d-\d\d", "une date AAAA-MM-JJ", nullable=True),
        "deadline_end": code(r"\d{4}-\d\d-\d\d", "une date AAAA-MM-JJ", nullable=True),
        "partners": text(nullable=True),
        "indicators": text(nullable=True),
        "note": text(nullable=True),
    },
    key=("plan_id", "action_id"),
)
HOSPITALS = contract(
    "hospitals",
    {
        "site_id": code(r"[0-9AB]{9}", "un numéro FINESS de 9 caractères", unique=True),
        "site_name": text(),
        "kind": text(),
        "lon": number(-10, 15),
        "lat": number(40, 52),
        "geo_quality": number(1, 3),
        "commune_code": commune(nullable=True),
    },
)
PLACES = contract(
    "places",
    {
        "place_code": commune(unique=True),
        "place_name": text(),
        "commune_code": commune(),
        "lon": number(-10, 15),
        "lat": number(40, 52),
        "population": number(nullable=True),
        "is_seat": flag(),
    },
)
COMMUNES = contract(
    "communes",
    {
        "commune_code": commune(unique=True),
        "commune_name": text(),
        "departement_code": departement(),
        "epci_siren": code(r"\d{9}", "un numéro SIREN de 9 chiffres", nullable=True),
        "population": number(),
        "area_km2": number(nullable=True),
        "lon": number(-10, 15, nullable=True),
        "lat": number(40, 52, nullable=True),
        "density_class": number(1, 7, nullable=True),
        "median_income": number(nullable=True),
        "zoning_gp": one_of("ZIP", "ZAC", "HZ", "ZAR", nullable=True),
        "zoning_nurse": code(r"[a-z_]+", "un code de zonage", nullable=True),
        "emergency_km": number(nullable=True),
        "postcodes": code(POSTCODES, "des codes postaux séparés par « | »", nullable=True),
        "is_core": flag(),
        "geometry": pa.Column(nullable=True),
    },
)
COUNTED_WHOLE = ("gp", "nurse")
"""Professions of which each department of a bundle tells its whole count, held entire or not."""
DEPARTEMENTS = contract(
    "departements",
    {
        "departement_code": departement(unique=True),
        "departement_name": text(),
        "region_code": code(r"\d{2}", "un code de région"),
        "region_name": text(),
        "is_core": flag(),
        "population": number(),
        **{f"count_{service}": number(nullable=True) for service in COUNTED_WHOLE},
        "geometry": pa.Column(),
    },
)
EPCI = contract(
    "epci",
    {
        "epci_siren": code(r"\d{9}", "un numéro SIREN de 9 chiffres", unique=True),
        "epci_name": text(),
        "epci_short_name": text(),
        "epci_kind": one_of("CC", "CA", "CU", "ME"),
        "departement_codes": code(
            rf"{_DEPARTEMENT}(?:\|{_DEPARTEMENT})*", "des codes de département séparés par « | »"
        ),
        "median_income": number(nullable=True),
        "communes_count": number(1),
        "population": number(),
        "is_core": flag(),
    },
)
BUNDLE: dict[str, pa.DataFrameSchema] = {
    schema.name: schema
    for schema in (
        COMMUNES,
        DEPARTEMENTS,
        EPCI,
        SUPPLY,
        APL,
        DEMOGRAPHY,
        PLANS,
        HOSPITALS,
        PLACES,
        CODES,
    )
}

_STRUCTURE = {
    "column_in_dataframe": ("colonne absente", "cette colonne"),
    "column_in_schema": ("colonne inconnue", "aucune autre colonne que celles du contrat"),
    "column_ordered": ("colonne mal placée", "les colonnes dans l'ordre du contrat"),
    "multiple_fields_uniqueness": ("clé répétée", "une seule ligne par clé"),
    "field_uniqueness": ("valeur répétée", "une valeur unique par ligne"),
    "not_nullable": ("cellule vide", "une valeur"),
}


def validate(table: pd.DataFrame, schema: pa.DataFrameSchema, report: Report) -> None:
    """Check a table against its contract and add every fault, in French, to the report.

    Parameters
    ----------
    table
        Table to check; it is not modified.
    schema
        Contract of this module.
    report
        Receives the faults: at most five rows per column and rule, then their number.
    """
    try:
        schema.validate(table, lazy=True)
    except SchemaErrors as errors:
        failures = errors.failure_cases
        for (column, rule), cases in failures.groupby(["column", "check"], sort=True, dropna=False):
            _tell(cases, column, str(rule), report)


def _tell(cases: pd.DataFrame, column: object, rule: str, report: Report) -> None:
    name = column if isinstance(column, str) and column in str(column) else None
    structural = rule.startswith(("column_in", "column_ordered"))
    for case in cases.head(SHOWN).itertuples():
        found, expected = _STRUCTURE.get(rule, (f"« {case.failure_case} »", rule))
        where = str(case.failure_case) if structural else name
        row = case.index if isinstance(case.index, int) else None
        report.fault(found, expected, "vérifier le fichier d'origine", row=row, column=where)
    if len(cases) > SHOWN:
        _, expected = _STRUCTURE.get(rule, ("", rule))
        report.fault(
            f"{len(cases)} lignes ne respectent pas cette règle",
            expected,
            "vérifier toute la colonne",
            column=name,
        )
