"""Large published tables: encoding, separator and header row found by content, wanted columns only."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import pandas as pd
import pyarrow as pa
from pyarrow import csv as arrow_csv

from demomed.core.faults import Fault, InputError, Report
from demomed.ingestion.container import SHOWN_FAULTS, Container, container, reading
from demomed.ingestion.headers import Wanted, find_columns, normalise, tell_missing

HEADER_SEARCH_ROWS = 40
SAMPLE_BYTES = 1 << 18
BLOCK_BYTES = 1 << 23
SEPARATORS = ";,|\t"
_TRAILING = "\x00trailing"

Keep = Callable[[pa.Table], pa.Table]


@dataclass(frozen=True)
class TextLayout:
    """How a published text is written, found from its first bytes.

    Parameters
    ----------
    encoding, separator
        Encoding and field separator.
    header_row
        Row of the header, first row of the file = 1.
    header
        Names as written, stripped.
    columns
        Our column name → position in the header.
    trailing
        Whether data rows end with one more separator than the header.
    """

    encoding: str
    separator: str
    header_row: int
    header: tuple[str, ...]
    columns: Mapping[str, int]
    trailing: bool


def _encoding(sample: bytes) -> str:
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        sample[: sample.rfind(b"\n") + 1 or len(sample)].decode("utf-8-sig")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _split(line: str, separator: str, quoted: bool) -> list[str]:
    if not quoted or '"' not in line:
        return line.split(separator)
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        return line.split(separator)


def sniff(
    box: Container,
    wanted: Wanted,
    report: Report,
    *,
    optional: Sequence[str] = (),
    quoted: bool = True,
) -> TextLayout:
    """Encoding, separator and header row of a published text.

    Raises
    ------
    InputError
        If a wanted column is nowhere in the first rows, with the closest name of the header.
    """
    with reading(report), box.open() as stream:
        sample = stream.read(SAMPLE_BYTES)
    if not sample.strip(b"\x00\t\r\n \xef\xbb\xbf"):
        raise InputError(
            Fault(report.file, "fichier vide", "un tableau", "le télécharger à nouveau")
        )
    encoding = _encoding(sample)
    if encoding != "utf-16" and b"\x00" in sample:
        raise InputError(
            Fault(
                report.file,
                "ce n'est pas un texte",
                "un tableau en texte ou un classeur",
                "vérifier que c'est le bon fichier",
            )
        )
    text = sample.decode("utf-8-sig" if encoding == "utf-8" else encoding, errors="replace")
    lines = [line.rstrip("\r") for line in text.split("\n")[: HEADER_SEARCH_ROWS + 2]]
    required = sum(ours not in optional for ours in wanted)
    best: tuple[int, int, int, str, list[str], dict[str, int]] | None = None
    for order, separator in enumerate(sorted(SEPARATORS, key=lambda mark: -lines[0].count(mark))):
        for row, line in enumerate(lines[:HEADER_SEARCH_ROWS]):
            cells = [cell.strip() for cell in _split(line, separator, quoted)]
            found = find_columns(cells, wanted)
            score = sum(ours not in optional for ours in found)
            if best is None or (score, -row, -order) > best[:3]:
                best = (score, -row, -order, separator, cells, found)
            if score == required:
                break
        if best is not None and best[0] == required:
            break
    assert best is not None
    _, minus_row, _, separator, header, found = best
    tell_missing(header, wanted, found, optional, report)
    report.raise_if_faulty()
    first = next((line for line in lines[1 - minus_row :] if line.strip()), "")
    cells = _split(first, separator, quoted)
    trailing = len(cells) == len(header) + 1 and not cells[-1].strip()
    return TextLayout(encoding, separator, 1 - minus_row, tuple(header), found, trailing)


def stream_columns(
    path: Path,
    wanted: Mapping[str, str | Sequence[str]],
    report: Report,
    *,
    optional: Sequence[str] = (),
    quoted: bool = True,
    keep: Keep | None = None,
    distinct: Sequence[str] = (),
) -> pa.Table:
    """Wanted columns of a large text, read in blocks; the other columns are never parsed.

    Parameters
    ----------
    path
        CSV or TXT, plain, gzip or zip.
    wanted
        Our column name → name or names in the file (folded); ``*`` at the end makes a prefix.
    report
        Receives faults (missing column, row of another width) and notices (encoding).
    optional
        Wanted columns that may be absent.
    quoted
        Whether fields may be in double quotes; ``False`` for files that never quote.
    keep
        Selects rows or aggregates each block as soon as it is read, so that the whole file is
        never held.
    distinct
        Columns whose values hardly repeat (identifiers): kept as plain text.

    Returns
    -------
    pyarrow.Table
        Dictionary-encoded text columns in the order of ``wanted``; empty cells are ``""``.

    Raises
    ------
    InputError
        With every fault found.
    """
    names = normalise(wanted)
    box = container(path, report)
    if box.kind != "text":
        raise InputError(
            Fault(
                report.file,
                "ce n'est pas un texte",
                "un fichier CSV ou TXT",
                "donner le CSV du producteur",
            )
        )
    layout = sniff(box, names, report, optional=optional, quoted=quoted)
    if layout.encoding == "cp1252":
        report.notice("lu en Windows-1252, faute d'être en UTF-8")
    with reading(report):
        try:
            table = _stream(box, layout, report, quoted, keep, distinct)
        except UnicodeDecodeError:
            if layout.encoding != "utf-8":
                raise
            report.notice("lu en Windows-1252, faute d'être en UTF-8")
            changed = replace(layout, encoding="cp1252")
            table = _stream(box, changed, report, quoted, keep, distinct)
    report.raise_if_faulty()
    return table


class _Checked(io.RawIOBase):
    """Stream of bytes that must be UTF-8; the parser only checks the columns it converts."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        block = self._stream.read(size)
        self._decoder.decode(block, final=not block)
        return block


