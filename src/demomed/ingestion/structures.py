"""Maisons de santé, centres, hospitals… from the mission's own list or from the official counts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pa

from demomed.core import catalogue
from demomed.core.faults import Fault, InputError, Report, closest
from demomed.ingestion import cells
from demomed.ingestion.cells import Unreadable, fold
from demomed.ingestion.gazetteer import gazetteer
from demomed.ingestion.mapping import Words, parse_column, require, words, words_with
from demomed.ingestion.notices import said
from demomed.ingestion.placing import locate
from demomed.ingestion.positions import at_commune, positions
from demomed.ingestion.tabular import HandTable, open_table, read_bytes

POSITION_SOURCES = ("given", "commune", "none")
STATUSES = ("open", "project", "closed")
_REQUIRED = (("structure_name", "kind"), ("commune_code", "commune_name", "lon"))

STRUCTURES = pa.DataFrameSchema(
    {
        "structure_id": pa.Column("str", unique=True),
        "structure_name": pa.Column("str", nullable=True),
        "kind": pa.Column("str"),
        "family": pa.Column("str"),
        "original_kind": pa.Column("str", nullable=True),
        "status": pa.Column("str", pa.Check.isin(STATUSES)),
        "opening_year": pa.Column("Int64", nullable=True),
        "commune_code": pa.Column("str", pa.Check.str_matches("^[0-9AB]{5}$"), nullable=True),
        "lon": pa.Column("float64", nullable=True),
        "lat": pa.Column("float64", nullable=True),
        "position_source": pa.Column("str", pa.Check.isin(POSITION_SOURCES)),
        "finess": pa.Column("str", pa.Check.str_length(9, 9), nullable=True),
        "ars_validated": pa.Column("boolean", nullable=True),
        "contract": pa.Column("str", nullable=True),
        "amount_eur": pa.Column("float64", pa.Check.ge(0), nullable=True),
        "university": pa.Column("boolean", nullable=True),
        "professionals_count": pa.Column("Int64", pa.Check.ge(0), nullable=True),
        "count": pa.Column("int64", pa.Check.ge(1)),
        "source_id": pa.Column("str"),
    },
    ordered=True,
    strict=True,
)
"""Contract of the structures: one row a structure, or one row a commune × kind with ``count``."""


def structure_kinds() -> pd.DataFrame:
    """Kinds of structures with their French label and their family.

    A pôle de santé, a PSLA and a maison médicale belong to the family of the maisons de santé
    (« exercice coordonné ») and keep their own kind.

    Examples
    --------
    >>> structure_kinds().loc["psla"].tolist()
    ['pôle de santé libéral ambulatoire', 'exercice_coordonne']
    """
    raw = words("structures").raw["kinds"]
    return pd.DataFrame.from_records(
        [(kind, entry["label"], entry["family"]) for kind, entry in raw.items()],
        columns=["kind", "label", "family"],
        index="kind",
    )


def read_structures(
    path: Path | str,
    *,
    codes: pd.DataFrame,
    communes: pd.DataFrame | None = None,
    places: pd.DataFrame | None = None,
    mapping: Path | None = None,
    source_id: str = "mission",
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Structures of a mission's own CSV, XLSX or ODS list.

    Parameters
    ----------
    path
        The file; columns are recognised by name, see ``catalogue/mappings/structures.toml``.
    codes
        Every commune code ever used and the code in force.
    communes
        ``commune_code, lon, lat`` and ``postcodes``: position of a structure without coordinates
        (``position_source = "commune"``).
    places
        Former communes, whose names are understood too.
    mapping
        TOML of the mission that names its own columns and words.
    source_id
        Written on every row.

    Returns
    -------
    tuple
        The table (contract :data:`STRUCTURES`, in the order of the ids, whatever the order of the
        rows) and what must be known of the file. Degrees are kept, Lambert-93 metres are converted
        and said; a structure without status is taken as open, and said.

    Raises
    ------
    InputError
        With every fault of the file, exchanged or impossible coordinates included.
    """
    path = Path(path)
    report = Report(path.name)
    vocabulary = words_with("structures", mapping)
    try:
        table = open_table(
            read_bytes(path),
            fields=vocabulary.fields,
            report=report,
            expected=("Nom", "Type", "Code INSEE"),
        )
        require(table, _REQUIRED, vocabulary, report)
        report.raise_if_faulty()
        known = gazetteer(codes, communes=communes, places=places)
        located = locate(table, known, report, what="structures")
        frame = _described(table, vocabulary, report).assign(commune_code=located)
        frame = frame.join(positions(table, vocabulary, report))
        _refuse_duplicates(table, frame, report)
        report.raise_if_faulty()
        frame = at_commune(frame, communes, report)
        ordered = _numbered(table, frame)
        return _conform(ordered.assign(count=1, source_id=source_id)), tuple(report.notices)
    except InputError:
        raise
    except (ArithmeticError, LookupError, TypeError, ValueError, RecursionError) as error:
        raise InputError(
            Fault(
                path.name,
                f"une forme de tableau qui n'était pas prévue ({type(error).__name__})",
                "un tableau comme le modèle",
                "recopier les données dans le modèle, et signaler ce cas",
            )
        ) from error


