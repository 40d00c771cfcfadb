"""Access to care when people and doctors meet across borders: the floating catchment family."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from demomed.analysis.decay import Decay, Gaussian, Steps
from demomed.analysis.equilibrium import equilibrium
from demomed.analysis.links import Links, link
from demomed.core.display import facts_table, small
from demomed.core.faults import Fault, InputError, closest

Method = Literal["2sfca", "e2sfca", "kd2sfca", "3sfca", "m2sfca", "bfca", "gravity", "raam"]
Floats = NDArray[np.float64]

SLOW = Steps({10: 1.0, 20: 0.68, 30: 0.22})
"""Slow decay of the enhanced two-step method (Luo & Qi 2009)."""
FAST = Steps({10: 1.0, 20: 0.42, 30: 0.09})
"""Fast decay of the enhanced two-step method (Luo & Qi 2009)."""
RAAM_TAU = 60.0
"""Minutes worth as much as one mean load of a practitioner (Saxon & Snow 2020)."""

BLOCK = 1 << 17
"""Pairs worked on at a time."""


@dataclass(frozen=True)
class Access:
    """Access of every place of demand, and what happened on the side of supply.

    Parameters
    ----------
    access
        Supply within reach per unit of demand (index of the demand). For ``raam`` a cost: low is
        good, infinite where no site is within reach.
    ratio
        Supply per unit of demand at each site (index of the supply), missing when stranded; for
        ``raam`` the load of each site, for ``gravity`` its supply.
    stranded_supply
        Supply of the sites that no demand reaches: dropped, never spread.
    method
        The method.
    is_edge_complete
        Whether both steps of a place are wholly inside the data, if times to the edge were given.
    gap
        For ``raam``, relative gap between the primal and the dual value; 0 otherwise.
    notices
        What was set aside in the table of times, in French.
    """

    access: pd.Series
    ratio: pd.Series
    stranded_supply: pd.Series
    method: str
    is_edge_complete: pd.Series | None = None
    gap: float = 0.0
    notices: tuple[str, ...] = ()

    def _repr_html_(self) -> str:
        rows = (
            ("Méthode", self.method),
            ("Lieux de demande", len(self.access)),
            ("Médiane", f"{self.access.median():.3g}"),
            ("Offre que personne n'atteint", f"{float(self.stranded_supply.sum()):.3g}"),
        )
        return facts_table("Accès", rows) + small(" ".join(self.notices))


def floating_catchment(
    demand: pd.Series,
    supply: pd.Series,
    travel: pd.DataFrame,
    *,
    method: Method = "e2sfca",
    decay: Decay | None = None,
    tau: float = RAAM_TAU,
    edge_minutes: pd.Series | None = None,
) -> Access:
    """Access by a method of the floating catchment family.

    Two-step methods divide the supply of each site by the demand within its reach, then add up
    for each place the ratios within reach: 2SFCA (Luo & Wang 2003), E2SFCA (Luo & Qi 2009),
    KD2SFCA (Dai 2010), 3SFCA (Wan, Zou & Sternberg 2012), M2SFCA (Delamater 2013), BFCA (Páez,
    Higgins & Vivona 2019). RAAM is an equilibrium of loads and times (Saxon & Snow 2020).

    Work and memory grow with the number of pairs, never with places × sites.

    Parameters
    ----------
    demand
        Inhabitants, or standardised population, by place; zero allowed.
    supply
        Practitioners or activity, by site; zero allowed.
    travel
        ``origin, destination, minutes``, one row per pair; an absent pair is out of reach.
        Categorical codes are the fastest.
    method
        Lower-case name of the method; ``gravity`` is Hansen's Σ S·w, without any demand.
    decay
        Weight of time; by default the slow steps 10/20/30 minutes, for ``2sfca`` the same limit
        without decay, for ``kd2sfca`` a Gaussian of the same limit. ``raam`` uses the times
        themselves, within the limit of the decay if one is given.
    tau
        For ``raam``, minutes that cost as much as one mean load.
    edge_minutes
        Time from each place to the edge of the data: a place is complete when twice the limit is
        inside, for the sites it reaches must see all their own demand.

    Returns
    -------
    Access
        ``access`` is 0, not missing, for a place beyond every site; times 100 000 it is a
        practitioner density.

    Raises
    ------
    InputError
        Negative or missing demand or supply, repeated codes, faulty times, nobody in reach.

    Examples
    --------
    >>> demand = pd.Series({"D1": 1200, "D2": 800, "D3": 2000})
    >>> supply = pd.Series({"S1": 3, "S2": 2})
    >>> travel = pd.DataFrame({"origin": ["D1", "D2", "D2", "D3"], "destination": ["S1", "S1", "S2", "S2"],
    ...                        "minutes": [5, 12, 9, 14]})
    >>> floating_catchment(demand, supply, travel, method="2sfca", decay=Steps({15: 1})).access.round(9).to_dict()
    {'D1': 0.0015, 'D2': 0.002214286, 'D3': 0.000714286}
    """
    if method not in METHODS:
        raise InputError(
            Fault(
                "accessibilité",
                f"méthode « {method} »",
                "une méthode connue",
                closest(method, METHODS),
            )
        )
    _check_amounts("demande", demand)
    _check_amounts("offre", supply)
    links = link(travel, demand.index, supply.index)
    people, offered = demand.to_numpy(dtype=float), supply.to_numpy(dtype=float)
    if method == "raam":
        made = _raam(people, offered, links, decay, tau)
    else:
        used = decay or _default(method)
        made = (*FORMULAS[method](people, offered, links, _weights(links.minutes, used)), 0.0)
    access, ratio, reached, gap = made
    if not reached.any():
        raise InputError(
            Fault(
                "accessibilité",
                "aucun lieu n'atteint un site",
                "des trajets sous la limite",
                "élargir la limite",
            )
        )
    stranded = supply.loc[~reached & (offered > 0)]
    limit = np.inf if decay is None and method == "raam" else (decay or _default(method)).limit
    return Access(
        access=pd.Series(access, index=demand.index, name="access"),
        ratio=pd.Series(np.where(reached, ratio, np.nan), index=supply.index, name="ratio"),
        stranded_supply=stranded,
        method=method,
        is_edge_complete=None
        if edge_minutes is None
        else edge_minutes.reindex(demand.index) >= 2 * limit,
        gap=gap,
        notices=links.notices,
    )


def _default(method: str) -> Decay:
    if method == "2sfca":
        return Steps({SLOW.limit: 1.0})
    return Gaussian(SLOW.limit) if method == "kd2sfca" else SLOW


def _check_amounts(name: str, amounts: pd.Series) -> None:
    faults = []
    if amounts.isna().any():
        faults.append(
            Fault(
                name,
                _few(amounts.index[amounts.isna()], "valeur absente"),
                "un nombre par lieu",
                "compléter ou retirer ces lieux",
            )
        )
    if (amounts < 0).any():
        faults.append(
            Fault(
                name,
                _few(amounts.index[amounts < 0], "valeur négative"),
                "un nombre positif",
                "corriger",
            )
        )
    if not amounts.index.is_unique:
        twice = amounts.index[amounts.index.duplicated()].unique()
        faults.append(
            Fault(name, _few(twice, "code répété"), "un code par lieu", "additionner les lignes")
        )
    if faults:
        raise InputError(faults)


def _few(codes: pd.Index, what: str) -> str:
    shown = ", ".join(map(str, codes[:3]))
    return f"{what} : {shown}{'…' if len(codes) > 3 else ''} ({len(codes)})"


def _ratio(offered: Floats, met: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Supply per unit of demand met, 0 where nobody is met; and who is met."""
    reached = met > 0
    return np.divide(offered, met, out=np.zeros_like(offered), where=reached), reached


