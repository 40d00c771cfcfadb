"""A bundle in one piece of bytes, to travel to another process or another machine."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

import pandas as pd

from demomed.ingestion.bundle import MANIFEST, TABLES, Bundle, Manifest, from_contents
from demomed.ingestion.writing import to_parquet

LEVEL = 1
"""Effort of the compression: a parcel is read once, soon after it was made."""
FIRST_DAY = (1980, 1, 1, 0, 0, 0)
"""Date of every member, so that equal tables give equal bytes."""


def pack(bundle: Bundle, more: Mapping[str, pd.DataFrame] | None = None) -> bytes:
    """Tables of a bundle, and others beside them, as one ZIP of Parquet files.

    Parameters
    ----------
    bundle
        The bundle.
    more
        Further tables by name.

    Returns
    -------
    bytes
        The same for the same tables: their hash is that of their contents.
    """
    held = {name: getattr(bundle, name) for name in (*TABLES, "practitioners")} | dict(more or {})
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(
            zipfile.ZipInfo(MANIFEST, FIRST_DAY), bundle.manifest.to_json().encode("utf-8")
        )
        for name, table in held.items():
            archive.writestr(
                zipfile.ZipInfo(f"{name}.parquet", FIRST_DAY), to_parquet(table, LEVEL)
            )
    return target.getvalue()


def unpack(parcel: bytes) -> tuple[Bundle, dict[str, pd.DataFrame]]:
    """The bundle of a parcel, and the tables that travelled beside it."""
    with zipfile.ZipFile(io.BytesIO(parcel)) as archive:
        contents = {
            name.removesuffix(".parquet"): archive.read(name) for name in archive.namelist()
        }
    manifest = Manifest.from_json(contents.pop(MANIFEST).decode("utf-8"))
    own = {name: contents.pop(name) for name in (*TABLES, "practitioners")}
    more = {name: pd.read_parquet(io.BytesIO(content)) for name, content in contents.items()}
    return from_contents(own, manifest), more
