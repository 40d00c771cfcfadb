"""The practitioner register kept by a health mission: one row per practitioner × site, no name kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pa

from demomed.core.faults import Fault, InputError, Report, closest
from demomed.ingestion import cells
from demomed.ingestion.cells import Unreadable, fold
from demomed.ingestion.gazetteer import gazetteer, locate, said
from demomed.ingestion.mapping import Words, parse_column, require, words, words_with
from demomed.ingestion.people import identify, settle_sites
from demomed.ingestion.structures import finess, kind_of
from demomed.ingestion.tabular import HandTable, open_table, read_bytes

MAIN_SITE_RULES = ("flag", "most_time", "liberal", "first", "code", "only")
AGE_SOURCES = ("birth_date", "birth_year", "age", "age_band", "none")
_REQUIRED = (("service", "speciality"), ("commune_code", "commune_name"))
_ONE_OF = {"mode": "modes", "status": "statuses", "sex": "sexes"}


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

    Order: practitioner, main site first, then commune, structure and mode.
    """
    typed = pd.DataFrame(
        {
            name: _typed(frame[name], str(column.dtype))
            for name, column in PRACTITIONERS.columns.items()
        }
    )
    keys = ["practitioner_id", "is_main_site", "commune_code", "structure_id", "mode", "service"]
    rising = [True, False, True, True, True, True]
    typed = typed.sort_values([*keys, "site_share"], ascending=[*rising, False], kind="stable")
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
    that is not asked for are dropped, and the person is only ``p0001``. Substitutes
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
        With every fault of the file: row, column, what was found, what to do.
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
        rows = rows.join(_described(table, vocabulary, reference_date, report))
        rows = rows.loc[~rows.pop("is_aside")]
        people = identify(table, rows, report)
        report.raise_if_faulty()
        settled = settle_sites(people, vocabulary.limit("etp_max"), table.written, report)
        report.raise_if_faulty()
        _say_unknown_columns(table, report)
        _say_counts(settled, reference_date, report)
        return conform(settled.assign(is_example=False)), tuple(report.notices)
    except InputError:
        raise
    except (ArithmeticError, LookupError, TypeError, ValueError, RecursionError) as error:
        raise InputError(_unforeseen(path.name, error)) from error


def _unforeseen(file: str, error: Exception) -> Fault:
    return Fault(
        file,
        f"une forme de tableau qui n'était pas prévue ({type(error).__name__})",
        "un tableau comme le modèle",
        "recopier les données dans le modèle, et signaler ce cas",
    )


def _described(
    table: HandTable, vocabulary: Words, reference: date, report: Report
) -> pd.DataFrame:
    frame = pd.DataFrame(index=table.frame.index)
    frame["service"], frame["is_aside"] = _services(table, vocabulary, report)
    for field, kind in _ONE_OF.items():
        frame[field] = _worded(table, field, vocabulary.values[kind], report)
    _modes_and_statuses(table, frame, vocabulary)
    answers = {k: v == "yes" for k, v in vocabulary.values["answers"].items()}
    frame["flag"] = _worded(table, "is_main_site", answers, report)
    for field, text in (
        ("etp", "un nombre positif, par exemple 0,8"),
        ("activity", "un nombre d'actes"),
        ("days", "un nombre de jours de 0 à 7"),
        ("site_share", "une part entre 0 et 1, ou un pourcentage"),
    ):
        top = {"etp": vocabulary.limit("etp_max"), "days": 7.0, "site_share": 1.0}.get(field)
        frame[field] = parse_column(
            table, field, lambda cell, top=top: _amount(cell, top), report, expected=text,
            remedy=lambda cell, error, top=top: _amount_remedy(cell, top),
        )  # fmt: skip
    frame = frame.join(_ages(table, vocabulary, reference, report))
    frame = frame.join(_dates(table, reference, report))
    return frame.join(_structures(table, report))


def _services(table: HandTable, vocabulary: Words, report: Report) -> tuple[pd.Series, pd.Series]:
    known = vocabulary.values["professions"]
    aside = {fold(word) for word in vocabulary.raw["aside"]["words"]}
    found: list[str | None] = []
    left: list[int] = []
    several: list[int] = []
    field = "speciality" if "service" not in table.frame else "service"
    pairs = zip(table.frame.index, table.column("service"), table.column("speciality"), strict=True)
    for row, profession, speciality in pairs:
        service, kind = _service(profession, speciality, known, aside)
        found.append(service)
        if kind == "aside":
            left.append(int(row))
        elif kind == "several":
            several.append(int(row))
        elif service is None:
            written = speciality if cells.is_missing(profession) else profession
            empty = cells.is_missing(written)
            report.fault(
                "cellule vide" if empty else cells.quoted(written),
                "une profession de santé",
                "écrire la profession"
                if empty
                else f"{closest(fold(written), known) if _alike(written, known) else 'écrire la profession en toutes lettres, ou la spécialité'}",
                row=int(row),
                column=table.written[field],
            )
    if left:
        report.notice(f"{said(left)} : profession hors du vocabulaire, mise de côté")
    if several:
        report.notice(
            f"{said(several)} : deux professions dans la cellule, la première est retenue"
        )
    service = pd.Series(found, index=table.frame.index, dtype="object")
    return service, pd.Series(table.frame.index.isin(left), index=table.frame.index)


