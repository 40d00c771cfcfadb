"""Places drawn by shape over the map: towns, maisons de santé, hospitals, emergencies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pandas as pd

from demomed.core.document import PointLayer
from demomed.core.territory import Territory
from demomed.rendering.french import number, typeset
from demomed.rendering.geometry import DECIMALS

Shape = Literal["dot", "square", "diamond", "cross", "triangle"]

SHAPES: Mapping[str, Shape] = {
    "towns": "dot",
    "msp": "square",
    "health_centre": "diamond",
    "hospitals": "cross",
    "emergency": "triangle",
}
"""Shape of each kind of place, as the legend of the map tells it."""

KINDS: Mapping[str, tuple[str, ...]] = {
    "msp": ("msp", "psla", "pole_de_sante"),
    "health_centre": ("health_centre", "centre_de_sante", "centre_departemental"),
    "hospitals": ("short_stay", "hopital"),
    "emergency": ("emergency", "urgences", "soins_non_programmes"),
}
"""Kinds of the structure list that each shape stands for."""


def point_layers(
    territory: Territory, wanted: Sequence[str], frame: Any, texts: Mapping[str, Any]
) -> tuple[PointLayer, ...]:
    """Layers of places of a page, those in project drawn hollow and apart.

    Parameters
    ----------
    territory
        Territory with its structures.
    wanted
        Names of :data:`SHAPES`, in drawing order.
    frame
        Box of what the page shows (WGS84); places outside are left out.
    texts
        Texts of the catalogue.

    Returns
    -------
    tuple of PointLayer
        A layer without any place is left out.
    """
    west, south, east, north = frame.bounds
    found: list[PointLayer] = []
    for name in wanted:
        if name == "towns":
            found += _layer("towns", _towns(territory, texts), texts)
            continue
        places = _structures(territory, name, texts)
        inside = places["lon"].between(west, east) & places["lat"].between(south, north)
        places = places.loc[inside]
        found += _layer(name, places.loc[~places["is_project"]], texts)
        found += _layer(f"{name}_project", places.loc[places["is_project"]], texts)
    return tuple(found)


def _layer(name: str, places: pd.DataFrame, texts: Mapping[str, Any]) -> list[PointLayer]:
    if places.empty:
        return []
    kind = name.removesuffix("_project")
    words = texts["compose"]["points"]
    placed = "is_placed" in places and places["is_placed"].any()
    places = places.sort_values(["name", "lon", "lat"], kind="stable")
    return [
        PointLayer(
            id=name,
            label=typeset(words["placed"].format(label=words[name]) if placed else words[name]),
            shape=SHAPES[kind],
            hollow=name != kind,
            names=tuple(places["name"].astype(str)),
            details=tuple(places["detail"].astype(str)),
            lonlat=tuple(
                (round(float(lon), DECIMALS), round(float(lat), DECIMALS))
                for lon, lat in zip(places["lon"], places["lat"], strict=True)
            ),
            visible=kind == "towns",
        )
    ]


def _towns(territory: Territory, texts: Mapping[str, Any]) -> pd.DataFrame:
    held = [code for code in territory.department.towns if code in territory.communes.index]
    towns = territory.communes.loc[held]
    pattern = texts["compose"]["points"]["inhabitants"]
    return pd.DataFrame(
        {
            "name": towns["commune_name"],
            "lon": towns["lon"],
            "lat": towns["lat"],
            "detail": [pattern.format(count=number(float(p))) for p in towns["population"]],
        }
    )


def _structures(territory: Territory, name: str, texts: Mapping[str, Any]) -> pd.DataFrame:
    words = texts["compose"]["points"]
    table = territory.structures
    if table.empty or "kind" not in table:
        return _nowhere()
    table = table.loc[table["kind"].isin(KINDS[name])]
    status = table["status"] if "status" in table else pd.Series("open", index=table.index)
    table = table.loc[status.ne("closed") & table["lon"].notna() & table["lat"].notna()]
    status = status.reindex(table.index)
    commune = table["commune_code"].map(territory.communes["commune_name"])
    return pd.DataFrame(
        {
            "name": _column(table, "structure_name").where(
                _column(table, "structure_name") != "", commune.fillna("")
            ),
            "lon": table["lon"].astype(float),
            "lat": table["lat"].astype(float),
            "detail": [_detail(row, words) for row in table.to_dict("records")],
            "is_project": status.eq("project"),
            "is_placed": _column(table, "position_source").eq("commune"),
        }
    )


def _nowhere() -> pd.DataFrame:
    columns = {"name": object, "lon": float, "lat": float, "detail": object, "is_project": bool}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()})


def _column(table: pd.DataFrame, name: str) -> pd.Series:
    if name not in table:
        return pd.Series("", index=table.index, dtype=object)
    return table[name].astype(object).where(table[name].notna(), "").astype(str)


def _detail(row: Mapping[Any, Any], words: Mapping[str, str]) -> str:
    parts = []
    if row.get("status") == "project":
        parts.append(words["project"])
    elif pd.notna(row.get("opening_year")):
        parts.append(words["opened"].format(year=int(row["opening_year"])))
    if pd.notna(row.get("count")) and float(row["count"]) > 1:
        parts.append(words["several"].format(count=int(row["count"])))
    return typeset(", ".join(parts))
