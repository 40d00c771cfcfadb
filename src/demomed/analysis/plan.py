"""Development plan: which zones first, where in each, how many practitioners, and how sure."""

from __future__ import annotations

import numpy as np
import pandas as pd

from demomed.analysis.added_access import (
    added_access,
    care_per_head,
    other_care_per_head,
    standardised_population,
)
from demomed.analysis.coverage import UNDERSERVED_APL
from demomed.analysis.deficit import ROUNDING, deficit
from demomed.analysis.departures import zone_departures
from demomed.analysis.indicators.inputs import apl, counts, population, times
from demomed.analysis.projection import OFFICIAL_HORIZONS
from demomed.analysis.site_stability import stability
from demomed.analysis.siting import best_sites
from demomed.analysis.travel import is_located
from demomed.analysis.travel_sources import times_of
from demomed.core.faults import Report, closest
from demomed.core.ranking import Ranking
from demomed.core.territory import Territory

HORIZON = 5
"""Years of the plan unless asked otherwise."""
TARGETS = {"gp": UNDERSERVED_APL}
"""Accessibility to reach, by profession with a published mark."""
FARTHEST_MIN = 240.0
"""Longest trip looked at between a commune and a site of its own zone, in minutes."""
DRAWS = 1000
"""Tables of travel times under which each site is tried again; a share is known to within 3 points."""
LEAST_SHARE = 0.05
"""Share of the draws from which another commune is told as a possible site."""
COLUMNS = (
    "order", "zone_name", "rank", "verdict", "p_top", "site_code", "site_name", "site_share",
    "candidates_count", "other_sites", "reached_count", "gained_count", "access_before",
    "access_gained", "below_before_count", "below_after_count", "communes_count", "missing_care",
    "posts_count", "posts_other_count", "departures_low_count", "departures_high_count",
)  # fmt: skip

WHERE = "plan de développement"
"""Where a fault of a request is told to be."""


def development_plan(
    territory: Territory,
    ranking: Ranking,
    *,
    sites: int = 3,
    horizon: int = HORIZON,
    profession: str = "gp",
    limit_min: float = 15,
    target: float | None = None,
    anchor: str = "pharmacy",
    draws: int = DRAWS,
    seed: int = 53,
) -> pd.DataFrame:
    """Where to open next: the zones in order of priority, one site in each, and what it takes.

    The care a commune lacks is what separates its accessibility from the target, times its
    inhabitants. In each zone the site is the one that makes the trips of those who lack care
    shortest (p-median, Hakimi 1964). The posts are the practitioners whose activity equals the
    care that lacks; what they add is shared around by the two-step method with decay (Luo & Qi
    2009), so that a part goes to communes already served or outside, and others of the zone may
    stay under the target: they are counted. The zones that follow are judged once it is there.

    Parameters
    ----------
    territory
        A territory, or a scenario of it.
    ranking
        Ranking of its intercommunalities.
    sites
        Number of sites, one in each of the first zones.
    horizon
        Years: 5 or 10, for which the official accessibility by age speaks of departures (a range
        at 5 years, those over 60 at 10).
    profession
        Profession with a published accessibility.
    limit_min
        Minutes within which inhabitants are counted as reached.
    target
        Accessibility to reach; for general practitioners the mark of the under-served communes
        (2.5 consultations a year, DREES and Insee).
    anchor
        Service without which a commune is no candidate. A zone where no commune of the department
        has it is left out, and told in ``attrs["left_out"]`` (names by code).
    draws, seed
        Tables of travel times with which each site is tried again, and seed; see
        :func:`~demomed.analysis.site_stability.stability`.

    Returns
    -------
    DataFrame
        Index ``zone_code``, in the order of the ranking: ``order, zone_name, rank, verdict,
        p_top`` (chance to be among the first), ``site_code, site_name, site_share`` (share of the
        draws that keep this site), ``candidates_count`` (communes of the zone where it could
        be; with one, the share says nothing), ``other_sites`` (names that one draw in twenty
        chooses),
        ``reached_count`` (inhabitants within the limit of the site), ``gained_count`` (those of
        them with no practitioner, nor former site, within it), ``access_before, access_gained``
        (mean of the zone), ``below_before_count, below_after_count, communes_count`` (communes
        of the zone under the target before and after, of those with a figure), ``missing_care``
        (consultations a year), ``posts_count`` (full-time practitioners, rounded up),
        ``posts_other_count`` (the same at the other published activity),
        ``departures_low_count, departures_high_count`` (within the horizon; they add to the
        posts; no high end at ten years). ``attrs`` holds the target, the limit, the horizon, the
        draws and both activities.

    Raises
    ------
    InputError
        More sites than ranked zones, another horizon, no target or no accessibility for the
        profession, ranking of another level: every fault at once.
    """
    goal = TARGETS.get(profession) if target is None else target
    _check(territory, ranking, sites, horizon, profession, limit_min, goal, anchor)
    assert goal is not None
    ranked = ranking.table.loc[ranking.table["rank"].notna()]
    candidates = _candidates(territory, anchor)
    is_open = ranked.index.isin(candidates)
    left_out, ranked = ranked.loc[~is_open, "zone_name"], ranked.loc[is_open].head(sites)
    if len(ranked) < sites:
        report = Report("plan de développement")
        report.fault(
            f"{sites} sites pour {len(ranked)} zones où ouvrir",
            "un site par zone qui a une commune candidate dans le département",
            f"choisir au plus {len(ranked)}, ou un autre service d'ancrage",
        )
        report.raise_if_faulty()
    state = _State(territory, profession, limit_min)
    departures = zone_departures(territory, profession, horizon)
    rows = []
    for order, (zone, told) in enumerate(ranked.iterrows(), start=1):
        members = state.zones.index[state.zones == zone]
        missing, before = state.need(members, goal)
        weight = missing if missing.sum() > 0 else state.people.loc[members]
        site = _site(territory, weight, candidates.index[candidates == zone], draws, seed)
        posts, other = (
            float(np.ceil(missing.sum() / each - ROUNDING))
            for each in (care_per_head(profession), other_care_per_head(profession))
        )
        below = state.below(members, goal)
        reached, gained = state.reach(str(site["site_code"]))
        after = state.open(str(site["site_code"]), posts, members)
        rows.append(
            {
                "zone_code": zone,
                "order": order,
                **told[["zone_name", "rank", "verdict", "p_top"]].to_dict(),
                **site,
                "reached_count": reached,
                "gained_count": gained,
                "access_before": before,
                "access_gained": after - before,
                "below_before_count": below,
                "below_after_count": state.below(members, goal),
                "communes_count": float(state.access.loc[members].notna().sum()),
                "missing_care": float(missing.sum()),
                "posts_count": posts,
                "posts_other_count": other,
                **departures.loc[zone].to_dict(),
            }
        )
    plan = pd.DataFrame(rows).set_index("zone_code")[list(COLUMNS)]
    plan.attrs = {
        "target": goal, "limit_min": limit_min, "horizon": horizon, "profession": profession,
        "left_out": left_out.to_dict(), "top": ranking.top, "draws": draws,
        "times": territory.times_nature,
        "care_per_head": care_per_head(profession),
        "other_care_per_head": other_care_per_head(profession),
    }  # fmt: skip
    return plan


