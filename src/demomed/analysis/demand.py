"""Where people live inside a commune: its former communes, where their populations are known."""

from __future__ import annotations

import numpy as np
import pandas as pd

from demomed.core.territory import Territory

COLUMNS = ("home", "population", "share", "lon", "lat", "area_km2", "density_class")


def demand_points(communes: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """Places of demand: former communes with their last known population, the commune otherwise.

    A merger moves the town hall, not the inhabitants: the population of today is split between
    the former communes in proportion to their last own censuses (Insee, populations historiques),
    so that a large commune nouvelle hides nobody. A former commune whose population is not known
    weighs nothing; a commune with fewer than two known ones is one point, at its chef-lieu.

    Parameters
    ----------
    communes
        Index ``commune_code``; ``population, lon, lat, area_km2, density_class``.
    places
        ``place_code, commune_code, lon, lat, population`` of former and present communes, or of
        the inhabited cells of a grid, 200 m for instance.

    Returns
    -------
    DataFrame
        Index ``place_code`` (the commune's own code where it is one point); ``home`` (commune),
        ``population`` (whole inhabitants, which add up to those of the commune), ``share`` (of
        the commune, 0 to 1), ``lon, lat`` (degrees), ``area_km2`` (an equal part of the commune's),
        ``density_class`` (of the commune); in the order of the communes, then of the codes.

    Examples
    --------
    >>> communes = pd.DataFrame({"population": [301, 50], "lon": 0.0, "lat": 48.0, "area_km2": 20.0,
    ...                          "density_class": 6}, index=["a", "b"])
    >>> places = pd.DataFrame({"place_code": ["a", "a2", "b"], "commune_code": ["a", "a", "b"],
    ...                        "lon": [0.0, 0.1, 0.0], "lat": 48.0, "population": [200, 100, 50]})
    >>> demand_points(communes, places)[["home", "population"]].to_numpy().tolist()
    [['a', 201.0], ['a', 100.0], ['b', 50.0]]
    """
    if places.empty:
        return _in_order(_alone(communes), communes)
    known = places.loc[
        places["commune_code"].isin(communes.index)
        & (places["population"].astype("Float64").fillna(0) > 0)
        & places["lon"].notna()
        & places["lat"].notna()
    ].sort_values(["commune_code", "place_code"], kind="stable")
    several = known.loc[known.groupby("commune_code")["place_code"].transform("size") > 1]
    home = several["commune_code"].to_numpy(dtype=object)
    weight = several["population"].to_numpy(dtype=float)
    total = several.groupby("commune_code")["population"].transform("sum").to_numpy(dtype=float)
    own = communes.loc[home]
    parts = pd.DataFrame(
        {
            "home": home,
            "population": own["population"].to_numpy(dtype=float),
            "share": weight / total,
            "lon": several["lon"].to_numpy(dtype=float),
            "lat": several["lat"].to_numpy(dtype=float),
            "area_km2": own["area_km2"].to_numpy(dtype=float)
            / several.groupby("commune_code")["place_code"].transform("size").to_numpy(),
            "density_class": own["density_class"].to_numpy(dtype=float, na_value=np.nan),
        },
        index=several["place_code"].to_numpy(dtype=object),
    )
    parts["population"] = _whole(parts)
    alone = _alone(communes.loc[~communes.index.isin(home)])
    return _in_order(pd.concat([alone, parts]), communes)


def _alone(communes: pd.DataFrame) -> pd.DataFrame:
    """Communes that are one place each."""
    whole = communes.assign(home=communes.index, share=1.0).astype({"density_class": float})
    return pd.DataFrame(whole[list(COLUMNS)])


def _in_order(table: pd.DataFrame, communes: pd.DataFrame) -> pd.DataFrame:
    """Places in the order of their communes, then of their codes."""
    order = pd.Series(np.arange(len(communes)), index=communes.index)
    table = table.iloc[np.argsort(order.loc[table["home"]].to_numpy(), kind="stable")]
    table.index = pd.Index(table.index.astype(object), name="place_code")
    return table.astype({"home": object, "population": float})


def _whole(parts: pd.DataFrame) -> np.ndarray:
    """Whole inhabitants of the parts of each commune, which add up to its own."""
    reached = (parts["population"] * parts.groupby("home")["share"].cumsum()).round()
    return (reached - reached.groupby(parts["home"].to_numpy()).shift(fill_value=0.0)).to_numpy()


def demand_of(territory: Territory) -> pd.DataFrame:
    """Places of demand of every commune held; see :func:`demand_points`."""
    return demand_points(pd.DataFrame(territory.communes), territory.places)


def by_commune(values: pd.Series, points: pd.DataFrame, communes: pd.Index) -> pd.Series:
    """Mean of a value of the places of demand over each commune, weighted by their share.

    A place without value makes its commune missing.

    Examples
    --------
    >>> points = pd.DataFrame({"home": ["a", "a"], "share": [0.75, 0.25]}, index=["x", "y"])
    >>> by_commune(pd.Series({"x": 4.0, "y": 8.0}), points, pd.Index(["a"])).to_dict()
    {'a': 5.0}
    """
    at = communes.get_indexer(pd.Index(points["home"]))
    weighted = values.reindex(points.index).to_numpy(dtype=float) * points["share"].to_numpy()
    held = at >= 0
    total = np.bincount(at[held], weights=weighted[held], minlength=len(communes)).astype(float)
    known = np.bincount(at[held], minlength=len(communes)) > 0
    return pd.Series(np.where(known, total, np.nan), index=communes, name=values.name)
