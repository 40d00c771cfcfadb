"""What a dossier may draw from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from demomed.core.document import MapDocument
from demomed.core.indicator import PublicIndicators
from demomed.core.ranking import Ranking
from demomed.core.report import Report
from demomed.core.territory import Territory
from demomed.rendering.french import dated
from demomed.rendering.scene import Scene


@dataclass(frozen=True)
class Material:
    """The department as its portal knows it.

    Parameters
    ----------
    territory
        The department. What it tells of persons (ages, departures, activity) is published from
        ``public`` only.
    public
        Indicators after the gate.
    ranking
        Ranking of the portal; ``None`` where too little is known to rank.
    scene
        Shapes and names of its zones.
    documents
        Pages of the portal, to which a dossier may lead.
    version
        Version of the package.
    today
        Day at which deadlines and ages of sources are told; ``None`` tells neither.
    inputs
        What the mission gave besides, by name.
    """

    territory: Territory
    public: PublicIndicators
    ranking: Ranking | None
    scene: Scene
    documents: Sequence[MapDocument]
    version: str
    today: date | None = None
    language: str = "fr"
    inputs: Mapping[str, Any] = field(default_factory=dict)

    def date_of(self, layer: str) -> str:
        """What a layer of the maps describes (« population 2023, praticiens 2021 »), or nothing."""
        known = (x for document in self.documents for x in document.layers if x.id == layer)
        return next((x.date_label for x in known), "")

    def dates_of(self, subjects: Iterable[Mapping[str, Any]]) -> str:
        """Which date each of several subjects describes, in words.

        Parameters
        ----------
        subjects
            Declarations with ``indicator``, ``profession`` and ``dated``, the word that stands
            for the subject before its date; one that is not published is left out.
        """
        found = []
        for asked in subjects:
            rows = self.public.select(asked["indicator"], profession=asked["profession"]).table
            held = sorted({str(d)[:10] for d in rows["date"].dropna() if str(d)})
            found += [(str(asked["dated"]), iso) for iso in held]
        return dated(found)


Dossier = Callable[[Material], Report | None]
