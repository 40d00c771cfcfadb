"""Small tables a mission keeps by hand, declared column by column in the catalogue: read, refused, offered as models."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from demomed.core.faults import Fault, InputError, Report
from demomed.ingestion import cells
from demomed.ingestion.cells import Unreadable, fold, is_missing
from demomed.ingestion.gazetteer import Gazetteer
from demomed.ingestion.mapping import Words, parse_column, require, words, words_with
from demomed.ingestion.placing import locate
from demomed.ingestion.tabular import HandTable, open_table, read_bytes

_TYPES = {
    "text": "str", "choice": "str", "service": "str", "number": "float64", "whole": "Int64",
    "year": "Int64", "date": "datetime64[ns]", "yes_no": "boolean", "commune": "str",
}  # fmt: skip
_EXPECTED = {
    "number": ("un nombre, zéro compris", "écrire un nombre seul, positif"),
    "whole": ("un nombre entier", "écrire un nombre entier, sans unité"),
    "year": ("une année", "écrire l'année en quatre chiffres"),
    "date": ("une date", "écrire jj/mm/aaaa"),
}


@dataclass(frozen=True)
class Form:
    """A table read and what goes with it.

    Parameters
    ----------
    table
        One column per declared field, in the order of the catalogue, index ``row``; absent cells
        are missing.
    report
        Receives the faults that the caller finds in turn.
    written
        Field → column name in the file.
    """

    table: pd.DataFrame
    report: Report
    written: Mapping[str, str]

    def refuse(self, row: int, field: str, found: str, expected: str, remedy: str) -> None:
        """Add a fault of one cell."""
        self.report.fault(found, expected, remedy, row=row, column=self.written.get(field))


def read_form(
    path: Path | str,
    kind: str,
    *,
    mapping: Path | None = None,
    known: Gazetteer | None = None,
) -> Form:
    """Table of a kind declared in ``catalogue/mappings``; every fault of every cell at once.

    Parameters
    ----------
    path
        CSV, XLSX or ODS.
    kind
        Name of the declaration; each column has a ``type`` there.
    mapping
        TOML of the mission that names its own columns.
    known
        Communes, for the columns of type ``commune``.

    Raises
    ------
    InputError
        With every fault of the file.
    """
    path = Path(path)
    report = Report(path.name)
    vocabulary = words_with(kind, mapping)
    columns = vocabulary.raw["columns"]
    needed = tuple((field,) for field, column in columns.items() if column.get("needed"))
    try:
        table = open_table(
            read_bytes(path),
            fields=vocabulary.fields,
            report=report,
            expected=tuple(vocabulary.labels[group[0]] for group in needed),
        )
        require(table, needed, vocabulary, report)
        report.raise_if_faulty()
        read = {
            field: _column(table, field, column, vocabulary, known, report)
            for field, column in columns.items()
        }
        frame = pd.DataFrame(read, index=table.frame.index)
        for (field,) in needed:
            for row in frame.index[frame[field].isna()]:
                if not is_missing(table.column(field)[row]) or columns[field].get("blank"):
                    continue  # already told, or allowed to be unknown
                report.fault(
                    "cellule vide", vocabulary.labels[field], "compléter la ligne",
                    row=int(row), column=table.written[field],
                )  # fmt: skip
        report.raise_if_faulty()
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
    return Form(frame, report, table.written)


def _column(
    table: HandTable,
    field: str,
    column: Mapping[str, Any],
    vocabulary: Words,
    known: Gazetteer | None,
    report: Report,
) -> pd.Series:
    kind = column["type"]
    if kind == "commune":
        found = _located(table, field, known, report)
    elif kind in ("choice", "service", "yes_no"):
        found = _chosen(table, field, column, vocabulary, report)
    else:
        expected, remedy = _EXPECTED.get(kind, ("un texte", "le corriger"))
        found = parse_column(table, field, _READERS[kind], report, expected=expected, remedy=remedy)
    if kind == "date":
        return pd.to_datetime(found).astype(_TYPES[kind])
    if kind in ("number", "whole", "year"):
        return pd.to_numeric(found).astype(_TYPES[kind])
    return found.where(found.notna(), None).astype(_TYPES[kind])


def _chosen(
    table: HandTable,
    field: str,
    column: Mapping[str, Any],
    vocabulary: Words,
    report: Report,
) -> pd.Series:
    if column["type"] == "yes_no":
        values: Mapping[str, Any] = {"oui": True, "non": False, "o": True, "n": False}
    elif column["type"] == "service":
        values = words("register").values["professions"]
    else:
        values = {
            fold(word): value
            for value, listed in vocabulary.raw[column["choice"]].items()
            for word in (value, *listed)
        }

    def read(cell: str) -> Any:
        if is_missing(cell):
            return None
        if fold(cell) not in values:
            raise Unreadable(cell)
        return values[fold(cell)]

    shown = ", ".join(list(dict.fromkeys(values))[:8])
    return parse_column(
        table, field, read, report, expected="un mot connu", remedy=f"par exemple : {shown}"
    )


def _located(table: HandTable, field: str, known: Gazetteer | None, report: Report) -> pd.Series:
    """Commune of one column, that holds a code or a name."""
    nothing = pd.Series(None, index=table.frame.index, dtype="object", name=field)
    if field not in table.frame:
        return nothing
    if known is None:
        raise InputError(
            Fault(
                report.file,
                "communes inconnues",
                "la liste des communes",
                "donner le lot de données",
            )
        )
    written = table.frame[field]
    written = written[~written.map(is_missing).astype(bool)]
    is_code = written.str.fullmatch(r"\s*[0-9][0-9AB]?[0-9]{3}(?:\.0)?\s*", case=False)
    frame = pd.DataFrame(
        {
            "commune_code": written.where(is_code, ""),
            "commune_name": written.where(~is_code, ""),
        }
    )
    names = dict.fromkeys(frame, table.written[field])
    one = HandTable(frame, names, ())
    own = Report(f"{report.file}, colonne « {table.written[field]} »")
    found = locate(one, known, own, what="lignes")
    report.faults += [replace(fault, file=report.file) for fault in own.faults]
    report.notices += own.notices
    return found.reindex(table.frame.index).rename(field)


def _text(cell: str) -> str | None:
    return None if is_missing(cell) else cells.masked(" ".join(cell.split()))


def _positive(cell: str) -> float | None:
    value = cells.number(cell.removesuffix("€"))
    if value is not None and value < 0:
        raise Unreadable(cell)
    return value


def _whole(cell: str) -> int | None:
    value = _positive(cell)
    if value is not None and value != int(value):
        raise Unreadable(cell)
    return None if value is None else int(value)


_READERS: Mapping[str, Callable[[str], Any]] = {
    "text": _text, "number": _positive, "whole": _whole, "year": cells.year, "date": cells.day,
}  # fmt: skip


def write_form(path: Path | str, kind: str) -> Path:
    """Write the model of a table as CSV, with fictional rows; opens in a French spreadsheet.

    Parameters
    ----------
    path
        File to write, ``.csv``.
    kind
        Name of the declaration.

    Raises
    ------
    InputError
        If the name does not end in ``.csv``.
    """
    path = Path(path)
    if path.suffix.lower() != ".csv":
        raise InputError(
            Fault(path.name, f"« {path.suffix} »", ".csv", "changer la fin du nom du fichier")
        )
    columns = [c for c in words(kind).raw["columns"].values() if "example" in c]
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow([column["label"] for column in columns])
    writer.writerows(zip(*(column["example"] for column in columns), strict=True))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.getvalue().encode("utf-8-sig"))
    return path
