"""The practitioner register kept by a health mission: one row per practitioner × site, no name kept."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from demomed.core.faults import Fault, InputError, Report
from demomed.ingestion import cells
from demomed.ingestion.births import AGE_SOURCES
from demomed.ingestion.gazetteer import gazetteer
from demomed.ingestion.mapping import require, words, words_with
from demomed.ingestion.notices import counted
from demomed.ingestion.people import identify, settle_sites
from demomed.ingestion.placing import locate
from demomed.ingestion.practice import described
from demomed.ingestion.tabular import HandTable, open_table, read_bytes

MAIN_SITE_RULES = ("flag", "most_time", "liberal", "first", "code", "only")
_REQUIRED = (("service", "speciality"), ("commune_code", "commune_name"))


def _column(dtype: str, *checks: pa.Check, nullable: bool = False) -> pa.Column:
    return pa.Column(dtype, list(checks), nullable=nullable)


PRACTITIONERS = pa.DataFrameSchema(
    {
        "practitioner_id": _column("str", pa.Check.str_matches(r"^[a-z0-9]+(-[a-z0-9]+)*$")),
        "service": _column("str"),
        "commune_code": _column("str", pa.Check.str_matches(r"^[0-9AB]{5}$"), nullable=True),
        "is_main_site": _column("bool"),
        "main_site_rule": _column("str", pa.Check.isin(MAIN_SITE_RULES)),
        "site_share": _column("float64", pa.Check.in_range(0, 1)),
        "share_source": _column("str", pa.Check.isin(["given", "equal"])),
        "etp": _column("float64", pa.Check.ge(0), nullable=True),
        "activity": _column("float64", pa.Check.ge(0), nullable=True),
        "birth_year": _column("Int64", nullable=True),
        "age": _column("Int64", nullable=True),
        "age_source": _column("str", pa.Check.isin(AGE_SOURCES)),
        "age_low": _column("Int64", nullable=True),
        "age_high": _column("Int64", nullable=True),
        "sex": _column("str", pa.Check.isin(["F", "M"]), nullable=True),
        "mode": _column("str", nullable=True),
        "status": _column("str", nullable=True),
        "structure_id": _column("str", nullable=True),
        "structure_kind": _column("str", nullable=True),
        "installed_date": _column("datetime64[ns]", nullable=True),
        "departure_date": _column("datetime64[ns]", nullable=True),
        "is_example": _column("bool"),
    },
    checks=pa.Check(
        lambda frame: frame.groupby("practitioner_id")["is_main_site"].sum().eq(1).all(),
        error="one main site a person",
    ),
    ordered=True,
    strict=True,
)
"""Contract of the register: columns, types and ranges; one main site a person."""


def conform(frame: pd.DataFrame) -> pd.DataFrame:
    """Frame with the columns and types of the contract, rows in a stable order, checked.

    Order: practitioner, main site first, then commune, structure, mode and every other column.
    """
    frame = frame.reset_index(drop=True)
    typed = pd.DataFrame(
        {
            name: _typed(frame[name], str(column.dtype))
            for name, column in PRACTITIONERS.columns.items()
        }
    )
    order = typed.astype("object").where(typed.notna(), "~").astype("str")
    order["is_main_site"] = ~typed["is_main_site"]
    first = ["practitioner_id", "is_main_site", "commune_code", "structure_id", "mode"]
    keys = [*first, *(name for name in order if name not in first)]
    typed = typed.loc[order.sort_values(keys, kind="stable").index]
    return PRACTITIONERS.validate(typed.reset_index(drop=True))


def _typed(column: pd.Series, dtype: str) -> pd.Series:
    if dtype.startswith("datetime64"):
        return pd.to_datetime(column.map(lambda d: None if d is None else str(d)[:10])).astype(
            dtype
        )
    if dtype == "Int64":
        return pd.to_numeric(column).astype("Int64")
    if dtype == "float64":
        return pd.to_numeric(column).astype("float64")
    if dtype == "bool":
        return column.astype(bool)
    return column.where(column.notna(), None).astype("str")


def read_register(
    path: Path | str,
    *,
    codes: pd.DataFrame,
    reference_date: date,
    mapping: Path | None = None,
    communes: pd.DataFrame | None = None,
    places: pd.DataFrame | None = None,
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Register of practitioners from a CSV, XLSX or ODS kept by hand.

    One row per practitioner × site. A person is known by the RPPS number, else by name and year
    of birth, else by the register's own number; then names, numbers, addresses and every column
    that is not asked for are dropped, and the person is only ``p0001`` (or ``r0001``). Substitutes
    (``mode = "remplacant"``) and students (``"etudiant"``) stay in the table and are told apart by
    their mode, for those who count to leave them out.

    Age is in completed years at the reference date; from a year of birth alone it is the age
    reached in the year; an age or an age band is kept as such. The main site is the one flagged,
    else that of most time or acts, else the self-employed one, else the first in date, else the
    lowest commune code; the rule is written on each row. Unknown shares of time are equal shares.

    Parameters
    ----------
    path
        The file. Columns are recognised by name, whatever accents and capitals; see
        :func:`register_columns`.
    codes
        Every commune code ever used and the code in force (``old_code, commune_code,
        commune_name, departement_code, is_ambiguous``).
    reference_date
        Date at which ages are reached.
    mapping
        TOML of the mission that names its own columns and words, or ``None``.
    communes, places
        Tables of the reference bundle: postal codes, and names of former communes.

    Returns
    -------
    tuple
        The table (contract :data:`PRACTITIONERS`, the same whatever the order of the rows) and
        what must be known of the file, in French. An empty commune is « non localisé » (missing).

    Raises
    ------
    InputError
        With every fault of the file, those of cells and those of persons at once: row, column, what
        was found, what to do; and with the notices of what could be read.
    """
    path = Path(path)
    report = Report(path.name)
    vocabulary = words_with("register", mapping)
    try:
        table = open_table(
            read_bytes(path),
            fields=vocabulary.fields,
            report=report,
            expected=("Profession", "Code INSEE", "Année de naissance"),
        )
        require(table, _REQUIRED, vocabulary, report)
        report.raise_if_faulty()
        known = gazetteer(codes, communes=communes, places=places)
        rows = pd.DataFrame({"commune_code": locate(table, known, report)})
        rows = rows.join(described(table, vocabulary, reference_date, report))
        rows = rows.loc[~rows.pop("is_aside")]
        people = identify(table, rows, report)
        settled = settle_sites(people, vocabulary.limit("etp_max"), table.written, report)
        report.raise_if_faulty()
        _say_unknown_columns(table, report)
        _say_counts(settled, reference_date, report)
        return conform(settled.assign(is_example=False)), tuple(report.notices)
    except InputError:
        raise
    except (ArithmeticError, LookupError, TypeError, ValueError, RecursionError) as error:
        report.raise_if_faulty()
        raise InputError(_unforeseen(path.name, error)) from error


