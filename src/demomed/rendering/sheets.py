"""Zone sheets: the portrait of each intercommunality and of the department."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from demomed.core.catalogue import entry
from demomed.core.catalogue import texts as catalogue_texts
from demomed.core.document import KeyFigure, Link, MapDocument
from demomed.core.indicator import NATURE_LABELS, PublicIndicators
from demomed.core.portrait import Cell, PlainTable, PortraitRow, PortraitSection, Sheet
from demomed.core.territory import Territory
from demomed.rendering.facts import ZoneFact, written
from demomed.rendering.french import capitalised, number, ordinal, plural, sentence, typeset
from demomed.rendering.internal import licence_of
from demomed.rendering.language import spoken, translated
from demomed.rendering.layers import source_ids
from demomed.rendering.portraits import (
    DEPARTMENT_SHEET,
    SHEET,
    Told,
    map_links,
    sheet_name,
    tell,
)
from demomed.rendering.pyramids import department_drawings
from demomed.rendering.scene import Scene
from demomed.rendering.sentences import side_of
from demomed.rendering.surroundings import banner_of, navigation, source_lines_of

WIDTH = 320.0
"""Width of the small map, pixels."""
MOST_SAID = 3
"""Differences named in a lead, on each side."""


@spoken
def compose_sheets(
    territory: Territory,
    public: PublicIndicators,
    documents: Sequence[MapDocument],
    *,
    scene: Scene,
    version: str,
    language: str = "fr",
) -> tuple[Sheet, ...]:
    """One sheet for the department, then one per intercommunality, in alphabetical order.

    Parameters
    ----------
    territory
        The department.
    public
        Indicators after the gate; nothing else can be published.
    documents
        Pages of the portal, to which the sheets lead.
    scene
        Shapes and names of its zones.
    version
        Version of the package.
    language
        Language of the texts.

    Returns
    -------
    tuple of Sheet
        An indicator without any row is « n.d. » on every sheet.

    Raises
    ------
    TypeError
        If ``public`` did not come through the gate.
    """
    if not isinstance(public, PublicIndicators):
        raise TypeError(
            "compose_sheets() publie : il n'accepte que des PublicIndicators, rendus par protect()"
        )
    return _Portraits(territory, public, documents, scene, version, language).all()


def _is_for(told: Told, place: int | None) -> bool:
    """Whether a line is of a sheet: what is only public of the department is not « n.d. » below."""
    level = "departement" if place is None else "epci"
    return told.indicator is None or told.indicator.is_public_at(level)


class _Portraits:
    """What the sheets of a department share, computed once."""

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
        self.shapes, self.box = small_map(self.zones)
        self.people = territory.communes["population"].astype(float)
        self.member = territory.members("epci")

    def all(self) -> tuple[Sheet, ...]:
        return (self.sheet(None), *(self.sheet(i) for i in range(len(self.zones))))

    def sheet(self, place: int | None) -> Sheet:
        department = self.territory.department
        code = department.code if place is None else str(self.zones.index[place])
        name = department.name if place is None else str(self.zones["zone_name"].iloc[place])
        members = (
            self.territory.members("departement").index
            if place is None
            else self.member.index[self.member == code]
        )
        return Sheet(
            page_id=DEPARTMENT_SHEET if place is None else SHEET.format(code=code),
            language=self.language,
            department_code=department.code,
            department_name=department.name,
            zone_code=code,
            zone_name=name,
            level="departement" if place is None else "epci",
            title=typeset(self.words["title"].format(zone=name)),
            lead=self._lead(place, members),
            key_figures=tuple(self._figure(told, place) for told in self.keys if told.zones),
            shapes=self.shapes,
            box=self.box,
            sections=tuple(
                PortraitSection(
                    title, tuple(self._row(told, place) for told in part if _is_for(told, place))
                )
                for title, part in self.sections
            ),
            tables=self._tables(place, members),
            caveats=tuple(typeset(text) for text in self.words["caveats"]),
            sources=self.behind if place is None else self.sources,
            navigation=navigation("", self.texts),
            banner=self.banner,
            licence=licence_of(self.public.internal, self.texts),
            contact=typeset(self.texts["compose"]["contact"]),
            version=self.version,
            theme=department.theme,
            internal=self.public.internal,
            pyramids=self.drawn.pyramids if place is None else (),
            series=self.drawn.series if place is None else (),
        )

    def _fact(self, told: Told, place: int | None) -> ZoneFact | None:
        if place is None:
            return told.department
        return told.zones[place] if told.zones else None

    def _row(self, told: Told, place: int | None) -> PortraitRow:
        fact, missing = self._fact(told, place), str(self.texts["compose"]["missing"])
        level = "epci" if place is not None else "departement"
        code = "" if fact is None else fact.code
        counts = told.indicator is not None and told.indicator.kind == "count"
        whole = None if counts else told.department  # a total is no mark on the scale of its parts
        scale = _scale([f.value for f in (*told.zones, whole) if f is not None])
        ranked = sum(other.rank is not None for other in told.zones)
        rank = (
            self.words["rank"].format(rank=ordinal(fact.rank), total=number(ranked))
            if place is not None and fact is not None and fact.rank is not None and not counts
            else ""
        )
        href = self.links.get((told.id, level), "") if place is not None else ""
        return PortraitRow(
            label=told.label,
            unit="" if told.unit in told.label else told.unit,
            text=missing if fact is None else fact.text,
            interval="" if fact is None else fact.interval,
            note="" if fact is None else self._note(fact, told),
            department=""
            if place is None
            else (told.department.text if told.department is not None else missing),
            rank=typeset(rank),
            others=tuple(
                scale(other.value)
                for i, other in enumerate(told.zones)
                if other.value is not None and i != place
            ),
            place=None
            if fact is None or fact.value is None or place is None
            else scale(fact.value),
            reference=None if whole is None or whole.value is None else scale(whole.value),
            href=href.format(code=code) if href else "",
        )

    def _note(self, fact: ZoneFact, told: Told) -> str:
        legend = {**self.texts["compose"]["legend"], "unstable": self.words["unstable"]}
        nature = str(told.rows["nature"].iloc[0])
        said = [legend[fact.status]] if fact.status in ("unstable", "coarse") else []
        said += [translated(NATURE_LABELS[nature])] if nature != "official" else []  # type: ignore[index]
        return typeset(" ; ".join(said))

    def _figure(self, told: Told, place: int | None) -> KeyFigure:
        fact = self._fact(told, place)
        nature = str(told.rows["nature"].iloc[0])
        comparison = ""
        if place is not None and told.department is not None:
            comparison = self.texts["compose"]["reference"].format(
                value=written(told.department, told.unit)
            )
        return KeyFigure(
            value=str(self.texts["compose"]["missing"]) if fact is None else fact.text,
            unit=told.unit if fact is not None and fact.readable else "",
            label=told.label,
            comparison=typeset(comparison),
            nature_label=typeset(NATURE_LABELS[nature]),  # type: ignore[index]
        )

    def _lead(self, place: int | None, members: pd.Index) -> str:
        communes, people = len(members), self.people.reindex(members).sum()
        told = [
            self.words["lead"].format(
                zone=capitalised(
                    self.territory.department.name
                    if place is None
                    else str(self.zones["phrase"].iloc[place])
                ),
                population=number(people),
                communes=plural(communes, *self.words["communes"]),
            )
        ]
        if place is not None:
            own = self.territory.members("departement").index
            inside = members.intersection(own)
            if len(inside) < len(members):
                across = self.words["across"][0 if len(inside) < 2 else 1]
                told.append(across.format(count=plural(len(inside), *self.words["communes"])))
            told += self._keys_told(place)
            told += self._differences(place)
        return " ".join(sentence(typeset(text)) for text in told)

    def _keys_told(self, place: int) -> list[str]:
        """Key figures that no sampling interval can hold apart: told beside the department's."""
        found = []
        for told in self.keys:
            fact, whole = self._fact(told, place), told.department
            if fact is None or whole is None or not (fact.readable and whole.readable):
                continue
            if fact.low is not None or "fictional" in set(told.rows["nature"].unique()):
                continue
            nature = str(told.rows["nature"].iloc[0])
            found.append(
                self.words["key"].format(
                    label=f"{told.label[:1].lower()}{told.label[1:]}",
                    value=written(fact, told.unit),
                    whole=whole.text,
                    nature=""
                    if nature == "official"
                    else f" ({translated(NATURE_LABELS[nature])})",  # type: ignore[index]
                )
            )
        return [self.words["keys"].format(facts=" ; ".join(found))] if found else []

    def _differences(self, place: int) -> list[str]:
        """What stands out of chance, by the rule of every page, worse then better; nothing else."""
        sides: dict[str, list[str]] = {"worse": [], "better": []}
        for told in self.told:
            fact, whole = self._fact(told, place), told.department
            if told.indicator is None or not told.indicator.favourable or fact is None:
                continue
            natures = set(told.rows["nature"].unique())
            if whole is None or whole.value is None or natures & {"estimated", "fictional"}:
                continue
            if fact.value is None or fact.weak or fact.low is None:
                continue
            apart = side_of(fact, whole, told.unit)
            if not apart:
                continue
            side = "better" if (apart > 0) == (told.indicator.favourable == "high") else "worse"
            label = f"{told.label[:1].lower()}{told.label[1:]}"
            sides[side].append(
                self.words["compared"].format(label=label, value=fact.text, whole=whole.text)
            )
        return [
            self.words[side].format(facts=" ; ".join(found[:MOST_SAID]))
            for side, found in sides.items()
            if found
        ] or [self.words["alike"]]

    def _tables(self, place: int | None, members: pd.Index) -> tuple[PlainTable, ...]:
        if place is None:
            every = range(len(self.zones))
            return (
                self._zones_table(self.words["territories"], list(every)),
                *self.drawn.tables,
            )
        near = neighbours(self.zones)[place]
        return (
            self._zones_table(self.words["neighbours"], near),
            self._communes_table(members),
        )

    def _zones_table(self, title: str, places: Sequence[int]) -> PlainTable:
        heads = (
            Cell(typeset(self.texts["compose"]["zone_column"])),
            *(Cell(f"{told.label}", numeric=True) for told in self.keys),
        )
        rows = tuple(
            (
                Cell(
                    str(self.zones["zone_name"].iloc[i]),
                    sheet_name(str(self.zones.index[i])),
                    header=True,
                ),
                *(
                    Cell(told.zones[i].text if told.zones else self._missing, numeric=True)
                    for told in self.keys
                ),
            )
            for i in places
        )
        return PlainTable(typeset(title), typeset(self.words["zones_caption"]), "", heads, rows)

    @property
    def _missing(self) -> str:
        return str(self.texts["compose"]["missing"])

    def _communes_table(self, members: pd.Index) -> PlainTable:
        place = {code: i for i, code in enumerate(self.communes.index)}
        link = next(
            (
                self.links[told.id, "commune"]
                for told in self.local
                if (told.id, "commune") in self.links
            ),
            "",
        )
        heads = (
            Cell(typeset(self.words["commune"])),
            Cell(typeset(self.words["population"]), numeric=True),
            *(Cell(told.label, numeric=True) for told in self.local),
        )
        rows = []
        for code in sorted((c for c in members if c in place), key=lambda c: place[c]):
            i = place[code]
            rows.append(
                (
                    Cell(
                        str(self.communes["zone_name"].iloc[i]),
                        link.format(code=code) if link else "",
                        header=True,
                    ),
                    Cell(number(float(self.people[code])), numeric=True),
                    *(
                        Cell(told.zones[i].text if told.zones else self._missing, numeric=True)
                        for told in self.local
                    ),
                )
            )
        outside = len(members) - len(rows)
        note = (
            self.words["communes_outside"].format(count=plural(outside, *self.words["communes"]))
            if outside
            else ""
        )
        return PlainTable(
            typeset(self.words["communes_title"]),
            typeset(self.words["communes_caption"]),
            typeset(note),
            heads,
            tuple(rows),
        )


