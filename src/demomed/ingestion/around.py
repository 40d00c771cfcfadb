"""One department and its surroundings, cut out of the bundle of the whole country in milliseconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from demomed.core.faults import Fault, InputError
from demomed.ingestion.boundaries import LAMBERT_93
from demomed.ingestion.bundle import Bundle
from demomed.ingestion.demography import is_national
from demomed.ingestion.nearby import within_m

BY_COMMUNE = ("supply", "apl", "hospitals", "places", "codes", "practitioners")
"""Tables of a bundle with one column of commune codes, of which a department keeps its rows."""


@dataclass(frozen=True)
class Country:
    """A bundle of many departments, ready to be cut.

    Parameters
    ----------
    bundle
        Validated tables of the departments.
    """

    bundle: Bundle

    @property
    def departments(self) -> tuple[str, ...]:
        """Codes of the departments the bundle was built for."""
        return self.bundle.manifest.departments

    @cached_property
    def _codes(self) -> pd.Index:
        return pd.Index(self.bundle.communes["commune_code"].astype(object))

    @cached_property
    def _rows(self) -> Mapping[str, NDArray[np.intp]]:
        """For each table, the position of the commune of every row: looked up once, read often."""
        found = {}
        for name in BY_COMMUNE:
            numbers, codes = pd.factorize(getattr(self.bundle, name)["commune_code"])
            found[name] = np.append(self._codes.get_indexer(codes), -1)[numbers]
        return found

    @cached_property
    def _points(self) -> NDArray[np.object_]:
        communes = self.bundle.communes
        points = gpd.points_from_xy(communes["lon"], communes["lat"], crs="EPSG:4326")
        placed = np.asarray(gpd.GeoSeries(points).to_crs(LAMBERT_93).array).astype(object)
        placed[communes["lon"].isna().to_numpy()] = None
        return placed

    def around(self, department: str, *, radius_km: float) -> Bundle:
        """Bundle of one department: its communes, their intercommunalities entire, and a ring.

        Parameters
        ----------
        department
            Code of a department of the bundle.
        radius_km
            Communes whose chef-lieu is within this distance (km) of the department, or of the
            chef-lieu of a commune of its intercommunalities, are kept.

        Returns
        -------
        Bundle
            The same tables with fewer rows; ``is_core`` is that of the department, and the
            fictional register holds only the persons of its intercommunalities.
        """
        whole, communes = self.bundle, self.bundle.communes
        inside = (communes["departement_code"] == department).to_numpy()
        if department not in self.departments or not inside.any():
            raise InputError(
                Fault(
                    "lot de données",
                    f"le département {department} n'y est pas",
                    "un des départements du lot : " + ", ".join(self.departments),
                    "donner à --data le dossier des fichiers officiels",
                )
            )
        siren = communes["epci_siren"]
        own = inside | siren.isin(siren[inside].dropna()).to_numpy()
        abroad = self._points[own & ~inside]
        held = own | self._near(department, radius_km)
        held |= within_m(self._points, abroad, radius_km * 1000)
        tables = {
            name: _where(getattr(whole, name), (own if name == "practitioners" else held), rows)
            for name, rows in self._rows.items()
        }
        around = set(communes["departement_code"][held])
        outlines = whole.departements.loc[whole.departements["departement_code"].isin(around)]
        areas = whole.demography
        told = (
            (areas["area_level"] != "departement")
            | areas["area_code"].isin(around)
            | is_national(areas)
        )
        cut = communes.loc[held].reset_index(drop=True)
        return replace(
            whole,
            **tables,
            communes=cut.assign(is_core=cut["departement_code"] == department),
            departements=outlines.assign(
                is_core=outlines["departement_code"] == department
            ).reset_index(drop=True),
            epci=_epci(whole.epci, siren[held], siren[inside]),
            demography=areas.loc[told].reset_index(drop=True),
            plans=whole.plans.loc[whole.plans["departement_code"] == department].reset_index(
                drop=True
            ),
            manifest=replace(whole.manifest, departments=(department,), radius_km=radius_km),
        )

    def _near(self, department: str, radius_km: float) -> NDArray[np.bool_]:
        outlines = self.bundle.departements.set_index("departement_code").geometry
        border = outlines.loc[[department]].to_crs(LAMBERT_93).iloc[0]
        if border is None or border.is_empty:
            return np.zeros(len(self._points), dtype=bool)
        shapely.prepare(border)
        return shapely.dwithin(self._points, border, radius_km * 1000)


def _where(table: pd.DataFrame, held: NDArray[np.bool_], rows: NDArray[np.intp]) -> pd.DataFrame:
    kept = np.append(held, False)[rows]  # a code that is not in the bundle is at −1
    return table.loc[kept].reset_index(drop=True)


def _epci(table: pd.DataFrame, held: pd.Series, own: pd.Series) -> pd.DataFrame:
    kept = table.loc[table["epci_siren"].isin(held.dropna().unique())]
    return kept.assign(is_core=kept["epci_siren"].isin(own.dropna().unique())).reset_index(
        drop=True
    )
