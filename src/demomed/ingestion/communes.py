"""Official geography: communes of the day, every code ever used, departments, EPCI membership."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

from demomed.core.faults import Report, closest
from demomed.core.schemas import CODES, EPCI_MEMBERSHIP, validate
from demomed.ingestion.official import OfficialFolder
from demomed.ingestion.published import SHOWN_FAULTS, numbers, read_table, written

COMMUNE_CODE = r"(?:\d{2}|2[AB])\d{3}"
NO_EPCI = "ZZZZZZZZZ"
SPLIT = "d"
FIRST_CHANGE = "2008-01-01"


@dataclass(frozen=True)
class Geography:
    """The communes, departments and regions to which every source is brought.

    Parameters
    ----------
    communes
        Index ``commune_code``: ``commune_name, departement_code``.
    departements
        Index ``departement_code``: ``departement_name, region_code, region_name``.
    codes
        Gazetteer ``old_code, commune_code, commune_name, departement_code, is_ambiguous``.
    restored
        Date (ISO) at which a commune was re-created by a split since 2008, index ``commune_code``:
        earlier files count it with the commune it left.
    """

    communes: pd.DataFrame
    departements: pd.DataFrame
    codes: pd.DataFrame
    restored: pd.Series

    def successor(self) -> pd.Series:
        """Commune code of today for every code ever used (index ``old_code``)."""
        return self.codes.set_index("old_code")["commune_code"]


def read_geography(folder: OfficialFolder) -> Geography:
    """Read communes, departments, regions and the gazetteer of codes.

    Returns
    -------
    Geography
        Validated; a code that was split since 2008 is ambiguous.
    """
    communes = _read_communes(folder)
    departements = _read_departements(folder)
    splits = _read_splits(folder)
    codes = _read_codes(folder, communes, set(splits["old"]))
    restored = splits[splits["new"].isin(communes.index)].groupby("new")["date"].max()
    return Geography(communes, departements, codes, restored.rename_axis("commune_code"))


def _pattern(folder: OfficialFolder, source_id: str, position: int) -> str:
    return str(folder.declaration(source_id)["files"][position])


def _read_communes(folder: OfficialFolder) -> pd.DataFrame:
    file = folder.file("insee_cog", _pattern(folder, "insee_cog", 0))
    report = Report(file.stem)
    table = read_table(
        file,
        {
            "commune_code": ["DEPCOM", "COM"],
            "commune_name": ["NOM_DEPCOM", "LIBELLE"],
            "departement_code": "DEP",
        },
        report,
    )
    folder.remember(file, len(table), report)
    return table.sort_values("commune_code").set_index("commune_code")


def _read_departements(folder: OfficialFolder) -> pd.DataFrame:
    file = folder.file("insee_cog", _pattern(folder, "insee_cog", 1))
    report = Report(file.stem)
    departements = read_table(
        file,
        {"departement_code": "DEP", "departement_name": "LIBELLE", "region_code": "REG"},
        report,
    )
    folder.remember(file, len(departements), report)
    file = folder.file("insee_cog", _pattern(folder, "insee_cog", 2))
    report = Report(file.stem)
    regions = read_table(file, {"region_code": "REG", "region_name": "LIBELLE"}, report)
    folder.remember(file, len(regions), report)
    return departements.merge(regions, on="region_code", how="left").set_index("departement_code")


def _read_codes(folder: OfficialFolder, communes: pd.DataFrame, split: set[str]) -> pd.DataFrame:
    file = folder.file("insee_code_changes", _pattern(folder, "insee_code_changes", 0))
    report = Report(file.stem)
    table = read_table(file, {"old_code": "DEPCOM_HIST", "commune_code": "DEPCOM"}, report)
    unknown = table[~table["commune_code"].isin(communes.index)]
    for row, code in unknown["commune_code"].head(SHOWN_FAULTS).items():
        report.fault(
            f"« {code} »",
            "une commune de la liste officielle",
            "prendre la table de passage et la liste des communes de la même année",
            row=int(row),
            column="DEPCOM",
        )
    folder.remember(file, len(table), report)
    table = table.join(communes, on="commune_code")
    table["is_ambiguous"] = table["old_code"].isin(split)
    table = table.sort_values("old_code").reset_index(drop=True)
    report = Report(file.stem)
    validate(table, CODES, report)
    report.raise_if_faulty()
    return table


def _read_splits(folder: OfficialFolder) -> pd.DataFrame:
    """Splits since 2008: ``old`` code of the whole, ``new`` code of the part that left, ``date``."""
    file = folder.file("insee_code_changes", _pattern(folder, "insee_code_changes", 1))
    report = Report(file.stem)
    steps = read_table(
        file,
        {"old": "cod_debut", "new": "cod_fin", "kind": "typemodif", "date": "annee_modif"},
        report,
    )
    folder.remember(file, len(steps), report)
    annual = steps[(steps["kind"] == SPLIT) & (steps["old"] != steps["new"])]
    file = folder.file("insee_code_changes", _pattern(folder, "insee_code_changes", 2))
    report = Report(file.stem)
    moves = read_table(
        file,
        {
            "kind": "MOD",
            "date": "DATE_EFF",
            "old_type": "TYPECOM_AV",
            "old": "COM_AV",
            "new_type": "TYPECOM_AP",
            "new": "COM_AP",
        },
        report,
    )
    folder.remember(file, len(moves), report)
    restored = moves[
        (moves["kind"] == "21")
        & (moves["old_type"] == "COM")
        & (moves["new_type"] == "COM")
        & (moves["old"] != moves["new"])
        & moves["date"].between(FIRST_CHANGE, _as_of(folder))
    ]
    columns = ["old", "new", "date"]
    return pd.concat([annual[columns], restored[columns]], ignore_index=True)


def _as_of(folder: OfficialFolder) -> str:
    vintages = folder.declaration("insee_code_changes")["vintages"]
    return str(max(vintage["as_of"] for vintage in vintages))


def to_today(
    table: pd.DataFrame, column: str, successor: pd.Series, report: Report, *, ignore: str = ""
) -> pd.DataFrame:
    """Add ``commune_code``, the commune of today, to a table that holds codes of any year.

    Parameters
    ----------
    table
        Table of ``read_table`` (its index is the row of the file).
    column
        Column that holds commune codes of any year.
    successor
        Commune of today for every code ever used.
    report
        Receives a fault per unknown code (the first five, then the total).
    ignore
        Regular expression of codes outside the official list to leave out with a notice, such as
        overseas collectivities.

    Returns
    -------
    DataFrame
        The rows with a known code; a commune can come several times if it is made of several.
    """
    codes = table[column]
    name = written(table, column)
    today = codes.map(successor)
    unknown = today.isna() & codes.notna()
    if ignore:
        left_out = unknown & codes.str.fullmatch(ignore).fillna(False)
        if left_out.any():
            report.notice(f"codes hors de la liste officielle écartés : {int(left_out.sum())}")
        unknown &= ~left_out
    for row, code in codes[unknown].head(SHOWN_FAULTS).items():
        report.fault(
            f"code commune « {code} »",
            "un code officiel de 5 caractères",
            _code_advice(code, successor),
            row=int(row),
            column=name,
        )
    if unknown.sum() > SHOWN_FAULTS:
        report.fault(
            f"{int(unknown.sum())} codes communes inconnus",
            "des codes officiels de 5 caractères",
            "vérifier la colonne des codes",
        )
    blank = codes.isna()
    for row in codes.index[blank][:SHOWN_FAULTS]:
        report.fault(
            "code commune vide", "un code", "compléter la ligne", row=int(row), column=name
        )
    merged = (today != codes) & today.notna()
    if merged.any():
        report.notice(
            f"lignes de codes anciens ramenées à la commune actuelle : {int(merged.sum())}"
        )
    return table.assign(commune_code=today)[today.notna()]


def _code_advice(code: str, successor: pd.Series) -> str:
    if re.fullmatch(r"\d{4}", code):
        if "0" + code in successor.index:
            return f"rétablir le zéro initial : « 0{code} »"
        return "rétablir le zéro initial"
    same = [c for c in successor.index if c[:2] == code[:2]]
    return closest(code, same) if 0 < len(same) < 40 else "vérifier le code auprès de l'Insee"


def read_epci_membership(folder: OfficialFolder, geography: Geography) -> pd.DataFrame:
    """EPCI of each commune.

    Returns
    -------
    DataFrame
        Index ``commune_code``; columns ``epci_siren, epci_name, epci_kind``. A commune of no EPCI
        is absent.
    """
    declaration = folder.declaration("dgcl_epci")
    file = folder.file("dgcl_epci")
    report = Report(file.stem)
    table = read_table(
        file,
        {
            "insee": ["insee", "CODGEO"],
            "epci_siren": ["siren", "EPCI"],
            "epci_name": ["raison_sociale", "LIBEPCI"],
            "kind": ["nature_juridique", "NATURE_EPCI"],
            "population": ["total_pop_mun"],
        },
        report,
        optional=["population"],
    )
    table = table[table["epci_siren"] != NO_EPCI]
    table = to_today(table, "insee", geography.successor(), report)
    if "population" in table:
        numbers(table, "population", report)
    kinds = declaration["kinds"]
    table["epci_kind"] = table["kind"].map(kinds)
    for row, kind in table.loc[table["epci_kind"].isna(), "kind"].head(SHOWN_FAULTS).items():
        report.fault(
            f"nature juridique « {kind} »",
            "CC, CA, CU ou métropole",
            "compléter la déclaration de la source",
            row=int(row),
            column="nature_juridique",
        )
    for sought, replacement in declaration["typography"].items():
        table["epci_name"] = table["epci_name"].str.replace(sought, replacement, regex=True)
    two = table.drop_duplicates(["commune_code", "epci_siren"])
    for code in two.loc[two["commune_code"].duplicated(), "commune_code"].head(SHOWN_FAULTS):
        report.fault(
            f"commune {code} dans deux EPCI",
            "un seul EPCI à une date",
            "vérifier le millésime de la composition",
        )
    result = two[["commune_code", "epci_siren", "epci_name", "epci_kind"]].drop_duplicates(
        "commune_code"
    )
    validate(result.reset_index(drop=True), EPCI_MEMBERSHIP, report)
    folder.remember(file, len(table), report)
    return result.sort_values("commune_code").set_index("commune_code")
