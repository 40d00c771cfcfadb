"""Who is the same person in a register, and how a person's sites share the time; names end here."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from demomed.core.faults import Report
from demomed.core.identity import RANKED
from demomed.ingestion.births import AGE_SOURCES
from demomed.ingestion.cells import Unreadable, fold, is_missing
from demomed.ingestion.mapping import parse_column
from demomed.ingestion.notices import said
from demomed.ingestion.tabular import HandTable

_TITLES = frozenset({"dr", "docteur", "pr", "professeur", "mme", "m", "mr", "mlle", "madame"})
_OWN_NUMBER = re.compile(r"[0-9]{1,6}")
_SITE = ["commune_code", "structure_id", "mode", "service", "installed_date", "departure_date"]
_SITE += ["status", "site_share", "activity"]
_SELF_EMPLOYED = ("liberal", "mixte")


def identify(table: HandTable, rows: pd.DataFrame, report: Report) -> pd.DataFrame:
    """Rows with ``practitioner_id`` and one set of personal facts per person.

    RPPS number, else folded name and year of birth, else the register's own number, else the row
    is a person of its own. A row without RPPS joins the only RPPS holder of the same name and of
    no other year of birth. Ids are the register's own numbers when they are plain and
    one-to-one (``p0012``: the same person tomorrow), else the rank of these keys (``r0012``: the
    person of that row today): nothing of the name or of the RPPS is in them.

    Parameters
    ----------
    table
        The file, still with names.
    rows
        Described rows (index ``row``), ``birth_year, sex, service, commune_code, …``.
    report
        Receives duplicates and contradictions (faults), homonyms and joined rows (notices).

    Returns
    -------
    DataFrame
        ``rows`` with ``practitioner_id``.
    """
    keys = _keys(table, rows, report)
    frame = rows.assign(person=keys)
    _refuse_duplicates(table, frame, report)
    _agree(frame, table.written, report)
    return frame.assign(practitioner_id=frame.pop("person").map(_numbers(table, frame_keys=keys)))


def _keys(table: HandTable, rows: pd.DataFrame, report: Report) -> pd.Series:
    rpps = parse_column(
        table, "rpps", _rpps, report,
        expected="un numéro RPPS de 11 chiffres",
        remedy="le tableur l'a arrondi ou coupé : mettre la colonne au format Texte et le ressaisir",
    ).loc[rows.index]  # fmt: skip
    names = _names(table).loc[rows.index]
    own = (
        table.column("register_id").map(lambda c: "" if is_missing(c) else fold(c)).loc[rows.index]
    )
    holders: defaultdict[str, dict[str, set[Any]]] = defaultdict(lambda: defaultdict(set))
    years: defaultdict[str, set[int]] = defaultdict(set)
    for number, name, year in zip(rpps, names, rows["birth_year"], strict=True):
        if name and number:
            holders[name][number].add(year)
        if name and year is not None:
            years[name].add(year)
    joined: list[int] = []
    keys: list[str | None] = []
    for row, number, name, year, own_id in zip(
        rows.index, rpps, names, rows["birth_year"], own, strict=True
    ):
        if number:
            keys.append(f"1 {number}")
        elif name:
            match = [
                holder
                for holder, born in holders[name].items()
                if year is None or born <= {None} or year in born
            ]
            if len(match) == 1:
                joined.append(int(row))
                keys.append(f"1 {match[0]}")
            else:
                born_in = year if year is not None else _only(years[name])
                keys.append(f"2 {name} {born_in or ''}")
        else:
            keys.append(f"3 {own_id}" if own_id else None)
    _say_homonyms(pd.Series(keys, index=rows.index), names, report)
    if joined:
        report.notice(f"{said(joined)} : sans RPPS, rattachement à la personne du même nom")
    return _anonymous(pd.Series(keys, index=rows.index, dtype="object"), table, report)


def _rpps(cell: str) -> str | None:
    if is_missing(cell):
        return None
    digits = re.sub(r"[\s.\-]", "", cell)
    if not re.fullmatch(r"[0-9]{11}|[0-9][0-9AB][0-9]{7}", digits.upper()):
        raise Unreadable(cell)
    return digits.upper()


def _names(table: HandTable) -> pd.Series:
    whole = table.column("full_name") + " "
    written = whole + table.column("last_name") + " " + table.column("first_name")
    return written.map(
        lambda text: " ".join(sorted(w for w in fold(text).split() if w not in _TITLES))
    )


def _only(values: set[int]) -> int | None:
    return next(iter(values)) if len(values) == 1 else None


def _say_homonyms(keys: pd.Series, names: pd.Series, report: Report) -> None:
    named = names[names != ""]
    people = keys.loc[named.index].groupby(named).nunique()
    rows = [int(row) for row, name in named.items() if people[name] > 1]
    if rows:
        report.notice(
            f"{said(rows)} : même nom, personnes distinctes (homonymes, ou deux identifiants d'une "
            "même personne) ; à vérifier"
        )


def _anonymous(keys: pd.Series, table: HandTable, report: Report) -> pd.Series:
    """Rows that nothing identifies are one person each, numbered by content, never by place."""
    unknown = keys.index[keys.isna()]
    if not len(unknown):
        return keys
    content = table.frame.loc[unknown].agg("\x1f".join, axis=1)
    again = content.groupby(content).cumcount()
    keys = keys.copy()
    keys.loc[unknown] = "4 " + content + "\x1f" + again.map("{:06d}".format)
    report.notice(f"{said([int(r) for r in unknown])} : sans identité, une personne par ligne")
    return keys


def _numbers(table: HandTable, *, frame_keys: pd.Series) -> dict[str, str]:
    own = table.column("register_id").loc[frame_keys.index].str.strip()
    pairs = pd.DataFrame({"key": frame_keys, "own": own}).drop_duplicates()
    plain = own.map(lambda cell: _OWN_NUMBER.fullmatch(cell) is not None).all()
    if plain and pairs["key"].is_unique and pairs["own"].astype(int).is_unique:
        return {
            key: f"p{int(number):04d}"
            for key, number in zip(pairs["key"], pairs["own"], strict=True)
        }
    return {key: f"{RANKED}{rank:04d}" for rank, key in enumerate(sorted(set(frame_keys)), start=1)}


def _refuse_duplicates(table: HandTable, frame: pd.DataFrame, report: Report) -> None:
    known = frame.loc[~frame["person"].str.startswith("4 ")]
    site = pd.DataFrame(
        {
            "person": known["person"],
            "commune": known["commune_code"].where(known["commune_code"].notna(), ""),
            "structure": known["structure_id"].where(known["structure_id"].notna(), ""),
            "mode": known["mode"].where(known["mode"].notna(), ""),
            "service": known["service"],
            "address": table.column("address").loc[known.index].map(fold),
        }
    )
    first = site.reset_index().groupby(list(site.columns), dropna=False)["row"].transform("min")
    for row, original in zip(site.index, first, strict=True):
        if row != original:
            report.fault(
                f"même personne et même site qu'à la ligne {original}",
                "une ligne par praticien et par site",
                "supprimer l'une des deux lignes, ou distinguer les sites par leur adresse ou leur structure",
                row=int(row),
            )


def _agree(frame: pd.DataFrame, written: Mapping[str, str], report: Report) -> None:
    """Facts of a person are the same on every row: contradictions are faults, gaps are filled."""
    person = frame["person"]
    for field, label in (("birth_year", "années de naissance"), ("sex", "sexes")):
        known = frame.loc[frame[field].notna(), field]
        first = known.groupby(person.loc[known.index]).transform("first")
        for row in known.index[known != first]:
            others = known.index[(person.loc[known.index] == person[row]) & (known == first[row])]
            report.fault(
                f"deux {label} pour la même personne (lignes {others[0]} et {row})",
                "les mêmes renseignements sur toutes les lignes d'une personne",
                "corriger l'une des deux lignes, ou donner deux identifiants",
                row=int(row),
                column=written.get(field),
            )
    frame["sex"] = frame["sex"].groupby(person).transform("first")
    columns = ["birth_year", "age", "age_source", "age_low", "age_high"]
    order = frame[columns].astype(str).assign(rank=frame["age_source"].map(AGE_SOURCES.index))
    surest = order.sort_values(["rank", *columns], kind="stable").index
    best = pd.Series(surest, index=surest).groupby(person.loc[surest]).first()
    chosen = person.map(best)
    for column in columns:
        frame[column] = frame.loc[chosen, column].to_numpy()
    several = frame["service"].groupby(person).transform("nunique") > 1
    if several.any():
        rows = [int(row) for row in frame.index[several]]
        report.notice(f"{said(rows)} : une personne, plusieurs professions")


def settle_sites(
    frame: pd.DataFrame, etp_max: float, written: Mapping[str, str], report: Report
) -> pd.DataFrame:
    """Main site, share of time and full-time equivalents of each person.

    Shares: those given; else from the days, else from the full-time equivalents of each site;
    else equal. Full-time equivalents that differ from site to site are those of the sites and are
    summed; the same figure on each row is that of the person, unless the sum stays within one full
    time.

    Parameters
    ----------
    frame
        Rows with ``practitioner_id, commune_code, flag, site_share, days, etp, activity, mode,
        installed_date, structure_id``.
    etp_max
        Full-time equivalents one person can reach.

    Returns
    -------
    DataFrame
        With ``is_main_site, main_site_rule, site_share, share_source, etp``.
    """
    numbers = {
        name: pd.to_numeric(frame[name]).astype("float64")
        for name in ("site_share", "days", "etp", "activity")
    }
    person = frame["practitioner_id"]
    sites = person.groupby(person).transform("size")
    _refuse_shares(numbers["site_share"], person, written, report)
    shares, given = _shares(numbers, person, sites)
    etp = _etp(numbers["etp"], person, sites, shared=_complete(numbers["site_share"], person))
    for row, value in etp[etp > etp_max + 1e-9].items():
        report.fault(
            "plus d'un temps et demi pour une seule personne, tous sites réunis"
            if value > 0
            else "ETP nul",
            "les équivalents temps plein d'une personne",
            "vérifier les ETP de chacune de ses lignes",
            row=int(row),
            column=written.get("etp"),
        )
    settled = frame.assign(
        site_share=shares,
        share_source=np.where(given, "given", "equal"),
        etp=etp,
        activity=numbers["activity"],
    )
    flagged = (frame["flag"] == True).groupby(person).transform("sum")  # noqa: E712
    for row in frame.index[(flagged > 1) & (frame["flag"] == True)]:  # noqa: E712
        report.fault(
            "plusieurs sites principaux pour la même personne",
            "un seul « oui »",
            "ne garder qu'un site principal",
            row=int(row),
            column=written.get("is_main_site"),
        )
    return settled.assign(**_main_sites(settled, sites, given))


def _complete(values: pd.Series, person: pd.Series) -> pd.Series:
    return values.notna().groupby(person).transform("all")


def _refuse_shares(
    shares: pd.Series, person: pd.Series, written: Mapping[str, str], report: Report
) -> None:
    total = shares.groupby(person).transform("sum")
    over = total[total > 1 + 1e-6]
    for _, rows in over.groupby(person.loc[over.index]):
        listed = ", ".join(str(row) for row in sorted(rows.index))
        report.fault(
            f"parts du temps au-dessus de 1 pour une personne (lignes {listed})",
            "une somme d'au plus 1 (100 %)",
            "corriger les parts de ces lignes",
            row=int(min(rows.index)),
            column=written.get("site_share"),
        )


def _shares(
    numbers: Mapping[str, pd.Series], person: pd.Series, sites: pd.Series
) -> tuple[pd.Series, pd.Series]:
    share, given = 1.0 / sites, pd.Series(False, index=sites.index)
    etp = numbers["etp"]
    differs = etp.groupby(person).transform("nunique") > 1
    for name in ("etp", "days"):
        values = numbers[name]
        total = values.groupby(person).transform("sum")
        usable = _complete(values, person) & (sites > 1) & (total > 0)
        if name == "etp":
            usable &= differs
        share = share.where(~usable, values / total.where(total > 0, 1.0))
        given |= usable
    told = _complete(numbers["site_share"], person)
    return share.where(~told, numbers["site_share"]), given | told


def _etp(etp: pd.Series, person: pd.Series, sites: pd.Series, *, shared: pd.Series) -> pd.Series:
    by = etp.groupby(person)
    total, lowest = by.transform("sum"), by.transform("min")
    distinct, known = by.transform("nunique"), _complete(etp, person)
    same = (distinct == 1) & ((sites == 1) | shared | ~known | (total > 1 + 1e-9))
    summed = known & ~same
    return lowest.where(same, total.where(summed, np.nan)).where(distinct > 0, np.nan)


def _main_sites(frame: pd.DataFrame, sites: pd.Series, given: pd.Series) -> dict[str, list[Any]]:
    """One main site a person, and the rule that chose it."""
    alone = frame.index[sites == 1]
    main: dict[Any, bool] = dict.fromkeys(frame.index, False) | dict.fromkeys(alone, True)
    rule: dict[Any, str] = dict.fromkeys(alone, "only")
    order = frame.assign(given=given).loc[sites > 1]
    order = order.sort_values(
        ["practitioner_id", *_SITE],
        key=lambda column: column.map(lambda value: "~" if pd.isna(value) else str(value)),
        kind="stable",
    )
    for _, group in order.groupby("practitioner_id", sort=False):
        chosen, why = _main_site(group)
        main[chosen] = True
        rule |= dict.fromkeys(group.index, why)
    return {
        "is_main_site": [main[row] for row in frame.index],
        "main_site_rule": [rule[row] for row in frame.index],
    }


def _main_site(group: pd.DataFrame) -> tuple[Any, str]:
    flagged = group.index[[value is True for value in group["flag"]]]
    if len(flagged):
        return flagged[0], "flag"
    if group["given"].all() and _is_alone(group["site_share"]):
        return group["site_share"].idxmax(), "most_time"
    if group["activity"].notna().all() and _is_alone(group["activity"]):
        return group["activity"].idxmax(), "most_time"
    liberal = group.index[group["mode"].isin(_SELF_EMPLOYED)]
    if len(liberal) == 1:
        return liberal[0], "liberal"
    pool = group.loc[liberal] if len(liberal) else group
    dates = pool["installed_date"]
    if dates.notna().all() and (dates == min(dates)).sum() == 1:
        return dates.index[dates == min(dates)][0], "first"
    return pool.index[0], "code"


def _is_alone(values: pd.Series) -> bool:
    return int((values >= values.max() - 1e-9).sum()) == 1
