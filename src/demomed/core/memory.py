"""What was made once and need not be made again: kept under a name made of all it comes from."""

from __future__ import annotations

import hashlib
import os
import pickle
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from demomed.core.fingerprint import fingerprint

T = TypeVar("T")
_HEAD = 64


class Memory:
    """Results kept in a folder, each under the fingerprint of everything it depends on.

    Nothing in it is ever stale: another input is another name. A file that is damaged is made
    again. The folder belongs to the machine that publishes (``data/interim``): it is neither part
    of a portal nor to be received from anybody, for reading it runs what was written in it.

    Parameters
    ----------
    folder
        Where results are kept; ``None`` keeps nothing.

    Examples
    --------
    >>> Memory(None).recall("somme", (1, 1), lambda: 1 + 1)
    2
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self.made: list[str] = []
        self.recalled: list[str] = []
        self._used: set[str] = set()

    @property
    def keeps(self) -> bool:
        """Whether anything is kept at all."""
        return self.folder is not None

    def recall(
        self, kind: str, parts: Sequence[Any], make: Callable[[], T], *, about: str = ""
    ) -> T:
        """What was kept under this name, or what ``make`` gives, which is then kept.

        Parameters
        ----------
        kind
            What the result is: part of its name.
        parts
            Everything it depends on; its fingerprint is taken only where something is kept.
        make
            Makes the result when it is not known.
        about
            What the result is of, for :attr:`made` and :attr:`recalled`.
        """
        if self.folder is None:
            return make()
        told = f"{kind} {about}".strip()
        path = self.folder / f"{kind}-{fingerprint(*parts)}.pickle"
        self._used.add(path.name)
        body = _sound(path)
        if body is not None:
            self.recalled.append(told)
            return pickle.loads(body)  # type: ignore[no-any-return]
        result = make()
        self.made.append(told)
        _keep(path, pickle.dumps(result, protocol=5))
        return result

    def forget_the_rest(self) -> None:
        """Remove what this run has neither made nor recalled: the folder holds one portal."""
        if self.folder is None or not self.folder.is_dir():
            return
        for path in self.folder.glob("*.pickle*"):
            if path.name not in self._used:
                path.unlink(missing_ok=True)


def _sound(path: Path) -> bytes | None:
    try:
        held = path.read_bytes()
    except OSError:
        return None
    digest, body = held[:_HEAD], held[_HEAD:]
    return body if hashlib.sha256(body).hexdigest().encode() == digest else None


def _keep(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        partial.write_bytes(hashlib.sha256(body).hexdigest().encode() + body)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