Term = Callable[[slice], Floats]


def _added_up(at: NDArray[np.int32], size: int, term: Term) -> Floats:
    """Sum of a term of every pair by place or by site, a block of pairs at a time.

    Blocks stay in the processor's cache, and no array of all pairs is made on the way.
    """
    total = np.zeros(size)
    for start in range(0, len(at), BLOCK):
        block = slice(start, start + BLOCK)
        total += np.bincount(at[block], weights=term(block), minlength=size)
    return total


def _weights(minutes: Floats, decay: Decay) -> Floats:
    """Weight of every pair, a block at a time."""
    weight = np.empty(len(minutes))
    for start in range(0, len(minutes), BLOCK):
        weight[start : start + BLOCK] = decay(minutes[start : start + BLOCK])
    return weight


Step = tuple[Floats, Floats, NDArray[np.bool_]]


def _met(people: Floats, links: Links, first: Term, sites: int) -> Floats:
    """Demand that each site meets: Σ w P over its places."""
    return _added_up(links.destination, sites, lambda b: first(b) * people[links.origin[b]])


def _reached(ratio: Floats, links: Links, second: Term, places: int) -> Floats:
    """Supply that each place reaches: Σ w R over its sites."""
    return _added_up(links.origin, places, lambda b: second(b) * ratio[links.destination[b]])


