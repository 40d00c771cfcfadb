"""What the sheets of a department share, computed once."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from demomed.core.catalogue import entry
from demomed.core.catalogue import texts as catalogue_texts
from demomed.core.document import MapDocument
from demomed.core.indicator import PublicIndicators
from demomed.core.territory import Territory
from demomed.rendering.facts import ZoneFact
from demomed.rendering.french import typeset
from demomed.rendering.layers import source_ids
from demomed.rendering.outline_paths import outline_paths
from demomed.rendering.portraits import (
    Told,
    map_links,
    tell,
)
from demomed.rendering.pyramids import department_drawings
from demomed.rendering.scene import Scene
from demomed.rendering.surroundings import banner_of, source_lines_of


class Portraits:
    """What the sheets of a department share, computed once.

    Parameters
    ----------
    territory, public, documents, scene, version, language
        As for :func:`demomed.rendering.sheets.compose_sheets`.
    """

    def __init__(
        self,
        territory: Territory,
        public: PublicIndicators,
        documents: Sequence[MapDocument],
        scene: Scene,
        version: str,
        language: str,
    ) -> None:
        self.territory, self.public, self.version = territory, public, version
        self.language, self.texts = language, catalogue_texts(language)
        self.words = self.texts["compose"]["portrait"]
        self.zones, self.communes = scene.zones["epci"], scene.zones["commune"]
        self.links = map_links(documents)
        declared = entry("portraits", "territoire")
        levels = scene.zones
        self.sections = [
            (typeset(part["title"]), tell(part["rows"], public, levels, "epci", self.texts))
            for part in declared["sections"]
        ]
        self.keys = tell(
            [
                {"indicator": key["indicator"], "professions": (key.get("profession", ""),)}
                for key in declared["key_figures"]
            ],
            public,
            levels,
            "epci",
            self.texts,
        )
        self.local = tell(
            entry("portraits", "commune")["facts"], public, levels, "commune", self.texts
        )
        self.told = [told for _, part in self.sections for told in part]
        rows = [told.rows for told in (*self.told, *self.local) if len(told.rows)]
        used = pd.concat(rows) if rows else public.table.iloc[:0]
        self.drawn = department_drawings(territory, self.texts)
        self.sources = source_lines_of(source_ids(used), territory, self.texts)
        self.behind = source_lines_of(
            tuple(dict.fromkeys((*source_ids(used), *self.drawn.source_ids))),
            territory,
            self.texts,
        )
        self.banner = banner_of(tuple(used["nature"].unique()), self.texts)
        self.shapes, self.box = outline_paths(self.zones)
        self.people = territory.communes["population"].astype(float)
        self.member = territory.members("epci")

    def fact(self, told: Told, place: int | None) -> ZoneFact | None:
        """What is known of a zone by its place, or of the department."""
        if place is None:
            return told.department
        return told.zones[place] if told.zones else None

    @property
    def missing(self) -> str:
        """What is written where nothing is known."""
        return str(self.texts["compose"]["missing"])
