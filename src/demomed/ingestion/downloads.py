"""Files that the catalogue declares: what to fetch, from where, under which name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from demomed.core.catalogue import sources
from demomed.core.faults import Fault, InputError, closest


@dataclass(frozen=True)
class Download:
    """One file of one vintage, as the catalogue declares it.

    Parameters
    ----------
    source_id, title, vintage
        What it is.
    address
        Stable public address, empty if the producer has none.
    file
        Name under which it is kept.
    sha256
        Expected hash, ``None`` if the producer replaces the file in place.
    page
        Producer's page, told when the address is empty or fails.
    max_age_days
        Age over which a file without hash is fetched again.
    folder
        Sub-folder where the readers look for it, ``""`` if none is declared.
    is_named
        Whether the catalogue knows the name of the file; otherwise no mirror can be searched.
    """

    source_id: str
    title: str
    vintage: str
    address: str
    file: str
    sha256: str | None = None
    page: str = ""
    max_age_days: int | None = None
    folder: str = ""
    is_named: bool = True


def downloads(source_ids: Sequence[str] = ()) -> tuple[Download, ...]:
    """Files that the catalogue declares for these sources (all by default), withdrawn vintages aside.

    A vintage gives ``address``, ``download`` (file name) and ``sha256``; the address of the source
    is used when the vintage has none. An address that ends without a file name, where no name is
    declared, is a page to visit and not a file to fetch.

    Raises
    ------
    InputError
        For an unknown source, with the closest one.
    """
    declared = sources()
    faults = [
        Fault(
            "catalogue des sources",
            f"« {name} » n'est pas déclarée",
            "une source du catalogue",
            closest(name, declared),
        )
        for name in source_ids
        if name not in declared
    ]
    if faults:
        raise InputError(faults)
    found = []
    for id_ in source_ids or sorted(declared):
        raw = declared[id_]
        for vintage in raw.get("vintages", ()):
            if vintage.get("status") == "withdrawn":
                continue
            address = str(vintage.get("address") or raw.get("address") or "")
            name = str(vintage.get("download") or file_name(address, ""))
            is_file = "download" in vintage or "." in name
            found.append(
                Download(
                    source_id=id_,
                    title=raw["title"],
                    vintage=str(vintage["vintage"]),
                    address=address if is_file else "",
                    file=name if is_file else id_,
                    sha256=vintage.get("sha256") or None,
                    page=raw.get("page") or address,
                    max_age_days=raw.get("max_age_days"),
                    folder=_folder(raw, name),
                    is_named=is_file,
                )
            )
    return tuple(dict.fromkeys(found))


def _folder(raw: Mapping[str, Any], name: str) -> str:
    """Sub-folder of the pattern that a file name fits, else of the first pattern."""
    patterns = [PurePosixPath(pattern) for pattern in raw.get("files", ())]
    fitting = [pattern for pattern in patterns if fnmatchcase(name, pattern.name)]
    chosen = (fitting or patterns)[:1]
    return chosen[0].parent.as_posix() if chosen and len(chosen[0].parts) > 1 else ""


def file_name(address: str, default: str) -> str:
    """Last part of an address, without anything that could lead to another folder.

    Examples
    --------
    >>> file_name("https://exemple.test/a/BPE25.zip?x=1", "bpe")
    'BPE25.zip'
    >>> file_name("https://exemple.test/..", "bpe"), file_name("", "bpe")
    ('bpe', 'bpe')
    """
    name = PurePosixPath(unquote(urlsplit(address).path)).name.replace("\\", "")
    return name if name.strip(".") else default
