"""One writer at a time in a folder: each announces itself, looks around, and withdraws if it is not alone."""

from __future__ import annotations

import os
import re
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from demomed.core.faults import Fault, InputError

PAUSE = 0.05
"""Seconds between two attempts of a writer that waits."""

_MARK = ".verrou-"


def check_writable(folder: str | Path, option: str = "--out") -> None:
    """Refuse a folder that cannot be made or written, before any work; nothing is left there.

    Parameters
    ----------
    folder
        Folder to be written, which may not exist yet.
    option
        Option by which another can be given.

    Raises
    ------
    InputError
        If the folder, or the nearest of those above it that exist, cannot be written.

    Examples
    --------
    >>> check_writable("nouveau/dossier")
    """
    asked = Path(folder)
    place = next((one for one in (asked, *asked.absolute().parents) if one.exists()), asked)
    found = "un fichier est à cette place" if not place.is_dir() else ""
    if not found:
        try:
            with tempfile.TemporaryFile(dir=place):
                return
        except OSError:
            found = "on ne peut pas y écrire"
    raise InputError(
        Fault(f"{option} {folder}", found, "un dossier où écrire", "en choisir un autre")
    )


@contextmanager
def writing(folder: Path, *, of: str = "", patience: float = 0.0) -> Iterator[tuple[str, ...]]:
    """Be the only writer of a folder, or of one thing in it, for the length of a ``with`` block.

    A writer creates a file of its own, named after its computer and its process, and only then
    looks for those of others: of two writers, at least one sees the other, so two never write
    together. A lock whose process of this computer is dead is removed, and said. A lock of another
    computer cannot be questioned: it holds until someone deletes it.

    Parameters
    ----------
    folder
        Folder to write in; it is created.
    of
        Name of what is written there, if writers of other things may work at the same time.
    patience
        Seconds to wait for the other writer before refusing.

    Yields
    ------
    tuple of str
        What must be known, in French: locks left by a process that was interrupted.

    Raises
    ------
    InputError
        If another writer is at work; nothing is written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    prefix = f".{of}{_MARK}" if of else _MARK
    mine = folder / f"{prefix}{_computer()}-{os.getpid()}-{threading.get_native_id()}"
    notices: list[str] = []
    attempts = 1 + round(patience / PAUSE)
    while (rival := _enter(mine, prefix, notices)) is not None:
        attempts -= 1
        if not attempts:
            raise InputError(_held(of or folder.name, rival))
        time.sleep(PAUSE * (1 + os.getpid() % 7 / 7))
    try:
        yield tuple(dict.fromkeys(notices))
    finally:
        mine.unlink(missing_ok=True)


def _computer() -> str:
    return re.sub(r"[^A-Za-z0-9.]", "_", socket.gethostname()) or "poste"


def _announce(mine: Path) -> None:
    try:
        descriptor = os.open(mine, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    except FileExistsError:
        return  # left by an interrupted process that had this very number: it is ours now
    os.close(descriptor)


def _enter(mine: Path, prefix: str, notices: list[str]) -> Path | None:
    """Announce oneself; the lock of a rival if there is one, and then nothing is left of ours."""
    _announce(mine)
    rival = _rival(mine, prefix, notices)
    if rival is not None:
        mine.unlink(missing_ok=True)
    return rival


def _rival(mine: Path, prefix: str, notices: list[str]) -> Path | None:
    for other in sorted(mine.parent.iterdir()):
        if other == mine or not other.name.startswith(prefix):
            continue
        computer, process = _owner(other)
        if computer != _computer() or _is_alive(process):
            return other
        other.unlink(missing_ok=True)
        notices.append(
            f"{mine.parent.name} : verrou d'une écriture interrompue (processus {process}), retiré"
        )
    return None


def _owner(lock: Path) -> tuple[str, int]:
    computer, process, _ = lock.name.partition(_MARK)[2].rsplit("-", 2)
    return computer, int(process)


def _is_alive(process: int) -> bool:
    if sys.platform == "win32":
        return True  # asking would end the process there
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _held(what: str, lock: Path) -> Fault:
    computer, process = _owner(lock)
    return Fault(
        what,
        f"une autre écriture est en cours (processus {process} du poste « {computer} »)",
        "une écriture à la fois",
        f"attendre qu'elle finisse ; si rien n'est en cours, supprimer le fichier « {lock.name} »",
    )
