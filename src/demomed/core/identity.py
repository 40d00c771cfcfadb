"""Whether the numbers of a register mean the same persons at another date."""

from __future__ import annotations

import pandas as pd

RANKED = "r"
"""First letter of a number given by rank, which another row changes; ``p`` is the register's own."""


def are_stable(ids: pd.Series) -> bool:
    """Whether numbers are the register's own, the same for the same person at all dates.

    Examples
    --------
    >>> are_stable(pd.Series(["p0007", "p0012"])), are_stable(pd.Series(["r0001"]))
    (True, False)
    """
    return not ids.astype(str).str.match(rf"{RANKED}\d").any()
