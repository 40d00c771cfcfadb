"""The published page as plain data: no HTML, no map object, equal documents give equal bytes."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from demomed.core.display import facts_table, small

if TYPE_CHECKING:
    from demomed.core.portrait import CommuneSearch

EntryKind = Literal[
    "class", "circle", "zero", "missing", "unstable", "masked", "coarse", "not_applicable"
]


@dataclass(frozen=True)
class LegendEntry:
    """One line of a legend: its swatch, its words, and how many zones carry it."""

    kind: EntryKind
    label: str
    count: int
    colour: str = ""
    size: float = 0.0


@dataclass(frozen=True)
class LevelValues:
    """Values of one layer at one level, aligned with ``ZoneSet.codes``.

    Parameters
    ----------
    values
        Shown units, rounded as shown; ``None`` where there is no readable value.
    texts
        The same with French formatting, without unit (« 41 », « n.d. », « secret »…).
    intervals
        « 31 à 54 » or an empty string.
    lows, highs
        The ends of the intervals in shown units; ``None`` where there is none.
    parts
        What the value is made of (« 13 médecins pour 17 600 habitants ») or an empty string.
    statuses
        A status of :data:`demomed.core.indicator.STATUS_LABELS`, ``"zero"``, or ``"coarse"`` (a
        masked zone of which ``texts`` tells a coarser truth). ``"unstable"`` zones keep their value
        and their class and are hatched over their colour.
    classes
        Class index, 0 = lightest colour; ``None`` outside every class (zero, missing, masked…).
    ranks
        Rank of the zone, 1 = least favourable; ``None`` when it has no value.
    bounds
        Limits of the classes in shown units, ``len(colours) + 1`` numbers in the order of
        ``colours`` (falling when a low value is unfavourable); empty when drawn as circles.
    colours
        Colours of the classes, light to dark.
    radii
        Circle radii in pixels for counts; empty otherwise.
    legend
        Legend lines, least favourable class first, then special states present in the data. The
        counts of classes, ``zero``, ``missing``, ``masked``, ``coarse`` and ``not_applicable``
        add up to the number of zones; ``unstable`` counts zones already counted in a class and
        reference circles count none.
    reference
        French sentence with the department's and a wider reference value, when known.
    classing
        One French sentence: how the classes were made and why.
    """

    values: tuple[float | None, ...]
    texts: tuple[str, ...]
    intervals: tuple[str, ...]
    lows: tuple[float | None, ...]
    highs: tuple[float | None, ...]
    parts: tuple[str, ...]
    statuses: tuple[str, ...]
    classes: tuple[int | None, ...]
    ranks: tuple[int | None, ...]
    bounds: tuple[float, ...]
    colours: tuple[str, ...]
    radii: tuple[float, ...]
    legend: tuple[LegendEntry, ...]
    reference: str
    classing: str


@dataclass(frozen=True)
class PastValues:
    """What a layer said at one level, at an earlier date; ``special`` are its legend lines of
    special states. Classes, colours and circles are those of the layer's last date."""

    values: tuple[float | None, ...]
    texts: tuple[str, ...]
    intervals: tuple[str, ...]
    lows: tuple[float | None, ...]
    highs: tuple[float | None, ...]
    statuses: tuple[str, ...]
    special: tuple[LegendEntry, ...]


@dataclass(frozen=True)
class Past:
    """A layer at an earlier date, as the gate let it through.

    ``date`` is of ISO form; ``is_broken`` tells that the next date is of another source or field,
    or of a vintage that its producer advises against comparing: no change is read over it.
    ``reference`` is the French sentence with the department's value at this date, when known;
    ``source_ids`` are the sources of this date.
    """

    date: str
    date_label: str
    is_broken: bool
    levels: Mapping[str, PastValues]
    reference: str = ""
    source_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Layer:
    """One indicator (and profession) that the reader can switch on.

    ``legend_note`` tells how to read the colours (« Plus foncé = moins favorable. »);
    ``subject`` is the profession or structure measured, in the plural, or empty; ``past`` are its
    earlier dates, oldest first.
    """

    id: str
    label: str
    short_label: str
    group: str
    unit: str
    kind: str
    nature: str
    nature_label: str
    date_label: str
    description: str
    caveat: str
    finding: str
    text_alternative: str
    source_ids: tuple[str, ...]
    decimals: int
    levels: Mapping[str, LevelValues]
    legend_note: str = ""
    subject: str = ""
    past: tuple[Past, ...] = ()


@dataclass(frozen=True)
class ZoneSet:
    """Zones of one level: codes, names, places to write labels, and geometry once.

    ``geometry`` is a GeoJSON FeatureCollection (WGS84, five decimals) whose features carry only
    ``id``; order equals ``codes``. ``parents`` names the intercommunality of each commune.
    """

    level: str
    label: str
    label_plural: str
    codes: tuple[str, ...]
    names: tuple[str, ...]
    short_names: tuple[str, ...]
    parents: tuple[str, ...]
    label_points: tuple[tuple[float, float], ...]
    geometry: Mapping[str, Any]


@dataclass(frozen=True)
class PointLayer:
    """Places drawn by shape: towns, maisons de santé, hospitals."""

    id: str
    label: str
    shape: Literal["dot", "square", "diamond", "cross", "triangle"]
    hollow: bool
    names: tuple[str, ...]
    details: tuple[str, ...]
    lonlat: tuple[tuple[float, float], ...]
    visible: bool = True


