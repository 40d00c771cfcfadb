"""Who came and who left since earlier dates: all that decides what may be told again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from demomed.core.cells import Zone

UNKNOWN: tuple[float, float] = (float("inf"), float("inf"))
"""Nobody kept the rows: anybody may have moved."""
EVERYWHERE: Zone = ("", "")
"""Stands for all the places of the register together."""
AGES = "ages"
"""Family of the facts drawn from the ages of the persons of a zone itself."""
COLUMNS: tuple[str, ...] = ("date", "profession", "level", "zone_code", "left", "came")


@dataclass(frozen=True)
class Movements:
    """Persons who left and who came, by zone and profession, since each earlier date.

    ``table`` has the columns of :data:`COLUMNS`, zeros written; what it does not hold is unknown.
    """

    table: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(COLUMNS)))

    def known(self) -> Mapping[tuple[str, str, Zone], tuple[float, float]]:
        """Left and came by date, profession and zone; the most of states of one date.

        Examples
        --------
        >>> rows = [("2025", "gp", "epci", "E", 1, 0), ("2025", "gp", "epci", "E", 0, 2)]
        >>> Movements(pd.DataFrame(rows, columns=list(COLUMNS))).known()
        {('2025', 'gp', ('epci', 'E')): (1.0, 2.0)}
        """
        keys = ["date", "profession", "level", "zone_code"]
        most = self.table.groupby(keys, sort=True)[["left", "came"]].max()
        return {
            (str(date), str(profession), (str(level), str(code))): (float(left), float(came))
            for (date, profession, level, code), left, came in zip(
                most.index, most["left"], most["came"], strict=True
            )
        }


@dataclass(frozen=True)
class Since:
    """The same for one profession and one family of facts.

    Facts that are not of a zone's own persons (the supply within reach) change with anybody.
    """

    moves: Mapping[tuple[str, str, Zone], tuple[float, float]]
    profession: str
    family: str = AGES

    def __call__(self, date: str, zone: Zone) -> tuple[float, float]:
        """Persons who left and came in a zone since a date; infinite when unknown.

        Examples
        --------
        >>> Since({}, "gp")("2025-01-01", ("epci", "E"))
        (inf, inf)
        """
        if self.family == AGES:
            return self.moves.get((date, self.profession, zone), UNKNOWN)
        everywhere = self.moves.get((date, self.profession, EVERYWHERE), UNKNOWN)
        return everywhere if everywhere == (0.0, 0.0) else UNKNOWN
