"""Declaration of an indicator, the registry of declarations, and the table of their values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import pandas as pd

from demomed.core.display import facts_table, small
from demomed.core.faults import Fault, InputError, closest
from demomed.core.territory import LEVELS, Level, Territory

Kind = Literal["count", "ratio", "time", "score", "category"]
Nature = Literal[
    "official", "derived", "routed", "estimated", "provided", "register", "fictional", "simulated"
]
Status = Literal["value", "missing", "unstable", "masked", "not_applicable"]

NATURE_LABELS: Mapping[str, str] = {
    "official": "officiel",
    "derived": "calculé sur source officielle",
    "routed": "calculé sur un réseau routier",
    "estimated": "estimé",
    "provided": "calculé sur des temps fournis par la mission",
    "register": "registre de la mission",
    "fictional": "données d'exemple (fictives)",
    "simulated": "simulé",
}
STATUS_LABELS: Mapping[str, str] = {
    "value": "valeur",
    "missing": "donnée absente",
    "unstable": "effectif trop faible",
    "masked": "secret",
    "not_applicable": "sans objet",
}

Measure = Callable[[Territory, pd.Series, str | None], pd.DataFrame]
"""From a territory, the zone of each commune and a profession to one row per zone.

Columns among ``value, numerator, denominator, low, high, status``; ``value`` is required. A
missing ``value`` without ``status`` is « missing ».
"""

COLUMNS: tuple[str, ...] = (
    "level",
    "zone_code",
    "zone_name",
    "indicator",
    "profession",
    "date",
    "value",
    "low",
    "high",
    "numerator",
    "denominator",
    "status",
    "nature",
    "sources",
)


@dataclass(frozen=True)
class Indicator:
    """What is measured, told once; labels, legend, format and sort order follow from it.

    Parameters
    ----------
    id
        English identifier, name of the measure's function.
    label, short_label
        French label (``{profession}`` is replaced by the plural label) and short one.
    unit
        French unit written behind the value.
    kind
        Decides aggregation, drawing and classes: ``count, ratio, time, score, category``.
    favourable
        ``"high"``, ``"low"`` or ``None``.
    theme
        Page of the portal that carries it first: ``offre, age, acces, besoins, priorites``.
    description, caveat
        One French sentence each; the caveat is shown wherever the figure is.
    numerator, denominator
        French names of what is divided by what.
    date
        Date described, ISO, or ``"source"`` when it is that of its first source.
    sources
        Identifiers of the sources.
    nature
        ``"official"``: the producer's figure, or a count or a density of its counts; ``"derived"``:
        drawn from official figures by a formula that is not the producer's; ``"estimated"``,
        ``"routed"``, ``"provided"``, ``"register"``… ; ``"register"`` becomes ``"fictional"`` with the example.
    decimals
        Decimals shown.
    scale
        Factor from the stored value to the shown one (100 for shares shown in %).
    professions
        Services it exists for; empty = no profession.
    levels
        Levels at which it may be computed.
    public_levels
        Levels at which it may leave the mission: all of them by default, none if it is empty.
        The gate leaves the other rows out.
    breaks
        Fixed class bounds in **shown** units, when they have a meaning.
    sensitive
        Facts about persons (ages, departures): the gate of :mod:`demomed.core.disclosure`
        protects them. Plain head counts of practitioners are public.
    minimum
        Denominator (persons) below which the value is « effectif trop faible ».
    dated_by
        Table of the territory whose vintages give it at several dates (``apl``, ``supply``); empty
        when another of its sources holds the present only.
    variants
        French texts (``label, short_label, description, caveat, unit``) that replace the declared
        ones where the values are of another nature, by nature.
    """

    id: str
    label: str
    short_label: str
    unit: str
    kind: Kind
    favourable: Literal["high", "low"] | None
    theme: str
    description: str
    caveat: str
    numerator: str
    denominator: str
    sources: tuple[str, ...]
    nature: Nature
    measure: Measure
    decimals: int = 0
    scale: float = 1.0
    professions: tuple[str, ...] = ()
    levels: tuple[Level, ...] = LEVELS
    public_levels: tuple[Level, ...] | None = None
    breaks: tuple[float, ...] | None = None
    sensitive: bool = False
    minimum: float | None = None
    dated_by: str = ""
    date: str = "source"
    variants: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def told_as(self, nature: str) -> Indicator:
        """The declaration in the words of the nature that its values really have."""
        words = self.variants.get(nature)
        return replace(self, **words) if words else self  # type: ignore[arg-type]

    def is_public_at(self, level: str) -> bool:
        """Whether its values at a level may leave the mission; other zones are as the EPCI."""
        known = level if level in LEVELS else "epci"
        return self.public_levels is None or known in self.public_levels

    def _repr_html_(self) -> str:
        rows = (
            ("Identifiant", self.id),
            ("Définition", self.description),
            ("Numérateur", self.numerator),
            ("Dénominateur", self.denominator),
            ("Unité", self.unit),
            ("Nature", NATURE_LABELS[self.nature]),
            ("Sources", ", ".join(self.sources)),
        )
        return facts_table(self.label, rows) + small(self.caveat)


_REGISTRY: dict[str, Indicator] = {}


def indicator(**declaration: object) -> Callable[[Measure], Measure]:
    """Declare an indicator beside its measure; the function's name is its identifier."""

    def register(measure: Measure) -> Measure:
        declared = Indicator(id=measure.__name__, measure=measure, **declaration)  # type: ignore[arg-type]
        if (
            declared.id in _REGISTRY
            and _REGISTRY[declared.id].measure.__module__ != measure.__module__
        ):
            raise ValueError(f"indicator declared twice: {declared.id}")
        _REGISTRY[declared.id] = declared
        return measure

    return register


