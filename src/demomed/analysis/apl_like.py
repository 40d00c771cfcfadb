"""Access computed in the manner of the official APL, always told apart from it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from demomed.analysis.accessibility import Access, floating_catchment
from demomed.analysis.aggregate import zone_mean
from demomed.analysis.apl_versions import AplVersion, apl_version, default_version
from demomed.analysis.decay import Decay
from demomed.analysis.demand import by_commune
from demomed.analysis.density import in_practice, site_etp
from demomed.analysis.indicators.inputs import apl, counts
from demomed.analysis.indicators.inputs import demand as demand_places
from demomed.analysis.standardised import standardised_demand
from demomed.analysis.travel import TravelModel, edge_minutes, is_located
from demomed.analysis.travel_sources import times_of
from demomed.core.faults import Fault, InputError
from demomed.core.territory import Territory


def activity(
    practitioners: pd.DataFrame,
    service: str = "gp",
    *,
    age_limit: float | None = None,
    cap: float | None = None,
    default: float | None = None,
) -> pd.Series:
    """Yearly activity of a register by commune, each person's acts shared between sites.

    Parameters
    ----------
    practitioners
        Register with ``practitioner_id, service, commune_code, site_share, activity`` and, for an
        age limit, ``age``.
    service
        Profession.
    age_limit
        Oldest age kept, inclusive; a practitioner of unknown age is kept.
    cap
        Largest yearly activity of one person.
    default
        Activity of a full time whose activity is not known; missing leaves such persons out.

    Returns
    -------
    Series
        Acts a year, index ``commune_code``.

    Examples
    --------
    >>> doctors = pd.DataFrame({"practitioner_id": ["x", "y"], "service": "gp", "commune_code": "a",
    ...     "site_share": 1.0, "etp": 1.0, "activity": [5200, 9800], "age": [41, 58]})
    >>> activity(doctors, cap=8000).to_dict(), activity(doctors, age_limit=50).to_dict()
    ({'a': 13200.0}, {'a': 5200.0})
    """
    rows = in_practice(practitioners, service)
    if age_limit is not None:
        rows = rows.loc[~(pd.to_numeric(rows["age"]).astype(float) > age_limit)]
    rows = rows.loc[rows["commune_code"].notna()]
    etp = (
        rows["etp"].astype(float).fillna(1.0) if "etp" in rows else pd.Series(1.0, index=rows.index)
    )
    share = site_etp(rows.assign(etp=1.0))
    given = pd.to_numeric(rows["activity"]).astype(float) if "activity" in rows else etp * np.nan
    acts = given if default is None else given.fillna(etp * default)
    if cap is not None:
        acts = acts.clip(upper=cap)
    return (acts * share).groupby(rows["commune_code"].to_numpy()).sum().rename("activity")


def practitioners_by_commune(
    territory: Territory, service: str, *, persons_label: str | None = None
) -> pd.Series:
    """Official counts by commune, brought to persons where the health insurance counts them.

    The equipment base counts places of practice, the insurance fund persons: the ratio of both
    totals of a whole department, which the bundle tells even where it holds a part of it, is
    applied to every commune held. Where either total is unknown or zero, counts stay as they are.

    Parameters
    ----------
    territory
        A territory.
    service
        Profession.
    persons_label
        Label of the profession in the insurance fund's table; ``None`` keeps the counts.
    """
    number = counts(territory, service).fillna(0.0)
    if persons_label is None:
        return number
    factor = _persons_per_place(territory, service, persons_label)
    return number * territory.communes["departement_code"].astype(object).map(factor).fillna(1.0)


def _persons_per_place(territory: Territory, service: str, label: str) -> pd.Series:
    """Ratio of insurance persons to equipment places of each whole department."""
    table = territory.demography
    rows = table.loc[
        (table["area_level"] == "departement")
        & (table["profession_label"] == label)
        & (table["age_band"] == "all")
        & (table["sex"] == "all")
    ]
    latest = (
        rows.loc[rows["year"] == rows["year"].max()].set_index("area_code")["count"].astype(float)
    )
    places = territory.departements[f"count_{service}"].astype(float)
    persons = latest.reindex(places.index)
    return (persons / places).where((persons > 0) & (places > 0)).dropna()


def apl_like(
    territory: Territory,
    profession: str = "gp",
    *,
    version: str | None = None,
    age_limit: float | None = None,
    cap: float | None = None,
    model: TravelModel | None = None,
    demand: pd.Series | None = None,
    edges: bool = True,
) -> pd.DataFrame:
    """Access « de type APL » of every commune held, next to the official value.

    Two steps with decay: the yearly activity at each commune over the standardised population
    within reach, then the sum of these ratios within reach. It is never the APL: the official
    weights, times and activities are not public.

    Parameters
    ----------
    territory
        A territory; the mission's register gives ages and activities, the official counts are
        used otherwise (they have no age, so ``age_limit`` then is refused).
    profession
        ``"gp"`` or ``"nurse"``: there must be a published standardised population.
    version
        Parameters, by name in the catalogue; those meant for the profession by default.
    age_limit, cap
        Oldest age counted and largest activity of one person, with a register.
    model
        Travel parameters.
    demand
        Standardised population by commune, that of :func:`standardised_demand` by default.
    edges
        Whether the communes too near to the edge of the data are looked for.

    Returns
    -------
    DataFrame
        Index ``commune_code``: ``apl_like`` (missing where the place of the commune is not known),
        ``apl`` (official), ``standardised_population, is_edge_complete`` (missing where it was not
        looked for).

    Raises
    ------
    InputError
        Unknown version, or an age limit without a register of the mission.
    """
    chosen = _version_for(profession, version)
    official = apl(territory, profession)
    points = demand_places(territory)
    people = demand
    if people is None:
        people = standardised_demand(territory, profession, version=chosen)
    weight = people.loc[points["home"]].to_numpy(dtype=float) * points["share"]
    supply = (
        _supply(territory, profession, chosen, age_limit, cap).reindex(people.index).fillna(0.0)
    )
    present = territory.communes.loc[(supply > 0).to_numpy()]
    travel = times_of(territory, model)(points, present, chosen.decay.limit)
    made = apl_type(weight, supply.loc[present.index], travel, chosen.decay)
    edge = edge_minutes(territory.communes, model) if edges else None
    return pd.DataFrame(
        {
            "apl_like": by_commune(made.access * chosen.per, points, people.index).where(
                is_located(territory.communes)
            ),
            "apl": official["apl"],
            "standardised_population": official["standardised_population"],
            "is_edge_complete": None if edge is None else edge >= 2 * chosen.decay.limit,
        },
        index=people.index,
    )


def _version_for(profession: str, version: str | None) -> AplVersion:
    made = apl_version(version or default_version(profession))
    if profession not in made.professions:
        raise InputError(
            Fault(
                "accessibilité de type APL",
                f"« {made.id} » n'est pas prévue pour « {profession} »",
                f"une des professions {', '.join(made.professions)}",
                "choisir une autre version",
            )
        )
    return made


def _supply(
    territory: Territory,
    service: str,
    version: AplVersion,
    age_limit: float | None,
    cap: float | None,
) -> pd.Series:
    if territory.register_kind == "user" and service in set(
        territory.practitioners["service"].unique()
    ):
        unit = version.consultations_per_practitioner or 1.0
        own = activity(territory.practitioners, service, age_limit=age_limit, cap=cap, default=unit)
        inside = territory.communes["departement_code"] == territory.department.code
        around = practitioners_by_commune(
            territory, service, persons_label=version.department_totals.get(service)
        )
        return own.reindex(territory.communes.index).fillna(0.0).where(inside, around * unit)
    if age_limit is not None:
        raise InputError(
            Fault(
                "accessibilité de type APL",
                "âge limite sans registre de la mission",
                "un registre avec des âges",
                "donner le registre, ou lire l'APL officielle des 65, 62 et 60 ans ou moins",
            )
        )
    places = practitioners_by_commune(
        territory, service, persons_label=version.department_totals.get(service)
    )
    return places * (version.consultations_per_practitioner or 1.0)


def apl_type(
    demand: pd.Series,
    supply: pd.Series,
    travel: pd.DataFrame,
    decay: Decay,
    *,
    edge: pd.Series | None = None,
) -> Access:
    """The two steps of the APL on any tables: activity over standardised population.

    Examples
    --------
    >>> from demomed.analysis.decay import Steps
    >>> travel = pd.DataFrame({"origin": ["a"], "destination": ["a"], "minutes": [3.0]})
    >>> apl_type(pd.Series({"a": 1000.0}), pd.Series({"a": 5000.0}), travel, Steps({20: 1})).access.to_dict()
    {'a': 5.0}
    """
    return floating_catchment(
        demand, supply, travel, method="e2sfca", decay=decay, edge_minutes=edge
    )


def agreement(
    made: pd.Series, official: pd.Series, weights: pd.Series, zones: pd.Series | None = None
) -> float:
    """Rank correlation (Spearman) between a computed and a published access.

    Parameters
    ----------
    made, official
        By commune; pairs with a missing member are left out.
    weights
        Standardised population.
    zones
        Zone of each commune, to compare weighted means of zones; communes otherwise.

    Examples
    --------
    >>> agreement(pd.Series([1.0, 2.0, 3.0]), pd.Series([1.0, 3.0, 4.0]), pd.Series([1.0, 1.0, 1.0]))
    1.0
    """
    both = made.notna() & official.notna() & (weights > 0)
    if zones is None:
        a, b = made[both].to_numpy(), official[both].to_numpy()
    else:
        held = zones.loc[zones.index.isin(made.index[both])]
        a = zone_mean(made, weights, held)["value"].to_numpy()
        b = zone_mean(official, weights, held)["value"].to_numpy()
    return float(pd.Series(a).corr(pd.Series(b), method="spearman"))