def _alike(written: str, known: Mapping[str, str]) -> bool:
    return closest(fold(written), known).startswith("vouliez-vous")


def _service(
    profession: str, speciality: str, known: Mapping[str, str], aside: set[str]
) -> tuple[str | None, str]:
    phrases = [speciality, f"{profession} {speciality}", profession]
    for phrase in map(fold, phrases):
        if phrase in known:
            return known[phrase], "one"
    if any(fold(phrase) in aside for phrase in phrases):
        return None, "aside"
    for phrase in phrases:
        parts = [fold(part) for part in re.split(r"[/+,;]| et ", phrase)]
        for part in parts:
            if part in known:
                return known[part], "several"
    return None, "unknown"


def _worded(table: HandTable, field: str, known: Mapping[str, Any], report: Report) -> pd.Series:
    """Cells of a closed vocabulary; in « Statut » any other word is left out, elsewhere refused."""

    def read(cell: str) -> Any:
        if cells.is_missing(cell):
            return None
        word = fold(cell)
        if word in known:
            return known[word]
        if field == "status" or (field == "sex" and word in ("dr", "docteur", "pr")):
            return None
        raise Unreadable(cell)

    values = parse_column(
        table,
        field,
        read,
        report,
        expected="un mot connu de cette colonne",
        remedy=lambda cell, _: closest(fold(cell), known),
    )
    if field == "status":
        unread = [
            int(row)
            for row, cell in table.column(field).items()
            if not cells.is_missing(cell) and fold(cell) not in known
        ]
        if unread:
            report.notice(f"{said(unread)} : statut non reconnu, laissé vide")
    return values


def _modes_and_statuses(table: HandTable, frame: pd.DataFrame, vocabulary: Words) -> None:
    statuses = table.column("mode").map(lambda cell: vocabulary.values["statuses"].get(fold(cell)))
    frame["status"] = frame["status"].where(frame["status"].notna(), statuses)
    frame.loc[frame["status"] == "interne", "mode"] = "etudiant"


def _amount(cell: str, top: float | None) -> float | None:
    value = cells.number(cell)
    if value is not None and (value < 0 or (top is not None and value > top)):
        raise Unreadable(cell)
    return value


def _amount_remedy(cell: str, top: float | None) -> str:
    try:
        value = cells.number(cell)
    except ValueError:
        return "écrire un nombre seul, avec une virgule décimale"
    if value is not None and value < 0:
        return "ôter le signe moins, ou vider la cellule si la valeur est inconnue"
    if value is not None and top is not None and top < value <= 100 and top <= 1.5:
        shown = f"{value / 100:.2f}".rstrip("0").rstrip(".").replace(".", ",")
        return f"écrire « {shown} » ou « {value:g} % »"
    return "vérifier la valeur"


def _ages(table: HandTable, vocabulary: Words, reference: date, report: Report) -> pd.DataFrame:
    low, high = int(vocabulary.limit("age_min")), int(vocabulary.limit("age_max"))

    def check(age: int, cell: str) -> None:
        if not low <= age <= high:
            raise Unreadable(cell)

    def read_date(cell: str) -> date | None:
        born = cells.day(cell)
        if born is not None:
            check(cells.completed_years(born, reference), cell)
        return born

    def read_year(cell: str) -> int | None:
        try:
            born = cells.year(cell)
        except cells.SpreadsheetSerial:
            raise
        except cells.Unreadable:
            exact = None if re.fullmatch(r"[0-9,.\s]*", cell) else cells.day(cell)
            if exact is None:
                raise
            born = exact.year
        if born is not None:
            check(reference.year - born, cell)
        return born

    def read_age(cell: str) -> int | None:
        value = cells.number(re.sub(r"\s*ans?$", "", cell.strip(), flags=re.IGNORECASE))
        if value is None:
            return None
        if value != int(value):
            raise Unreadable(cell)
        check(int(value), cell)
        return int(value)

    def read_band(cell: str) -> tuple[int, int | None] | None:
        band = cells.age_band(cell)
        if band is not None and band[0] > high:
            raise Unreadable(cell)
        return band

    span = f"de {low} à {high} ans au {reference:%d/%m/%Y}"
    dates = parse_column(
        table, "birth_date", read_date, report,
        expected=f"une date de naissance jj/mm/aaaa, {span}", remedy=_birth_remedy,
    )  # fmt: skip
    years = parse_column(
        table, "birth_year", read_year, report,
        expected=f"une année de naissance, {span}", remedy=_birth_remedy,
    )  # fmt: skip
    ages = parse_column(
        table, "age", read_age, report,
        expected=f"un âge entier, de {low} à {high} ans",
        remedy="corriger l'âge, ou vider la cellule s'il est inconnu",
    )  # fmt: skip
    bands = parse_column(
        table, "age_band", read_band, report,
        expected="une tranche d'âge", remedy="écrire par exemple « 55-59 » ou « 65 et plus »",
    )  # fmt: skip
    return _ages_of(dates, years, ages, bands, reference)


