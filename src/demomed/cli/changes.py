"""What the terminal says of two states: who came, left and moved, and which figures changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from demomed.cli.report import say, show_table

if TYPE_CHECKING:
    import pandas as pd


def show_persons(persons: Any, names: Mapping[str, str]) -> None:
    """Arrivals, departures and moves, zone by zone, with the mean age on both days."""
    from demomed.analysis.change import ELSEWHERE, FLOWS, UNLOCATED
    from demomed.core.catalogue import services

    if persons.is_empty:
        say("Ni arrivée, ni départ, ni déménagement.")
        return
    places = {ELSEWHERE: "hors du territoire", UNLOCATED: "sans commune"}
    changed = persons.flows.loc[persons.flows[list(FLOWS)].sum(axis=1) > 0]
    known = services()
    ages = persons.ages.reindex(changed.index)
    rows = [
        (
            known[service].label if service in known else service,
            names.get(zone, places.get(zone, zone)),
            *(str(int(row[name])) for name in ("stock_before", *FLOWS, "stock_after")),
            f"{_age(ages.loc[(service, zone), 'mean_age_before'])} → "
            f"{_age(ages.loc[(service, zone), 'mean_age_after'])}",
        )
        for (service, zone), row in changed.iterrows()
    ]
    heads = ("Avant", "Arrivées", "Départs", "Entrés", "Sortis", "Déplacés", "Après")
    show_table(
        {
            "Profession": "left",
            "Zone": "left",
            **dict.fromkeys(heads, "right"),
            "Âge moyen": "right",
        },
        rows,
    )


def show_figures(figures: pd.DataFrame) -> None:
    """Figures that changed, one line an indicator and a kind of change."""
    if figures.empty:
        say("Aucun chiffre n'a changé.")
        return
    from demomed.analysis import compute  # noqa: F401  (declares the indicators)
    from demomed.core.indicator import indicators

    labels = _labels(indicators())
    words = {
        "value": "valeur",
        "appeared": "nouveau",
        "disappeared": "disparu",
        "definition": "définition",
    }
    rows = [
        (
            labels.get(id_, id_),
            words[kind],
            str(len(changed)),
            *_widest(changed),
        )
        for (id_, kind), changed in figures.groupby(["indicator", "kind"], sort=True)
    ]
    show_table(
        {
            "Indicateur": "left",
            "Change de": "left",
            "Chiffres": "right",
            "Le plus grand écart": "left",
            "Avant": "right",
            "Après": "right",
        },
        rows,
    )


def _labels(known: Mapping[str, Any]) -> dict[str, str]:
    """Short label of each indicator, the whole one where several share the short one."""
    shared = Counter(declared.short_label for declared in known.values())
    return {
        id_: declared.short_label if shared[declared.short_label] == 1 else declared.label
        for id_, declared in known.items()
    }


def _widest(changed: pd.DataFrame) -> tuple[str, str, str]:
    """Profession and zone of the widest change, the first among equals, with both values."""
    width = changed["delta"].abs().fillna(-1.0)
    row = changed.loc[width.idxmax()]
    where = " ".join(str(row[name]) for name in ("profession", "zone_name") if row[name])
    return where, _figure(row["value_before"]), _figure(row["value_after"])


def _figure(value: float) -> str:
    return "n.d." if value != value else f"{value:.4g}".replace(".", ",")


def _age(value: float) -> str:
    return "n.d." if value != value else f"{value:.1f}".replace(".", ",")
