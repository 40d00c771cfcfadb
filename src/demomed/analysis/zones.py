"""What zones hold and what they leave uncovered: communes, inhabitants, programmes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd


def zone_summary(
    members: pd.Series, population: pd.Series, zones: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Communes and inhabitants of each zone, against what was announced: reported, never adjusted.

    Parameters
    ----------
    members
        Zone of each commune (index: commune).
    population
        Municipal population per commune.
    zones
        Index zone; ``zone_name, announced_text, announced_communes_count,
        announced_population``, if known. Its zones all have a row, zeros included.

    Returns
    -------
    DataFrame
        Index ``zone_code``, sorted; ``communes_count, population`` (missing if one commune has
        none) and, with ``zones``, their columns, ``communes_difference, population_difference``
        (found minus announced).

    Examples
    --------
    >>> members = pd.Series({"a": "Z", "b": "Z"})
    >>> zone_summary(members, pd.Series({"a": 300, "b": 120})).loc["Z"].tolist()
    [2.0, 420.0]
    """
    held = population.reindex(members.index).astype(float)
    groups = held.groupby(members.astype(object))
    table = pd.DataFrame(
        {"communes_count": groups.size(), "population": groups.sum(min_count=1)}
    ).rename_axis("zone_code")
    table["population"] = table["population"].mask(groups.count() < groups.size())
    if zones is None:
        return table.sort_index()
    table = zones.join(table).sort_index()
    table["communes_count"] = table["communes_count"].fillna(0).astype("int64")
    table["population"] = table["population"].mask(table["communes_count"] == 0, 0.0)
    for what, difference in (("communes_count", "communes"), ("population", "population")):
        announced = table[f"announced_{what}"].astype("Float64").astype(float)
        table[f"{difference}_difference"] = table[what] - announced
    return table


@dataclass(frozen=True)
class Coverage:
    """How far a programme covers a department.

    Parameters
    ----------
    by_zone
        Index zone (EPCI…); ``communes_count, covered_communes_count, population,
        covered_population, communes_share, population_share`` and ``status`` (``whole``, ``part``,
        ``none``).
    total
        The same figures for all zones together.
    uncovered
        Index ``commune_code``; ``zone_code, population``: communes outside the programme.
    """

    by_zone: pd.DataFrame
    total: pd.Series
    uncovered: pd.DataFrame

    def _repr_html_(self) -> str:
        return pd.concat([self.by_zone, self.total.to_frame().T]).to_html()


def coverage_of_programme(
    programme: pd.Series, members: pd.Series, population: pd.Series
) -> Coverage:
    """Share of communes and inhabitants that a programme (CLS, CPTS, MSP project…) covers.

    Parameters
    ----------
    programme
        Index: communes covered, whatever the values (zones of a CLS…); twice covered counts once.
    members
        Zone of each commune that counts: the denominator, for instance ``members("epci")``.
    population
        Municipal population per commune.

    Returns
    -------
    Coverage
        Shares from 0 to 1, missing where nobody lives; full cover leaves nothing uncovered.

    Examples
    --------
    >>> members = pd.Series({"a": "Z", "b": "Z", "c": "Y"})
    >>> people = pd.Series({"a": 300, "b": 100, "c": 50})
    >>> told = coverage_of_programme(pd.Series({"a": "cls"}), members, people)
    >>> told.by_zone["population_share"].to_dict(), list(told.uncovered.index)
    ({'Y': 0.0, 'Z': 0.75}, ['b', 'c'])
    """
    frame = pd.DataFrame(
        {
            "zone_code": members.astype(object),
            "population": population.reindex(members.index).astype(float),
            "is_covered": members.index.isin(programme.index),
        }
    )
    frame["covered_population"] = frame["population"].where(frame["is_covered"], 0.0)
    groups = frame.groupby("zone_code")
    counts = pd.DataFrame(
        {
            "communes_count": groups.size(),
            "covered_communes_count": groups["is_covered"].sum(),
            "population": groups["population"].sum(min_count=1),
            "covered_population": groups["covered_population"].sum(min_count=1),
        }
    )
    total = counts.sum().to_frame().T
    by_zone, total = _shares(counts), _shares(total)
    uncovered = frame.loc[~frame["is_covered"], ["zone_code", "population"]]
    return Coverage(
        by_zone.sort_index(),
        total.iloc[0].rename("total"),
        uncovered.rename_axis("commune_code").sort_index(),
    )


def _shares(counts: pd.DataFrame) -> pd.DataFrame:
    people = counts["population"].where(counts["population"] > 0)
    covered, communes = counts["covered_communes_count"], counts["communes_count"]
    return counts.assign(
        communes_share=covered / communes,
        population_share=counts["covered_population"] / people,
        status=np.select([covered == communes, covered == 0], ["whole", "none"], "part"),
    )
