"""A territory divided otherwise than by its intercommunalities."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import pandas as pd

from demomed.core.territory import Territory
from demomed.core.zoning import Zoning


def rezoned(territory: Territory, zoning: Zoning) -> Territory:
    """The territory with these zones in the place of its intercommunalities.

    Every indicator, ranking and page then speaks of them at level ``"epci"``; zones that no
    commune of the territory belongs to are left out, and communes without a zone count in none.
    Facts about persons are protected within one division of the department only: published beside
    those of the intercommunalities, the difference of both could tell more than each.

    Parameters
    ----------
    territory
        The department and its surroundings.
    zoning
        Zones; those that lie entirely outside the department are left out.

    Returns
    -------
    Territory
        ``epci`` holds the zones, ``epci_kind`` their kind.
    """
    zone = zoning.members.reindex(territory.communes.index).astype(object)
    inside = territory.communes["departement_code"] == territory.department.code
    kept = sorted(zone[inside].dropna().unique())
    zone = zone.where(zone.isin(kept))
    communes = territory.communes.assign(epci_siren=zone.where(zone.notna(), None).astype("str"))
    counted = communes.loc[zone.notna() & (inside | (territory.scope == "whole"))]
    outline = counted[["epci_siren", "geometry"]].dissolve(by="epci_siren", method="coverage")
    groups = counted.groupby("epci_siren")
    names = zoning.zones.loc[kept, "zone_name"].astype("str")
    table = pd.DataFrame(
        {
            "epci_name": names,
            "epci_short_name": names,
            "epci_kind": zoning.kind,
            "departement_codes": groups["departement_code"].agg(lambda c: "|".join(sorted(set(c)))),
            "median_income": float("nan"),
            "communes_count": groups.size(),
            "population": groups["population"].sum(),
            "is_core": True,
        },
        index=pd.Index(kept, name="epci_siren", dtype="str"),
    )
    zones = gpd.GeoDataFrame(
        table, geometry=outline.geometry.reindex(table.index), crs=territory.communes.crs
    )
    return replace(territory, communes=communes, epci=zones)
