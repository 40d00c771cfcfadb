"""Numbers of health professionals by department, region and France, some by age."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

import pandas as pd

from demomed.core.faults import Report
from demomed.core.schemas import DEMOGRAPHY, validate
from demomed.ingestion.communes import Geography
from demomed.ingestion.official import OfficialFolder
from demomed.ingestion.published import SHOWN_FAULTS, numbers, plain, read_table, written

FRANCE = "FR"
FRANCE_NAME = "France"
ALL_SEXES = {"ensemble": "all", "hommes": "male", "femmes": "female"}
KEY = ["source_id", "profession_label", "area_level", "area_code", "year", "age_band", "sex"]


@cache
def published_labels(producer: str) -> dict[str, str]:
    """Service of each profession as a producer writes it, from the vocabulary of services.

    Parameters
    ----------
    producer
        ``"ameli"`` or ``"drees"``; ``"ameli_part"``: narrower fields of the same professions.

    Examples
    --------
    >>> published_labels("ameli")["Sages-femmes"]
    'midwife'
    """
    catalogue = files("demomed") / "catalogue" / "services.toml"
    raw = tomllib.loads(catalogue.read_text(encoding="utf-8"))
    return {item[producer]: service for service, item in raw.items() if producer in item}


def read_demography(
    folder: OfficialFolder, geography: Geography, departements: list[str]
) -> pd.DataFrame:
    """Every source of head counts, for some departments, their regions and France.

    Parameters
    ----------
    folder, geography
        Official folder and official geography.
    departements
        Departments kept whole; of the others, only what ranks a department among all of them
        (see :func:`is_national`).

    Returns
    -------
    DataFrame
        Columns of the ``demography`` contract. Fields (champs) differ from one source to the
        other and must never be mixed in one ratio.
    """
    readers: list[tuple[str, Callable[..., pd.DataFrame]]] = [
        ("cnam_professionals", _read_cnam),
        ("drees_doctors", _read_doctors),
        ("drees_nurses_liberal", _read_nurses),
        ("drees_nurses_salaried", _read_nurses),
    ]
    frames = [read(folder, source_id, geography) for source_id, read in readers]
    table = pd.concat(frames, ignore_index=True)
    regions = set(geography.departements["region_code"].reindex(departements))
    wanted = (
        (table["area_level"].eq("departement") & table["area_code"].isin(departements))
        | (table["area_level"].eq("region") & table["area_code"].isin(regions))
        | table["area_level"].eq("france")
        | is_national(table)
    )
    table = table[wanted].sort_values(KEY, ignore_index=True)[list(DEMOGRAPHY.columns)]
    report = Report("démographie des professionnels")
    validate(table, DEMOGRAPHY, report)
    report.raise_if_faulty()
    return table


NATIONAL = ("cnam_professionals", "drees_doctors", "drees_nurses_liberal")
"""Sources whose last year is kept for every department of the country."""


def is_national(table: pd.DataFrame) -> pd.Series:
    """Rows that rank a department among all: its last counts, all ages and both sexes together.

    Parameters
    ----------
    table
        Columns of the ``demography`` contract.

    Returns
    -------
    Series
        Boolean, index of the table. Rows of labels outside the vocabulary are left out.
    """
    last = table["year"] == table.groupby("source_id")["year"].transform("max")
    together = table["age_band"].eq("all") & table["sex"].eq("all")
    named = table["service"].notna() | table["profession_label"].isin(
        published_labels("ameli_part")
    )
    kept = table["source_id"].isin(NATIONAL) & named
    return last & together & kept & table["area_level"].eq("departement")


def _finish(
    table: pd.DataFrame, geography: Geography, source_id: str, declaration: dict[str, Any]
) -> pd.DataFrame:
    """Names of areas, and the columns that a source does not have."""
    names = pd.concat(
        [
            geography.departements["departement_name"],
            geography.departements.drop_duplicates("region_code").set_index("region_code")[
                "region_name"
            ],
        ],
        keys=["departement", "region"],
    )
    keys = pd.MultiIndex.from_frame(table[["area_level", "area_code"]])
    area_name = pd.Series(names.reindex(keys).to_numpy(), index=table.index, dtype="str")
    table = table.assign(
        area_name=area_name.where(table["area_level"] != "france", FRANCE_NAME),
        field=declaration["field"],
        source_id=source_id,
    )
    if "density_per_100k" not in table:
        table["density_per_100k"] = pd.Series(float("nan"), index=table.index)
    table["count"] = table["count"].round().astype("Int64")
    return table.astype({"year": "int64", "service": "str"})


def _read_cnam(folder: OfficialFolder, source_id: str, geography: Geography) -> pd.DataFrame:
    file = folder.file(source_id)
    report = Report(file.stem)
    table = read_table(
        file,
        {
            "year": "annee",
            "profession_label": "profession_sante",
            "region": "region",
            "departement": "departement",
            "age": "classe_age",
            "sex": "libelle_sexe",
            "count": "effectif",
            "density_per_100k": "densite",
        },
        report,
    )
    report.raise_if_faulty()
    for column in ("year", "count", "density_per_100k"):
        table[column] = numbers(table, column, report, missing=("NS", "ND"))
    table = table[(table["age"] == "tout_age") & (table["sex"] == "tout sexe")]
    total = table["departement"] == "999"
    whole = table["region"] == "99"
    level = pd.Series("departement", index=table.index, dtype="str")
    level = level.mask(total, "region").mask(whole, "france")
    code = table["departement"].mask(total, table["region"]).mask(whole, FRANCE)
    known = level.eq("france") | code.isin(geography.departements.index) | total
    folder.remember(file, len(table), report)
    table = table.assign(
        area_level=level,
        area_code=code,
        service=table["profession_label"].map(published_labels("ameli")),
        age_band="all",
        sex="all",
    )[known]
    return _finish(table, geography, source_id, dict(folder.declaration(source_id)))


def _read_doctors(folder: OfficialFolder, source_id: str, geography: Geography) -> pd.DataFrame:
    file = folder.file(source_id)
    report = Report(file.stem)
    table = read_table(
        file,
        {
            "region": "region",
            "name": "departement",
            "profession_label": "specialites",
            "mode": "exercice",
            "age": "tranche_age",
            "sex": "sexe",
            "year": "annee",
            "count": "effectif",
        },
        report,
    )
    report.raise_if_faulty()
    for column in ("year", "count"):
        table[column] = numbers(table, column, report, missing=("ND",))
    totals = table[["mode", "age", "sex"]].apply(lambda c: c.str.contains("Ensemble")).all(axis=1)
    table = table[totals]
    table["region_code"] = table["region"].str.extract(r"^(\d+)", expand=False)
    codes = departement_codes(table[["region_code", "name"]], geography.departements, report)
    folder.remember(file, len(table), report)
    table["area_code"] = codes
    by = ["profession_label", "year"]
    levels = {
        "departement": table[[*by, "area_code", "count"]],
        "region": _total(table, [*by, "region_code"]).rename(columns={"region_code": "area_code"}),
        "france": _total(table, by).assign(area_code=FRANCE),
    }
    stacked = pd.concat(
        [frame.assign(area_level=level) for level, frame in levels.items()], ignore_index=True
    )
    stacked = stacked.assign(
        service=stacked["profession_label"].map(published_labels("drees")),
        age_band="all",
        sex="all",
    )
    return _finish(stacked, geography, source_id, dict(folder.declaration(source_id)))


def _total(table: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Sum over departments; missing if one of them is."""
    groups = table.groupby(by)["count"]
    return groups.sum().where(groups.count() == groups.size()).reset_index()


