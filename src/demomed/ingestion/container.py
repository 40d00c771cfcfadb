"""What a downloaded file holds: a plain text, a gzip, a zip or a workbook, told by its first bytes."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from demomed.core.faults import Fault, InputError, Report

SHOWN_FAULTS = 5
_OLE = b"\xd0\xcf\x11\xe0"
_SEVEN_ZIP = b"7z\xbc\xaf\x27\x1c"


@contextmanager
def reading(report: Report) -> Iterator[None]:
    """Turn what parsers and archives raise on a damaged file into one French fault."""
    try:
        yield
    except InputError:
        raise
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise InputError(
            Fault(
                report.file,
                "fichier introuvable ou illisible",
                "un fichier du disque",
                "vérifier le nom, le dossier et les droits",
            )
        ) from error
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError) as error:
        raise InputError(
            Fault(
                report.file,
                "archive ou fichier abîmé",
                "un fichier complet",
                "le télécharger à nouveau",
            )
        ) from error
    except (pa.ArrowException, ValueError, KeyError, csv.Error) as error:
        raise InputError(
            Fault(
                report.file,
                "contenu qui n'a pas la forme attendue",
                "le fichier tel que le producteur le publie",
                "le télécharger à nouveau, sans l'ouvrir ni l'enregistrer dans un tableur",
            )
        ) from error


def _zip_member(archive: zipfile.ZipFile, suffixes: Sequence[str], report: Report) -> str:
    names = [
        info
        for info in archive.infolist()
        if info.filename.lower().endswith(tuple(suffixes)) and not info.is_dir()
    ]
    if not names:
        inside = ", ".join(sorted(archive.namelist())[:SHOWN_FAULTS]) or "rien"
        raise InputError(
            Fault(
                report.file,
                f"archive sans fichier {' ni '.join(suffixes)} (elle contient : {inside})",
                "l'archive du producteur",
                "vérifier que c'est la bonne archive",
            )
        )
    return max(names, key=lambda info: (info.file_size, info.filename)).filename


@dataclass(frozen=True)
class Container:
    """What a file is once unpacked: a text or a workbook.

    Parameters
    ----------
    kind
        ``"text"``, ``"workbook"`` or ``"parquet"``.
    open
        Opens a fresh binary stream on the unpacked content.
    """

    kind: str
    open: Callable[[], BinaryIO] = field(repr=False)


def container(path: Path, report: Report) -> Container:
    """Look at a file (plain, gzip or zip) and say what it holds, whatever its name.

    A zip gives its largest CSV, TXT or XLSX member.

    Raises
    ------
    InputError
        If the file is absent, empty, damaged, or of a kind that has to be unpacked by hand.
    """
    with reading(report):
        with path.open("rb") as stream:
            head = stream.read(8)
        if not head:
            raise InputError(
                Fault(report.file, "fichier vide", "un tableau", "le télécharger à nouveau")
            )
        if head.startswith(_OLE):
            raise InputError(
                Fault(
                    report.file,
                    "classeur ancien (.xls)",
                    "un classeur .xlsx ou un CSV",
                    "l'ouvrir puis « Enregistrer sous » au format .xlsx",
                )
            )
        if head.startswith(_SEVEN_ZIP):
            raise InputError(
                Fault(
                    report.file,
                    "archive .7z",
                    "le fichier qu'elle contient",
                    "l'extraire d'abord, puis indiquer le fichier extrait",
                )
            )
        if head.startswith(b"PAR1"):
            return Container("parquet", lambda: path.open("rb"))
        if head.startswith(b"\x1f\x8b"):
            return Container("text", lambda: io.BufferedReader(gzip.open(path, "rb")))  # type: ignore[arg-type]
        if head.startswith(b"PK"):
            return _zipped(path, report)
    return Container("text", lambda: path.open("rb"))


def _zipped(path: Path, report: Report) -> Container:
    with zipfile.ZipFile(path) as archive:
        if "[Content_Types].xml" in archive.namelist():
            return Container("workbook", lambda: path.open("rb"))
        member = _zip_member(archive, (".csv", ".txt", ".xlsx"), report)

    def unpack() -> BinaryIO:
        return zipfile.ZipFile(path).open(member)  # type: ignore[return-value]

    if member.lower().endswith(".xlsx"):
        return Container("workbook", lambda: io.BytesIO(unpack().read()))
    return Container("text", unpack)
