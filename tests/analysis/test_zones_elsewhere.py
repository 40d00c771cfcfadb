"""Which intercommunalities a department ranks."""

from dataclasses import replace

from demomed.pipeline import zones_elsewhere


def test_a_zone_is_elsewhere_only_when_most_of_its_inhabitants_are(toyland):
    assert zones_elsewhere(toyland) == ()
    zone = toyland.epci.index[0]
    members = toyland.members("epci")
    mine = members.index[members == zone]
    communes = toyland.communes.copy()
    communes.loc[mine, "departement_code"] = "98"
    assert zones_elsewhere(replace(toyland, communes=communes)) == (zone,)
    communes["population"] = 100.0
    communes.loc[mine[0], "departement_code"] = toyland.department.code
    half = replace(toyland, communes=communes.loc[mine[:2]])
    assert zones_elsewhere(half) == ()