def _stream(
    box: Container,
    layout: TextLayout,
    report: Report,
    quoted: bool,
    keep: Keep | None,
    distinct: Sequence[str],
) -> pa.Table:
    ours = {position: name for name, position in layout.columns.items()}
    column_names = [ours.get(i, f"\x00{i}") for i in range(len(layout.header))]
    if layout.trailing:
        column_names.append(_TRAILING)
    encoded = pa.dictionary(pa.int32(), pa.string())
    types = {name: pa.string() if name in distinct else encoded for name in layout.columns}
    odd: list[str] = []

    def other_width(row: arrow_csv.InvalidRow) -> str:
        odd.append(row.text)
        return "skip"

    blocks = []
    seen = 0
    with box.open() as stream:
        batches = arrow_csv.open_csv(
            _Checked(stream) if layout.encoding == "utf-8" else stream,
            read_options=arrow_csv.ReadOptions(
                block_size=BLOCK_BYTES,
                skip_rows=layout.header_row,
                column_names=column_names,
                encoding=layout.encoding.replace("utf-8", "utf8"),
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=layout.separator,
                quote_char='"' if quoted else False,
                invalid_row_handler=other_width,
            ),
            convert_options=arrow_csv.ConvertOptions(
                include_columns=list(layout.columns),
                column_types=types,
                strings_can_be_null=False,
            ),
        )
        for batch in batches:
            seen += batch.num_rows
            block = pa.Table.from_batches([batch])
            blocks.append(keep(block) if keep else block)
    extra = _rows_of_other_width(odd, box, layout, report, quoted)
    if extra is not None:
        table = pa.table(
            {name: pa.array(extra[name], pa.string()).cast(types[name]) for name in types}
        )
        seen += table.num_rows
        blocks.append(keep(table) if keep else table)
    if not seen and not report.faults:
        report.fault(
            "un en-tête sans aucune ligne dessous",
            "au moins une ligne",
            "vérifier que le fichier est complet",
            row=layout.header_row,
        )
    if not blocks:
        return pa.table({name: pa.array([], pa.string()) for name in types})
    return pa.concat_tables(blocks, promote_options="permissive").unify_dictionaries()


def _rows_of_other_width(
    odd: list[str], box: Container, layout: TextLayout, report: Report, quoted: bool
) -> dict[str, list[str]] | None:
    """Rows with one empty field more or less are kept; any other width is a fault."""
    width = len(layout.header)
    rows = []
    wrong = []
    for text in odd:
        cells = _split(text, layout.separator, quoted)
        if len(cells) == width or (len(cells) == width + 1 and not cells[-1].strip()):
            rows.append(cells)
        else:
            wrong.append((text, len(cells)))
    places = _places([text for text, _ in wrong[:SHOWN_FAULTS]], box, layout)
    for text, fields in wrong[:SHOWN_FAULTS]:
        report.fault(
            f"{fields} champ{'s' if fields > 1 else ''}",
            f"{width} champs comme l'en-tête",
            "télécharger à nouveau le fichier, sans le modifier",
            row=places.get(text),
        )
    if len(wrong) > SHOWN_FAULTS:
        report.fault(
            f"{len(wrong)} lignes n'ont pas le nombre de champs de l'en-tête",
            "un fichier entier",
            "télécharger à nouveau le fichier",
        )
    if not rows:
        return None
    return {name: [cells[i] for cells in rows] for name, i in layout.columns.items()}


def _places(texts: Sequence[str], box: Container, layout: TextLayout) -> dict[str, int]:
    """Row of some raw lines; the file is scanned again, only when there is a fault to place."""
    sought = set(texts)
    found: dict[str, int] = {}
    if not sought:
        return found
    with io.TextIOWrapper(box.open(), encoding=layout.encoding, errors="replace") as lines:
        for row, line in enumerate(lines, start=1):
            text = line.rstrip("\r\n")
            if text in sought and row > layout.header_row:
                found.setdefault(text, row)
                if len(found) == len(sought):
                    break
    return found


def text_frame(table: pa.Table, first_row: int = 2) -> pd.DataFrame:
    """Arrow table as a frame of text, index ``file_row``; empty cells are missing."""
    frame = pd.DataFrame(
        {name: table[name].cast(pa.string()).to_pandas() for name in table.column_names},
        dtype="str",
    )
    frame = frame.apply(lambda column: column.str.strip())
    frame.index = pd.RangeIndex(first_row, first_row + len(frame), name="file_row")
    return frame.mask(frame == "")


def read_published(
    path: Path,
    wanted: Mapping[str, str | Sequence[str]],
    report: Report,
    *,
    optional: Sequence[str] = (),
    sheet: str | None = None,
    keep: Keep | None = None,
) -> pd.DataFrame:
    """Wanted columns of a published CSV or workbook, every cell as text.

    Parameters
    ----------
    path
        CSV, TXT or XLSX, plain, gzip or inside a zip.
    wanted, report, optional, keep
        See :func:`stream_columns`; ``keep`` only applies to texts.
    sheet
        Folded beginning of the sheet name; by default the first sheet that has the columns.

    Returns
    -------
    DataFrame
        Text columns in the order of ``wanted``, missing where the cell is empty; the index
        ``file_row`` counts rows as a spreadsheet does.
    """
    box = container(path, report)
    if box.kind == "workbook":
        from demomed.ingestion.workbook import read_sheet

        return read_sheet(box, wanted, report, optional=optional, sheet=sheet)
    names = normalise(wanted)
    table = stream_columns(path, names, report, optional=optional, keep=keep)
    layout = sniff(box, names, report, optional=optional)
    return text_frame(table, layout.header_row + 1)