@dataclass(frozen=True)
class KeyFigure:
    """A large number with its unit, one comparison in words, what it is worth and its date.

    ``layer_id`` is the layer it is the departmental value of, whatever a page calls it.
    """

    value: str
    unit: str
    label: str
    comparison: str
    nature_label: str
    date_label: str = ""
    layer_id: str = ""


@dataclass(frozen=True)
class Column:
    """A column of a table: label, unit, alignment and identifier (also the CSV header)."""

    id: str
    label: str
    unit: str = ""
    numeric: bool = True


@dataclass(frozen=True)
class DataTable:
    """A table that carries everything the map says, for one level.

    ``cells[i][j]`` is the shown text, ``sort_keys[i][j]`` a number or text to sort by (``None``
    last); ``codes[i]`` links the row with its zone on the map.
    """

    id: str
    caption: str
    level: str
    columns: tuple[Column, ...]
    codes: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    sort_keys: tuple[tuple[float | str | None, ...], ...]


@dataclass(frozen=True)
class RankingBar:
    """One row of the ranking drawn as bars."""

    code: str
    name: str
    rank: str
    value: float | None
    text: str
    low: float | None
    high: float | None
    interval: str
    status: str
    note: str = ""
    parts: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class SourceLine:
    """A source as the page credits it."""

    id: str
    title: str
    producer: str
    vintage: str
    as_of: str
    licence: str
    page: str
    field: str
    stale: bool = False
    max_age: str = ""


@dataclass(frozen=True)
class Absent:
    """What no source gives yet, told as « n.d. », and the source that would give it."""

    label: str
    wanted: str


@dataclass(frozen=True)
class Freshness:
    """Age of a source: what its figures describe, the oldest it may be, and whether it is.

    ``limit`` is empty when the source does not grow old, ``state`` when no day was given.
    """

    title: str
    producer: str
    as_of: str
    limit: str
    state: str


@dataclass(frozen=True)
class Link:
    """A link of the portal or a download, relative to the page."""

    href: str
    label: str
    detail: str = ""
    current: bool = False


@dataclass(frozen=True)
class Portals:
    """Portals of the departments, as a page above them leads to them.

    Parameters
    ----------
    names
        Name of each department, by code.
    hrefs
        Address of the portal of each department that has one.
    members
        For each level, the departments of each zone, in the order of its codes.
    communes
        Address of the file of the communes of a department, ``{code}`` standing for its code;
        empty when the page stands alone.
    """

    names: Mapping[str, str]
    hrefs: Mapping[str, str]
    members: Mapping[str, tuple[tuple[str, ...], ...]]
    communes: str = ""


@dataclass(frozen=True)
class MapDocument:
    """Everything a page says, as data.

    ``sheets`` is the address of the sheet of a territory, ``{code}`` standing for its code; empty
    when the portal has none. ``portals`` are the portals of the departments, for a page above them.
    """

    page_id: str
    language: str
    department_code: str
    department_name: str
    title: str
    lead: str
    date_label: str
    key_figures: tuple[KeyFigure, ...]
    default_level: str
    default_layer: str
    zones: Mapping[str, ZoneSet]
    layers: tuple[Layer, ...]
    context: Mapping[str, Any]
    outlines: Mapping[str, Any]
    points: tuple[PointLayer, ...]
    ranking_title: str
    ranking: tuple[RankingBar, ...]
    tables: tuple[DataTable, ...]
    method: tuple[str, ...]
    caveats: tuple[str, ...]
    banner: str
    sources: tuple[SourceLine, ...]
    licence: str
    contact: str
    navigation: tuple[Link, ...]
    downloads: tuple[Link, ...]
    text_alternative: str
    version: str
    theme: str
    ranking_legend: str = ""
    internal: bool = False
    sheets: str = ""
    absent: tuple[Absent, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    portals: Portals | None = None

    def to_json(self) -> str:
        """The document as canonical JSON (sorted keys, no spaces), the same for equal documents."""
        return json.dumps(
            dataclasses.asdict(self),
            ensure_ascii=False,
            sort_keys=True,
            separators=(",", ":"),
            allow_nan=False,
        )

    def _repr_html_(self) -> str:
        rows = [
            ("Département", f"{self.department_name} ({self.department_code})"),
            ("En une phrase", self.lead),
            ("Date", self.date_label),
            ("Couches", ", ".join(layer.label for layer in self.layers)),
            ("Version", self.version),
        ]
        return facts_table(self.title, rows) + small(self.banner)


@dataclass(frozen=True)
class IndexCard:
    """One map of the portal, with its finding in a sentence."""

    href: str
    title: str
    finding: str
    nature_label: str


@dataclass(frozen=True)
class IndexDocument:
    """The catalogue page of a department's maps."""

    language: str
    department_code: str
    department_name: str
    title: str
    lead: str
    key_figures: tuple[KeyFigure, ...]
    cards: tuple[IndexCard, ...]
    downloads: tuple[Link, ...]
    sources: tuple[SourceLine, ...]
    banner: str
    licence: str
    contact: str
    version: str
    theme: str
    outlines: Mapping[str, Any] = field(default_factory=dict)
    internal: bool = False
    sheets: tuple[Link, ...] = ()
    search: CommuneSearch | None = None
    freshness: tuple[Freshness, ...] = ()
    themes: tuple[IndexCard, ...] = ()
    reports: tuple[IndexCard, ...] = ()
