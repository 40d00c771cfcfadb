"""Small registers made up for the gate: persons with an age, in communes of crossing zones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

import demomed.analysis  # noqa: F401  (declares the indicators)
from demomed.core.indicator import COLUMNS, Indicators

SHARES = {"share_55_plus": 55, "share_over_55": 56, "share_60_plus": 60, "share_65_plus": 65}
ALL = (*SHARES, "practitioners_55_plus", "mean_age", "median_age")


@dataclass(frozen=True)
class Register:
    """Persons (commune, age) and the zones of the communes, level by level."""

    persons: pd.DataFrame
    hierarchy: Mapping[str, pd.Series]

    @property
    def neighbours(self) -> dict[str, dict[str, list[str]]]:
        """Every EPCI touches the next one, the last one the first."""
        zones = sorted(set(self.hierarchy["epci"]))
        around = zip(zones, zones[1:] + zones[:1], zones[-1:] + zones[:-1], strict=True)
        return {"epci": {zone: sorted({after, before} - {zone}) for zone, after, before in around}}

    def measured(
        self, indicators: Sequence[str] = ALL, *, date: str = "2026-01-01", profession: str = "gp"
    ) -> Indicators:
        tables = []
        for level, members in self.hierarchy.items():
            zones = sorted(set(members))
            held = self.persons.assign(zone=self.persons["commune"].map(members))
            held = held.dropna(subset=["zone", "age"])
            ages = held.groupby("zone")["age"]
            base = ages.size().reindex(zones, fill_value=0).astype(float)
            for id_ in indicators:
                part = pd.Series(np.nan, index=zones)
                if id_ in ("mean_age", "median_age"):
                    value = getattr(ages, id_.removesuffix("_age"))().reindex(zones)
                    part = ages.sum().reindex(zones) if id_ == "mean_age" else part
                else:
                    at = SHARES.get(id_, 55)
                    part = (held["age"] >= at).groupby(held["zone"]).sum()
                    part = part.reindex(zones, fill_value=0).astype(float)
                    value = part if id_ == "practitioners_55_plus" else part / base.where(base > 0)
                tables.append(
                    pd.DataFrame(
                        {
                            "level": level,
                            "zone_code": zones,
                            "zone_name": [f"Zone {zone}" for zone in zones],
                            "indicator": id_,
                            "profession": profession,
                            "date": date,
                            "value": value.to_numpy(dtype=float),
                            "low": np.nan,
                            "high": np.nan,
                            "numerator": part.where(value.notna()).to_numpy(dtype=float),
                            "denominator": base.to_numpy(),
                            "status": np.where(value.isna(), "missing", "value"),
                            "nature": "fictional",
                            "sources": "register",
                        }
                    )
                )
        return Indicators(pd.concat(tables, ignore_index=True)[list(COLUMNS)])


def _made(counts: Mapping[str, Sequence[int]], epci: Mapping[str, str]) -> Register:
    """Persons of given ages by commune; a commune whose name starts with « x » is outside."""
    rows = [(commune, float(age)) for commune, ages in counts.items() for age in ages]
    communes = sorted(counts)
    inside = [commune for commune in communes if not commune.startswith("x")]
    return Register(
        pd.DataFrame(rows, columns=["commune", "age"]),
        {
            "commune": pd.Series(inside, index=inside),
            "epci": pd.Series({commune: epci[commune] for commune in communes}),
            "departement": pd.Series("53", index=inside),
        },
    )


def _random(seed: int) -> Register:
    draw = np.random.default_rng(seed)
    counts: dict[str, list[int]] = {}
    epci: dict[str, str] = {}
    for number in range(int(draw.integers(2, 5))):
        for rank in range(int(draw.integers(1, 5))):
            crossing = number == 0 and rank > 0 and draw.random() < 0.5
            commune = f"{'x' if crossing else 'c'}{number}{rank}"
            size = int(draw.choice([0, 1, 2, 3, 4, 6, 9, 14]))
            old = draw.choice([44.0, 54.0, 62.0])
            counts[commune] = np.clip(draw.normal(old, 9.0, size), 26, 76).astype(int).tolist()
            epci[commune] = f"E{number}"
    return _made(counts, epci)


@pytest.fixture
def made_register() -> Callable[..., Register]:
    """Register from ages by commune and the EPCI of each commune."""
    return _made


@pytest.fixture
def random_register() -> Callable[[int], Register]:
    """Register drawn from a seed."""
    return _random
