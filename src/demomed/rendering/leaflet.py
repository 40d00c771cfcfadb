"""The folium map of a page and of a notebook; the only module that knows folium."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import folium
from branca.element import Element, Figure
from folium.template import Template

from demomed.core.catalogue import entry, texts
from demomed.core.document import LevelValues, MapDocument
from demomed.core.faults import Fault, InputError
from demomed.rendering.assets import LEAFLET_VERSION, leaflet_css, leaflet_js
from demomed.rendering.payload import features_of

MAP_NAME = "carte"


@dataclass(frozen=True)
class MapParts:
    """What folium says of a map: the identifier of its frame and the script that declares it.

    Parameters
    ----------
    map_id
        Identifier of the element that holds the map.
    script
        JavaScript that creates the map and its layers from the page's decoded data, and ends with
        ``demomedMap``.
    """

    map_id: str
    script: str


class PartsFigure(Figure):
    """A branca figure that hands out the script of its map instead of a whole page."""

    def script_text(self) -> str:
        """JavaScript of everything added to the figure, in order."""
        for child in self._children.values():
            child.render()
        lines = (line.strip() for line in self.script.render().splitlines())
        return "\n".join(line for line in lines if line) + "\n"


class PageMap(folium.Map):
    """A folium map without remote file, without style of its own and with a fixed name."""

    default_js: list[tuple[str, str]] = []
    default_css: list[tuple[str, str]] = []
    _template = Template(
        """
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = L.map({{ this.get_name()|tojson }}, {{ this.options|tojavascript }});
        {% endmacro %}
        """
    )

    def __init__(self, name: str, **options: Any) -> None:
        super().__init__(tiles=None, zoom_control=False, **options)
        fix_identifier(self, "Map", name)
        self.options.pop("zoom", None)


class DecodedLayer(folium.GeoJson):
    """A folium GeoJSON layer that reads its features from the page's data, where they are once."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = L.geoJson({{ this.expression }}, {{ this.options|tojavascript }});
        {% endmacro %}
        """
    )

    def __init__(self, name: str, label: str, expression: str, **options: Any) -> None:
        empty = {"type": "FeatureCollection", "features": []}
        show = bool(options.pop("show", True))
        super().__init__(empty, name=label, show=show)
        self.options = options
        self.expression = expression
        fix_identifier(self, "Zones", name)


def fix_identifier(element: Element, kind: str, name: str) -> None:
    """Give an element a readable name that is the same at every build.

    Parameters
    ----------
    element
        A folium or branca element not yet added to another one.
    kind, name
        Parts of the JavaScript name; ``name`` holds letters and digits only.
    """
    element._name = kind
    element._id = re.sub(r"\W", "_", name)


def check_version() -> None:
    """Refuse a folium that asks for another Leaflet than the one inlined.

    Raises
    ------
    InputError
        If the versions differ.
    """
    asked = dict(folium.Map.default_js).get("leaflet", "")
    if f"leaflet@{LEAFLET_VERSION}/" not in asked:
        raise InputError(
            Fault(
                "folium",
                f"folium {folium.__version__} demande « {asked.rsplit('/', 3)[-3:]} »",
                f"Leaflet {LEAFLET_VERSION}, celui que la page embarque",
                "installer les versions du fichier de contraintes",
            )
        )


def map_parts(document: MapDocument) -> MapParts:
    """Declare the map of a document: neighbours, zones of each level, outlines.

    Parameters
    ----------
    document
        The page as data.

    Returns
    -------
    MapParts
        Same bytes for equal documents.
    """
    check_version()
    figure = PartsFigure()
    board = PageMap(
        MAP_NAME,
        zoom_snap=0.25,
        zoom_delta=0.5,
        wheel_px_per_zoom_level=120,
        scroll_wheel_zoom=False,
        max_zoom=14,
        attribution_control=True,
        tap=False,
    )
    figure.add_child(board)
    backdrop = _backdrop(document)
    for layer in backdrop:
        layer.add_to(board)
    groups = {}
    for level, zones in document.zones.items():
        layer = DecodedLayer(
            level,
            zones.label_plural,
            f"zones[{_quoted(level)}].features",
            show=level == document.default_level,
            smoothFactor=0.5,
        )
        layer.add_to(board)
        groups[level] = layer.get_name()
    listing = ", ".join(f"{_quoted(level)}: {name}" for level, name in groups.items())
    behind = ", ".join(layer.get_name() for layer in backdrop)
    end = (
        f"const demomedMap = {{map: {board.get_name()}, groups: {{{listing}}}, "
        f"backdrop: [{behind}]}};\n"
    )
    return MapParts(board.get_name(), figure.script_text() + end)


def _backdrop(document: MapDocument) -> list[DecodedLayer]:
    colours = entry("themes", document.theme)["colours"]
    layers = []
    if features_of(document.context):
        style = {
            "color": colours["rules"],
            "weight": 1,
            "fillColor": colours["neighbour"],
            "fillOpacity": 1,
        }
        layers.append(
            DecodedLayer(
                "contexte",
                "contexte",
                "features(data.context, data.contextNames)",
                pane="contexte",
                interactive=False,
                smoothFactor=0.5,
                style=style,
            )
        )
    if features_of(document.outlines):
        style = {"color": colours["ink"], "weight": 2.5, "fill": False, "opacity": 1}
        layers.append(
            DecodedLayer(
                "limites",
                "limites",
                "features(data.outlines, [])",
                pane="limites",
                interactive=False,
                smoothFactor=0.5,
                style=style,
            )
        )
    return layers


def _quoted(name: str) -> str:
    return '"' + re.sub(r"\W", "_", name) + '"'