def most_sites(territory: Territory, ranking: Ranking, *, anchor: str = "pharmacy") -> int:
    """Number of sites that a plan may have at most: ranked zones with a commune where to open.

    Parameters
    ----------
    territory, ranking, anchor
        As in :func:`development_plan`. 0 where no accessibility is published for general
        practitioners: nothing then says how many would be needed.
    """
    if "gp" not in set(territory.apl["service"].unique()):
        return 0
    ranked = ranking.table.index[ranking.table["rank"].notna()]
    return int(ranked.isin(_candidates(territory, anchor)).sum())


class _State:
    """Accessibility and times as the sites of the plan open one after the other."""

    def __init__(self, territory: Territory, profession: str, limit_min: float) -> None:
        self.territory, self.profession, self.limit = territory, profession, limit_min
        self.zones = territory.members("epci").astype(object).sort_index()
        self.people = population(territory)
        self.weight = standardised_population(territory, profession)
        self.access = apl(territory, profession)["apl"]
        self.is_near = times(territory, profession)["minutes"] <= limit_min

    def _mean(self, members: pd.Index) -> float:
        access = self.access.loc[members]
        weight = self.weight.loc[members].where(access.notna())
        return float((access * weight).sum() / weight.sum())

    def need(self, members: pd.Index, target: float) -> tuple[pd.Series, float]:
        """Care that each commune of a zone lacks, and the mean accessibility of the zone.

        A commune without a figure is supposed to have that of its zone.
        """
        mean = self._mean(members)
        people = self.weight.loc[members]
        care = self.access.loc[members].fillna(mean) * people
        return deficit(care, people, target, per=1)["missing_count"], mean

    def below(self, members: pd.Index, target: float) -> float:
        """Communes of a zone whose accessibility is known to be under the target."""
        return float((self.access.loc[members] < target).sum())

    def reach(self, site: str) -> tuple[float, float]:
        """Inhabitants within the limit of a site, and those of them who had nothing within it."""
        place = self.territory.communes.loc[[site]]
        near = times_of(self.territory)(self.territory.communes, place, self.limit)[
            "origin"
        ].astype(object)
        is_reached = self.people.index.isin(near)
        new = is_reached & ~self.is_near.to_numpy()
        self.is_near = self.is_near | is_reached
        return float(self.people[is_reached].sum()), float(self.people[new].sum())

    def open(self, site: str, posts: float, members: pd.Index) -> float:
        """Add the posts of a site; mean accessibility of its zone afterwards."""
        if posts > 0:
            heads = pd.Series({site: posts})
            self.access = self.access + added_access(self.territory, heads, self.profession)
        return self._mean(members)


