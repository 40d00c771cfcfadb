"""A short name for a content: equal contents share it, different ones do not."""

from __future__ import annotations

import dataclasses
import hashlib
import sys
from collections.abc import Iterable, Mapping
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

_PLAIN = frozenset({str, int, float, bool, type(None)})


def fingerprint(*parts: Any) -> str:
    """SHA-256 of plain values, tables, shapes, and anything made of them.

    Parameters
    ----------
    parts
        Texts, numbers, dates, bytes, sequences, mappings, dataclasses, arrays, tables.

    Returns
    -------
    str
        64 hexadecimal digits; the same in every process.

    Raises
    ------
    TypeError
        For any other object: what cannot be read cannot be told from what has changed.

    Examples
    --------
    >>> fingerprint("53", 5) == fingerprint("53", 5), fingerprint("53", 5) == fingerprint("535")
    (True, False)
    """
    found = hashlib.sha256()
    for piece in _pieces(parts):
        found.update(len(piece).to_bytes(8, "little"))
        found.update(piece)
    return found.hexdigest()


def _pieces(value: Any) -> Iterable[bytes]:
    if value is None or isinstance(value, str | int | float | bool | date | np.generic):
        yield f"{type(value).__name__} {value!r}".encode()
    elif isinstance(value, bytes):
        yield b"bytes " + value
    elif isinstance(value, gpd.GeoDataFrame | gpd.GeoSeries | pd.DataFrame | pd.Series):
        yield from _pieces_of_table(value)
    elif isinstance(value, pd.Index | np.ndarray):
        yield from _pieces_of_table(pd.Series(value))
    elif isinstance(value, Mapping):
        yield f"mapping {len(value)}".encode()
        for key, held in value.items():
            yield from _pieces(key)
            yield from _pieces(held)
    elif isinstance(value, set | frozenset):
        yield from _pieces(sorted(value, key=repr))
    elif isinstance(value, tuple | list):
        if all(type(held) in _PLAIN for held in value):
            yield f"plain {value!r}".encode()
            return
        yield f"sequence {len(value)}".encode()
        for held in value:
            yield from _pieces(held)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        yield type(value).__qualname__.encode()
        for field in dataclasses.fields(value):
            yield field.name.encode()
            yield from _pieces(getattr(value, field.name))
    else:
        raise TypeError(f"no fingerprint for {type(value).__name__}")


def _pieces_of_table(table: Any) -> Iterable[bytes]:
    frame = table.to_frame() if isinstance(table, pd.Series) else table
    yield f"{type(table).__name__} {frame.shape}".encode()
    yield from _column(frame.index.to_series(index=range(len(frame))))
    for place, name in enumerate(frame.columns):
        yield repr(name).encode()
        yield from _column(frame.iloc[:, place])


def _column(column: Any) -> Iterable[bytes]:
    yield str(column.dtype).encode()
    if isinstance(column, gpd.GeoSeries):
        yield str(column.crs).encode()
        for shape in column.to_wkb():
            yield shape or b"none"
        return
    try:
        yield pd.util.hash_pandas_object(column, index=False).to_numpy().tobytes()
    except TypeError:  # cells that hold lists or shapes
        yield from (part for cell in column for part in _pieces(cell))


def code_fingerprint(folders: Iterable[str], *, package: str = "demomed") -> str:
    """Fingerprint of everything the package holds in some of its folders, and of its version.

    Parameters
    ----------
    folders
        Folders or files of the package, ``"core"``, ``"catalogue/pages"``…
    package
        Importable package.
    """
    root = files(package)
    contents = [held for name in sorted(folders) for held in _contents(root / name, name)]
    return fingerprint(*contents)


def _contents(place: Traversable, name: str) -> Iterable[tuple[str, bytes]]:
    if place.is_file():
        yield name, place.read_bytes()
    elif place.is_dir() and place.name != "__pycache__":
        for held in sorted(place.iterdir(), key=lambda item: item.name):
            yield from _contents(held, f"{name}/{held.name}")


def library_versions(names: Iterable[str]) -> tuple[str, ...]:
    """Versions of Python and of some libraries: another one may give other figures."""

    def told(name: str) -> str:
        try:
            return f"{name} {version(name)}"
        except PackageNotFoundError:
            return name

    return (sys.version, *(told(name) for name in sorted(names)))
