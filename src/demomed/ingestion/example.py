"""The fictional register that ships: invented persons whose numbers are those of the official files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from demomed.core import catalogue
from demomed.ingestion.draws import Draw
from demomed.ingestion.example_ages import ages_from_access, ages_from_pyramid, is_aged
from demomed.ingestion.register import conform


def example_table(
    communes: pd.DataFrame,
    supply: pd.DataFrame,
    apl: pd.DataFrame,
    demography: pd.DataFrame,
    departments: Sequence[str],
    *,
    reference_date: date,
    seed: int | None = None,
) -> pd.DataFrame:
    """Fictional register of some departments and of every intercommunality that touches them.

    Real: head counts per commune and profession (Insee, BPE); share of general practitioners over
    60, 62 and 65 per intercommunality, as one minus the ratio of the access indicators with and
    without them (DREES, APL); ages and sexes of self-employed nurses per department (DREES).
    Invented: who, and everything else (``catalogue/mappings/example.toml``). No person of it
    exists.

    Each draw is a hash of (seed, commune, profession, rank, what is drawn), in whole numbers: the
    table is the same on every machine and a department does not depend on the others.

    Parameters
    ----------
    communes
        ``commune_code, departement_code, epci_siren``.
    supply
        ``commune_code, service, year, count``; the latest year of each service is used.
    apl
        ``commune_code, service, year, age_limit, apl, standardised_population``.
    demography
        ``area_level, area_code, service, year, age_band, sex, count``.
    departments
        Codes of the departments.
    reference_date
        Date at which the ages are reached.
    seed
        Number of the draw; that of the catalogue by default.

    Returns
    -------
    DataFrame
        The contract of the register, ``is_example`` true everywhere. Persons counted once at their
        main site give exactly the official head counts.
    """
    settings = catalogue.entry("mappings", "example")
    draw = Draw(settings["seed"] if seed is None else seed)
    places = communes if "commune_code" in communes else communes.reset_index()
    people = _people(places, supply, departments, settings["professions"])
    people = people.assign(is_aged=is_aged(people, settings["shares_pct"]["age_unknown"], draw))
    people = people.assign(age=None, sex=None)
    for service in settings["professions"]:
        if service in settings["ages_from_access"]:
            ages_from_access(people, service, places, apl, settings, draw)
        else:
            ages_from_pyramid(people, service, demography, settings, draw)
    sites = _with_second_sites(
        _described(people, supply, settings, draw, reference_date), settings, draw
    )
    return conform(sites.assign(is_example=True))


def example_register(
    communes: pd.DataFrame,
    supply: pd.DataFrame,
    apl: pd.DataFrame,
    demography: pd.DataFrame,
    *,
    department: str,
    reference_date: date,
    seed: int | None = None,
) -> pd.DataFrame:
    """Fictional register of one department; see :func:`example_table`."""
    return example_table(
        communes, supply, apl, demography, [department], reference_date=reference_date, seed=seed
    )


def write_examples(
    communes: pd.DataFrame,
    supply: pd.DataFrame,
    apl: pd.DataFrame,
    demography: pd.DataFrame,
    departments: Sequence[str],
    out_dir: Path | str,
    *,
    reference_date: date,
) -> tuple[Path, ...]:
    """Write one fictional register per department as a CSV that :func:`read_register` reads.

    For training: an analyst can open it, change it, and give it back with ``--register``.

    Returns
    -------
    tuple of Path
        « registre-fictif-53.csv »…, in the order of the departments.
    """
    from demomed.ingestion.template import to_model

    folder = Path(out_dir)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for code in departments:
        table = example_register(
            communes, supply, apl, demography, department=code, reference_date=reference_date
        )
        target = folder / f"registre-fictif-{code}.csv"
        target.write_bytes(to_model(table))
        written.append(target)
    return tuple(written)


def _people(
    places: pd.DataFrame, supply: pd.DataFrame, departments: Sequence[str], services: Sequence[str]
) -> pd.DataFrame:
    """One row per person, index = a key that no other row changes."""
    inside = places["departement_code"].isin(list(departments))
    siren = places.loc[inside, "epci_siren"].dropna().unique()
    kept = places.loc[inside | places["epci_siren"].isin(siren)]
    rows = supply.loc[supply["service"].isin(list(services))]
    rows = rows.loc[rows["year"] == rows.groupby("service")["year"].transform("max")]
    columns = ["commune_code", "departement_code", "epci_siren"]
    counted = rows.merge(kept[columns], on="commune_code").dropna(subset="count")
    counted = counted.sort_values(["departement_code", "commune_code", "service"])
    people = counted.loc[counted.index.repeat(counted["count"].astype(int)), [*columns, "service"]]
    rank = people.groupby(["commune_code", "service"]).cumcount()
    keys = people["commune_code"] + "|" + people["service"] + "|" + rank.astype(str)
    serial = people.groupby("departement_code").cumcount() + 1
    ids = "ex-" + people["departement_code"].str.lower() + "-" + serial.map("{:04d}".format)
    return people.set_index(keys).assign(practitioner_id=ids.to_numpy())


def _described(
    people: pd.DataFrame,
    supply: pd.DataFrame,
    settings: Mapping[str, Any],
    draw: Draw,
    reference: date,
) -> pd.DataFrame:
    """Every other column of the contract, for the main site."""
    shares, ages = settings["shares_pct"], settings["ages"]
    msp = set(supply.loc[(supply["service"] == "msp") & (supply["count"] > 0), "commune_code"])
    acts, etps = settings["acts_per_etp"], settings["etp_pct"]["draws"]
    rows = []
    for key, person in zip(people.index, people.to_dict("records"), strict=True):

        def chance(pct: int, what: str, key: str = key) -> bool:
            return draw.below(100, key, what) < pct

        age, service = person["age"], person["service"]
        etp_pct = etps[draw.below(len(etps), key, "etp")]
        per_etp = acts["low"] + draw.below(acts["high"] - acts["low"], key, "acts")
        grouped = person["commune_code"] in msp and chance(shares["in_msp"], "msp")
        settled = ages["settled_low"] + draw.below(
            ages["settled_high"] - ages["settled_low"], key, "settled"
        )
        status, departure = None, None
        if age is not None and age >= ages["leaving_from"] and chance(shares["leaving"], "leaving"):
            departure = date(reference.year + 1 + draw.below(3, key, "leaving year"), 12, 31)
        if (
            age is not None
            and age >= ages["retiree_from"]
            and chance(shares["working_retiree"], "retiree")
        ):
            status = "retraite_actif"
        elif (
            service == "gp"
            and age is not None
            and age <= ages["assistant_until"]
            and chance(shares["assistant"], "assistant")
        ):
            status = "assistant_liberal"
        birth_year = None if age is None else reference.year - age
        rows.append(
            {
                "is_main_site": True,
                "main_site_rule": "only",
                "site_share": 1.0,
                "share_source": "equal",
                "etp": etp_pct / 100,
                "activity": etp_pct * per_etp // 100 if service == "gp" else None,
                "birth_year": birth_year,
                "age_source": "none" if age is None else "birth_year",
                "age_low": age,
                "age_high": age,
                "sex": person["sex"] or ("F" if chance(settings["women_pct"][service], "sex") else "M"),
                "mode": "mixte" if chance(shares["mixed"], "mode") else "liberal",
                "status": status,
                "structure_id": f"ex-msp-{person['commune_code'].lower()}" if grouped else None,
                "structure_kind": "msp" if grouped else None,
                "installed_date": None
                if birth_year is None
                else date(min(birth_year + settled, reference.year - 1), 1, 1),
                "departure_date": departure,
            }
        )  # fmt: skip
    described = pd.DataFrame(rows, index=people.index, dtype="object")
    return people.drop(columns=["sex", "is_aged"]).join(described)


def _with_second_sites(
    sites: pd.DataFrame, settings: Mapping[str, Any], draw: Draw
) -> pd.DataFrame:
    """Some persons also practise in another commune of their intercommunality."""
    towns = {
        siren: sorted(set(group["commune_code"]))
        for siren, group in sites.groupby("epci_siren", dropna=True)
    }
    main_pct = settings["sites"]["main_share_pct"]
    second = []
    for _, keys in sites.groupby(["departement_code", "service"]).groups.items():
        count = (len(keys) * settings["shares_pct"]["second_site"] + 50) // 100
        for key in draw.shuffled(keys, "second site")[:count]:
            here = sites.at[key, "commune_code"]
            others = [c for c in towns.get(sites.at[key, "epci_siren"], []) if c != here]
            if others:
                second.append((key, others[draw.below(len(others), key, "where")]))
    keys = [key for key, _ in second]
    sites = sites.copy()
    sites.loc[keys, ["main_site_rule", "share_source"]] = ["most_time", "given"]
    sites.loc[keys, "site_share"] = main_pct / 100
    added = sites.loc[keys].assign(
        commune_code=[commune for _, commune in second],
        is_main_site=False,
        site_share=(100 - main_pct) / 100,
        structure_id=None,
        structure_kind=None,
    )
    return pd.concat([sites, added])
