"""A department at a date, with its surroundings: validated tables, selected but never computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import geopandas as gpd
import pandas as pd

from demomed.core.catalogue import Department
from demomed.core.display import facts_table
from demomed.core.faults import Fault, InputError, closest
from demomed.core.source import Source
from demomed.core.travel import TravelNature, TravelTable

Level = Literal["commune", "epci", "departement"]
Scope = Literal["whole", "department"]
LEVELS: tuple[Level, ...] = ("commune", "epci", "departement")


@dataclass(frozen=True, repr=False)
class Territory:
    """Validated tables of one department and its surroundings.

    Care does not stop at the border, so every table covers the department **and** the communes
    around it; :meth:`members` says which of them count for a figure of a given level.

    Parameters
    ----------
    department
        The department.
    scope
        ``"whole"``: an intercommunality that crosses the border counts with all its communes;
        ``"department"``: only with its communes of the department. Figures of the department
        always count its own communes only.
    communes
        GeoDataFrame, EPSG:4326, index ``commune_code`` (COG of the bundle), all communes held;
        columns ``commune_name, departement_code, epci_siren, population, area_km2, lon, lat,
        density_class, median_income, zoning_gp, zoning_nurse, emergency_km, postcodes``.
    epci
        GeoDataFrame, index ``epci_siren``, the intercommunalities with at least one commune in
        the department; ``epci_name, epci_short_name, epci_kind, departement_codes``; geometry
        follows ``scope``.
    departements
        GeoDataFrame, index ``departement_code``: outlines of the department and its neighbours.
    supply
        Long table ``commune_code, service, year, count, source_id``; zeros are explicit.
    apl
        Long table ``commune_code, service, year, age_limit, apl, standardised_population``.
    demography
        Long table of department, region and France figures as published.
    practitioners
        The register: one row per practitioner × site (see ``ingestion.register``).
    structures
        One row per structure (maison de santé…), official or from the mission's own list.
    register_kind
        ``"example"`` (fictional persons) or ``"user"``.
    sources
        Every source held, by identifier.
    notices
        What the readers had to say, in French.
    travel
        Table of times that replaces the estimated ones; ``None`` without any.
    """

    department: Department
    scope: Scope
    communes: gpd.GeoDataFrame
    epci: gpd.GeoDataFrame
    departements: gpd.GeoDataFrame
    supply: pd.DataFrame
    apl: pd.DataFrame
    demography: pd.DataFrame
    practitioners: pd.DataFrame
    structures: pd.DataFrame
    places: pd.DataFrame
    hospitals: pd.DataFrame
    plans: pd.DataFrame
    register_kind: Literal["example", "user"]
    sources: Mapping[str, Source]
    notices: tuple[str, ...] = ()
    structures_kind: Literal["official", "user"] = "official"
    extra: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    travel: TravelTable | None = None

    @property
    def times_nature(self) -> TravelNature:
        """Where its travel times come from: estimated, unless a table replaces them."""
        return "estimated" if self.travel is None else self.travel.nature

    def members(self, level: Level) -> pd.Series:
        """Zone of each commune that counts at a level.

        Parameters
        ----------
        level
            ``"commune"``, ``"epci"`` or ``"departement"``.

        Returns
        -------
        Series
            Index ``commune_code``, values: zone code. At level ``"epci"`` the communes outside the
            department are present when ``scope`` is ``"whole"``.
        """
        inside = self.communes["departement_code"] == self.department.code
        if level == "commune":
            codes = self.communes.index[inside]
            return pd.Series(codes, index=codes, name="zone_code", dtype="object")
        if level == "departement":
            return self.communes.loc[inside, "departement_code"].rename("zone_code")
        if level == "epci":
            held = self.communes["epci_siren"].isin(self.epci.index)
            if self.scope == "department":
                held &= inside
            return self.communes.loc[held, "epci_siren"].rename("zone_code")
        raise InputError(
            Fault("niveau", f"« {level} »", "un niveau connu", closest(str(level), LEVELS))
        )

    def zones(self, level: Level) -> gpd.GeoDataFrame:
        """Zones of a level with ``zone_name``, ``short_name`` and geometry, index = zone code."""
        if level == "commune":
            frame = self.communes.loc[self.communes["departement_code"] == self.department.code]
            return frame.assign(zone_name=frame["commune_name"], short_name=frame["commune_name"])[
                ["zone_name", "short_name", "geometry"]
            ]
        if level == "epci":
            return self.epci.assign(
                zone_name=self.epci["epci_name"], short_name=self.epci["epci_short_name"]
            )[["zone_name", "short_name", "geometry"]]
        frame = self.departements.loc[[self.department.code]]
        return frame.assign(
            zone_name=frame["departement_name"], short_name=frame["departement_name"]
        )[["zone_name", "short_name", "geometry"]]

    def supply_of(self, service: str, year: int | None = None) -> pd.Series:
        """Count of a service per commune (index ``commune_code``), latest year by default.

        A commune absent from the source is missing, never zero.
        """
        rows = self.supply.loc[self.supply["service"] == service]
        if rows.empty:
            raise InputError(
                Fault(
                    "offre",
                    f"service « {service} » absent",
                    "un service de la table d'offre",
                    closest(service, self.supply["service"].unique()),
                )
            )
        chosen = int(rows["year"].max()) if year is None else year
        rows = rows.loc[rows["year"] == chosen]
        if rows.empty:
            raise InputError(
                Fault(
                    "offre",
                    f"« {service} » n'a pas de millésime {chosen}",
                    "un millésime présent",
                    "voir « demomed sources list »",
                )
            )
        return rows.set_index("commune_code")["count"].reindex(self.communes.index).rename(service)

    def apl_of(
        self, service: str = "gp", *, age_limit: str = "all", year: int | None = None
    ) -> pd.DataFrame:
        """Columns ``apl, standardised_population`` per commune (index ``commune_code``)."""
        rows = self.apl.loc[(self.apl["service"] == service) & (self.apl["age_limit"] == age_limit)]
        chosen = int(rows["year"].max()) if year is None and len(rows) else year
        rows = rows.loc[rows["year"] == chosen]
        columns = ["apl", "standardised_population"]
        return rows.set_index("commune_code")[columns].reindex(self.communes.index)

    def __repr__(self) -> str:
        return (
            f"<Territory {self.department.code} {self.department.name} : "
            f"{len(self.zones('commune'))} communes, {len(self.epci)} EPCI, portée {self.scope}>"
        )

    def _repr_html_(self) -> str:
        rows = [
            ("Département", f"{self.department.name} ({self.department.code})"),
            ("Communes", str(len(self.zones("commune")))),
            ("Intercommunalités", f"{len(self.epci)} (portée : {self.scope})"),
            (
                "Registre",
                "exemple, personnes fictives" if self.register_kind == "example" else "mission",
            ),
            ("Sources", str(len(self.sources))),
        ]
        return facts_table("Territoire", rows)
