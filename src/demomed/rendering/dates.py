"""Layers at their earlier dates: the same zones, words and classes, and where a series breaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from demomed.core.catalogue import sources
from demomed.core.document import Past, PastValues
from demomed.core.indicator import PublicIndicators
from demomed.rendering.facts import facts
from demomed.rendering.french import day
from demomed.rendering.layers import Measured, Stage, level_values, reference_of, source_ids
from demomed.rendering.pages import LayerSpec


def earlier_rows(earlier: Sequence[PublicIndicators]) -> pd.DataFrame:
    """Rows of earlier publications together; none for none.

    Raises
    ------
    TypeError
        If a table did not come through the gate.
    """
    if not all(isinstance(one, PublicIndicators) for one in earlier):
        raise TypeError("une date antérieure se publie : elle doit être passée par protect()")
    empty = pd.DataFrame({name: pd.Series(dtype=object) for name in ("indicator", "profession")})
    return pd.concat([one.table for one in earlier], ignore_index=True) if earlier else empty


def with_dates(
    made: Measured,
    spec: LayerSpec,
    rows: pd.DataFrame,
    past: pd.DataFrame | None,
    stage: Stage,
) -> Measured:
    """A layer with its earlier dates.

    Parameters
    ----------
    made
        The layer at its last date.
    spec
        What the page says of it.
    rows
        Public rows of its last date.
    past
        Public rows of the earlier ones; those of the last date or after it are left out.
    stage
        What the layers of a page share.

    Returns
    -------
    Measured
        The same when there is no earlier date.
    """
    if past is None:
        return made
    last = str(rows["date"].astype(str).max())[:10]
    by_date = {
        str(date)[:10]: part
        for date, part in past.groupby(past["date"].astype(str), sort=True)
        if str(date) and str(date)[:10] < last
    }
    if not by_date:
        return made
    following = [*list(by_date.values())[1:], rows]
    dates = tuple(
        Past(
            date=date,
            date_label=day(date),
            is_broken=not comparable(part, after),
            levels=_levels(made, spec, part, stage),
            reference=_reference(made, spec, part, stage),
            source_ids=tuple(source_ids(part)),
        )
        for (date, part), after in zip(by_date.items(), following, strict=True)
    )
    return replace(made, layer=replace(made.layer, past=dates))


def comparable(before: pd.DataFrame, after: pd.DataFrame) -> bool:
    """Whether a change may be read from a date to the next.

    Both are of one nature and of the same sources, and no source declares that its vintages are not
    to be compared (``comparable = false``).

    Examples
    --------
    >>> rows = pd.DataFrame({"sources": ["drees_apl_gp"], "nature": ["official"]})
    >>> comparable(rows, rows), comparable(rows, rows.assign(sources="insee_bpe"))
    (True, False)
    """
    if {*before["nature"]} != {*after["nature"]}:
        return False
    used = source_ids(before)
    declared = sources()
    return used == source_ids(after) and all(
        declared.get(id_, {}).get("comparable", True) for id_ in used
    )


def _reference(made: Measured, spec: LayerSpec, rows: pd.DataFrame, stage: Stage) -> str:
    """Sentence with the value of the department at one date; empty when it has none."""
    whole = rows.loc[rows["level"] == stage.whole]
    if made.department is None or whole.empty:
        return ""
    known = facts(
        whole,
        stage.zones[stage.whole],
        made.indicator,
        made.profession,
        stage.texts,
        zero=spec.zero,
        parts=spec.parts,
    )
    return reference_of(known[0], made.layer.unit, stage.texts)


def _levels(
    made: Measured, spec: LayerSpec, rows: pd.DataFrame, stage: Stage
) -> dict[str, PastValues]:
    """Values of one date at each level that the layer draws."""
    found = {}
    for level in made.layer.levels:
        mine = rows.loc[rows["level"] == level]
        if mine.empty:
            continue
        known = facts(
            mine,
            stage.zones[level],
            made.indicator,
            made.profession,
            stage.texts,
            zero=spec.zero,
            parts=spec.parts,
        )
        told = level_values(known, made.indicator, level, spec, stage, "")
        found[level] = PastValues(
            values=told.values,
            texts=told.texts,
            intervals=told.intervals,
            lows=told.lows,
            highs=told.highs,
            statuses=told.statuses,
            special=tuple(e for e in told.legend if e.kind not in ("class", "circle")),
        )
    return found
