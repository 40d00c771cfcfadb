"""Travel times behind one interface, whoever knows them: straight lines or a table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from demomed.analysis.travel import TravelModel, nearest_minutes, travel_times
from demomed.core.faults import Fault, InputError
from demomed.core.territory import Territory
from demomed.core.travel import TravelNature, TravelTable

Codes = NDArray[np.intp]


class TravelTimes(Protocol):
    """Minutes of the pairs within a limit: ``origin, destination`` (categories), ``minutes``.

    Origins and destinations are tables as :func:`demomed.analysis.travel.travel_times` reads them.
    """

    @property
    def nature(self) -> TravelNature:
        """What kind of times these are."""
        ...

    def __call__(
        self, origins: pd.DataFrame, destinations: pd.DataFrame, limit_min: float
    ) -> pd.DataFrame:
        """Pairs within the limit, sorted by origin then destination."""
        ...

    def nearest(self, origins: pd.DataFrame, sites: pd.DataFrame) -> pd.Series:
        """Minutes from each origin to its nearest site (``commune_code, lon, lat``)."""
        ...


@dataclass(frozen=True)
class Estimated:
    """Distances as the crow flies turned into minutes, when nothing better is at hand.

    Examples
    --------
    >>> places = pd.DataFrame({"lon": [0.0, 0.1], "lat": [48.0, 48.0], "area_km2": 20.0,
    ...                        "density_class": 6}, index=["a", "b"])
    >>> Estimated()(places, places.loc[["a"]], 15)["minutes"].round(1).tolist()
    [3.0, 11.7]
    """

    model: TravelModel = field(default_factory=TravelModel)
    nature: TravelNature = "estimated"

    def __call__(
        self, origins: pd.DataFrame, destinations: pd.DataFrame, limit_min: float
    ) -> pd.DataFrame:
        """See :func:`demomed.analysis.travel.travel_times`."""
        return travel_times(origins, destinations, limit_min, self.model)

    def nearest(self, origins: pd.DataFrame, sites: pd.DataFrame) -> pd.Series:
        """See :func:`demomed.analysis.travel.nearest_minutes`."""
        return nearest_minutes(origins, sites, self.model)


class Tabled:
    """Times of a table; estimated ones only where the table is silent.

    A place that the table does not know under its own code (a former commune) takes the times of
    its commune; a place that it does not know at all, and pairs beyond the time where the table
    stops, take the estimated time (never less than that limit for the latter). The trip inside
    one's own commune is never shorter than the mean trip in a disc of its area: tables put it at
    zero, from town hall to town hall.

    Parameters
    ----------
    table
        Times between codes.
    model
        Parameters of the estimated times.
    """

    def __init__(self, table: TravelTable, model: TravelModel | None = None) -> None:
        pairs = table.pairs
        self.nature: TravelNature = table.nature
        self.limit = table.limit_min
        self.model = model or TravelModel()
        self._from = pd.Index(pairs["origin"].unique())
        self._to = pd.Index(pairs["destination"].unique())
        row = self._from.get_indexer(pd.Index(pairs["origin"]))
        column = self._to.get_indexer(pd.Index(pairs["destination"]))
        shape = (len(self._from), len(self._to))
        # A stored zero would be lost on slicing: minutes are kept one higher than they are.
        self._minutes = csr_array((pairs["minutes"].to_numpy() + 1.0, (row, column)), shape=shape)

    def __call__(
        self, origins: pd.DataFrame, destinations: pd.DataFrame, limit_min: float
    ) -> pd.DataFrame:
        """Pairs within the limit, sorted by origin then destination."""
        if not limit_min > 0:
            raise _bad_limit(limit_min)
        homes = pd.Index(origins.get("home", origins.index))
        row = self._from.get_indexer(origins.index)
        row = np.where(row < 0, self._from.get_indexer(homes), row)
        column = self._to.get_indexer(destinations.index)
        found = self._known(row, column)
        found = self._with_estimates(found, origins, destinations, row, column, limit_min)
        found = self._at_home(found, origins, destinations, homes)
        return _table(found, origins.index, destinations.index, limit_min)

    def nearest(self, origins: pd.DataFrame, sites: pd.DataFrame) -> pd.Series:
        """Minutes from each origin to its nearest site, by the commune of the site."""
        places = sites.drop_duplicates("commune_code").set_index("commune_code")[["lon", "lat"]]
        far = nearest_minutes(origins, sites, self.model)
        if places.empty:
            return far
        near = self(origins, places, self.limit)
        best = near.groupby("origin", observed=True)["minutes"].min()
        best = best.set_axis(best.index.astype(object)).reindex(origins.index)
        return best.fillna(far.clip(lower=self.limit)).rename("minutes")

    def _known(self, row: Codes, column: Codes) -> csr_array:
        """Minutes (plus one) of the table between the places asked for."""
        held, there = np.flatnonzero(row >= 0), np.flatnonzero(column >= 0)
        part = csr_array(self._minutes[row[held]][:, column[there]]).tocoo()
        shape = (len(row), len(column))
        return csr_array((part.data, (held[part.coords[0]], there[part.coords[1]])), shape=shape)

    def _with_estimates(
        self,
        found: csr_array,
        origins: pd.DataFrame,
        destinations: pd.DataFrame,
        row: Codes,
        column: Codes,
        limit_min: float,
    ) -> csr_array:
        """The same, completed where the table is silent."""
        beyond = limit_min > self.limit
        if not beyond and (row >= 0).all() and (column >= 0).all():
            return found
        guess = travel_times(origins, destinations, limit_min, self.model)
        at, to = (guess[c].cat.codes.to_numpy() for c in ("origin", "destination"))
        is_unknown = (row[at] < 0) | (column[to] < 0)
        minutes = guess["minutes"].to_numpy()
        kept = is_unknown
        if beyond:
            told = np.asarray(found[at, to]).ravel() > 0
            kept = is_unknown | ~told
            minutes = np.where(is_unknown, minutes, np.maximum(minutes, self.limit))
        added = csr_array((minutes[kept] + 1.0, (at[kept], to[kept])), shape=found.shape)
        return csr_array(found + added)

    def _at_home(
        self, found: csr_array, origins: pd.DataFrame, destinations: pd.DataFrame, homes: pd.Index
    ) -> csr_array:
        """The same, no trip inside one's own commune being shorter than its mean trip."""
        to = destinations.index.get_indexer(homes)
        at = np.flatnonzero(to >= 0)
        if not len(at):
            return found
        own = self.model.own_minutes(origins["area_km2"], origins["density_class"])[at]
        told = np.asarray(found[at, to[at]]).ravel()
        raised = np.maximum(own + 1.0 - told, 0.0)
        return csr_array(found + csr_array((raised, (at, to[at])), shape=found.shape))


def _table(
    found: csr_array, origins: pd.Index, destinations: pd.Index, limit_min: float
) -> pd.DataFrame:
    found.sort_indices()
    minutes = found.data - 1.0
    row = np.repeat(np.arange(len(origins)), np.diff(found.indptr))
    kept = minutes <= limit_min
    return pd.DataFrame(
        {
            "origin": pd.Categorical.from_codes(row[kept], categories=origins),
            "destination": pd.Categorical.from_codes(found.indices[kept], categories=destinations),
            "minutes": minutes[kept],
        }
    )


def _bad_limit(limit_min: float) -> InputError:
    return InputError(
        Fault(
            "temps de trajet",
            f"limite {limit_min}",
            "des minutes positives",
            "choisir une limite",
        )
    )


def times_of(territory: Territory, model: TravelModel | None = None) -> TravelTimes:
    """The travel times of a territory: its table if it has one, estimated ones otherwise.

    Parameters
    ----------
    territory
        A territory.
    model
        Parameters asked for in so many words: times are then estimated with these.
    """
    if territory.travel is None or model is not None:
        return Estimated(model or TravelModel())
    return Tabled(territory.travel)
