"""Counts of zones where a commune was split from another since the source."""

import dataclasses

import pandas as pd

from demomed.analysis.indicators.inputs import counts, zone_counts


def without(territory, code, *, services=None):
    supply = territory.supply
    gone = supply["commune_code"] == code
    if services is not None:
        gone &= supply["service"].isin(services)
    return dataclasses.replace(territory, supply=supply.loc[~gone])


def test_a_commune_the_source_does_not_list_adds_nothing_to_its_zone(toyland):
    zones = toyland.members("epci")
    whole = zone_counts(toyland, "gp", zones)
    number = counts(toyland, "gp")
    code = number.reindex(zones.index).dropna().index[0]
    split = without(toyland, code)
    assert zone_counts(split, "gp", zones)[zones[code]] == whole[zones[code]] - number[code]
    alone = pd.Series(zones.index, index=zones.index)
    assert pd.isna(zone_counts(split, "gp", alone)[code])


def test_a_commune_listed_without_this_count_makes_its_zone_missing(toyland):
    zones = toyland.members("epci")
    code = counts(toyland, "gp").reindex(zones.index).dropna().index[0]
    silent = without(toyland, code, services=["gp"])
    assert pd.isna(zone_counts(silent, "gp", zones)[zones[code]])


def test_a_service_nobody_counts_stays_missing(toyland):
    zones = toyland.members("epci")
    assert zone_counts(toyland, "unheard of", zones).isna().all()
