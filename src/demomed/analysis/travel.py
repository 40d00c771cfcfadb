"""Distances on the sphere, and the minutes they are estimated to take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array, csr_array
from scipy.spatial import cKDTree

from demomed.core.faults import Fault, InputError

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the Earth (IUGG)."""
LAMBERT_93 = 2154
"""EPSG code of the plane in which distances to the edge are measured."""


def haversine_km(
    lon_a: ArrayLike, lat_a: ArrayLike, lon_b: ArrayLike, lat_b: ArrayLike
) -> NDArray[np.float64]:
    """Great-circle distance between points, in kilometres (degrees, WGS84).

    Examples
    --------
    >>> float(haversine_km(-0.77, 48.07, -0.62, 48.30).round(6))
    27.887975
    """
    lon1, lat1, lon2, lat2 = (
        np.radians(np.asarray(v, dtype=float)) for v in (lon_a, lat_a, lon_b, lat_b)
    )
    h = (
        np.sin((lat2 - lat1) / 2) ** 2
        + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(1.0, h)))


def unit_vectors(lon: ArrayLike, lat: ArrayLike) -> NDArray[np.float64]:
    """Points of the unit sphere, one row each: chords keep the order of great-circle distances."""
    x, y = np.radians(np.asarray(lon, dtype=float)), np.radians(np.asarray(lat, dtype=float))
    return np.column_stack([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)])


def chord_km(chord: ArrayLike) -> NDArray[np.float64]:
    """Great-circle kilometres of chords of the unit sphere."""
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(1.0, np.asarray(chord, dtype=float) / 2))


def _speeds() -> Mapping[int, float]:
    return {1: 40.0, 2: 40.0, 3: 47.0, 4: 47.0, 5: 47.0, 6: 47.0, 7: 47.0}


@dataclass(frozen=True)
class TravelModel:
    """From kilometres as the crow flies to minutes by road, when no network is given.

    ``road = circuity × distance``; the first ``local_km`` of road go at the local speed of the
    place of departure, the rest at ``main_road_kmh``. Times so made are called « temps estimés à
    vol d'oiseau »: straight line and road time agree closely over thousands of places, with
    exceptions at rivers, ridges and motorways.

    Parameters
    ----------
    circuity
        Road kilometres for one as the crow flies. Measured on the official road distances from
        865 communes of three departments to their emergency service (CartoSanté 2024): 1.23 in
        each department; 1.26 below 4 km and 1.20 beyond 10 km.
    margin
        Share by which an estimated time may be too long or too short: a convention, for detours
        and speeds together, not a confidence interval.
    speed_kmh
        Local speed by level of Insee's density grid (1 large urban centre … 7 very scattered
        rural), in km/h. Calibrated on the official accessibility of 15 departments (APL 2022):
        so that its weights fall at 10, 15 and 20 minutes where they are seen to fall.
    default_kmh
        Local speed where the level is unknown.
    main_road_kmh, local_km
        Speed beyond the first kilometres of road, and how many these are; same calibration.
    least_minutes
        Shortest trip told, in minutes (parking, walking); a convention.
    inner_share
        Mean distance inside a commune, as a share of the radius of a disc of its area (⅔ for a
        uniform disc).
    as_of
        Date of these parameters.

    Examples
    --------
    >>> crow = TravelModel(circuity=1.3, speed_kmh={}, default_kmh=60, local_km=1e9)
    >>> crow.minutes([27.887975], [7]).round(3).tolist()
    [36.254]
    """

    circuity: float = 1.23
    margin: float = 0.20
    speed_kmh: Mapping[int, float] = field(default_factory=_speeds)
    default_kmh: float = 47.0
    main_road_kmh: float = 66.0
    local_km: float = 9.5
    least_minutes: float = 3.0
    inner_share: float = 2 / 3
    as_of: str = "2024-12-31"

    def __post_init__(self) -> None:
        positive = (self.circuity, self.default_kmh, self.main_road_kmh, *self.speed_kmh.values())
        if min(positive) <= 0 or min(self.local_km, self.least_minutes, self.inner_share) < 0:
            raise InputError(
                Fault(
                    "temps de trajet",
                    "paramètre négatif ou nul",
                    "des vitesses positives",
                    "corriger le modèle",
                )
            )

    def local_kmh(self, density_class: ArrayLike) -> NDArray[np.float64]:
        """Local speed of each place from its density level."""
        level = (
            pd.Series(np.ravel(density_class))
            .astype("Float64")
            .to_numpy(dtype=float, na_value=np.nan)
        )
        speed = np.full(len(level), self.default_kmh)
        for known, value in self.speed_kmh.items():
            speed[level == known] = value
        return speed

    def minutes(self, km: ArrayLike, density_class: ArrayLike) -> NDArray[np.float64]:
        """Minutes by road for distances as the crow flies, by density level of departure."""
        return self.minutes_at(km, self.local_kmh(density_class))

    def minutes_at(self, km: ArrayLike, local_kmh: ArrayLike) -> NDArray[np.float64]:
        """Minutes by road for distances as the crow flies, at given local speeds."""
        road = self.circuity * np.asarray(km, dtype=float)
        local = np.minimum(road, self.local_km)
        hours = local / np.asarray(local_kmh, dtype=float) + (road - local) / self.main_road_kmh
        return np.maximum(60 * hours, self.least_minutes)

    def own_minutes(self, area_km2: ArrayLike, density_class: ArrayLike) -> NDArray[np.float64]:
        """Minutes to a service of one's own commune: mean distance inside a disc of its area."""
        return self.minutes(self.inner_km(area_km2), density_class)

    def inner_km(self, area_km2: ArrayLike) -> NDArray[np.float64]:
        """Mean distance from the centre inside a disc of the area; zero if it is unknown."""
        area = np.nan_to_num(np.asarray(area_km2, dtype=float))
        return self.inner_share * np.sqrt(area / np.pi)

    def reach_km(self, limit_min: float) -> float:
        """Distance as the crow flies beyond which no trip is within ``limit_min`` minutes."""
        fastest = max([self.main_road_kmh, self.default_kmh, *self.speed_kmh.values()])
        return limit_min / 60 * fastest / self.circuity