def departement_codes(names: pd.DataFrame, departements: pd.DataFrame, report: Report) -> pd.Series:
    """Codes of departments known by an approximate name, region by region.

    A name is matched without case, accents or punctuation; if one name and one department of the
    region are left, they are matched with a notice; any other unknown name is a fault.

    Parameters
    ----------
    names
        ``region_code, name``.
    departements
        Official list, index ``departement_code``.

    Returns
    -------
    Series
        Department code, same index.
    """
    pairs = names.drop_duplicates()
    found: dict[tuple[str, str], str] = {}
    for region, group in pairs.groupby("region_code"):
        official = departements[departements["region_code"] == region]["departement_name"]
        known = {plain(name): code for code, name in official.items()}
        left = []
        for name in group["name"]:
            if plain(name) in known:
                found[region, name] = known[plain(name)]
            else:
                left.append(name)
        spare = sorted(set(official.index) - set(found.values()))
        if len(left) == 1 and len(spare) == 1:
            found[region, left[0]] = spare[0]
            report.notice(
                f"département « {left[0]} » rattaché à {spare[0]} {official[spare[0]]}, "
                f"le seul qui manque dans sa région"
            )
        else:
            for name in left[:SHOWN_FAULTS]:
                report.fault(
                    f"département « {name} »",
                    "un nom de département de la région",
                    "corriger le nom",
                    column="departement",
                )
    index = pd.MultiIndex.from_frame(names[["region_code", "name"]])
    return pd.Series([found.get(key) for key in index], index=names.index, dtype="str")