def _candidates(territory: Territory, anchor: str) -> pd.Series:
    """Zone of each commune of the department that holds the service where a site may open."""
    zones = territory.members("epci").astype(object).sort_index()
    inside = (
        territory.communes["departement_code"].reindex(zones.index) == territory.department.code
    )
    placed = pd.Series(is_located(territory.communes), index=territory.communes.index)
    holds = counts(territory, anchor).reindex(zones.index) > 0
    return zones[inside & holds & placed.reindex(zones.index, fill_value=False)]


def _site(
    territory: Territory, weight: pd.Series, candidates: pd.Index, draws: int, seed: int
) -> dict[str, object]:
    """Best site of a zone, and how far it stands when the times are wrong."""
    communes = territory.communes
    known = times_of(territory)
    weight = weight[is_located(communes.loc[weight.index])]
    travel = known(communes.loc[weight.index], communes.loc[candidates], FARTHEST_MIN)
    travel = travel.rename(columns={"origin": "origin_code", "destination": "destination_code"})
    travel = travel.astype({"origin_code": object, "destination_code": object})
    chosen = best_sites(weight, candidates, travel).sites[0]
    tried = stability(weight, candidates, travel, draws=draws, seed=seed)
    rivals = tried.loc[(tried.index != chosen) & (tried["chosen_share"] > 0), "chosen_share"]
    others = rivals.index[(rivals >= LEAST_SHARE) | (rivals == rivals.max())]
    return {
        "site_code": chosen,
        "site_name": communes.loc[chosen, "commune_name"],
        "site_share": float(tried.loc[chosen, "chosen_share"]),
        "candidates_count": float(len(candidates)),
        "other_sites": "; ".join(communes.loc[others, "commune_name"]),
    }


def check_request(
    territory: Territory, *, sites: int, horizon: int, profession: str, limit_min: float
) -> None:
    """Refuse what no plan of this territory could do, before anything is ranked.

    Parameters
    ----------
    territory
        The department.
    sites, horizon, profession, limit_min
        As in :func:`development_plan`.

    Raises
    ------
    InputError
        With every fault of the request.
    """
    report = Report(WHERE)
    _check_sites(report, sites, len(territory.epci), "intercommunalités")
    _check_terms(report, territory, horizon, profession, limit_min)
    report.raise_if_faulty()


def _check_sites(report: Report, sites: int, most: int, zones: str) -> None:
    if not 1 <= sites <= most:
        report.fault(
            f"{sites} sites pour {most} {zones}",
            "un site par zone, au moins un",
            f"choisir un nombre de 1 à {most}",
        )


def _check_terms(
    report: Report, territory: Territory, horizon: int, profession: str, limit_min: float
) -> None:
    if horizon not in OFFICIAL_HORIZONS:
        served = " ou ".join(map(str, OFFICIAL_HORIZONS))
        report.fault(
            f"horizon de {horizon} ans",
            f"{served} ans, les horizons dont parle le signal officiel d'âge",
            f"choisir {served}, ou projeter un registre qui donne les âges",
        )
    published = set(territory.apl["service"].unique())
    if profession not in published:
        report.fault(
            f"aucune accessibilité publiée pour « {profession} »",
            "une profession avec une accessibilité publiée",
            closest(profession, published),
        )
    if not limit_min > 0:
        report.fault(f"limite de {limit_min:g} minutes", "des minutes positives", "corriger")


def _check(
    territory: Territory,
    ranking: Ranking,
    sites: int,
    horizon: int,
    profession: str,
    limit_min: float,
    goal: float | None,
    anchor: str,
) -> None:
    report = Report(WHERE)
    if ranking.level != "epci":
        report.fault(
            f"classement de niveau « {ranking.level} »",
            "un classement des intercommunalités",
            "classer au niveau « epci »",
        )
    elif not set(ranking.table.index) <= set(territory.epci.index):
        report.fault("classement d'un autre territoire", "les mêmes zones", "classer ce territoire")
    _check_sites(report, sites, int(ranking.table["rank"].notna().sum()), "zones classées")
    _check_terms(report, territory, horizon, profession, limit_min)
    if profession in set(territory.apl["service"].unique()) and (goal is None or not goal > 0):
        report.fault(
            f"cible d'accessibilité : {'aucune' if goal is None else f'{goal:g}'}",
            "un nombre positif, dans l'unité de l'accessibilité de la profession",
            "donner « target »",
        )
    known = set(territory.supply["service"].unique())
    if anchor not in known:
        report.fault(f"service « {anchor} » inconnu", "un service connu", closest(anchor, known))
    report.raise_if_faulty()
