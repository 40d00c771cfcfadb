"""What reaches the disk, and stays: bytes forced to it, folders exchanged in one step."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

_HERE = -100
"""Paths are those of the process (``AT_FDCWD``)."""
_EXCHANGE = 2
"""Flag ``RENAME_EXCHANGE`` of ``renameat2``, Linux 3.15 and later."""


def write_through(path: Path, data: bytes) -> None:
    """Write a file and force it to the disk."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    """Force the entries of a folder to the disk."""
    if os.name == "nt":
        return  # a folder cannot be opened there
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def exchanged(first: Path, second: Path) -> bool:
    """Give each of two existing paths the name of the other, in one step that no crash divides.

    Parameters
    ----------
    first, second
        Paths of one file system.

    Returns
    -------
    bool
        ``False``, nothing done, where the system cannot do it.
    """
    if sys.platform != "linux":
        return False
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    if rename is None:
        return False
    return bool(rename(_HERE, os.fsencode(first), _HERE, os.fsencode(second), _EXCHANGE) == 0)