def age_band(label: str) -> str | None:
    """Short form of a published age band.

    Examples
    --------
    >>> age_band("08 - Entre 55 et 59 ans"), age_band("10-65 ans et plus")
    ('55-59', '65+')
    >>> age_band("01-Moins de 25 ans"), age_band("00 - Ensemble")
    ('<25', 'all')
    """
    text = re.sub(r"^\d+\s*-\s*", "", label)
    ages = re.findall(r"\d+", text)
    if "nsemble" in text:
        return "all"
    if text.lower().startswith("moins") and len(ages) == 1:
        return f"<{ages[0]}"
    if "plus" in text and len(ages) == 1:
        return f"{ages[0]}+"
    return f"{ages[0]}-{ages[1]}" if len(ages) == 2 else None


def _read_nurses(folder: OfficialFolder, source_id: str, geography: Geography) -> pd.DataFrame:
    declaration = dict(folder.declaration(source_id))
    file = folder.file(source_id)
    report = Report(file.stem)
    table = read_table(
        file,
        {
            "region": "region",
            "departement": "departement",
            "sector": "secteur d'activité",
            "speciality": "spécialité",
            "sex_label": "sexe",
            "age": ["tranche_age", "tranche d'âge"],
        },
        report,
        optional=["sector", "speciality"],
        keep=r"effectif_\d{4}",
        sheet="Effectifs",
    )
    report.raise_if_faulty()
    for column in {"sector", "speciality"} & set(table):
        table = table[table[column].str.contains("nsemble")]
    years = [column for column in table if column.startswith("effectif_")]
    for column in years:
        table[column] = numbers(table, column, report, missing=("ND", "NC"))
    region = table["region"].str.extract(r"^(\d\d)", expand=False)
    departement = table["departement"].str.extract(r"^(\d[\dAB]\d?)\b", expand=False)
    total = departement == "00"
    level = pd.Series("departement", index=table.index, dtype="str")
    level = level.mask(total, "region").mask(total & (region == "00"), "france")
    code = departement.mask(total, region).mask(level == "france", FRANCE)
    table["age_band"] = table["age"].map(age_band)
    table["sex"] = (
        table["sex_label"].str.extract(r"(\w+)$", expand=False).str.lower().map(ALL_SEXES)
    )
    for column, name in (("age_band", "age"), ("sex", "sex_label")):
        for row in table.index[table[column].isna()][:SHOWN_FAULTS]:
            report.fault(
                "libellé inconnu",
                "un libellé de la DREES",
                "vérifier le classeur",
                row=int(row),
                column=written(table, name),
            )
    folder.remember(file, len(table), report)
    long = table.assign(area_level=level, area_code=code).melt(
        id_vars=["area_level", "area_code", "age_band", "sex"],
        value_vars=years,
        var_name="year",
        value_name="count",
    )
    long["year"] = long["year"].str[-4:].astype("int64")
    long = long.assign(
        service=declaration["service"], profession_label=declaration["profession_label"]
    )
    return _finish(long, geography, source_id, declaration)
