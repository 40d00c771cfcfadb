"""Activities of the Annuaire Santé gathered into one row per practitioner × site."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from demomed.core.catalogue import entry
from demomed.core.faults import Report
from demomed.core.identity import RANKED
from demomed.ingestion.register import PRACTITIONERS
from demomed.ingestion.rpps_activities import Activities, ages_of, apart
from demomed.ingestion.rpps_places import departement_of_postcode

_LIBERAL, _SALARIED, _OTHER, _SUBSTITUTE, _STUDENT = 1, 2, 4, 8, 16


def practitioner_sites(
    activities: Activities,
    *,
    service: np.ndarray,
    services: list[str],
    commune: np.ndarray,
    communes: np.ndarray,
    departement: Mapping[str, str],
    departments: tuple[str, ...],
    reference_date: date | None,
    report: Report,
) -> pd.DataFrame:
    """Gather activities by person and site, choose the main site, and forget the identifiers.

    The main site is the liberal one before the salaried one, then the lowest commune code, then
    the lowest FINESS number; a place as substitute or an activity without a place comes last.
    Identifiers are numbers given in the order of the national ones, which are not kept.

    Parameters
    ----------
    activities
        Rows of the file.
    service, services
        Position of each row's service (-1: none) in the list of services.
    commune, communes
        Position of each row's commune (-1: not located) in the list of codes.
    departement
        Commune code → department code.
    departments
        Keep the persons who have a site there, with all their sites, so that shares of time and the
        main site stay true; everyone if empty.
    reference_date
        Date of the ages; without it no age is given.
    report
        Receives notices.

    Returns
    -------
    DataFrame
        Contract :data:`demomed.ingestion.register.PRACTITIONERS`, sorted by practitioner, main site
        first.
    """
    kept = service >= 0
    if not kept.all():
        report.notice(
            "activités d'une profession ou d'une spécialité hors du vocabulaire, écartées : "
            f"{int((~kept).sum())}"
        )
    if departments:
        inside = kept & _in_departments(activities, commune, communes, departement, departments)
        report.notice(
            f"activités non localisées, par le code postal : {int((inside & (commune < 0)).sum())}"
        )
        wanted = np.zeros(int(activities.person.max(initial=-1)) + 1, bool)
        wanted[activities.person[inside]] = True
        kept &= wanted[activities.person]
    rows = _rows(activities, kept, service, commune, reference_date, report)
    sites = _sites(rows)
    table = _finish(sites, services, communes, activities.values["finess"])
    _tell_apart(table, report)
    return PRACTITIONERS.validate(table)


def _in_departments(
    activities: Activities,
    commune: np.ndarray,
    communes: np.ndarray,
    departement: Mapping[str, str],
    departments: tuple[str, ...],
) -> np.ndarray:
    inside = np.array([departement[code] in departments for code in communes] + [False])
    near = {
        value: True
        for value in activities.values["postcode"]
        if any(code in departments for code in departement_of_postcode(value))
    }
    by_postcode = activities.take("postcode", near, False, bool)
    return np.where(commune >= 0, inside[commune], by_postcode)


def _rows(
    activities: Activities,
    kept: np.ndarray,
    service: np.ndarray,
    commune: np.ndarray,
    reference_date: date | None,
    report: Report,
) -> pd.DataFrame:
    layout = entry("layouts", "rpps")
    bits = {"liberal": _LIBERAL, "salarie": _SALARIED}
    mode = activities.take(
        "mode", {code: bits.get(name, _OTHER) for code, name in layout["modes"].items()}, 0, "int64"
    )
    out = apart(activities)
    mode = np.select([out == 2, out == 1], [_STUDENT, _SUBSTITUTE], mode)
    sex = activities.take("sex", layout["sex"], "", object)
    civility = activities.take("civility", layout["civility"], "", object)
    kinds = sorted(set(layout["sectors"].values()))
    kind_of = {code: kinds.index(kind) for code, kind in layout["sectors"].items()}
    finess = activities.values["finess"]
    rank = np.empty(len(finess), "int64")
    rank[np.argsort(finess.astype(str), kind="stable")] = np.arange(len(finess))
    rows = pd.DataFrame(
        {
            "person": activities.person[kept],
            "service": service[kept],
            "commune": commune[kept],
            "finess": activities.columns["finess"][kept],
            "finess_rank": rank[activities.columns["finess"]][kept],
            "mode": mode[kept],
            "kind": activities.take("sector", kind_of, len(kinds), "int64")[kept],
            "sex": pd.array(np.where(sex == "", civility, sex)[kept], dtype="str"),
        }
    )
    rows["birth_year"], rows["age"] = -1, -1
    if reference_date is not None:
        years, ages, odd = ages_of(activities, reference_date)
        rows["birth_year"], rows["age"] = years[kept], ages[kept]
        if odd:
            report.notice(
                f"dates de naissance illisibles ou impossibles, âge laissé inconnu : {odd}"
            )
    rows.attrs["kinds"] = kinds
    return rows


def _sites(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per person × commune × FINESS number, main site first."""
    kinds = rows.attrs["kinds"]
    rows = rows.sort_values(["person", "commune", "finess_rank", "mode", "kind"], ignore_index=True)
    keys = ["person", "commune", "finess_rank"]
    new = (rows[keys] != rows[keys].shift()).any(axis=1).to_numpy()
    start = np.flatnonzero(new)
    sites = rows.iloc[start].reset_index(drop=True)
    if len(start):
        sites["mode"] = np.bitwise_or.reduceat(rows["mode"].to_numpy(), start)
        sites["kind"] = np.minimum.reduceat(rows["kind"].to_numpy(), start)
    for column in ("birth_year", "age"):
        sites[column] = sites["person"].map(rows.groupby("person")[column].max())
    sex = rows.loc[rows["sex"] != ""].groupby("person")["sex"].agg("first")
    sites["sex"] = sites["person"].map(sex)
    present = sites["mode"] & (_LIBERAL | _SALARIED | _OTHER)
    sites["order"] = np.select(
        [
            sites["commune"] < 0,
            (sites["mode"] & _LIBERAL) > 0,
            (present > 0) | (sites["mode"] == 0),
        ],
        [3, 0, 1],
        2,
    )
    sites["kind"] = pd.Series([*kinds, None], dtype="object")[sites["kind"]].to_numpy()
    return sites.sort_values(["person", "order", "commune", "finess_rank"], ignore_index=True)