def _scale(values: Sequence[float | None]) -> Any:
    known = [v for v in values if v is not None]
    low, high = (min(known), max(known)) if known else (0.0, 0.0)
    span = high - low

    def place(value: float | None) -> float:
        return round(100 * (value - low) / span, 1) if value is not None and span else 50.0

    return place


def neighbours(zones: gpd.GeoDataFrame) -> list[list[int]]:
    """Places of the zones that touch each zone, in the order of the zones.

    Examples
    --------
    >>> squares = [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1), shapely.box(5, 5, 6, 6)]
    >>> neighbours(gpd.GeoDataFrame(geometry=squares))
    [[1], [0], []]
    """
    shapes = np.asarray(zones.geometry.array)
    return [
        [j for j in np.flatnonzero(shapely.dwithin(shapes, shape, 1e-6)).tolist() if j != i]
        for i, shape in enumerate(shapes)
    ]


def small_map(zones: gpd.GeoDataFrame) -> tuple[tuple[tuple[str, str, str], ...], str]:
    """Outlines of the zones as SVG paths (code, name, path) and the view box that holds them.

    Parameters
    ----------
    zones
        Zone table of a level, WGS84.
    """
    flat = zones.geometry.to_crs(2154)
    west, south, east, north = flat.total_bounds
    scale = WIDTH / ((east - west) or 1.0)

    def ring(points: Any) -> str:
        steps = np.column_stack(
            [np.round((points[:, 0] - west) * scale), np.round((north - points[:, 1]) * scale)]
        ).astype(int)
        kept = steps[np.insert(np.any(np.diff(steps, axis=0) != 0, axis=1), 0, True)]
        return "M" + "L".join(f"{x} {y}" for x, y in kept[:-1].tolist()) + "Z"

    paths = []
    for code, name, shape in zip(zones.index, zones["zone_name"], flat, strict=True):
        rings = [
            ring(shapely.get_coordinates(border))
            for part in shapely.get_parts(shape)
            for border in (part.exterior, *part.interiors)
        ]
        paths.append((str(code), str(name), "".join(rings)))
    return tuple(paths), f"-2 -2 {WIDTH + 4:.0f} {(north - south) * scale + 4:.0f}"


def sheet_links(sheets: Sequence[Sheet]) -> tuple[Link, ...]:
    """Links to the sheets, as the index lists them."""
    return tuple(Link(f"{sheet.page_id}.html", sheet.zone_name) for sheet in sheets)