def structures_from_supply(supply: pd.DataFrame, communes: pd.DataFrame) -> pd.DataFrame:
    """Official structures, one row per commune × kind, placed at the chef-lieu of the commune.

    Counts of Insee's Base permanente des équipements, latest year of each kind; they have no
    address here, so ``position_source`` is ``"commune"`` and a map must say so.

    Parameters
    ----------
    supply
        ``commune_code, service, year, count`` and ``source_id``.
    communes
        ``commune_code`` (column or index), ``lon, lat``.

    Returns
    -------
    DataFrame
        Contract :data:`STRUCTURES`; only counts of one or more, ``count`` structures a row.

    Examples
    --------
    >>> supply = pd.DataFrame({"commune_code": ["53130", "53147"], "service": "msp", "year": 2021,
    ...                        "count": [2, 0], "source_id": "insee_bpe"})
    >>> communes = pd.DataFrame({"commune_code": ["53130", "53147"], "lon": [-0.77, -0.61],
    ...                          "lat": [48.07, 48.3]})
    >>> structures_from_supply(supply, communes)[["commune_code", "kind", "count", "lon"]]
      commune_code kind  count   lon
    0        53130  msp      2 -0.77
    """
    services = {s.id: s for s in catalogue.services().values() if s.kind == "structure"}
    raw = words("structures").raw
    rows = supply.loc[supply["service"].isin(list(services)) & (supply["count"] > 0)]
    rows = rows.loc[rows["year"] == rows.groupby("service")["year"].transform("max")]
    places = communes if "commune_code" in communes else communes.reset_index()
    rows = rows.merge(places[["commune_code", "lon", "lat"]], on="commune_code", how="inner")
    kind = rows["service"].map(lambda service: raw["official"].get(service, service))
    frame = rows.assign(
        structure_id=rows["service"].str.replace("_", "-") + "-" + rows["commune_code"].str.lower(),
        structure_name=None,
        kind=kind,
        family=kind.map(lambda k: raw["kinds"].get(k, {"family": "offre"})["family"]),
        original_kind=rows["service"].map(lambda service: services[service].singular),
        status="open",
        position_source="commune",
        source_id=rows.get("source_id", "insee_bpe"),
    )
    absent = [name for name in STRUCTURES.columns if name not in frame]
    return _conform(frame.assign(**dict.fromkeys(absent)).sort_values("structure_id"))


def _conform(frame: pd.DataFrame) -> pd.DataFrame:
    typed = {}
    for name, column in STRUCTURES.columns.items():
        dtype = str(column.dtype)
        values = frame[name]
        if dtype in ("float64", "Int64", "int64"):
            values = pd.to_numeric(values).astype(dtype)
        else:
            values = values.where(values.notna(), None).astype(dtype)
        typed[name] = values
    return STRUCTURES.validate(pd.DataFrame(typed).reset_index(drop=True))


def _described(table: HandTable, vocabulary: Words, report: Report) -> pd.DataFrame:
    frame = pd.DataFrame(index=table.frame.index)
    frame["structure_name"] = table.column("structure_name").map(_text)
    frame["original_kind"] = table.column("kind").map(_text)
    frame["kind"] = _kinds(table, vocabulary, report)
    families = {kind: entry["family"] for kind, entry in vocabulary.raw["kinds"].items()}
    frame["family"] = frame["kind"].map(families)
    frame["status"] = _worded(table, "status", vocabulary.values["statuses"], report)
    silent = frame.index[frame["status"].isna()]
    if len(silent):
        report.notice(
            f"{said([int(row) for row in silent], 'structures')} : état absent, « ouverte » par défaut"
        )
    frame["status"] = frame["status"].where(frame["status"].notna(), "open")
    answers = {word: answer == "yes" for word, answer in vocabulary.values["answers"].items()}
    for field in ("ars_validated", "university"):
        frame[field] = _worded(table, field, answers, report)
    frame["contract"] = table.column("contract").map(_text)
    frame["opening_year"] = parse_column(
        table, "opening_year", _opening(int(vocabulary.limit("year_min"))), report,
        expected="une année d'ouverture", remedy="écrire l'année en quatre chiffres, par exemple 2018",
    )  # fmt: skip
    frame["amount_eur"] = parse_column(
        table, "amount_eur", _amount, report,
        expected="un montant en euros", remedy="écrire un nombre seul, positif",
    )  # fmt: skip
    frame["professionals_count"] = parse_column(
        table, "professionals_count", _whole, report,
        expected="un nombre entier de professionnels", remedy="écrire un nombre entier",
    )  # fmt: skip
    frame["finess"] = parse_column(
        table, "finess", finess, report,
        expected="un numéro FINESS de neuf caractères",
        remedy="rétablir le zéro initial et mettre la colonne au format Texte",
    )  # fmt: skip
    return frame


def _text(cell: str) -> str | None:
    return None if cells.is_missing(cell) else cells.masked(" ".join(cell.split()))


