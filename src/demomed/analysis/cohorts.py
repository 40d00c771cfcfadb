"""What becomes of those a mission helps: steps of a cohort, flows, commitments, housing."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd

from demomed.analysis.change import ELSEWHERE, UNLOCATED

STEPS: tuple[str, ...] = ("entered", "passed", "placed", "practising")
TOTAL = "total"


def cohort_steps(students: pd.DataFrame, practising: pd.Series | None = None) -> pd.DataFrame:
    """Persons of each cohort who passed each step, each step counted among the one before.

    Parameters
    ----------
    students
        ``cohort_year, is_passed, placement_commune, practice_commune``.
    practising
        Communes in which a practice counts (index); everywhere by default.

    Returns
    -------
    DataFrame
        Index ``cohort_year``; :data:`STEPS` and ``passed_share, placed_share,
        practising_share``, each of the step before, missing when nobody reached it.

    Examples
    --------
    >>> rows = pd.DataFrame({"cohort_year": 2022, "is_passed": [True, True, False],
    ...     "placement_commune": ["a", None, "b"], "practice_commune": ["a", None, None]})
    >>> cohort_steps(rows).loc[2022, ["entered", "passed", "placed", "practising"]].tolist()
    [3, 2, 1, 1]
    """
    practice = students["practice_commune"]
    passed = students["is_passed"].astype("boolean").fillna(False).astype(bool)
    placed = passed & students["placement_commune"].notna()
    here = practice.notna() if practising is None else practice.isin(practising.index)
    flags = pd.DataFrame(
        {"entered": True, "passed": passed, "placed": placed, "practising": placed & here}
    )
    counts = flags.groupby(students["cohort_year"]).sum().astype("int64")
    for before, after in pairwise(STEPS):
        counts[f"{after}_share"] = counts[after] / counts[before].where(counts[before] > 0)
    return counts


def flow_table(origin: pd.Series, destination: pd.Series, members: pd.Series) -> pd.DataFrame:
    """Persons by zone of origin (rows) and of practice (columns), with their margins.

    Parameters
    ----------
    origin, destination
        Commune of each person, same index; a person without a destination has not settled yet and
        is left out, one without an origin is « non localisé ».
    members
        Zone of each commune that counts.

    Returns
    -------
    DataFrame
        Every zone in rows and columns, zeros included, the places outside when somebody is there,
        and ``total``; the sums of rows and columns agree.
    """
    settled = destination.notna()
    start, end = (
        commune[settled].astype(object).map(members.astype(object))
        for commune in (origin, destination)
    )
    start = start.where(start.notna(), ELSEWHERE).where(origin[settled].notna(), UNLOCATED)
    end = end.where(end.notna(), ELSEWHERE)
    zones = sorted(members.astype(object).unique())
    outside = [place for place in (ELSEWHERE, UNLOCATED) if place in {*start, *end}]
    order = [*zones, *outside]
    table = (
        pd.crosstab(start.rename("origin"), end.rename("practice"))
        .reindex(index=order, columns=order, fill_value=0)
        .astype("int64")
    )
    table.loc[TOTAL] = table.sum()
    table[TOTAL] = table.sum(axis=1)
    return table.rename_axis(index="origin", columns="practice")


def retention_rate(
    students: pd.DataFrame, territory: pd.Series, at: date, *, within_years: int = 3
) -> dict[str, float]:
    """Share of those who finished that practise in the territory within some years.

    Parameters
    ----------
    students
        ``is_finished, finished_date, practice_commune, practice_date``.
    territory
        Communes of the territory (index).
    at
        Date of the state: only those who finished at least ``within_years`` before it count, for
        the others had not their time yet.
    within_years
        Years after the diploma.

    Returns
    -------
    dict
        ``practising_count, finished_count, share`` (missing if nobody finished in time).
    """
    finished = students.loc[students["is_finished"].astype("boolean").fillna(False).astype(bool)]
    span = pd.DateOffset(years=within_years)
    limit = finished["finished_date"] + span
    seen = finished.loc[limit <= pd.Timestamp(at)]
    here = seen["practice_commune"].isin(territory.index)
    here &= seen["practice_date"] <= seen["finished_date"] + span
    count, whole = int(here.sum()), len(seen)
    return {
        "practising_count": count,
        "finished_count": whole,
        "share": count / whole if whole else float("nan"),
    }


def agreements_by_year(students: pd.DataFrame, ceiling: int) -> pd.DataFrame:
    """Agreements signed per cohort against the yearly ceiling of the plan.

    Returns
    -------
    DataFrame
        Index ``cohort_year``; ``agreements_count, left_count`` (ceiling minus agreements)``,
        is_over``.
    """
    signed = students["has_agreement"].astype("boolean").fillna(False).astype("int64")
    counts = signed.groupby(students["cohort_year"]).sum()
    return pd.DataFrame(
        {"agreements_count": counts, "left_count": ceiling - counts, "is_over": counts > ceiling}
    )


def commitments(aids: pd.DataFrame, at: date) -> pd.DataFrame:
    """End of each commitment, and where it stands at a date.

    Parameters
    ----------
    aids
        ``start_date, commitment_years, left_date``.
    at
        Date of the state.

    Returns
    -------
    DataFrame
        Same index; ``end_date`` (anniversary of the start: the commitment holds until the day
        before; 29 February ends on 28)``, is_present`` (began and has not left: the stock)``,
        is_committed`` (present and before its end) and ``state``: ``coming``, ``committed``,
        ``fulfilled`` (still present or left after the end) or ``broken`` (left before the end).
    """
    now = pd.Timestamp(at)
    ends = [
        start + pd.DateOffset(years=int(years))
        for start, years in zip(aids["start_date"], aids["commitment_years"], strict=True)
    ]
    end = pd.Series(ends, index=aids.index, dtype="datetime64[ns]")
    begun = aids["start_date"] <= now
    gone = aids["left_date"] <= now
    broken = gone & (aids["left_date"] < end)
    state = np.select([~begun, broken, now >= end], ["coming", "broken", "fulfilled"], "committed")
    present = begun & ~gone
    return pd.DataFrame(
        {
            "end_date": end,
            "is_present": present,
            "is_committed": present & (now < end),
            "state": state,
        },
        index=aids.index,
    )


def commitment_counts(aids: pd.DataFrame, members: pd.Series, at: date) -> pd.DataFrame:
    """Persons aided who are present, and among them those still committed, in each zone.

    Returns
    -------
    DataFrame
        Index ``zone_code``, every zone; ``stock_count, committed_count``. An expired commitment
        leaves the second, not the first. Communes outside all zones are not counted.
    """
    told = commitments(aids, at)
    zone = aids["commune"].astype(object).map(members.astype(object)).rename("zone_code")
    counts = told[["is_present", "is_committed"]].groupby(zone).sum()
    zones = pd.Index(sorted(members.astype(object).unique()), name="zone_code")
    counts = counts.reindex(zones, fill_value=0).astype("int64")
    return counts.set_axis(["stock_count", "committed_count"], axis=1)


def housing_gap(housing: pd.DataFrame, members: pd.Series) -> pd.DataFrame:
    """Interns hosted against housing places, by zone.

    Parameters
    ----------
    housing
        ``commune, places_count, occupied_count, interns_count``; a number not given counts as
        unknown.
    members
        Zone of each commune that counts.

    Returns
    -------
    DataFrame
        Index ``zone_code``, every zone; ``places_count, interns_count, gap_count`` (interns minus
        places: negative = spare) and ``occupied_share``; missing if one site of the zone does not
        tell. A zone without any site has 0 place and 0 intern told.

    Examples
    --------
    >>> sites = pd.DataFrame({"commune": ["a", "a"], "places_count": [4, 2],
    ...     "occupied_count": [3, 2], "interns_count": [8, 0]})
    >>> housing_gap(sites, pd.Series({"a": "Z"})).loc["Z", ["places_count", "gap_count"]].tolist()
    [6, 2]
    """
    counts = ["places_count", "occupied_count", "interns_count"]
    numbers = housing[counts].astype("Int64")
    zone = housing["commune"].astype(object).map(members.astype(object)).rename("zone_code")
    groups = numbers.groupby(zone)
    zones = pd.Index(sorted(members.astype(object).unique()), name="zone_code")
    summed = groups.sum().mask(groups.count().ne(groups.size(), axis=0))
    summed = summed.reindex(zones, fill_value=0).astype("Int64")
    places = summed["places_count"].astype("Float64")
    return pd.DataFrame(
        {
            "places_count": summed["places_count"],
            "interns_count": summed["interns_count"],
            "gap_count": summed["interns_count"] - summed["places_count"],
            "occupied_share": summed["occupied_count"] / places.mask(places == 0),
        }
    )
