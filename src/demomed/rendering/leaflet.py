"""The folium map of a page and of a notebook; the only module that knows folium."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import folium
from branca.element import Element, Figure, MacroElement
from folium.template import Template

from demomed.core.catalogue import entry
from demomed.core.document import Layer, LevelValues, MapDocument, ZoneSet
from demomed.core.faults import Fault, InputError, closest
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

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = L.map({{ this.get_name()|tojson }}, {{ this.options|tojavascript }});
        {% endmacro %}
        """
    )

    def __init__(self, name: str, **options: Any) -> None:
        super().__init__(tiles=None, zoom_control=False, **options)
        self.default_js, self.default_css = [], []
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
        max_zoom=12,
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
        style = {"stroke": False, "fillColor": colours["neighbour"], "fillOpacity": 1}
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
        lines = {"color": colours["border"], "weight": 1, "fill": False}
        layers.append(
            DecodedLayer(
                "voisins",
                "voisins",
                "features(data.contextLines, [])",
                pane="contexte",
                interactive=False,
                smoothFactor=0.5,
                style=lines,
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


class Inline(Element):
    """Text of a script or a style that goes into a page as it is."""

    def __init__(self, tag: str, text: str) -> None:
        super().__init__()
        self.tag = tag
        self.text = text

    def render(self, **kwargs: Any) -> str:
        """The element as HTML."""
        return f"<{self.tag}>{self.text}</{self.tag}>"


class NotebookMap(folium.Map):
    """A folium map that works in a notebook without network: Leaflet is inside."""

    def __init__(self, name: str, **options: Any) -> None:
        super().__init__(tiles=None, **options)
        self.default_js, self.default_css = [], []
        fix_identifier(self, "Map", name)

    def render(self, **kwargs: Any) -> Any:
        """Put Leaflet into the head of the figure, then draw as folium does."""
        figure = self.get_root()
        if isinstance(figure, Figure):
            plain = ".leaflet-container{background:#fff}"
            figure.header.add_child(Inline("style", leaflet_css() + plain), name="leaflet_css")
            figure.header.add_child(Inline("script", leaflet_js()), name="leaflet_js")
        return super().render(**kwargs)


class Legend(MacroElement):
    """Legend of a notebook map, its texts written as texts."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        {{ this._parent.get_name() }}.attributionControl.setPrefix("Leaflet");
        const legend = L.control({position: "topright"});
        legend.onAdd = () => {
            const box = L.DomUtil.create("div");
            box.style.cssText = "background:#fff;padding:8px 12px;border:1px solid #888;font:13px/1.5 sans-serif;max-width:260px";
            const line = (text, colour, size) => {
                const row = L.DomUtil.create("div", "", box);
                if (colour) {
                    const swatch = L.DomUtil.create("span", "", row);
                    swatch.style.cssText = "display:inline-block;vertical-align:middle;margin-right:8px;border:1px solid #555";
                    swatch.style.width = (size || 18) + "px";
                    swatch.style.height = (size || 12) + "px";
                    if (size) swatch.style.borderRadius = "50%";
                    swatch.style.background = colour;
                }
                const words = L.DomUtil.create("span", "", row);
                words.textContent = text;
                if (!colour && box.children.length === 1) words.style.fontWeight = "600";
            };
            for (const [text, colour, size] of {{ this.lines|tojson }}) line(text, colour, size);
            return box;
        };
        legend.addTo({{ this._parent.get_name() }});
        {% endmacro %}
        """
    )

    def __init__(self, lines: list[tuple[str, str, float]]) -> None:
        super().__init__()
        self.lines = lines
        fix_identifier(self, "Legend", "legende")


def show(
    document: MapDocument, *, layer: str | None = None, level: str | None = None
) -> folium.Map:
    """One layer of a document as a folium map for the notebook, complete without network.

    Parameters
    ----------
    document
        The page as data.
    layer, level
        Identifier of the layer and of the level; those the page opens with by default.

    Returns
    -------
    folium.Map
        Coloured zones (circles for counts), tooltips and legend; more folium layers can be added.
    """
    check_version()
    chosen = _layer_of(document, layer or document.default_layer)
    shown = level if level is not None and level in chosen.levels else document.default_level
    values, zones = chosen.levels[shown], document.zones[shown]
    colours = entry("themes", document.theme)["colours"]
    board = NotebookMap(f"{document.page_id}_{chosen.id}_{shown}", zoom_snap=0.25, height=520)
    features = _described(zones, values, chosen)
    tooltip = folium.GeoJsonTooltip(["name", "text"], labels=False, sticky=True)
    fix_identifier(tooltip, "Tooltip", "info")
    shapes = folium.GeoJson(
        features,
        name=chosen.label,
        style_function=lambda feature: feature["properties"]["look"],
        tooltip=tooltip if features["features"] else None,
    )
    fix_identifier(shapes, "Zones", shown)
    shapes.add_to(board)
    for place, radius in sorted(enumerate(values.radii), key=lambda pair: -pair[1]):
        if radius > 0:
            longitude, latitude = zones.label_points[place]
            circle = folium.CircleMarker(
                (latitude, longitude),
                radius=radius,
                color=colours["circle"],
                weight=1,
                fill=True,
                fill_opacity=0.35,
            )
            fix_identifier(circle, "Circle", str(place))
            circle.add_to(board)
    board.add_child(Legend(_legend_lines(chosen, values, colours)))
    if features["features"]:
        bounds = folium.FitBounds(shapes.get_bounds(), padding_bottom_right=(280, 10))  # type: ignore[arg-type]
        fix_identifier(bounds, "Fit", "bounds")
        board.add_child(bounds)
    return board


def _layer_of(document: MapDocument, id_: str) -> Layer:
    known = {layer.id: layer for layer in document.layers}
    if id_ not in known:
        raise InputError(
            Fault(
                document.page_id, f"couche « {id_} »", "une couche de la page", closest(id_, known)
            )
        )
    return known[id_]


def _described(zones: ZoneSet, values: LevelValues, layer: Layer) -> dict[str, Any]:
    features = []
    for place, feature in enumerate(zones.geometry.get("features", ())):
        unit = f" {layer.unit}" if values.values[place] is not None else ""
        chosen = values.classes[place]
        features.append(
            {
                "type": "Feature",
                "id": zones.codes[place],
                "geometry": feature["geometry"],
                "properties": {
                    "name": html.escape(zones.names[place]),
                    "text": html.escape(values.texts[place] + unit),
                    "look": {
                        "fillColor": values.colours[chosen] if chosen is not None else "#ffffff",
                        "fillOpacity": 1,
                        "color": "#55636f",
                        "weight": 0.8,
                        "dashArray": "4 3" if values.values[place] is None else None,
                    },
                },
            }
        )
    return {"type": "FeatureCollection", "features": features}


def _legend_lines(
    layer: Layer, values: LevelValues, colours: Mapping[str, str]
) -> list[tuple[str, str, float]]:
    lines = [(layer.label, "", 0.0), (f"{layer.unit}, {layer.date_label}", "", 0.0)]
    for line in values.legend:
        plain = colours["circle"] if line.kind == "circle" else colours["panel"]
        size = 2 * line.size if line.kind == "circle" else 0.0
        lines.append((line.label, line.colour or plain, size))
    ends = [text for text in (values.reference, layer.nature_label) if text]
    return [*lines, *((text, "", 0.0) for text in ends)]
