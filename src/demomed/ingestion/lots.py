"""Bundles made on demand from a folder of official files: a department or the country, never twice."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from demomed.core import catalogue
from demomed.core.faults import Fault, InputError
from demomed.ingestion.bundle import FORMAT, MANIFEST, build_bundle
from demomed.ingestion.writing import SOURCES_OF

CACHE = Path("data/interim/lots")
RADIUS_KM = 40.0
_KEY_LENGTH = 20


def ready_bundle(
    data: Path,
    department: str | None,
    *,
    version: str,
    cache: Path = CACHE,
    trial: Path | None = None,
    radius_km: float = RADIUS_KM,
    progress: Callable[[str], None] | None = None,
) -> Path:
    """Folder of a bundle that holds a department: the one given, or one built from official files.

    A folder of official files is turned into the bundle of the department once; the result is kept
    in the cache under a key made of what it depends on, and found again as long as no input, no
    declaration and no version changes.

    Parameters
    ----------
    data
        Folder of a bundle, or folder of official files in the sub-folders of the catalogue.
    department
        Code of the department; ``None`` for every department of metropolitan France at once.
    version
        Version of the program that builds.
    cache
        Where bundles built on demand are kept.
    trial
        Folder where a bundle the cache does not hold is built instead, to leave no trace.
    radius_km
        Width of the ring of neighbouring communes (km).
    progress
        Called with a French line at each step, when something is built.

    Raises
    ------
    InputError
        If the folder is neither, or if a file cannot be used; nothing is left behind.
    """
    if (data / MANIFEST).is_file():
        return data
    inputs = _inputs(data)
    if not inputs:
        raise InputError(
            Fault(
                data.name,
                "lot de données introuvable, et aucun fichier officiel reconnu",
                f"un dossier avec « {MANIFEST} », ou des fichiers officiels rangés comme le "
                f"catalogue le dit ({', '.join(_folders())})",
                "vérifier le chemin, ou obtenir les fichiers avec « demomed sources fetch »",
            )
        )
    target = cache / _key(data, inputs, department, radius_km, version)
    if (target / MANIFEST).is_file():
        return target
    if trial is not None:
        cache, target = trial, trial / target.name
    step = progress or (lambda _: None)
    kept = "une seule fois" if trial is None else "dans un dossier effacé à la fin de l'essai"
    step(f"Préparation des données : {_named(department)}, {kept}")
    cache.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=".en-cours-", dir=cache))
    try:
        build_bundle(
            data,
            scratch / target.name,
            departments=None if department is None else (department,),
            radius_km=radius_km,
            progress=progress,
        )
        _keep(scratch / target.name, target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        if trial is None:
            _remove_if_empty(cache)
    return target


def _named(department: str | None) -> str:
    if department is None:
        return "toute la métropole"
    return f"{catalogue.department(department).name} ({department})"


def _keep(built: Path, target: Path) -> None:
    """Put a finished bundle in the cache; another process may have put the same there before."""
    try:
        built.rename(target)
    except OSError:
        if not (target / MANIFEST).is_file():
            raise


def _remove_if_empty(cache: Path) -> None:
    """After a failure, leave no folder that was not there for something."""
    for folder in (cache, *cache.parents):
        if folder in (Path(), Path(folder.anchor)):
            return
        try:
            folder.rmdir()
        except OSError:
            return


def _patterns() -> Iterator[str]:
    """Patterns of every file a bundle reads, as the catalogue declares them."""
    declared = catalogue.sources()
    for source_id in sorted({id_ for ids in SOURCES_OF.values() for id_ in ids}):
        entry: Mapping[str, Any] = declared[source_id]
        for block in (entry, *entry.get("vintages", ()), *entry.get("plans", ())):
            yield from block.get("files", ())


def _folders() -> list[str]:
    return sorted({f"{pattern.split('/')[0]}/" for pattern in _patterns() if "/" in pattern})


def _inputs(data: Path) -> list[Path]:
    """Official files of a folder that a bundle would read, sorted."""
    found = {path for pattern in set(_patterns()) for path in data.glob(pattern)}
    return sorted(path for path in found if path.is_file())


def _proof(path: Path, data: Path) -> tuple[str, int, str]:
    """Name inside the folder, size and hash of a file."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return path.relative_to(data).as_posix(), path.stat().st_size, digest


def _key(
    data: Path, inputs: list[Path], department: str | None, radius_km: float, version: str
) -> str:
    """Name that changes with anything the bundle depends on, the same on every machine."""
    depends = [
        FORMAT,
        version,
        department,
        radius_km,
        [_proof(path, data) for path in inputs],
        dict(catalogue.sources()),
        {id_: dict(service.bpe) for id_, service in catalogue.services().items()},
        catalogue.entry("mappings", "example"),
    ]
    content = json.dumps(depends, sort_keys=True, default=str)
    return f"{(department or 'metropole').lower()}-{hashlib.sha256(content.encode()).hexdigest()[:_KEY_LENGTH]}"
