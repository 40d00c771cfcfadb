"""Writes the page above the departments, and the communes it asks for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd

from demomed import __version__
from demomed.analysis.national import national_indicators
from demomed.core.disclosure import protect
from demomed.core.faults import InputError
from demomed.core.indicator import PublicIndicators
from demomed.core.memory import Memory
from demomed.national.campaign import Nation
from demomed.rendering.bound import ASSETS, bound, drawings
from demomed.rendering.check import check_files
from demomed.rendering.internal import MANIFEST
from demomed.rendering.national import LEVELS, WHOLE, compose_country
from demomed.rendering.national_communes import communes_script
from demomed.rendering.page import map_page
from demomed.rendering.pages import national_spec
from demomed.rendering.publish import (
    INTEGRATION,
    check_mode,
    faults_of,
    integration,
    manifest,
    replace_folder,
)
from demomed.rendering.table import dictionary_csv, indicators_csv

COMMUNE = "commune"
FOLDER = "france"
"""Folder of the national page, beside those of the portals."""


def national_values(nation: Nation) -> PublicIndicators:
    """Public values of the layers of the national page, at its levels and for the whole.

    Parameters
    ----------
    nation
        The country.
    """
    communes = nation.territory.communes
    core = communes.loc[communes["is_core"]]
    whole = nation.territory.department
    departments = core["departement_code"].astype(object)
    epci = nation.territory.epci
    members = communes["epci_siren"].astype(object)
    sirens = core["epci_siren"].dropna().unique()
    zones = {
        LEVELS[0]: departments.rename("zone_code"),
        LEVELS[1]: members[members.isin(sirens)].rename("zone_code"),
        WHOLE: pd.Series(whole.code, index=core.index, name="zone_code", dtype=object),
        COMMUNE: pd.Series(core.index, index=core.index, name="zone_code", dtype=object),
    }
    outlines = nation.territory.departements
    names = {
        LEVELS[0]: outlines.loc[sorted(departments.unique()), "departement_name"],
        LEVELS[1]: epci.loc[sorted(sirens), "epci_name"],
        WHOLE: pd.Series({whole.code: whole.name}),
        COMMUNE: core["commune_name"].copy(),
    }
    for table in (*zones.values(), *names.values()):
        table.index = table.index.astype(object)
    pairs = [(layer.indicator, layer.profession) for layer in national_spec().layers]
    return protect(national_indicators(nation.territory, nation.access, pairs, zones, names))


def country_files(
    nation: Nation, portals: Collection[str], *, mode: str = "single"
) -> dict[str, bytes]:
    """Every file of the national page, checked.

    Parameters
    ----------
    nation
        The country.
    portals
        Departments whose portal stands beside the page.
    mode
        As for a portal, ``"csp"`` telling the policy of the page; with ``"split"`` the communes of a department are a script that the page
        asks for, without it the page stands alone and leads to the portals.

    Raises
    ------
    InputError
        If the page breaks a rule of publication.
    """
    check_mode(mode)
    values = national_values(nation)
    is_commune = values.table["level"] == COMMUNE
    zones = replace(values, table=values.table.loc[~is_commune].reset_index(drop=True))
    split = mode == "split"
    document = compose_country(
        nation.territory,
        zones,
        portals={code: f"../{code}/index.html" for code in portals},
        version=__version__,
        communes=f"{ASSETS}/{communes_name('{code}')}" if split else "",
    )
    page = bound(map_page(document), mode)
    site: dict[str, bytes] = {
        "indicateurs.csv": indicators_csv(zones, nation.territory),
        "dictionnaire.csv": dictionary_csv(zones, nation.territory),
        **drawings((document,), Memory()),
        **page.files,
        INTEGRATION: integration((document,), (page,), mode, language=document.language),
        **(_communes(nation, values.table.loc[is_commune]) if split else {}),
    }
    site[MANIFEST] = manifest(site, (document,), document)
    findings = check_files(site)
    if findings:
        raise InputError(faults_of(findings))
    return site


def communes_name(code: str) -> str:
    """Name of the script that holds the communes of a department."""
    return f"communes-{code}.js"


def _communes(nation: Nation, rows: pd.DataFrame) -> Mapping[str, bytes]:
    communes = nation.territory.communes
    department = communes["departement_code"].astype(object)
    of_rows = rows["zone_code"].map(department)
    return {
        f"{ASSETS}/{communes_name(code)}": communes_script(
            code, communes.loc[department == code], mine
        )
        for code, mine in rows.groupby(of_rows, sort=True)
    }


def published(nation: Nation, out: Path) -> tuple[str, ...]:
    """Departments that have a portal in a folder, whichever campaign wrote it."""
    return tuple(code for code in nation.departments if (out / code / MANIFEST).is_file())


def write_country(
    nation: Nation, out: Path, portals: Collection[str], *, mode: str = "single"
) -> Path:
    """Write the national page beside the portals, in place at once; its folder.

    Parameters
    ----------
    nation
        The country.
    out
        Folder of the portals.
    portals, mode
        As for :func:`country_files`.
    """
    replace_folder(out / FOLDER, country_files(nation, portals, mode=mode))
    return out / FOLDER
