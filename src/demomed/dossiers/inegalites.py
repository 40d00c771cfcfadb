"""« Inégalités d'accès »: how access is shared among inhabitants, and among incomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from demomed.analysis.aggregate import LEAST_COVERAGE
from demomed.analysis.indicators.inputs import population
from demomed.analysis.inequality import concentration_index, gini, lorenz, palma, shortfall
from demomed.core.indicator import get_indicator
from demomed.core.report import Figure, Report, Section
from demomed.dossiers.material import Material
from demomed.rendering.canvas import Canvas, Scale
from demomed.rendering.french import MINUS, number, typeset, with_unit
from demomed.rendering.reports import dossier_words, make_report, plain_table

PAGE = "inegalites"
TOP, BOTTOM = 0.9, 0.4
LEAST = 10
"""Communes under which nothing is told."""


@dataclass(frozen=True)
class Shared:
    """One access by commune, with the inhabitants and the incomes behind it."""

    asked: Mapping[str, Any]
    values: pd.Series
    people: pd.Series
    income: pd.Series
    sources: str

    def mean_between(self, low: float, high: float) -> float:
        """Mean access of the inhabitants between two shares of them, the worst-served first."""
        curve = lorenz(self.values, self.people)
        total = float(np.average(self.values, weights=self.people))
        ends = np.interp([low, high], curve["people"], curve["access"])
        return float(ends[1] - ends[0]) * total / (high - low)

    @property
    def income_share(self) -> float:
        """Share of the inhabitants whose commune has a published income."""
        return float(self.people[self.income.notna()].sum() / self.people.sum())

    @property
    def concentration(self) -> float:
        """Concentration index; missing when too few inhabitants have a known income."""
        if self.income_share < LEAST_COVERAGE:
            return float("nan")
        return concentration_index(self.values, self.people, self.income)


def dossier(material: Material) -> Report | None:
    """Gini, Palma, Lorenz curves, depth under a threshold, concentration along income.

    Returns
    -------
    Report or None
        ``None`` where the APL of general practitioners is not published.
    """
    declared = dossier_words(PAGE)
    words = declared["words"]
    found = [s for s in (_shared(material, asked) for asked in declared["measures"]) if s]
    main = next((s for s in found if s.asked["has_threshold"]), None)
    if main is None:
        return None
    threshold = float(declared["threshold"])
    lines = [
        (
            s.asked["label"],
            number(len(s.values)),
            *(
                number(v, get_indicator(s.asked["indicator"]).decimals)
                for v in (s.mean_between(0, 1), s.mean_between(TOP, 1), s.mean_between(0, BOTTOM))
            ),
            number(gini(s.values, s.people), 2),
            number(palma(s.values, s.people), 2),
            _signed(s.concentration, words),
        )
        for s in found
    ]
    sections = (
        Section(
            typeset(words["section"]),
            tables=(
                plain_table(
                    words["table"],
                    words["heads"],
                    lines,
                    numeric=range(1, 8),
                    note=words["covered"].format(share=_percent(main.income_share)),
                ),
                plain_table(
                    words["under_table"],
                    words["under_heads"],
                    _under(main, threshold, words),
                    numeric=(1,),
                ),
            ),
        ),
        Section(typeset(words["curves_section"]), figures=tuple(_figure(s, words) for s in found)),
    )
    sources = [
        *";".join(s.sources for s in found).split(";"),
        "insee_populations",
        "insee_filosofi",
    ]
    return make_report(
        PAGE,
        material.territory,
        material.public,
        lead=_lead(main, threshold, words),
        sections=sections,
        nature="derived",
        version=material.version,
        sources=tuple(dict.fromkeys(sources)),
        date_label=material.date_of("apl_gp"),
        language=material.language,
    )


def _shared(material: Material, asked: Mapping[str, Any]) -> Shared | None:
    rows = material.public.select(
        asked["indicator"], profession=asked["profession"], level="commune"
    ).table.set_index("zone_code")
    values = rows["value"].astype(float).dropna()
    people = population(material.territory).reindex(values.index)
    values, people = values[people > 0], people[people > 0]
    if len(values) < LEAST or not (values * people).sum() > 0:
        return None
    income = material.territory.communes["median_income"].astype(float).reindex(values.index)
    sources = ";".join(dict.fromkeys(";".join(rows["sources"]).split(";")))
    return Shared(asked, values, people, income, sources)


def _percent(share: float) -> str:
    return with_unit(number(100 * share), "%")


def _signed(value: float, words: Mapping[str, Any]) -> str:
    if value != value:
        return str(words["absent"])
    shown = round(value, 2)
    return ("+" if shown > 0 else MINUS if shown < 0 else "") + number(abs(shown), 2)


def depth(shared: Shared, threshold: float) -> float:
    """What those under the threshold lack on average, as a share of it."""
    under = shortfall(shared.values, shared.people, threshold, power=0)
    lacking = shortfall(shared.values, shared.people, threshold, power=1)
    return lacking / under if under > 0 else 0.0


def _under(
    shared: Shared, threshold: float, words: Mapping[str, Any]
) -> list[tuple[str, str, str]]:
    share, intensity, severity = (
        shortfall(shared.values, shared.people, threshold, power=power) for power in (0, 1, 2)
    )
    told = (
        _percent(share),
        _percent(depth(shared, threshold)),
        _percent(intensity),
        number(severity, 3),
    )
    return [
        (name, value, reading)
        for (name, reading), value in zip(words["under_rows"], told, strict=True)
    ]


def _lead(shared: Shared, threshold: float, words: Mapping[str, Any]) -> str:
    index = shared.concentration
    if index != index:
        income = words["unknown_income"]
    else:
        even = abs(index) < words["even_below"]
        side = "even" if even else "rich" if index > 0 else "poor"
        income = words[side].format(
            value=_signed(index, words), even=number(words["even_below"], 2)
        )
    return str(words["lead"]).format(
        top=number(shared.mean_between(TOP, 1), 1),
        bottom=number(shared.mean_between(0, BOTTOM), 1),
        under=_percent(shortfall(shared.values, shared.people, threshold)),
        depth=_percent(depth(shared, threshold)),
        income=income,
    )


def _figure(shared: Shared, words: Mapping[str, Any]) -> Figure:
    curve = lorenz(shared.values, shared.people)
    half = float(np.interp(0.5, curve["people"], curve["access"]))
    title = typeset(words["curve"].format(label=shared.asked["label"]))
    told = words["curve_description"].format(
        gini=number(gini(shared.values, shared.people), 2), half=_percent(half)
    )
    canvas = Canvas(520, 460, title, typeset(told), key=f"{PAGE}-{shared.asked['indicator']}")
    across, up = Scale(0, 1, 56, 500), Scale(0, 1, 400, 30)
    marks = (0.0, 0.25, 0.5, 0.75, 1.0)
    canvas.axes(
        across,
        up,
        x_ticks=marks,
        y_ticks=marks,
        label=_percent,
        x_title=typeset(words["x_title"]),
        y_title=typeset(words["y_title"]),
    )
    canvas.line([(across(0), up(0)), (across(1), up(1))], "axis")
    if shared.income_share >= LEAST_COVERAGE:
        by_income = lorenz(shared.values, shared.people, shared.income)
        canvas.line(_places(by_income, across, up), "soft")
    canvas.line(_places(curve, across, up), "line")
    return Figure(title, canvas.svg(), typeset(words["curve_note"]))


def _places(curve: pd.DataFrame, across: Scale, up: Scale) -> list[tuple[float, float]]:
    pairs = zip(curve["people"], curve["access"], strict=True)
    return [(across(x), up(y)) for x, y in pairs]
