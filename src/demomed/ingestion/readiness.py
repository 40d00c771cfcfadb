"""Whether a folder of official files is enough to publish, and what it still lacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demomed.core.catalogue import sources
from demomed.core.source import Source
from demomed.ingestion.writing import SOURCES_OF

BESIDE = ("department_plans",)
"""Sources without which a department is published all the same."""


@dataclass(frozen=True)
class Lack:
    """A source whose files are not in a folder.

    Parameters
    ----------
    source_id, title, producer, page
        What it is, and where to take it by hand.
    files
        Where its files are looked for, as patterns inside the folder.
    is_required
        Whether nothing can be published without it.
    is_any_enough
        Whether one of the files is enough; otherwise all are wanted.
    """

    source_id: str
    title: str
    producer: str
    page: str
    files: tuple[str, ...]
    is_required: bool
    is_any_enough: bool = False


def lacking_files(folder: Path) -> tuple[Lack, ...]:
    """Sources of which a file is missing, those that prevent publishing first.

    Parameters
    ----------
    folder
        Official files, in the sub-folders of the catalogue.

    Returns
    -------
    tuple of Lack
        Empty when every department can be published with all that is known to be read.
    """
    found = []
    for id_, raw in _read_by_publish():
        absent = _absent(folder, raw)
        if absent:
            lack = Lack(
                source_id=id_,
                title=raw["title"],
                producer=raw["producer"],
                page=raw["page"],
                files=absent,
                is_required=_is_required(id_, raw),
                is_any_enough=bool(raw.get("is_any_enough")),
            )
            found.append(lack)
    return tuple(sorted(found, key=lambda lack: not lack.is_required))


def held_sources(folder: Path) -> dict[str, Source]:
    """Sources of which every file is in a folder, at the vintage that is there.

    Parameters
    ----------
    folder
        Official files, in the sub-folders of the catalogue.
    """
    held = {}
    for id_, raw in _read_by_publish():
        if not _is_required(id_, raw) or _absent(folder, raw):
            continue
        vintage = max(raw["vintages"], key=lambda v: (v["status"] == "current", v["as_of"]))
        held[id_] = Source(
            id=id_,
            vintage=vintage["vintage"],
            as_of=vintage["as_of"],
            max_age_days=raw.get("max_age_days"),
            **{name: raw[name] for name in ("title", "producer", "licence", "page", "field")},
        )
    return held


def _read_by_publish() -> Iterator[tuple[str, Mapping[str, Any]]]:
    declared = sources()
    for id_ in sorted({id_ for ids in SOURCES_OF.values() for id_ in ids}):
        yield id_, declared[id_]


def _is_required(id_: str, raw: Mapping[str, Any]) -> bool:
    """Whether a source has a vintage that nothing stands in for."""
    is_current = any(vintage["status"] == "current" for vintage in raw.get("vintages", ()))
    return is_current and id_ not in BESIDE


def _absent(folder: Path, raw: Mapping[str, Any]) -> tuple[str, ...]:
    """Patterns that find no file, those of the vintages kept for the past aside."""
    wanted = tuple(
        dict.fromkeys(
            pattern
            for vintage in raw.get("vintages", ())
            if vintage["status"] == "current"
            for pattern in vintage.get("files", ())
        )
    ) or tuple(raw["files"])
    absent = tuple(pattern for pattern in wanted if not _finds(folder, pattern))
    if raw.get("is_any_enough") and len(absent) < len(wanted):
        return ()
    return absent


def _finds(folder: Path, pattern: str) -> bool:
    return any(path.is_file() for path in folder.glob(pattern))
