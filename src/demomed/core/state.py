"""An earlier state of a department, as a later publication must know it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date as Date

import pandas as pd

from demomed.core.indicator import Indicators, PublicIndicators
from demomed.core.retold import Counts


@dataclass(frozen=True)
class EarlierState:
    """A dated state that was stored, beside what is published today.

    Parameters
    ----------
    date
        Its date.
    indicators
        Every indicator, **not protected**.
    public
        What passed the gate at that date.
    told
        What passed the gate at that date and at all dates before: what a later publication must
        not complete.
    fields
        Who or what each source counts, by source.
    register_kind
        ``"example"`` or ``"user"``.
    register
        Rows of the register of that date, ``None`` when they were not kept.
    moves
        Who came and who left since each of these dates, as
        :class:`demomed.core.movements.Movements` holds it; dates of which nothing is kept are
        not there.
    cohorts
        What the tables of the cohorts told at each of these dates, by table.
    """

    date: Date
    indicators: Indicators
    public: PublicIndicators
    told: PublicIndicators
    fields: Mapping[str, str]
    register_kind: str
    register: pd.DataFrame | None = None
    moves: pd.DataFrame | None = None
    cohorts: tuple[Mapping[str, Counts], ...] = ()
