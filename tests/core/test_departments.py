"""A department asked for by a wrong code."""

import pytest

from demomed.core.catalogue import department, departments
from demomed.core.faults import InputError


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("1", "« 01 » (Ain)"), ("mayene", "« 53 » (Mayenne)"), ("2a", "« 2A » (Corse-du-Sud)"),
     ("loir et cher", "« 41 » (Loir-et-Cher)"), ("Côtes", "« 22 » (Côtes-d'Armor)"), ("20", "2A ou 2B"), ("", "2A ou 2B")],
)  # fmt: skip
def test_a_name_or_a_near_code_is_answered_with_the_code(typed, meant):
    with pytest.raises(InputError) as refused:
        department(typed)
    assert meant in str(refused.value)
    assert len(str(refused.value)) < 300  # no list of 96 names


def test_overseas_is_told_apart_from_unknown():
    with pytest.raises(InputError, match="La Réunion"):
        department("974")


def test_the_96_departments_of_the_mainland_are_declared():
    corsica = {"2A", "2B"}
    codes = {f"{number:02d}" for number in range(1, 96) if number != 20} | corsica
    assert set(departments()) == codes