def _birth_remedy(cell: str, error: ValueError) -> str:
    if isinstance(error, cells.SpreadsheetSerial):
        return (
            "c'est le nombre de jours du tableur : mettre la colonne au format Date et réexporter"
        )
    if isinstance(error, cells.TwoDigitYear):
        return "écrire l'année en quatre chiffres, par exemple 1961"
    return "corriger la naissance, ou vider la cellule si elle est inconnue"


def _ages_of(
    dates: pd.Series, years: pd.Series, ages: pd.Series, bands: pd.Series, reference: date
) -> pd.DataFrame:
    rows: list[tuple[Any, ...]] = []
    for born, year, age, band in zip(dates, years, ages, bands, strict=True):
        if born is not None:
            reached = cells.completed_years(born, reference)
            rows.append((born.year, reached, "birth_date", reached, reached))
        elif year is not None:
            reached = reference.year - year
            rows.append((year, reached, "birth_year", reached, reached))
        elif age is not None:
            rows.append((None, age, "age", age, age))
        elif band is not None:
            rows.append((None, None, "age_band", *band))
        else:
            rows.append((None, None, "none", None, None))
    columns = ["birth_year", "age", "age_source", "age_low", "age_high"]
    return pd.DataFrame(rows, columns=columns, index=dates.index, dtype="object")


def _dates(table: HandTable, reference: date, report: Report) -> pd.DataFrame:
    frame = pd.DataFrame(index=table.frame.index)
    unread: list[int] = []
    for field, forward in (("installed_date", False), ("departure_date", True)):

        def read(cell: str, forward: bool = forward) -> date | None:
            try:
                span = cells.period(cell, reference_year=reference.year, forward=forward)
            except cells.SpreadsheetSerial:
                raise
            except Unreadable:
                return None
            return None if span is None else span[forward]

        frame[field] = parse_column(
            table,
            field,
            read,
            report,
            expected="une date",
            remedy="c'est le nombre de jours du tableur : mettre la colonne au format Date et réexporter",
        )
        written = table.column(field)
        unread += [
            int(row)
            for row, cell, value in zip(written.index, written, frame[field], strict=True)
            if value is None and not cells.is_missing(cell) and not cell.strip().isdigit()
        ]
    if unread:
        report.notice(f"{said(unread)} : date de départ ou d'installation non lue, laissée vide")
    backwards = [
        int(row)
        for row, start, end in frame.itertuples(name=None)
        if start is not None and end is not None and end < start
    ]
    for row in backwards:
        report.fault(
            "un départ avant l'installation",
            "une date de départ après la date d'installation",
            "corriger l'une des deux dates",
            row=row,
            column=table.written["departure_date"],
        )
    return frame


def _structures(table: HandTable, report: Report) -> pd.DataFrame:
    """Structure of each row: its FINESS number, else a number of its own instead of its name."""
    kinds = words("structures").values["kinds"]
    answers = {fold(w) for w in words("register").raw["answers"]["no"]}
    header = fold(table.written.get("structure", ""))

    numbers = parse_column(
        table, "finess", finess, report,
        expected="un numéro FINESS de neuf caractères",
        remedy="rétablir le zéro initial et mettre la colonne au format Texte",
    )  # fmt: skip
    keys = table.column("structure").map(lambda c: "" if cells.is_missing(c) else fold(c))
    keys = keys.where(~keys.isin(answers), "")
    named = sorted({key for key in keys if key and key not in kinds and key != "oui"})
    own = {key: f"structure-{rank:04d}" for rank, key in enumerate(named, start=1)}
    kind = [kind_of(key, kinds) or (kinds.get(header) if key else None) for key in keys]
    ids = [
        code if code is not None else own.get(key) for code, key in zip(numbers, keys, strict=True)
    ]
    return pd.DataFrame(
        {"structure_id": ids, "structure_kind": kind}, index=table.frame.index, dtype="object"
    )


def _say_unknown_columns(table: HandTable, report: Report) -> None:
    if table.unknown:
        shown = ", ".join(cells.quoted(name) for name in sorted(table.unknown)[:12])
        report.notice(f"colonnes non lues, leur contenu n'est pas gardé : {shown}")


def _say_counts(frame: pd.DataFrame, reference: date, report: Report) -> None:
    first = frame.loc[frame["is_main_site"]]
    aged = (first["age_source"] == "age").sum()
    if aged:
        report.notice(f"{aged} âges donnés sans date : tenus pour atteints au {reference:%d/%m/%Y}")
    unknown = (first["age_source"] == "none").sum()
    if unknown:
        report.notice(f"âge inconnu pour {unknown} personnes sur {len(first)}")
    apart = first["mode"].isin(["remplacant", "etudiant"]).sum()
    if apart:
        report.notice(f"{apart} remplaçants ou étudiants, gardés à part de l'offre")
    gone = first["departure_date"].map(lambda d: d is not None and d < reference).sum()
    if gone:
        report.notice(f"{gone} départs antérieurs au {reference:%d/%m/%Y}")


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
