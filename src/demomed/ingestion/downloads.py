"""Files that the catalogue declares: what to fetch, from where, under which name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
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
    """

    source_id: str
    title: str
    vintage: str
    address: str
    file: str
    sha256: str | None = None
    page: str = ""
    max_age_days: int | None = None


def downloads(source_ids: Sequence[str] = ()) -> tuple[Download, ...]:
    """Files that the catalogue declares for these sources (all by default), withdrawn vintages aside.

    A vintage gives ``address``, ``download`` (file name) and ``sha256``; the address of the source
    is used when the vintage has none.

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
            found.append(
                Download(
                    source_id=id_,
                    title=raw["title"],
                    vintage=str(vintage["vintage"]),
                    address=address,
                    file=str(vintage.get("download") or file_name(address, id_)),
                    sha256=vintage.get("sha256") or None,
                    page=raw.get("page", ""),
                    max_age_days=raw.get("max_age_days"),
                )
            )
    return tuple(dict.fromkeys(found))


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