def nearest_minutes(
    origins: pd.DataFrame, sites: pd.DataFrame, model: TravelModel | None = None
) -> pd.Series:
    """Estimated minutes from each commune to the nearest site.

    The nearest site is exact on the sphere (a k-d tree on chords). A site of one's own commune is
    not at zero minutes but at the mean time inside the commune; a nearer one next door wins.

    Parameters
    ----------
    origins
        Index ``commune_code``; ``lon, lat`` in degrees, ``area_km2``, ``density_class``.
    sites
        ``commune_code, lon, lat``, one row per site; sites of other departments included.
    model
        Travel parameters; the defaults of :class:`TravelModel` otherwise.

    Returns
    -------
    Series
        Minutes, index of ``origins``; infinite when there is no site at all.

    Examples
    --------
    >>> origins = pd.DataFrame({"lon": [0.0, 0.1], "lat": [48.0, 48.0], "area_km2": 20.0,
    ...                         "density_class": 6}, index=["a", "b"])
    >>> sites = pd.DataFrame({"commune_code": ["a"], "lon": [0.0], "lat": [48.0]})
    >>> nearest_minutes(origins, sites).round(1).to_dict()
    {'a': 3.0, 'b': 11.7}
    """
    model = model or TravelModel()
    km, is_home = nearest_km(origins, sites)
    minutes = model.minutes(km.to_numpy(), origins["density_class"])
    own = model.own_minutes(origins["area_km2"], origins["density_class"])
    best = np.where(is_home, np.fmin(own, minutes), minutes)
    return pd.Series(best, index=origins.index, name="minutes")