def _steps(people: Floats, offered: Floats, links: Links, first: Term, second: Term) -> Step:
    """R = S / Σ w P with the weights of the first step ; A = Σ w R with those of the second."""
    ratio, reached = _ratio(offered, _met(people, links, first, len(offered)))
    return _reached(ratio, links, second, len(people)), ratio, reached


def _two_step(people: Floats, offered: Floats, links: Links, weight: Floats) -> Step:
    """The same weights in both steps."""
    return _steps(people, offered, links, weight.__getitem__, weight.__getitem__)


def _inverse(total: Floats) -> Floats:
    return np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)


def _three_step(people: Floats, offered: Floats, links: Links, weight: Floats) -> Step:
    """Selection weights G = w / Σ w first; then the two steps with G w."""
    total = _inverse(_added_up(links.origin, len(people), weight.__getitem__))

    def chosen(block: slice) -> Floats:
        return np.square(weight[block]) * total[links.origin[block]]

    return _steps(people, offered, links, chosen, chosen)


def _modified(people: Floats, offered: Floats, links: Links, weight: Floats) -> Step:
    """A = Σ R w² : part of the supply is lost to distance."""
    return _steps(people, offered, links, weight.__getitem__, lambda b: np.square(weight[b]))


def _balanced(people: Floats, offered: Floats, links: Links, weight: Floats) -> Step:
    """Weights standardised by row in the first step, by column in the second."""
    row = _inverse(_added_up(links.origin, len(people), weight.__getitem__))
    column = _inverse(_added_up(links.destination, len(offered), weight.__getitem__))
    return _steps(
        people,
        offered,
        links,
        lambda b: weight[b] * row[links.origin[b]],
        lambda b: weight[b] * column[links.destination[b]],
    )


def _gravity(people: Floats, offered: Floats, links: Links, weight: Floats) -> Step:
    """A = Σ S w, whatever the demand."""
    reached = _added_up(links.destination, len(offered), weight.__getitem__) > 0
    return _reached(offered, links, weight.__getitem__, len(people)), offered, reached


def _raam(
    people: Floats, offered: Floats, links: Links, decay: Decay | None, tau: float
) -> tuple[Floats, Floats, NDArray[np.bool_], float]:
    kept = offered[links.destination] > 0
    if decay is not None:
        kept &= decay(links.minutes) > 0
    within = (
        links
        if kept.all()
        else Links(links.origin[kept], links.destination[kept], links.minutes[kept])
    )
    made = equilibrium(people, offered, within, tau=tau)
    reached = np.bincount(within.destination, minlength=len(offered)) > 0
    return made.cost, made.load, reached, made.gap


FORMULAS: dict[str, Callable[[Floats, Floats, Links, Floats], Step]] = {
    "2sfca": _two_step,
    "e2sfca": _two_step,
    "kd2sfca": _two_step,
    "3sfca": _three_step,
    "m2sfca": _modified,
    "bfca": _balanced,
    "gravity": _gravity,
}
METHODS: tuple[str, ...] = (*FORMULAS, "raam")
"""Known methods; ``raam`` is an equilibrium and has no formula."""