def finess(cell: str) -> str | None:
    """FINESS number as nine characters, its leading zero included; missing marker → ``None``.

    Raises
    ------
    Unreadable
        If it is not nine characters (a lost leading zero is never put back silently).

    Examples
    --------
    >>> finess("530 000 123")
    '530000123'
    """
    if cells.is_missing(cell):
        return None
    code = re.sub(r"\s", "", cell).upper()
    if not re.fullmatch(r"[0-9][0-9AB][0-9]{7}", code):
        raise Unreadable(cell)
    return code


def _opening(year_min: int) -> Callable[[str], int | None]:
    def read(cell: str) -> int | None:
        try:
            opened = cells.year(cell)
        except cells.SpreadsheetSerial:
            raise
        except Unreadable:
            span = cells.period(cell, reference_year=2000, forward=True)
            opened = None if span is None else span[0].year
        if opened is not None and not year_min <= opened <= year_min + 200:
            raise Unreadable(cell)
        return opened

    return read


def _amount(cell: str) -> float | None:
    value = cells.number(re.sub(r"(€|euros?|eur)\s*$", "", cell.strip(), flags=re.IGNORECASE))
    if value is not None and value < 0:
        raise Unreadable(cell)
    return value


def _whole(cell: str) -> int | None:
    value = cells.number(cell)
    if value is not None and (value < 0 or value != int(value)):
        raise Unreadable(cell)
    return None if value is None else int(value)


def _worded(table: HandTable, field: str, known: Mapping[str, Any], report: Report) -> pd.Series:
    def read(cell: str) -> Any:
        if cells.is_missing(cell):
            return None
        if fold(cell) not in known:
            raise Unreadable(cell)
        return known[fold(cell)]

    return parse_column(
        table, field, read, report,
        expected="un mot connu de cette colonne",
        remedy=lambda cell, _: closest(fold(cell), known),
    )  # fmt: skip


def _kinds(table: HandTable, vocabulary: Words, report: Report) -> pd.Series:
    """Kind of each row: the cell « Type », else the first words of the name."""
    known = vocabulary.values["kinds"]
    inferred: list[int] = []
    found: list[str | None] = []
    pairs = zip(
        table.frame.index, table.column("kind"), table.column("structure_name"), strict=True
    )
    for row, written, name in pairs:
        kind = kind_of(written, known)
        if kind is None and cells.is_missing(written):
            kind = kind_of(name, known)
            if kind is not None:
                inferred.append(int(row))
        if kind is None:
            told = "kind" in table.frame
            report.fault(
                cells.quoted(written) if written else "type absent, et le nom ne le dit pas",
                "un type de structure connu",
                closest(fold(written), known) if written else "remplir la colonne « Type »",
                row=int(row),
                column=table.written["kind" if told else "structure_name"],
            )
        found.append(kind)
    if inferred:
        report.notice(f"{said(inferred, 'structures')} : type lu dans le nom")
    return pd.Series(found, index=table.frame.index, dtype="object")


def kind_of(text: str, known: Mapping[str, str]) -> str | None:
    """Kind that a text names, or begins with (longest words first).

    Examples
    --------
    >>> kind_of("Pôle de santé libéral ambulatoire de Sées", words("structures").values["kinds"])
    'psla'
    """
    key = fold(text)
    found = [word for word in known if key == word or key.startswith(f"{word} ")]
    return known[max(found, key=len)] if found else None


def _refuse_duplicates(table: HandTable, frame: pd.DataFrame, report: Report) -> None:
    same_name = frame[["structure_name", "kind", "commune_code"]].map(
        lambda value: "" if value is None else fold(str(value))
    )
    same_name = same_name.loc[same_name["structure_name"] != ""]
    same_number = frame.loc[frame["finess"].notna(), ["finess"]]
    for site, found, field in (
        (same_name, "même structure qu'à la ligne", "structure_name"),
        (same_number, "même numéro FINESS qu'à la ligne", "finess"),
    ):
        first = site.reset_index().groupby(list(site.columns))["row"].transform("min")
        for row, original in zip(site.index, first, strict=True):
            if row != original:
                report.fault(
                    f"{found} {original}",
                    "une ligne par structure",
                    "supprimer l'une des deux, ou corriger son nom ou son numéro",
                    row=int(row),
                    column=table.written[field],
                )


def _numbered(table: HandTable, frame: pd.DataFrame) -> pd.DataFrame:
    """Ids in the order of the content, so that the order of the rows never matters."""
    own = table.column("source_id")
    if own.map(lambda cell: re.fullmatch(r"[0-9]{1,6}", cell) is not None).all() and own.is_unique:
        return frame.assign(structure_id=own.map(lambda n: f"s{int(n):04d}")).sort_values(
            "structure_id"
        )
    keys = [
        "commune_code",
        "kind",
        "structure_name",
        "finess",
        "status",
        "opening_year",
        "lon",
        "lat",
    ]
    ordered = frame.sort_values(
        keys, key=lambda column: column.map(lambda v: "~" if pd.isna(v) else str(v)), kind="stable"
    )
    return ordered.assign(structure_id=[f"s{rank:04d}" for rank in range(1, len(ordered) + 1)])
