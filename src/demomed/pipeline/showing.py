"""One indicator in the notebook, a report to print, tables to take away, a portal read back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from demomed import __version__
from demomed.analysis import compute
from demomed.core.disclosure import THRESHOLD
from demomed.core.faults import Fault, InputError, closest
from demomed.core.indicator import Indicators, PublicIndicators, get_indicator
from demomed.core.ranking import Ranking
from demomed.core.report import Report
from demomed.core.territory import LEVELS, Territory
from demomed.pipeline.loading import Step, quiet
from demomed.pipeline.measuring import protected
from demomed.pipeline.portal import make_portal
from demomed.rendering.check_data import CSV
from demomed.rendering.compose import compose
from demomed.rendering.leaflet import show as show_document
from demomed.rendering.printed import compose_printed, render_printed
from demomed.rendering.republished import read_published
from demomed.rendering.table import ranking_csv


def show(
    territory: Territory,
    indicator: str = "density",
    *,
    profession: str = "gp",
    level: str = "epci",
) -> Any:
    """Draw one indicator as a folium map for the notebook, protected like a published page.

    A fact about persons is protected together with all the others of its profession, as on the
    portal, so that a map of the notebook tells nothing that the portal hides.
    """
    if level not in LEVELS:
        raise InputError(Fault("niveau", f"« {level} »", "un niveau connu", closest(level, LEVELS)))
    chosen = None if get_indicator(indicator).sensitive else [indicator]
    values = compute(territory, chosen, level=LEVELS, professions=[profession])
    public = protected(territory, values)
    return show_document(compose(territory, public, indicator, version=__version__), level=level)


def print_report(
    territory: Territory,
    *,
    recipe: str = "installation",
    threshold: int = THRESHOLD,
    progress: Step = quiet,
) -> tuple[Report, bytes]:
    """The report to print of one department, as data and as a page, from its portal's own pages.

    Parameters
    ----------
    territory
        From :func:`load_territory`.
    recipe, threshold, progress
        As for :func:`make_portal`.
    """
    portal = make_portal(territory, recipe=recipe, threshold=threshold, progress=progress)
    report = compose_printed(
        territory,
        portal.indicators,
        tuple(portal.documents.values()),
        portal.dossiers,
        version=__version__,
    )
    return report, render_printed(report)


def published(folder: str | Path) -> PublicIndicators:
    """What a portal publishes, read back from its own table.

    Parameters
    ----------
    folder
        A published folder, for internal use or not.

    Raises
    ------
    InputError
        If it holds no table of values.
    """
    path = Path(folder) / CSV
    if not path.is_file():
        raise InputError(
            Fault(
                str(folder),
                f"aucun fichier « {CSV} »",
                "le dossier d'un portail publié",
                "vérifier le nom",
            )
        )
    return read_published(path.read_bytes())


def write_internal(values: Indicators, folder: Path) -> Path:
    """Write unprotected indicators for analysis, as Parquet, aside and then renamed.

    The folder is for internal use: small numbers are not masked there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "indicateurs-usage-interne.parquet"
    return _replace(path, lambda partial: values.table.to_parquet(partial, index=False))


def write_ranking(ranking: Ranking, path: Path) -> Path:
    """Write a ranking as CSV, aside and then renamed."""
    return write_bytes(path, ranking_csv(ranking))


def write_bytes(path: Path, content: bytes) -> Path:
    """Write a file aside, then rename it: never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return _replace(path, lambda partial: partial.write_bytes(content))


def _replace(path: Path, write: Callable[[Path], object]) -> Path:
    partial = path.with_name(path.name + ".partial")
    try:
        write(partial)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path
