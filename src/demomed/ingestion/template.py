"""Model files for those who keep a register or a list of structures."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from demomed.core import catalogue
from demomed.core.faults import Fault, InputError, Report
from demomed.ingestion.cells import fold
from demomed.ingestion.mapping import words, words_with
from demomed.ingestion.tabular import open_table, read_bytes

Kind = Literal["register", "structures"]
SHEETS = {"register": "Registre", "structures": "Structures"}
FICTIONAL = "fictif", "fictive"
EXPLAINED = "Mode d'emploi"
PLACED = ("commune_code", "commune_name", "lon", "lat")
"""Columns of a model whose example is a place: other departments have their own."""
_FIXED_DATE = (1980, 1, 1, 0, 0, 0)
_STAMP = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")


def write_template(
    path: Path | str,
    kind: Kind = "register",
    *,
    places: Sequence[tuple[str, str]] = (),
) -> Path:
    """Write a model file with a few fictional rows: CSV or XLSX after the name.

    The CSV opens in a French spreadsheet by a double click (semicolon, UTF-8 with mark). The XLSX
    has a second sheet that explains each column. No column asks for a name: a number of the
    register's own is enough to know a person again. Same call, same bytes.

    Parameters
    ----------
    path
        File to write, ``.csv`` or ``.xlsx``.
    kind
        ``"register"`` or ``"structures"``.
    places
        Code and name of communes where the fictional rows are; those of the model by default.

    Raises
    ------
    InputError
        If the name ends otherwise.
    """
    path = Path(path)
    makers = {".csv": _template_csv, ".xlsx": _template_xlsx}
    if path.suffix.lower() not in makers:
        raise InputError(
            Fault(
                path.name, f"« {path.suffix} »", ".csv ou .xlsx", "changer la fin du nom du fichier"
            )
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(makers[path.suffix.lower()](kind, *_model(kind, places)))
    return path


def model_rows(path: Path, kind: Kind, mapping: Path | None = None) -> tuple[list[int], int]:
    """Rows of a file that are those of the model, left as they were.

    A row is one of the model's when every cell of the columns they share is, wherever its place is;
    nothing is found unless one of them says itself that it is fictional, so that a true row may look like a model's.

    Parameters
    ----------
    path
        Register or list of structures.
    kind
        Which of the two.
    mapping
        TOML of the mission, or ``None``.

    Returns
    -------
    tuple
        Their numbers as the spreadsheet counts them, and how many rows the file has.
    """
    vocabulary = words_with(kind, mapping)
    table = open_table(
        read_bytes(path), fields=vocabulary.fields, report=Report(path.name), expected=()
    )
    columns = {
        name: c
        for name, c in vocabulary.raw["columns"].items()
        if "example" in c and name not in PLACED
    }
    shared = [name for name in columns if name in table.frame]
    known = {
        tuple(fold(cell) for cell in row)
        for row in zip(*(columns[name]["example"] for name in shared), strict=True)
    }
    cells = table.frame[shared].map(fold).itertuples(index=True, name=None)
    found = {row: tuple(rest) for row, *rest in cells if tuple(rest) in known}
    is_told = any(word in cell for rest in found.values() for cell in rest for word in FICTIONAL)
    return (sorted(map(int, found)) if is_told else []), len(table.frame)


def _model(kind: Kind, places: Sequence[tuple[str, str]] = ()) -> tuple[list[str], list[list[str]]]:
    """Header and fictional rows of a model, moved to other communes when some are given."""
    columns = {name: c for name, c in words(kind).raw["columns"].items() if "example" in c}
    cells = {name: list(c["example"]) for name, c in columns.items()}
    if places:
        moved = dict(zip(dict.fromkeys(cells["commune_code"]), cycle(places), strict=False))
        pairs = [moved[code] for code in cells["commune_code"]]
        cells["commune_code"] = [code for code, _ in pairs]
        cells["commune_name"] = [name for _, name in pairs]
        for name in set(cells) & {"lon", "lat"}:
            cells[name] = [""] * len(pairs)
    return [c["label"] for c in columns.values()], [
        list(row) for row in zip(*cells.values(), strict=True)
    ]


def _csv(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def _template_csv(_: Kind, header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    return _csv(header, rows)


def _template_xlsx(kind: Kind, header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    import openpyxl
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = SHEETS[kind]
    for record in (header, *rows):
        sheet.append(record)
    sheet.freeze_panes = "A2"
    for index, label in enumerate(header, start=1):
        letter = get_column_letter(index)
        sheet.column_dimensions[letter].width = max(12, len(label) + 4)
        sheet.cell(1, index).font = Font(bold=True)
        for row in range(2, 500):
            sheet.cell(row, index).number_format = "@"
    explained = book.create_sheet(EXPLAINED)
    explained.append(["Colonne", "Ce qu'elle contient", "Autres noms reconnus"])
    for entry in words(kind).raw["columns"].values():
        explained.append([entry["label"], entry["help"], ", ".join(entry["names"][:6])])
    for letter, width in (("A", 24), ("B", 70), ("C", 70)):
        explained.column_dimensions[letter].width = width
    for cell in explained[1]:
        cell.font = Font(bold=True)
    for line in explained.iter_rows():
        for cell in line:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    target = io.BytesIO()
    book.save(target)
    return _undated(target.getvalue())


def _undated(workbook: bytes) -> bytes:
    """The same workbook without the time it was written."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as source, zipfile.ZipFile(target, "w") as fixed:
        for name in sorted(source.namelist()):
            content = source.read(name)
            if name == "docProps/core.xml":
                content = _STAMP.sub(rb"\g<1>1980-01-01T00:00:00Z", content)
            info = zipfile.ZipInfo(name, _FIXED_DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            fixed.writestr(info, content)
    return target.getvalue()


def to_model(practitioners: pd.DataFrame) -> bytes:
    """Register as a CSV of the model, which :func:`read_register` reads back.

    Persons get the number of their rank; nothing else tells who they are.
    """
    raw = words("register").raw
    singular = {service.id: service.singular for service in catalogue.services().values()}
    first = {
        kind: {value: listed[0] for value, listed in raw[kind].items()}
        for kind in ("modes", "statuses")
    }
    rank = practitioners["practitioner_id"].rank(method="dense").astype(int).astype(str)
    columns = {
        "register_id": rank,
        "service": practitioners["service"].map(singular),
        "birth_year": _number(practitioners["birth_year"]),
        "sex": practitioners["sex"],
        "commune_code": practitioners["commune_code"],
        "is_main_site": practitioners["is_main_site"].map({True: "oui", False: "non"}),
        "site_share": _number(practitioners["site_share"]).where(
            practitioners["share_source"] == "given"
        ),
        "etp": _number(practitioners["etp"]),
        "activity": _number(practitioners["activity"]),
        "mode": practitioners["mode"].map(first["modes"]),
        "status": practitioners["status"].map(first["statuses"]),
        "structure": practitioners["structure_id"].map(_structure_label, na_action="ignore"),
        "installed_date": practitioners["installed_date"].dt.strftime("%d/%m/%Y"),
        "departure_date": practitioners["departure_date"].dt.strftime("%d/%m/%Y"),
    }
    frame = pd.DataFrame(columns).astype("object")
    frame = frame.where(frame.notna(), "")
    return _csv([words("register").labels[name] for name in columns], frame.to_numpy().tolist())


def _structure_label(structure_id: str) -> str:
    return f"MSP fictive {structure_id.rsplit('-', 1)[-1]}"


def _number(values: pd.Series) -> pd.Series:
    return values.map(lambda v: f"{v:.10g}".replace(".", ","), na_action="ignore").astype("object")
