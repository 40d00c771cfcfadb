"""Indicators at the earlier dates that the tables of a territory hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from demomed.analysis import compute
from demomed.analysis.indicators.inputs import LATEST_SUPPLY, own_structures
from demomed.core.catalogue import sources
from demomed.core.indicator import Indicators, indicators
from demomed.core.territory import LEVELS, Level, Territory


def at_earlier_dates(
    territory: Territory, level: Level | Sequence[Level] = LEVELS
) -> tuple[Indicators, ...]:
    """Dated indicators (``Indicator.dated_by``) at each date before their last one.

    Each figure is computed by its own measure on the rows of one vintage, so that two dates differ
    by their data only. Figures that weigh a vintage by another source's present (a density by
    today's population) declare no table of dates and are not there.

    Parameters
    ----------
    territory
        Validated tables, with all their vintages.
    level
        Levels of the zones.

    Returns
    -------
    tuple of Indicators
        One table per date, oldest first, **not protected**; ``date`` and ``sources`` are those of
        the vintage. Counts that the mission's own list replaces have no earlier date.

    Examples
    --------
    >>> from demomed import pipeline
    >>> [str(part.table["date"].iloc[0]) for part in at_earlier_dates(pipeline.load_territory("53"))]
    ['2017-01-01', '2020-01-01', '2022-12-31']
    """
    found: dict[str, list[pd.DataFrame]] = {}
    extra = {key: value for key, value in territory.extra.items() if key != LATEST_SUPPLY}
    for one in indicators().values():
        if not one.dated_by:
            continue
        table: pd.DataFrame = getattr(territory, one.dated_by)
        for service in one.professions:
            rows = table.loc[table["service"] == service]
            if own_structures(territory, service) is not None:
                continue
            for year in sorted(rows["year"].unique())[:-1]:
                then = rows.loc[rows["year"] == year]
                source = str(then["source_id"].iloc[0])
                past = replace(territory, extra=extra, **{one.dated_by: then})
                told = compute(past, one.id, level, professions=[service]).table
                date = _as_of(source, int(year))
                found.setdefault(date, []).append(told.assign(date=date, sources=source))
    return tuple(
        Indicators(pd.concat(found[date], ignore_index=True)) for date in sorted(found) if date
    )


def _as_of(source_id: str, year: int) -> str:
    """Date described by a vintage, as its source declares it; empty if it does not."""
    declared = sources().get(source_id, {})
    return next(
        (str(v["as_of"]) for v in declared.get("vintages", ()) if str(v["vintage"]) == str(year)),
        "",
    )
