"""Zoning of the communes for the settling of doctors and nurses."""

from __future__ import annotations

import pandas as pd

from demomed.core.faults import Report
from demomed.ingestion.communes import Geography, to_today
from demomed.ingestion.official import OfficialFolder
from demomed.ingestion.published import SHOWN_FAULTS, plain, read_table


def read_zoning_gp(
    folder: OfficialFolder, geography: Geography, places: pd.DataFrame
) -> pd.DataFrame:
    """Zoning for doctors and postal codes, published by postal code and name, without code.

    Each line is matched by department (first digits of the postal code) and name: first the name
    of a commune of today, then that of a former commune. A commune whose parts are in different
    zones is left missing.

    Parameters
    ----------
    folder, geography
        Official folder and communes of today.
    places
        Former communes: ``place_code, place_name, commune_code``.

    Returns
    -------
    DataFrame
        Index ``commune_code``: ``zoning_gp`` (short code of the zone) and ``postcodes`` (those of
        the commune and of its former communes, sorted, joined by a vertical bar).
    """
    declaration = folder.declaration("ars_zoning_gp")
    file = folder.file("ars_zoning_gp")
    report = Report(file.stem)
    table = read_table(
        file, {"postcode": "Code_postal", "name": "Nom_commune", "zone": "Zonage"}, report
    )
    report.raise_if_faulty()
    table["zone"] = _zones(table["zone"], declaration["values"], report)
    table["postcode"] = table["postcode"].str.zfill(5)
    departement = table["postcode"].str[:2]
    table = table.assign(key=departement + " " + table["name"].map(plain)).drop_duplicates(
        ["key", "zone", "postcode"]
    )
    names = geography.communes["departement_code"].str.cat(
        geography.communes["commune_name"].map(plain), sep=" "
    )
    of_today = pd.Series(names.index, index=names.to_numpy())
    former = pd.Series(
        places["commune_code"].to_numpy(),
        index=(places["commune_code"].str[:2] + " " + places["place_name"].map(plain)).to_numpy(),
    )
    of_today = of_today[~of_today.index.duplicated(keep=False)]
    former = former[~former.index.duplicated(keep=False)]
    direct = table["key"].map(of_today)
    indirect = table["key"].map(former)
    table["commune_code"] = direct.where(direct.notna(), indirect)
    table["is_direct"] = direct.notna()
    lost = table["commune_code"].isna()
    if lost.any():
        report.notice(
            "nom de commune introuvable, zonage non rattaché : "
            + ", ".join(table["name"][lost].drop_duplicates().head())
        )
    named = table[table["is_direct"]]
    others = table[~table["is_direct"] & ~table["commune_code"].isin(named["commune_code"])]
    result = _agree(pd.concat([named, others]), report)
    folder.remember(file, len(table), report)
    located = table.dropna(subset=["commune_code"]).sort_values(["commune_code", "postcode"])
    codes = located.groupby("commune_code")["postcode"].agg(lambda rows: "|".join(rows.unique()))
    return pd.DataFrame({"zoning_gp": result, "postcodes": codes}).rename_axis("commune_code")


def read_zoning_nurse(folder: OfficialFolder, geography: Geography) -> pd.Series:
    """Zoning for nurses, by commune code.

    Returns
    -------
    Series
        Short code of the zone, index ``commune_code``; missing where the parts of a merged
        commune differ, or where the producer gives none.
    """
    declaration = folder.declaration("cartosante_zoning_nurse")
    file = folder.file("cartosante_zoning_nurse")
    report = Report(file.stem)
    table = read_table(
        file, {"code": "Code", "name": "Libellé", "zone": "Zonage infirmiers"}, report
    )
    report.raise_if_faulty()
    table = to_today(table, "code", geography.successor(), report, ignore=r"97[578]\d\d")
    table["zone"] = _zones(table["zone"], declaration["values"], report)
    result = _agree(table, report)
    folder.remember(file, len(table), report)
    return result.rename("zoning_nurse")


def _zones(values: pd.Series, known: dict[str, str], report: Report) -> pd.Series:
    unknown = ~values.isin(known) & values.notna() & ~values.str.startswith("N/A", na=False)
    for row, value in values[unknown].head(SHOWN_FAULTS).items():
        report.fault(
            f"zone « {value} »",
            "l'une des zones " + ", ".join(known),
            "compléter la déclaration de la source",
            row=int(row),
        )
    return values.map(known)


def _agree(table: pd.DataFrame, report: Report) -> pd.Series:
    """Zone of each commune if all its parts agree."""
    groups = table.dropna(subset=["commune_code", "zone"]).groupby("commune_code")["zone"]
    agreed = groups.nunique() == 1
    split = agreed.index[~agreed]
    if len(split):
        report.notice(
            "anciennes communes aux zonages différents, commune laissée sans zonage : "
            + ", ".join(split[:SHOWN_FAULTS])
        )
    return groups.first()[agreed]