def _unforeseen(file: str, error: Exception) -> Fault:
    return Fault(
        file,
        f"une forme de tableau qui n'était pas prévue ({type(error).__name__})",
        "un tableau comme le modèle",
        "recopier les données dans le modèle, et signaler ce cas",
    )


def _say_unknown_columns(table: HandTable, report: Report) -> None:
    if table.unknown:
        shown = ", ".join(cells.quoted(name) for name in sorted(table.unknown)[:12])
        report.notice(f"colonnes non lues, leur contenu n'est pas gardé : {shown}")


def _say_counts(frame: pd.DataFrame, reference: date, report: Report) -> None:
    first = frame.loc[frame["is_main_site"]]
    told = f"{reference:%d/%m/%Y}"
    aged = int((first["age_source"] == "age").sum())
    if aged:
        report.notice(
            f"âge donné sans date, tenu pour atteint au {told} : {counted(aged, 'personne')}"
        )
    unknown = int((first["age_source"] == "none").sum())
    if unknown:
        report.notice(f"âge inconnu : {counted(unknown, 'personne')} sur {len(first)}")
    apart = int(first["mode"].isin(["remplacant", "etudiant"]).sum())
    if apart:
        report.notice(f"remplaçants et étudiants, à part de l'offre : {counted(apart, 'personne')}")
    gone = int(first["departure_date"].map(lambda d: d is not None and d < reference).sum())
    if gone:
        report.notice(f"départ antérieur au {told} : {counted(gone, 'personne')}")


def register_columns() -> pd.DataFrame:
    """Columns the register may have: name in the model, what it holds, whether it is needed.

    Returns
    -------
    DataFrame
        Index ``field``; columns ``label`` and ``help`` (French), ``names`` (other names
        recognised), ``is_required`` (one of « Profession » and « Spécialité », one of « Code
        INSEE » and « Commune »).

    Examples
    --------
    >>> register_columns().loc["etp", "label"]
    'ETP'
    """
    columns = words("register").raw["columns"]
    needed = {"service", "commune_code"}
    return pd.DataFrame.from_records(
        [
            (field, c["label"], c["help"], ", ".join(c["names"]), field in needed)
            for field, c in columns.items()
        ],
        columns=["field", "label", "help", "names", "is_required"],
        index="field",
    )