def _mode_names(bits: pd.Series) -> np.ndarray:
    both = _LIBERAL | _SALARIED
    return np.select(
        [
            (bits & both) == both,
            (bits & _LIBERAL) > 0,
            (bits & _SALARIED) > 0,
            (bits & _OTHER) > 0,
            (bits & _SUBSTITUTE) > 0,
            (bits & _STUDENT) > 0,
        ],
        ["mixte", "liberal", "salarie", "benevole", "remplacant", "etudiant"],
        "",
    )


def _finish(
    sites: pd.DataFrame, services: list[str], communes: np.ndarray, finess: np.ndarray
) -> pd.DataFrame:
    number = pd.factorize(sites["person"], sort=True)[0]
    count = sites.groupby("person")["person"].transform("size")
    decided = sites.groupby("person")["order"].transform("nunique") > 1
    known = (sites["age"] >= 0).to_numpy()
    numbers = finess[sites["finess"]]
    modes = _mode_names(sites["mode"])
    blank = pd.Series(np.nan, index=sites.index)
    columns = {
        "practitioner_id": [f"{RANKED}{n + 1:07d}" for n in number],
        "service": np.array(services, dtype=object)[sites["service"]],
        "commune_code": np.array([*communes, None], dtype=object)[sites["commune"]],
        "is_main_site": ~sites["person"].duplicated(),
        "main_site_rule": np.select([count == 1, decided], ["only", "liberal"], "code"),
        "site_share": 1.0 / count,
        "share_source": "equal",
        "birth_year": sites["birth_year"].astype("Int64").where(known),
        "age": sites["age"].astype("Int64").where(known),
        "age_source": np.where(known, "birth_date", "none"),
        "sex": sites["sex"],
        "mode": pd.Series(modes, index=sites.index).replace("", None),
        "structure_id": pd.Series(numbers, index=sites.index).replace("", None),
        "structure_kind": sites["kind"].to_numpy(),
        "is_example": False,
    }
    return pd.DataFrame(
        {
            name: pd.Series(columns.get(name, blank), index=sites.index).astype(str(column.dtype))
            for name, column in PRACTITIONERS.columns.items()
        },
        index=sites.index,
    )


def _tell_apart(table: pd.DataFrame, report: Report) -> None:
    persons = table.drop_duplicates("practitioner_id")["mode"]
    for mode, what in (("remplacant", "remplaçants"), ("etudiant", "étudiants")):
        count = int((persons == mode).sum())
        if count:
            report.notice(f"{what} gardés à part, hors de l'offre (mode « {mode} ») : {count}")
