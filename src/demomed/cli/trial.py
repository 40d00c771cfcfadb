"""A dry run: what would be kept for the next time goes in a folder that is thrown away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

TRIAL = "Essai à blanc : rien n'a été écrit"


@contextmanager
def trial_folder(dry_run: bool) -> Iterator[Path | None]:
    """Folder of a dry run, gone at its end; none where the run is not dry."""
    if not dry_run:
        yield None
        return
    with TemporaryDirectory(prefix="demomed-") as folder:
        yield Path(folder)
