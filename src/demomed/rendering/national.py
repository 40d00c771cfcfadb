"""The page above the departments: their values and those of every intercommunality, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from demomed.core import catalogue
from demomed.core.document import Link, MapDocument, Portals, ZoneSet
from demomed.core.indicator import PublicIndicators, get_indicator
from demomed.core.territory import Territory
from demomed.rendering.compose import REFERENCE_COLUMNS, default_layer, rows_by_layer
from demomed.rendering.facts import zone_phrase
from demomed.rendering.figures import key_figures, ranking_bars
from demomed.rendering.french import typeset
from demomed.rendering.geometry import FLAT, collection, is_outlined, label_points, sort_name
from demomed.rendering.layers import Stage, build_layer
from demomed.rendering.pages import national_spec
from demomed.rendering.surroundings import dated, page_downloads, source_lines
from demomed.rendering.table import data_tables

LEVELS: tuple[str, ...] = ("departement", "epci")
"""Levels drawn, the coarsest first."""
WHOLE = "pays"
"""Level of the whole country."""
CLASSES: Mapping[str, int] = {"departement": 5, "epci": 6}
"""Number of classes by level: some hundred zones, some thousand."""
TOLERANCES_M: tuple[float, ...] = (200, 300, 500, 700, 1000, 1500, 2000)
"""Generalisations tried, in metres, as in :func:`demomed.rendering.geometry.generalise`."""
MOST_POINTS = 60_000
"""Points allowed to the pieces of zones, each shared border counted on both sides."""
PIECES = "|"
HOME = "index"
"""Identifier of the page: it is the home of its folder."""
OFFERED: tuple[str, ...] = ("indicators", "dictionary", "manifest")
"""Files that the page offers besides its own drawing."""


@dataclass(frozen=True)
class CountryScene:
    """Shapes and names of what the national page draws.

    Parameters
    ----------
    zones
        Zone table of each level, the country included (see
        :func:`demomed.rendering.geometry.zone_table`).
    members
        Departments of each zone of the drawn levels, in the order of the tables.
    left_out
        Names of the zones that no published outline holds: they are not on the page.
    """

    zones: Mapping[str, gpd.GeoDataFrame]
    members: Mapping[str, tuple[tuple[str, ...], ...]]
    left_out: tuple[str, ...] = ()


def country_shapes(
    communes: gpd.GeoDataFrame, most_points: int = MOST_POINTS
) -> Mapping[str, gpd.GeoSeries]:
    """Outlines of the departments and of the intercommunalities, generalised together.

    Communes are joined by intercommunality and department; these pieces are simplified as one
    coverage, then joined again: both levels share every border, exactly.

    Parameters
    ----------
    communes
        Index ``commune_code``; ``epci_siren, departement_code`` and outlines (WGS84).
    most_points
        Points allowed to the pieces: the finest generalisation that stays under is kept.

    Returns
    -------
    Mapping
        By level, outlines in WGS84; communes without outline or intercommunality are left out of
        what they cannot be drawn in.
    """
    drawn = communes.loc[communes.geometry.notna()]
    keys = drawn["departement_code"].str.cat(drawn["epci_siren"].fillna(""), sep=PIECES)
    numbers, names = pd.factorize(keys, sort=True)
    flat = np.asarray(drawn.geometry.to_crs(FLAT).array)
    pieces = np.array([shapely.coverage_union_all(flat[numbers == k]) for k in range(len(names))])
    for tolerance in TOLERANCES_M:
        simple = shapely.coverage_simplify(pieces, tolerance)
        if shapely.get_num_coordinates(simple).sum() <= most_points:
            break
    parts = pd.Series(names).str.split(PIECES, expand=True)
    found = {}
    for level, of in zip(LEVELS, (parts[0], parts[1]), strict=True):
        joined = {
            code: shapely.coverage_union_all(simple[of.to_numpy() == code])
            for code in sorted(of.unique())
            if code
        }
        found[level] = gpd.GeoSeries(joined, crs=FLAT).to_crs(4326)
    return found


def country_scene(country: Territory, texts: Mapping[str, Any]) -> CountryScene:
    """Zone tables of the national page.

    Parameters
    ----------
    country
        All departments as one territory.
    texts
        Texts of the catalogue.
    """
    shapes = country_shapes(country.communes)
    core = country.communes["is_core"].to_numpy()
    own = country.communes.loc[core, ["departement_code", "epci_siren"]].astype(object)
    declared = catalogue.departments()
    departments = sorted(own["departement_code"].unique())
    names = pd.Series({code: declared[code].name for code in departments})
    of_epci = (
        own.dropna().groupby("epci_siren")["departement_code"].agg(lambda d: tuple(sorted(set(d))))
    )
    epci = country.epci.loc[country.epci.index.isin(of_epci.index)]
    tables = {
        "departement": pd.DataFrame(
            {
                "zone_name": names,
                "short_name": names,
                "phrase": [declared[code].in_ for code in departments],
                "parent": "",
            },
            index=pd.Index(departments),
        ),
        "epci": pd.DataFrame(
            {
                "zone_name": epci["epci_name"],
                "short_name": epci["epci_short_name"],
                "phrase": [
                    "dans " + zone_phrase(full, short, texts)
                    for full, short in zip(epci["epci_name"], epci["epci_short_name"], strict=True)
                ],
                "parent": [" – ".join(names[list(of_epci[code])]) for code in epci.index],
            },
            index=epci.index.astype(object),
        ),
    }
    whole = country.department
    whole_zones = {level: _sorted(table, shapes[level]) for level, table in tables.items()}
    zones = {level: table.loc[is_outlined(table)] for level, table in whole_zones.items()}
    zones[WHOLE] = gpd.GeoDataFrame(
        {"zone_name": whole.name, "short_name": whole.name, "phrase": whole.in_, "parent": ""},
        index=[whole.code],
        geometry=gpd.GeoSeries([None], index=[whole.code]),
        crs=4326,
    ).assign(is_own=True)
    return CountryScene(
        zones,
        {
            "departement": tuple((str(code),) for code in zones["departement"].index),
            "epci": tuple(of_epci[code] for code in zones["epci"].index),
        },
        tuple(
            name
            for table in whole_zones.values()
            for name in table.loc[~is_outlined(table), "zone_name"]
        ),
    )


def _sorted(table: pd.DataFrame, shapes: gpd.GeoSeries) -> gpd.GeoDataFrame:
    frame = gpd.GeoDataFrame(
        table.assign(is_own=True), geometry=shapes.reindex(table.index), crs=4326
    )
    order = sorted(frame.index, key=lambda code: (sort_name(frame.at[code, "short_name"]), code))
    return frame.loc[order]


def national_texts(language: str = "fr") -> dict[str, Any]:
    """Texts of the catalogue in which a country stands where a department stood."""
    texts = dict(catalogue.texts(language))
    return {
        **texts,
        "compose": _merged(texts["compose"], catalogue.entry("national", "france")["texts"]),
    }


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **base,
        **{
            key: _merged(base.get(key, {}), value) if isinstance(value, Mapping) else value
            for key, value in over.items()
        },
    }


def compose_country(
    country: Territory,
    public: PublicIndicators,
    *,
    portals: Mapping[str, str],
    version: str,
    communes: str = "",
    language: str = "fr",
) -> MapDocument:
    """The national page, with its layers, ranks, tables and sources.

    Parameters
    ----------
    country
        All departments as one territory.
    public
        Indicators after the gate, at the levels of :data:`LEVELS` and :data:`WHOLE`.
    portals
        Address of the portal of each department that has one.
    version
        Version of the package.
    communes
        Address of the communes of a department, ``{code}`` standing for its code; empty when the
        page stands alone.
    language
        Language of the texts.

    Raises
    ------
    TypeError
        If ``public`` did not come through the gate.
    """
    if not isinstance(public, PublicIndicators):
        raise TypeError(
            "compose_country() publie : il n'accepte que des PublicIndicators, rendus par protect()"
        )
    texts, spec = national_texts(language), national_spec()
    scene = country_scene(country, texts)
    stage = _stage(country, scene, texts)
    rows = rows_by_layer(public.table)
    measured = [
        dated(
            build_layer(layer, get_indicator(layer.indicator), rows[layer.id], stage),
            country,
            texts,
        )
        for layer in spec.layers
        if layer.id in rows
    ]
    default = default_layer(spec, measured)
    whole = country.department
    return MapDocument(
        page_id=HOME,
        language=language,
        department_code=whole.code,
        department_name=whole.name,
        title=typeset(spec.title.format(**{"in": whole.in_})),
        lead=default.layer.finding,
        date_label=default.layer.date_label,
        key_figures=key_figures(spec.key_figures, measured, stage),
        default_level=spec.default_level,
        default_layer=default.layer.id,
        zones={level: _zone_set(scene.zones[level], level, texts) for level in LEVELS},
        layers=tuple(m.layer for m in measured),
        context={},
        outlines={},
        points=(),
        ranking_title=spec.ranking_title,
        ranking=ranking_bars(default, stage),
        tables=data_tables(measured, stage),
        method=spec.method,
        caveats=(*spec.caveats, *_without_outline(scene, texts)),
        banner="",
        sources=source_lines(measured, country, texts),
        licence=typeset(texts["compose"]["licence"]),
        contact=typeset(texts["compose"]["contact"]),
        navigation=(Link("index.html", spec.nav, current=True),),
        downloads=page_downloads(HOME, default, spec.default_level, texts, OFFERED),
        text_alternative=default.layer.text_alternative,
        version=version,
        theme=whole.theme,
        ranking_legend=spec.ranking_legend,
        internal=public.internal,
        portals=Portals(
            names=dict(scene.zones["departement"]["zone_name"]),
            hrefs={code: portals[code] for code in sorted(portals)},
            members=scene.members,
            communes=communes,
        ),
    )


def _without_outline(scene: CountryScene, texts: Mapping[str, Any]) -> tuple[str, ...]:
    if not scene.left_out:
        return ()
    words = texts["compose"]["left_out"]
    return (typeset(words.format(zones=", ".join(scene.left_out))),)


def _stage(country: Territory, scene: CountryScene, texts: Mapping[str, Any]) -> Stage:
    return Stage(
        zones=scene.zones,
        theme=catalogue.entry("themes", country.department.theme),
        texts=texts,
        of_territory=country.department.of,
        references=pd.DataFrame(columns=list(REFERENCE_COLUMNS)),
        drawn=LEVELS,
        whole=WHOLE,
        classes=CLASSES,
    )


def _zone_set(zones: gpd.GeoDataFrame, level: str, texts: Mapping[str, Any]) -> ZoneSet:
    words = texts["compose"]["levels"][level]
    return ZoneSet(
        level=level,
        label=words["one"],
        label_plural=words["many"],
        codes=tuple(map(str, zones.index)),
        names=tuple(map(str, zones["zone_name"])),
        short_names=tuple(map(str, zones["short_name"])),
        parents=(),
        label_points=label_points(zones.geometry),
        geometry=collection(zones.geometry),
    )
