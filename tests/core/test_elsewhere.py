"""Zones whose facts about persons another portal tells."""

from __future__ import annotations

from demomed.core.disclosure import EMPTIED, protect

COUNTS = {
    "c1": [58] * 6 + [40] * 6,
    "c2": [58] * 3 + [40] * 7,
    "c3": [58] * 9 + [40] * 9,
    "c4": [58] * 12 + [40] * 14,
}
EPCI = {"c1": "X", "c2": "Y", "c3": "Z", "c4": "W"}


def told(public, zone):
    rows = public.table.loc[public.table["zone_code"] == zone]
    return bool(rows["value"].notna().all())


def protected(register, **options):
    return protect(register.measured(("share_55_plus",)), hierarchy=register.hierarchy, **options)


def test_nothing_is_told_of_a_zone_that_another_portal_tells(made_register) -> None:
    public = protected(made_register(COUNTS, EPCI), elsewhere=("X",))
    rows = public.table.loc[public.table["zone_code"] == "X"]
    assert len(rows)
    assert set(rows["status"]) == {"masked"}
    assert set(rows["coarse"]) == {""}
    assert rows[list(EMPTIED)].isna().all(axis=None)


def test_its_silence_protects_nobody_here(made_register) -> None:
    """Three of the ten of Y are 55: the total less the others would tell it."""
    register = made_register(COUNTS, EPCI)
    alone = protected(register)
    assert [zone for zone in ("X", "Y", "Z", "W", "53") if not told(alone, zone)] == ["Y", "Z"]
    beside = protected(register, elsewhere=("Z",))
    assert not told(beside, "Y")
    assert not (told(beside, "X") and told(beside, "W") and told(beside, "53"))


def test_facts_that_are_not_about_persons_are_told_everywhere(made_register) -> None:
    register = made_register(COUNTS, EPCI)
    counts = register.measured(("share_55_plus",))
    table = counts.table.assign(indicator="supply_count", nature="official")
    public = protect(type(counts)(table), hierarchy=register.hierarchy, elsewhere=("X",))
    assert public.table["value"].notna().all()
