"""Age of the sources held, and what each indicator lacks because of an absent or a stale one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd

from demomed.core.source import Source


def freshness(sources: Mapping[str, Source], today: date) -> pd.DataFrame:
    """Age of each source against the maximum it declares.

    Parameters
    ----------
    sources
        Sources held, by identifier.
    today
        Day against which ages are counted.

    Returns
    -------
    DataFrame
        Index ``source_id``, sorted; ``vintage, as_of, age_days, max_age_days`` (missing = never
        stale), ``is_stale`` (age strictly over the maximum).
    """
    rows = [
        (
            id_,
            source.vintage,
            source.as_of,
            (today - date.fromisoformat(source.as_of)).days,
            source.max_age_days,
        )
        for id_, source in sorted(sources.items())
    ]
    table = pd.DataFrame(
        rows, columns=["source_id", "vintage", "as_of", "age_days", "max_age_days"]
    ).set_index("source_id")
    table["max_age_days"] = table["max_age_days"].astype("Int64")
    late = table["age_days"].astype("Int64") > table["max_age_days"]
    return table.assign(is_stale=late.fillna(False).astype(bool))


def lacking(needs: Mapping[str, Sequence[str]], table: pd.DataFrame) -> dict[str, dict[str, str]]:
    """Indicators that lack something: by indicator, the sources that are absent or stale.

    Parameters
    ----------
    needs
        Sources of each indicator.
    table
        From :func:`freshness`.

    Returns
    -------
    dict
        ``{indicator: {source: "absent" or "stale"}}``, in the order given; indicators that lack
        nothing are left out.

    Examples
    --------
    >>> held = {"bpe": Source("bpe", "", "", "", "", "2021", "2021-01-01", max_age_days=30)}
    >>> lacking({"density": ("bpe", "pop")}, freshness(held, date(2026, 1, 1)))
    {'density': {'bpe': 'stale', 'pop': 'absent'}}
    """
    stale = set(table.index[table["is_stale"]])
    found = {}
    for indicator, wanted in needs.items():
        states = {
            id_: "stale" if id_ in stale else "absent"
            for id_ in wanted
            if id_ in stale or id_ not in table.index
        }
        if states:
            found[indicator] = states
    return found
