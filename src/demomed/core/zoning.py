"""Zones of one kind, built from lists of communes: CLS, CPTS, GHT, bassins de vie, cantons."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Zoning:
    """Zones of one kind and their communes.

    Parameters
    ----------
    kind
        Identifier of the kind, for instance ``"cls"``.
    zones
        Index ``zone_code``; ``zone_name, rank, start_date, end_date, axes, partners`` (separated by
        a bar) and what was announced of the zone.
    members
        Zone of each commune (index ``commune_code`` in force), as ``Territory.members`` gives it.
    """

    kind: str
    zones: pd.DataFrame
    members: pd.Series

    def _repr_html_(self) -> str:
        counts = self.members.value_counts().reindex(self.zones.index, fill_value=0)
        return self.zones.assign(communes_count=counts).to_html()
