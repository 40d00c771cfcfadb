"""A table of travel times with where it comes from: what a reader makes and every access reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from demomed.core.source import Source

TravelNature = Literal["estimated", "routed", "provided"]
"""Straight lines turned into minutes, a road network, or times given by the mission."""
SOURCE_ID = "travel_times"
"""Identifier of the times among the sources of a territory."""


@dataclass(frozen=True)
class TravelTable:
    """Minutes between places, and who says so.

    Parameters
    ----------
    pairs
        ``origin, destination`` (text codes of communes or former communes), ``minutes``; each
        pair once, finite, non-negative; sorted by origin then destination.
    nature
        What kind of times they are.
    limit_min
        A pair of known places that is absent takes longer than this.
    source
        Credited wherever a figure rests on these times.
    notices
        What the reader had to say, in French.
    """

    pairs: pd.DataFrame
    nature: TravelNature
    limit_min: float
    source: Source
    notices: tuple[str, ...] = ()
