"""From a bundle to the Territory of one department: selects and assembles, never computes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import geopandas as gpd
import pandas as pd

from demomed.core.catalogue import Department, entries
from demomed.core.faults import Fault, InputError
from demomed.core.source import Source
from demomed.core.territory import Scope, Territory
from demomed.ingestion.bundle import Bundle
from demomed.ingestion.owned import OwnTable
from demomed.ingestion.register_coverage import told_coverage
from demomed.ingestion.structures import structures_from_supply

TOWNS = 7
"""Communes named on the maps of a department that declares none: the most populous ones."""


def select_territory(
    bundle: Bundle,
    department: Department,
    *,
    scope: Scope = "whole",
    reference_date: date | None = None,
    practitioners: OwnTable | None = None,
    structures: OwnTable | None = None,
) -> Territory:
    """Assemble the tables of a department and its surroundings.

    Parameters
    ----------
    bundle
        Validated tables of several departments.
    department
        The department; its communes must be in the bundle.
    scope
        See :class:`demomed.core.territory.Territory`.
    reference_date
        Date at which the ages of the register are reached; that of the bundle by default.
    practitioners, structures
        The mission's own tables with their notices; otherwise the fictional example register and
        the official counts.

    Raises
    ------
    InputError
        If the bundle does not hold the department.
    """
    communes = bundle.communes.set_index("commune_code", drop=False)
    communes.index.name = "commune_code"
    communes = communes.drop(columns="commune_code")
    inside = communes["departement_code"] == department.code
    if not (inside & communes["is_core"]).any():
        held = ", ".join(sorted(communes.loc[communes["is_core"], "departement_code"].unique()))
        raise InputError(
            Fault(
                "lot de données",
                f"le département {department.code} n'y est pas",
                f"un des départements du lot : {held}",
                "construire un lot avec « demomed sources bundle --department "
                f"{department.code} --from DOSSIER », puis le donner avec --data ; ou donner à "
                "--data le dossier des fichiers officiels lui-même",
            )
        )
    siren = communes.loc[inside, "epci_siren"].dropna().unique()
    epci = bundle.epci.set_index("epci_siren").loc[sorted(siren)]
    counted = communes if scope == "whole" else communes.loc[inside]
    outline = (
        counted.loc[counted["epci_siren"].isin(epci.index), ["epci_siren", "geometry"]]
        .dissolve(by="epci_siren", method="coverage")
        .reindex(epci.index)
    )
    reached = reference_date if reference_date and practitioners else bundle.reference_date
    register = practitioners or OwnTable(_example(bundle, communes), (), "example")
    owned = structures or OwnTable(structures_from_supply(bundle.supply, bundle.communes), ())
    return Territory(
        department=_with_towns(department, communes.loc[inside, "population"]),
        scope=scope,
        communes=communes,
        epci=gpd.GeoDataFrame(epci, geometry=outline.geometry, crs=communes.crs),
        departements=bundle.departements.set_index("departement_code"),
        supply=bundle.supply,
        apl=bundle.apl,
        demography=bundle.demography,
        practitioners=register.table,
        structures=owned.table,
        places=bundle.places,
        hospitals=bundle.hospitals,
        plans=bundle.plans.loc[bundle.plans["departement_code"] == department.code],
        register_kind="example" if register.declared == "example" else "user",
        structures_kind="official" if structures is None else "user",
        sources={**bundle.sources, **_own_sources(reached, register, structures)},
        notices=(
            *register.notices,
            *(
                ()
                if practitioners is None
                else _coverage(register.table, bundle, inside[inside].index)
            ),
            *owned.notices,
        ),
    )


def select_country(bundle: Bundle, whole: Department) -> Territory:
    """Assemble the tables of all the departments of a bundle as one territory.

    Its zones are those its reader gives to the measures: it has no level of its own, and its
    structures are the official ones.

    Parameters
    ----------
    bundle
        Validated tables of several departments.
    whole
        How the whole is called.
    """
    communes = bundle.communes.set_index("commune_code")
    return Territory(
        department=whole,
        scope="whole",
        communes=communes,
        epci=gpd.GeoDataFrame(
            bundle.epci.set_index("epci_siren"),
            geometry=gpd.GeoSeries([None] * len(bundle.epci), index=bundle.epci["epci_siren"]),
            crs=communes.crs,
        ),
        departements=bundle.departements.set_index("departement_code"),
        supply=bundle.supply,
        apl=bundle.apl,
        demography=bundle.demography,
        practitioners=bundle.practitioners,
        structures=structures_from_supply(bundle.supply, bundle.communes),
        places=bundle.places,
        hospitals=bundle.hospitals,
        plans=bundle.plans,
        register_kind="example",
        structures_kind="official",
        sources=bundle.sources,
    )


def _coverage(register: pd.DataFrame, bundle: Bundle, inside: pd.Index) -> tuple[str, ...]:
    """What the mission must know of a register that is far from the official counts."""
    usual = pd.Index(bundle.practitioners["service"].unique())
    return told_coverage(register, bundle.supply, usual, inside)


def _with_towns(department: Department, population: pd.Series) -> Department:
    """The department with the communes to name on its maps, the declared ones first of all."""
    if department.towns:
        return department
    largest = population.sort_index().sort_values(ascending=False, kind="stable").head(TOWNS)
    return replace(department, towns=tuple(largest.index))


def _own_sources(
    reached: date, register: OwnTable, structures: OwnTable | None
) -> dict[str, Source]:
    """The mission's own files, or the fictional example, as sources among the others."""
    owned = {"register": register}
    if structures is not None:
        owned["mission"] = owned["structures"] = structures
    return {
        name: Source(
            as_of=(table.as_of or reached).isoformat(), **entries("registers")[table.declared]
        )
        for name, table in owned.items()
    }


def _example(bundle: Bundle, communes: gpd.GeoDataFrame) -> pd.DataFrame:
    """Fictional persons of the communes held."""
    persons = bundle.practitioners
    return persons.loc[persons["commune_code"].isin(communes.index)].reset_index(drop=True)