def indicators() -> Mapping[str, Indicator]:
    """Every declared indicator, by identifier, in the order of declaration."""
    return dict(_REGISTRY)


def get_indicator(id_: str) -> Indicator:
    """One declared indicator; a misspelt name is refused with the closest known one."""
    if id_ not in _REGISTRY:
        raise InputError(
            Fault(
                "indicateur", f"« {id_} » inconnu", "un indicateur déclaré", closest(id_, _REGISTRY)
            )
        )
    return _REGISTRY[id_]


@dataclass(frozen=True)
class Indicators:
    """Values of indicators: one row per level × zone × indicator × profession.

    ``table`` has the columns of :data:`COLUMNS`. Zero is a value; ``status`` says why a value is
    absent. Not publishable as such: see :func:`demomed.core.disclosure.protect`.
    """

    table: pd.DataFrame

    def select(
        self,
        indicator: str | None = None,
        *,
        profession: str | None = None,
        level: str | None = None,
    ) -> Indicators:
        """Keep the rows of one indicator, profession or level."""
        keep = pd.Series(True, index=self.table.index)
        for column, wanted in (
            ("indicator", indicator),
            ("profession", profession),
            ("level", level),
        ):
            if wanted is not None:
                keep &= self.table[column] == wanted
        return replace(self, table=self.table.loc[keep].reset_index(drop=True))

    def wide(self, column: str = "value") -> pd.DataFrame:
        """One row per zone, one column per indicator (``indicator_profession``).

        Parameters
        ----------
        column
            Which column to spread: ``value`` (default), ``low``, ``high``, ``status``…

        Returns
        -------
        DataFrame
            Index ``level, zone_code, zone_name`` (``level`` is left out when there is one only).
        """
        table = self.table
        name = table["indicator"] + table["profession"].map(lambda p: f"_{p}" if p else "")
        order = list(dict.fromkeys(name))
        keys = ["level", "zone_code", "zone_name"]
        spread = (
            table.assign(_column=name)
            .set_index([*keys, "_column"])[column]
            .unstack("_column")
            .reindex(columns=order)
        )
        spread.columns.name = None
        if table["level"].nunique() == 1:
            spread = spread.droplevel("level")
        return spread

    def zone(self, code: str) -> pd.DataFrame:
        """All rows of one zone."""
        return self.table.loc[self.table["zone_code"] == code].reset_index(drop=True)

    def __len__(self) -> int:
        return len(self.table)

    def _repr_html_(self) -> str:
        sources = sorted({s for cell in self.table["sources"] for s in str(cell).split(";") if s})
        note = "Sources : " + ", ".join(sources)
        fictional = (self.table["nature"] == "fictional").any()
        if fictional:
            note += " ; contient des données d'exemple (fictives)"
        return self.wide().head(20).to_html() + small(note)


@dataclass(frozen=True)
class PublicIndicators(Indicators):
    """Indicators after the gate: the only type a publishing function accepts.

    Made by :func:`demomed.core.disclosure.protect` alone. Masked rows hold neither value, bounds,
    numerator nor denominator; ``coarse`` may tell a coarser truth in French.

    Parameters
    ----------
    threshold
        Smallest number of persons behind a published fact about persons.
    internal
        ``True`` for unmasked results, stamped « usage interne » wherever they are written.
    """

    threshold: int = 5
    internal: bool = False
