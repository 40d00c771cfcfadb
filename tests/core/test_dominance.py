"""No figure about persons is carried by one of them: counted facts only, whole counts behind each."""

from __future__ import annotations

import numpy as np
import pytest

from demomed.core.disclosure import protect
from demomed.core.facts import sensitive
from demomed.core.indicator import Indicators

DOMINANT = 0.85
"""Share of a figure from which its largest contributor is betrayed."""


def test_what_is_told_is_never_dominated_by_one_person(random_register) -> None:
    for seed in range(12):
        register = random_register(seed)
        public = protect(
            register.measured(), hierarchy=register.hierarchy, neighbours=register.neighbours
        )
        told = public.table.loc[sensitive(public.table) & (public.table["numerator"] > 0)]
        bases = told["denominator"].astype(float)
        counted = told["numerator"].astype(float)
        assert (bases % 1 == 0).all()
        assert (counted % 1 == 0).all()
        assert (1 / bases < DOMINANT).all()
        assert (1 / counted < DOMINANT).all()


@pytest.mark.parametrize("column", ["numerator", "denominator"])
def test_a_volume_about_persons_is_withheld(random_register, column) -> None:
    """Full-time equivalents, acts: where one practitioner may hold nearly all of the figure."""
    register = random_register(1)
    table = register.measured().table.copy()
    mine = table.index[sensitive(table) & table[column].notna() & (table["denominator"] > 0)]
    table[column] = table[column].astype(float)
    table.loc[mine, column] = table.loc[mine, column] * 0.93 + 0.31
    public = protect(
        Indicators(table), hierarchy=register.hierarchy, neighbours=register.neighbours
    ).table
    weighed = public.loc[sensitive(public) & ~np.isclose(public[column].fillna(0) % 1, 0)]
    assert weighed["value"].isna().all()
    assert weighed[["numerator", "denominator"]].isna().all(axis=None)
    assert len(mine)
