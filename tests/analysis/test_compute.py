"""The declared indicators on Toyland, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from demomed.analysis import compute
from demomed.core.faults import InputError
from demomed.core.indicator import COLUMNS, indicators
from demomed.core.territory import LEVELS

BOCAGE, VALLEE = "200000001", "200000002"


@pytest.fixture(scope="module")
def everything(toyland):
    return compute(toyland, level=LEVELS)


def cell(values, indicator, zone, profession="gp"):
    table = values.table
    rows = table.loc[
        (table["indicator"] == indicator)
        & (table["zone_code"] == zone)
        & (table["profession"] == profession)
    ]
    assert len(rows) == 1
    return rows.iloc[0]


def test_the_table_is_complete_and_ordered(everything, toyland):
    table = everything.table
    assert tuple(table.columns) == COLUMNS
    assert not table.duplicated(["level", "zone_code", "indicator", "profession"]).any()
    order = [LEVELS.index(level) for level in table["level"].drop_duplicates()]
    assert order == sorted(order)
    for one in indicators().values():
        if "demomed.analysis.indicators" not in one.measure.__module__:
            continue
        for level in LEVELS:
            rows = table.loc[(table["indicator"] == one.id) & (table["level"] == level)]
            zones = len(toyland.zones(level)) if level in one.levels else 0
            assert len(rows) == zones * max(len(one.professions), 1), (one.id, level)


def test_every_value_is_finite_and_every_absence_has_a_status(everything):
    table = everything.table
    floats = table[["value", "low", "high", "numerator", "denominator"]]
    assert not np.isinf(floats.to_numpy()).any()
    assert (table["value"].isna() == table["status"].isin(["missing", "not_applicable"])).all()
    assert (table["sources"] != "").all() and (table["date"] != "").all()
    bounded = table.dropna(subset=["value", "low", "high"])
    assert (bounded["low"] <= bounded["value"] + 1e-9).all()
    assert (bounded["value"] <= bounded["high"] + 1e-9).all()


def test_density_recomputes_from_summed_parts(everything):
    row = cell(everything, "density", BOCAGE)
    assert (row["numerator"], row["denominator"]) == (5, 6410)
    assert row["value"] == pytest.approx(5 / 6410 * 1e5)
    assert row["status"] == "unstable" and row["nature"] == "official"
    assert row["sources"] == "insee_bpe;insee_populations" and row["date"] == "2021-01-01"
    silent = cell(everything, "density", "99003")
    assert (silent["value"], silent["status"]) == (0, "value")


def test_scope_decides_for_an_epci_across_the_border(toyland, everything):
    assert cell(everything, "supply_count", VALLEE)["value"] == 3
    own = compute(replace(toyland, scope="department"), "supply_count")
    assert cell(own, "supply_count", VALLEE)["value"] == 1
    assert cell(everything, "supply_count", "99")["value"] == 6


def test_sites_of_the_neighbour_count_whatever_the_scope(toyland):
    own = replace(toyland, scope="department")
    alone = replace(own, supply=toyland.supply.loc[toyland.supply["commune_code"] != "98001"])
    whole = compute(own, "minutes_nearest", "commune", professions="gp")
    cut = compute(alone, "minutes_nearest", "commune", professions="gp")
    assert (
        cell(cut, "minutes_nearest", "99003")["value"]
        > cell(whole, "minutes_nearest", "99003")["value"]
    )
    assert (
        cell(cut, "minutes_nearest", "99001")["value"]
        == cell(whole, "minutes_nearest", "99001")["value"]
    )


def test_minutes_are_weighted_by_inhabitants(everything, toyland):
    communes = toyland.communes
    codes = communes.index[communes["epci_siren"] == BOCAGE]
    minutes = np.array([cell(everything, "minutes_nearest", code)["value"] for code in codes])
    people = communes.loc[codes, "population"].to_numpy()
    row = cell(everything, "minutes_nearest", BOCAGE)
    assert row["value"] == pytest.approx((minutes * people).sum() / people.sum())
    assert row["low"] <= row["value"] <= row["high"]
    far = people[minutes > 15].sum()
    assert cell(everything, "inhabitants_beyond_15", BOCAGE)["value"] == far
    assert cell(everything, "beyond_15", BOCAGE)["value"] == pytest.approx(far / people.sum())


def test_shares_beyond_fall_with_the_threshold(everything):
    wide = everything.select(level="epci").wide()
    for gate in ("gp", "msp", "pharmacy", "emergency"):
        columns = [f"beyond_{limit}_{gate}" for limit in (10, 15, 20, 30)]
        assert (wide[columns].diff(axis=1).iloc[:, 1:] <= 0).all(axis=None)


def test_reachable_share_is_weighted_by_the_standardised_population(everything):
    row = cell(everything, "reachable_share_over_60", BOCAGE)
    total = 3.10 * 5460 + 1.80 * 990
    younger = 2.00 * 5460 + 1.00 * 990
    assert row["value"] == pytest.approx(1 - younger / total)
    assert row["denominator"] == pytest.approx(total)
    assert cell(everything, "reachable_share_over_60", "99003")["status"] == "missing"


def test_apl_and_underserved(everything):
    assert cell(everything, "apl", BOCAGE)["value"] == pytest.approx(
        (3.1 * 5460 + 1.8 * 990) / 6450
    )
    assert cell(everything, "apl_etp", "99001", "nurse")["value"] == 150
    row = cell(everything, "underserved_share", VALLEE)
    assert row["numerator"] == 1450 + 800  # 2.40 and exactly 2.50
    assert row["value"] == pytest.approx(2250 / 2890)
    assert (
        cell(everything, "underserved_share", BOCAGE)["denominator"] == 6100
    )  # the silent commune is out


def test_a_zone_mostly_silent_is_missing(toyland):
    mute = toyland.apl.assign(apl=toyland.apl["apl"].mask(toyland.apl["commune_code"] == "99001"))
    made = compute(
        replace(toyland, apl=mute), ["apl", "reachable_share_over_60", "underserved_share"]
    )
    assert made.select().table.query("zone_code == @BOCAGE")["status"].eq("missing").all()


def test_ages_come_from_the_register_and_say_they_are_fictional(toyland, everything):
    row = cell(everything, "share_55_plus", "99")
    # main sites in the department, without the substitute: 41, 55, 63, 67 and one unknown
    assert (row["numerator"], row["denominator"]) == (3, 4)
    assert row["nature"] == "fictional" and row["status"] == "unstable"
    assert cell(everything, "share_over_55", "99")["numerator"] == 2
    assert cell(everything, "practitioners_55_plus", "99")["value"] == 3
    assert cell(everything, "mean_age", "99")["value"] == pytest.approx((41 + 55 + 63 + 67) / 4)
    assert cell(everything, "median_age", "99")["value"] == 59
    own = compute(replace(toyland, register_kind="user"), "share_55_plus", "departement")
    assert set(own.table["nature"]) == {"register"}


def test_no_practitioner_is_not_applicable_and_a_silent_register_is_missing(everything):
    assert cell(everything, "share_55_plus", "99003")["status"] == "not_applicable"
    assert cell(everything, "practitioners_55_plus", "99003")["value"] == 0
    for indicator in (
        "share_55_plus",
        "practitioners_55_plus",
        "register_count",
        "register_density",
    ):
        assert cell(everything, indicator, "99", "dentist")["status"] == "missing"


def test_register_counts_persons_and_supply_counts_sites(everything):
    assert cell(everything, "register_count", BOCAGE)["value"] == 4
    assert cell(everything, "supply_count", BOCAGE)["value"] == 5
    assert cell(everything, "register_etp", "99002")["value"] == pytest.approx(0.4)


def test_a_department_is_not_the_mean_of_its_epci(everything):
    row = cell(everything, "density", "99")
    assert row["value"] == pytest.approx(6 / 8660 * 1e5)


def test_structures_of_the_mission_replace_the_official_ones(toyland):
    owned = pd.DataFrame(
        {
            "structure_id": ["s1", "s2", "s3"],
            "kind": ["msp", "psla", "msp"],
            "family": "exercice_coordonne",
            "status": ["open", "open", "project"],
            "commune_code": ["99004", "99004", "99003"],
            "lon": [0.0, None, None],
            "lat": [48.12, None, None],
        }
    )
    territory = replace(toyland, structures=owned, structures_kind="user")
    made = compute(
        territory, ["supply_count", "minutes_nearest"], level=("commune", "epci"), professions="msp"
    )
    assert cell(made, "supply_count", VALLEE, "msp")["value"] == 2
    assert cell(made, "supply_count", BOCAGE, "msp")["value"] == 0
    assert cell(made, "supply_count", VALLEE, "msp")["nature"] == "register"
    assert cell(made, "minutes_nearest", "99004", "msp")["value"] < 5
    # the list says nothing of health centres: the official counts stay
    centres = compute(territory, "supply_count", professions="health_centre")
    assert set(centres.table["nature"]) == {"official"}


def test_one_more_site_never_raises_the_share_beyond(toyland):
    before = compute(toyland, "beyond_15", professions="msp").table["value"]
    more = toyland.supply.copy()
    more.loc[(more["service"] == "msp") & (more["commune_code"] == "99005"), "count"] = 1
    after = compute(replace(toyland, supply=more), "beyond_15", professions="msp").table["value"]
    assert (after <= before).all() and (after < before).any()


def test_order_of_rows_never_matters(toyland, everything):
    def shuffled(table):
        return table.sample(frac=1, random_state=3)

    again = replace(
        toyland,
        supply=shuffled(toyland.supply),
        apl=shuffled(toyland.apl),
        practitioners=shuffled(toyland.practitioners),
        communes=shuffled(toyland.communes),
    )
    pd.testing.assert_frame_equal(compute(again, level=LEVELS).table, everything.table)


def test_a_part_is_the_same_as_the_whole(toyland, everything):
    part = compute(toyland, ["apl", "density"], "epci", professions=["gp"])
    whole = everything.table
    kept = whole.loc[
        whole["indicator"].isin(["apl", "density"])
        & (whole["level"] == "epci")
        & (whole["profession"] == "gp")
    ].reset_index(drop=True)
    pd.testing.assert_frame_equal(part.table, kept)


def test_a_service_absent_from_the_sources_is_missing(toyland):
    less = replace(toyland, supply=toyland.supply.loc[toyland.supply["service"] != "pharmacy"])
    made = compute(less, ["minutes_nearest", "cumulated_remoteness"])
    rows = made.table.loc[
        (made.table["profession"] == "pharmacy")
        | (made.table["indicator"] == "cumulated_remoteness")
    ]
    assert set(rows["status"]) == {"missing"}


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        ({"indicators": "densit"}, "density"),
        ({"level": "epcis"}, "epci"),
        ({"professions": "dentists"}, "dentist"),
    ],
)
def test_a_misspelt_name_is_refused_with_the_closest(toyland, arguments, hint):
    with pytest.raises(InputError, match=hint):
        compute(toyland, **arguments)


def test_an_indicator_without_meaning_at_a_level_is_left_out(toyland):
    made = compute(toyland, "beyond_15", "commune")
    assert len(made) == 0 and tuple(made.table.columns) == COLUMNS
