"""Access to care over the whole country at once: no department is an island."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from demomed.analysis import compute_zones
from demomed.analysis.apl_like import apl_like
from demomed.analysis.demand import demand_of
from demomed.analysis.indicators.access import CUMULATED, GATES
from demomed.analysis.indicators.apl_like import APL_LIKE, TOLD
from demomed.analysis.indicators.inputs import TIMES, prepared
from demomed.analysis.standardised import standardised_demand
from demomed.core.indicator import Indicators
from demomed.core.territory import Territory


@dataclass(frozen=True)
class NationalAccess:
    """Access of every commune of the country, of which each department takes its part.

    Parameters
    ----------
    times
        Minutes to the nearest site, index: place of demand (see :mod:`demomed.analysis.demand`);
        columns (service, ``minutes``, ``low`` or ``high``).
    catchment
        Access « de type APL » to general practitioners, index ``commune_code``: ``apl_like, apl``
        (official), ``standardised_population`` (published).
    demand
        Standardised population used, the published one or its estimate.
    """

    times: pd.DataFrame
    catchment: pd.DataFrame
    demand: pd.Series

    def of(self, territory: Territory) -> Territory:
        """A department with its part of the national access, which is not worked out again."""
        codes = territory.communes.index
        return replace(
            territory,
            extra={
                **territory.extra,
                TIMES: self.times.reindex(demand_of(territory).index),
                APL_LIKE: self.catchment.reindex(codes),
            },
        )


def national_indicators(
    country: Territory,
    access: NationalAccess,
    pairs: Sequence[tuple[str, str]],
    zones: Mapping[str, pd.Series],
    names: Mapping[str, pd.Series],
) -> Indicators:
    """Values of some indicators in the departments and intercommunalities of the country.

    Access « de type APL » is told everywhere, the official one being known in a part of the
    country only; its means are weighted by the standardised population, published or estimated.

    Parameters
    ----------
    country
        All departments as one territory.
    access
        Access of its communes.
    pairs, zones, names
        As for :func:`demomed.analysis.compute_zones`.
    """
    services = dict.fromkeys(profession for _, profession in pairs if profession)
    public = replace(country, practitioners=country.practitioners.iloc[:0])
    ready = prepared(access.of(public), services, ())
    told = access.catchment.assign(
        **{TOLD: access.catchment["apl_like"].notna(), "standardised_population": access.demand}
    )
    ready = replace(ready, extra={**ready.extra, APL_LIKE: told})
    return compute_zones(ready, pairs, zones, names)


def national_access(country: Territory) -> NationalAccess:
    """Times and catchments over all departments at once, whatever their borders.

    A department worked out alone sees the sites and the inhabitants around it; here all of them
    count, however far, so that nothing depends on where a department ends. Only official head
    counts are used. Foreign countries remain an edge.

    Parameters
    ----------
    country
        All departments as one territory.
    """
    gates = tuple(dict.fromkeys([*GATES, *CUMULATED]))
    public = replace(country, practitioners=country.practitioners.iloc[:0])
    ready = prepared(public, gates, gates)
    demand = standardised_demand(ready)
    catchment = apl_like(ready, demand=demand, edges=False).drop(columns="is_edge_complete")
    return NationalAccess(ready.extra[TIMES], catchment, demand)
