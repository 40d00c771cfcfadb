"""Dossiers of the portal: one question a file, computed by the analysis, told by the rendering.

A dossier is one module with a function ``dossier(material) -> Report | None``, one declaration of
the same name in ``catalogue/dossiers`` (title, method, caveats, sentences) and its name in
:data:`DOSSIERS`. It returns ``None`` when the department has nothing to tell about it.
"""

from __future__ import annotations

from demomed.core.report import Report
from demomed.dossiers import (
    changements,
    cohortes,
    departs,
    dispersion,
    evolution,
    inegalites,
    maillage,
    plan,
    programmes,
    rang_national,
    releve,
    ruralite,
    scenario,
    suivi,
    type_apl,
    voisinages,
    zonage,
)
from demomed.dossiers.material import Dossier, Material

DOSSIERS: tuple[Dossier, ...] = (
    scenario.dossier,
    changements.dossier,
    plan.dossier,
    departs.dossier,
    releve.dossier,
    rang_national.dossier,
    ruralite.dossier,
    maillage.dossier,
    inegalites.dossier,
    dispersion.dossier,
    evolution.dossier,
    type_apl.dossier,
    voisinages.dossier,
    zonage.dossier,
    suivi.dossier,
    programmes.dossier,
    cohortes.dossier,
)
"""In the order of the index."""


def compose_dossiers(material: Material) -> tuple[Report, ...]:
    """Every dossier that has something to tell, in the order of the index.

    Parameters
    ----------
    material
        What the portal was made from.
    """
    told = (dossier(material) for dossier in DOSSIERS)
    return tuple(report for report in told if report is not None)


def lacking() -> tuple[str, ...]:
    """Pages that are not made for want of an optional library, in French."""
    return tuple(text for text in (voisinages.lacking(),) if text)
