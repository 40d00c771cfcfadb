"""« Hasard ou écart ? » in Mayenne: who is compared with the department, and what that owes to whom."""

from __future__ import annotations

import pytest

from demomed.dossiers import dispersion


@pytest.fixture(scope="module")
def section(mayenne):
    return dispersion.dossier(mayenne).sections[0]


def test_a_territory_mostly_of_another_department_is_not_compared(section, mayenne):
    names = [row[0].text for row in section.tables[0].rows]
    assert len(names) == len(mayenne.territory.epci) - 1
    assert not any("Sabolien" in name for name in names)
    assert any("Sabolien" in text and "Hors comparaison" in text for text in section.paragraphs)


def test_a_territory_that_makes_its_own_target_is_told(section):
    (told,) = (text for text in section.paragraphs if "en paraît moindre" in text)
    assert "Laval" in told and "38" in told  # 115 195 of 305 933


def test_smoothed_densities_are_around_the_target(section, mayenne):
    whole = mayenne.public.select("density", profession="gp", level="departement").table
    target = float(whole["value"].iloc[0])
    raw, smoothed = (
        [float(row[column].text) for row in section.tables[0].rows] for column in (3, 6)
    )
    for before, after in zip(raw, smoothed, strict=True):
        assert min(before, target) - 1 <= after <= max(before, target) + 1


def test_what_holds_for_every_profession_is_told_once(mayenne):
    others = dispersion.dossier(mayenne).sections[1:]
    assert others and all(len(one.paragraphs) == 1 for one in others)