def is_located(places: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether the longitude and the latitude of each place are known."""
    return np.isfinite(places[["lon", "lat"]].to_numpy(dtype=float)).all(axis=1)


def nearest_km(origins: pd.DataFrame, sites: pd.DataFrame) -> tuple[pd.Series, NDArray[np.bool_]]:
    """Kilometres as the crow flies to the nearest site of another commune, and who has one at home.

    Parameters
    ----------
    origins, sites
        As in :func:`nearest_minutes`.

    Returns
    -------
    tuple
        Kilometres (index of ``origins``, infinite without such a site, missing where the place of
        the commune is not known), and a boolean array: the commune holds a site itself.
    """
    is_home = origins.index.isin(sites["commune_code"])
    sites = sites.loc[is_located(sites)]
    located = is_located(origins)
    if not located.all():
        km, _ = nearest_km(origins.loc[located], sites)
        return km.reindex(origins.index), is_home
    if not len(sites):
        return pd.Series(np.inf, index=origins.index), is_home
    tree = cKDTree(unit_vectors(sites["lon"], sites["lat"]))
    crowd = int(sites["commune_code"].value_counts().max())
    k = min(len(sites), crowd + 1)
    chords, found = tree.query(unit_vectors(origins["lon"], origins["lat"]), k=np.arange(1, k + 1))
    foreign = sites["commune_code"].to_numpy()[found] != origins.index.to_numpy()[:, None]
    nearest = np.where(foreign, chords, np.inf).min(axis=1)
    km = np.where(np.isfinite(nearest), chord_km(np.minimum(nearest, 2.0)), np.inf)
    return pd.Series(km, index=origins.index), is_home


def travel_times(
    origins: pd.DataFrame,
    destinations: pd.DataFrame,
    limit_min: float,
    model: TravelModel | None = None,
) -> pd.DataFrame:
    """Estimated minutes of every pair within a limit; work grows with the pairs, not their product.

    Parameters
    ----------
    origins
        Index: code of the place; ``lon, lat, area_km2, density_class``, and ``home``, the code of
        the destination that is at home, when it is not the code itself (former communes).
    destinations
        Index: code of the site; ``lon, lat``.
    limit_min
        Minutes, inclusive.
    model
        Travel parameters; the defaults of :class:`TravelModel` otherwise.

    Returns
    -------
    DataFrame
        ``origin, destination`` (categories), ``minutes``; sorted by origin then destination, in
        the order of the given tables. A destination at home is at the mean time inside the place.

    Examples
    --------
    >>> places = pd.DataFrame({"lon": [0.0, 0.1], "lat": [48.0, 48.0], "area_km2": 20.0,
    ...                        "density_class": 6}, index=["a", "b"])
    >>> travel_times(places, places.loc[["a"]], 15).round(1).to_numpy().tolist()
    [['a', 'a', 3.0], ['b', 'a', 11.7]]
    """
    if not limit_min > 0:
        raise InputError(
            Fault(
                "temps de trajet",
                f"limite {limit_min}",
                "des minutes positives",
                "choisir une limite",
            )
        )
    model = model or TravelModel()
    km = pairs_within(origins, destinations, model.reach_km(limit_min))
    local = model.local_kmh(origins["density_class"])
    minutes = model.minutes_at(km.data, np.repeat(local, np.diff(km.indptr)))
    row = np.repeat(np.arange(len(origins)), np.diff(km.indptr))
    homes = origins.get("home", origins.index)
    home = destinations.index.get_indexer(pd.Index(homes))
    own = model.own_minutes(origins["area_km2"], origins["density_class"])
    at_home = home[row] == km.indices
    if "home" in origins:  # a former commune away from the seat travels to it
        at_home &= km.data <= model.inner_km(origins["area_km2"])[row]
    minutes[at_home] = own[row[at_home]]
    kept = minutes <= limit_min
    return pd.DataFrame(
        {
            "origin": pd.Categorical.from_codes(row[kept], categories=origins.index),
            "destination": pd.Categorical.from_codes(
                km.indices[kept], categories=destinations.index
            ),
            "minutes": minutes[kept],
        }
    )


def edge_minutes(communes: gpd.GeoDataFrame, model: TravelModel | None = None) -> pd.Series:
    """Estimated minutes from each commune to the edge of the communes held.

    Beyond that edge nothing is known; a coast or a frontier counts as an edge too. Missing where the
    place of the commune is not known.

    Parameters
    ----------
    communes
        Every commune held, with its outline, ``lon, lat`` and ``density_class``.
    model
        Travel parameters; the defaults of :class:`TravelModel` otherwise.
    """
    model = model or TravelModel()
    flat = communes.geometry.to_crs(LAMBERT_93).to_numpy()
    together = shapely.coverage_union_all if shapely.coverage_is_valid(flat) else shapely.union_all
    edge = shapely.boundary(together(flat))
    points = gpd.GeoSeries(gpd.points_from_xy(communes["lon"], communes["lat"], crs=4326))
    metres = np.full(len(communes), np.nan)
    known = is_located(communes)
    metres[known] = shapely.distance(points.to_crs(LAMBERT_93).to_numpy()[known], edge)
    return pd.Series(model.minutes(metres / 1000, communes["density_class"]), index=communes.index)


def pairs_within(origins: pd.DataFrame, destinations: pd.DataFrame, limit_km: float) -> csr_array:
    """Kilometres as the crow flies between all places within a distance, as a sparse matrix.

    A pair at no distance is stored, as a zero. A place of unknown position is near nothing.
    """
    rows, columns = (np.flatnonzero(is_located(table)) for table in (origins, destinations))
    here, there = (
        cKDTree(unit_vectors(table["lon"].to_numpy()[at], table["lat"].to_numpy()[at]))
        for table, at in ((origins, rows), (destinations, columns))
    )
    chord = 2 * np.sin(min(limit_km / EARTH_RADIUS_KM, np.pi) / 2)
    found = here.sparse_distance_matrix(there, chord, output_type="ndarray")
    shape = (len(origins), len(destinations))
    pairs = (rows[found["i"]], columns[found["j"]])
    matrix = coo_array((chord_km(found["v"]), pairs), shape=shape).tocsr()
    matrix.sort_indices()
    return matrix
