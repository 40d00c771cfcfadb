"""The folder of official files: which file feeds which source, and the proof of what was read."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from demomed.core.catalogue import sources
from demomed.core.faults import Fault, InputError, Report


@dataclass(frozen=True)
class OfficialFile:
    """One official file, read and unzipped in memory.

    Parameters
    ----------
    name
        Path inside the official folder, with ``/``.
    content
        Bytes, decompressed if the file is a gzip.
    sha256
        Hash of the bytes as stored (before decompression).
    """

    name: str
    content: bytes = field(repr=False)
    sha256: str

    @property
    def stem(self) -> str:
        """File name without folder, as the user knows it."""
        return self.name.rsplit("/", 1)[-1]


def open_official(path: Path, name: str | None = None) -> OfficialFile:
    """Read one file, plain or gzip, without any interpretation.

    Parameters
    ----------
    path
        File to read.
    name
        Name told to the user; the file name by default.

    Raises
    ------
    InputError
        If the file is empty, or is a damaged gzip.
    """
    name = name or path.name
    stored = path.read_bytes()
    content = stored
    if stored[:2] == b"\x1f\x8b":
        try:
            content = gzip.decompress(stored)
        except (EOFError, OSError, zlib.error) as error:
            raise InputError(
                Fault(name, "archive gzip abîmée", "un fichier complet", "le télécharger à nouveau")
            ) from error
    if not content.strip():
        raise InputError(
            Fault(name, "fichier vide", "un tableau", "le télécharger à nouveau chez le producteur")
        )
    return OfficialFile(name, content, hashlib.sha256(stored).hexdigest())


@dataclass
class OfficialFolder:
    """A folder of official files, searched through the patterns the catalogue declares.

    Each file that is opened is remembered, so that the bundle can say what it was made of.

    Parameters
    ----------
    root
        Folder that holds the files, in the sub-folders the catalogue names.
    """

    root: Path
    used: dict[str, dict[str, OfficialFile]] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)

    def declaration(self, source_id: str) -> Mapping[str, Any]:
        """Declaration of a source in the catalogue."""
        return sources()[source_id]

    def files(
        self, source_id: str, patterns: list[str] | None = None, *, required: bool = True
    ) -> list[OfficialFile]:
        """Files of a source, sorted by name.

        Parameters
        ----------
        source_id
            Identifier in the catalogue.
        patterns
            Patterns to use instead of the ``files`` of the declaration.
        required
            Refuse a pattern that finds nothing; otherwise say it in a notice. Where the declaration
            says that any of its patterns is enough, only their absence together is refused.
        """
        declared = self.declaration(source_id)
        found: dict[str, OfficialFile] = {}
        faults: list[Fault] = []
        wanted = patterns or declared["files"]
        if declared.get("is_any_enough"):
            there = [pattern for pattern in wanted if any(self.root.glob(pattern))]
            wanted = there or wanted[:1]
        for pattern in wanted:
            paths = sorted(path for path in self.root.glob(pattern) if path.is_file())
            if not paths:
                fault = Fault(
                    pattern,
                    "fichier absent du dossier officiel",
                    f"« {declared['title']} » ({declared['producer']})",
                    f"le télécharger depuis {declared['page'] or 'la page du producteur'}",
                )
                if required:
                    faults.append(fault)
                else:
                    self.notices.append(f"{pattern} : fichier absent, {declared['title']} manque")
            for path in paths:
                name = path.relative_to(self.root).as_posix()
                found[name] = open_official(path, name)
        if faults:
            raise InputError(faults)
        self.used.setdefault(source_id, {}).update(found)
        return [found[name] for name in sorted(found)]

    def file(self, source_id: str, pattern: str | None = None) -> OfficialFile:
        """The single file of a source (of one pattern); several candidates are refused."""
        files = self.files(source_id, [pattern] if pattern else None)
        if len(files) > 1:
            raise InputError(
                Fault(
                    files[0].name,
                    "plusieurs fichiers candidats : " + ", ".join(f.stem for f in files),
                    "un seul fichier",
                    "ne garder que le millésime voulu",
                )
            )
        return files[0]

    def remember(self, file: OfficialFile, rows: int, report: Report | None = None) -> None:
        """Note how many rows a file gave, and what its reader had to say."""
        self.rows[file.name] = rows
        if report is not None:
            report.raise_if_faulty()
            self.notices.extend(report.notices)
