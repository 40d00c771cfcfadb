"""What a scenario changes, what it must not change, and what it refuses."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from demomed.analysis import compute
from demomed.analysis.added_access import added_access, care_per_head, standardised_population
from demomed.analysis.scenario import compare, scenario
from demomed.core import catalogue
from demomed.core.faults import InputError
from demomed.core.scenario import Change
from demomed.ingestion.scenarios import parse_scenario, read_scenario


def test_what_is_gained_adds_up_to_what_was_added(toyland):
    heads = pd.Series({"99001": 1.5, "99005": -0.5})
    gained = added_access(toyland, heads)
    total = (gained * standardised_population(toyland)).sum()
    assert total == pytest.approx(1.0 * care_per_head("gp"))
    assert gained["99003"] == 0, "beyond reach"


def test_arrival_moves_counts_times_and_access(toyland):
    after = scenario(toyland, [Change("add_practitioner", "99003", count=2)])
    assert after.supply_of("gp").to_dict() == {**toyland.supply_of("gp").to_dict(), "99003": 2}
    assert after.supply_of("gp", 2017).equals(toyland.supply_of("gp", 2017)), "the past stays"
    minutes = [
        compute(t, ["minutes_nearest"], "commune", professions="gp").wide()["minutes_nearest_gp"]
        for t in (toyland, after)
    ]
    assert minutes[1].loc["99003"].iloc[0] < minutes[0].loc["99003"].iloc[0]
    wide = compute(after, ["density"], professions="gp").wide()["density_gp"]
    assert wide.loc["200000001"].iloc[0] == pytest.approx(7 / 6410 * 100_000)


def test_departure_and_return_cancel_out(toyland):
    leave = Change("remove_practitioner", "99001", age=40)
    back = scenario(scenario(toyland, [leave]), [Change("add_practitioner", "99001", age=40)])
    assert back.supply_of("gp").equals(toyland.supply_of("gp"))
    assert np.allclose(back.apl_of()["apl"], toyland.apl_of()["apl"], equal_nan=True)


def test_age_decides_which_accessibility_moves(toyland):
    after = scenario(toyland, [Change("remove_practitioner", "99001", etp=0.1, age=66)])
    for limit in ("60", "62", "65"):
        assert after.apl_of(age_limit=limit).equals(toyland.apl_of(age_limit=limit))
    assert after.apl_of()["apl"]["99001"] < toyland.apl_of()["apl"]["99001"]
    whole = scenario(toyland, [Change("remove_practitioner", "99001", age=66)])
    for limit in ("60", "62", "65"):
        younger, everyone = (whole.apl_of(age_limit=one)["apl"] for one in (limit, "all"))
        assert (younger.dropna() <= everyone.dropna() + 1e-12).all(), "the part is in the whole"


@pytest.mark.parametrize(
    ("change", "sign"),
    [
        (Change("assistant", "99001", etp=0.1), 1),
        (Change("telehealth", "99004", etp=0.5, reach_min=15), 1),
        (Change("closed_day", "99001", count=2, etp=0.2), -1),
    ],
)
def test_time_changes_access_and_no_head_count(toyland, change, sign):
    after = scenario(toyland, [change])
    assert after.supply.equals(toyland.supply)
    moved = sign * (after.apl_of()["apl"] - toyland.apl_of()["apl"])
    assert moved[change.commune_code] > 0
    assert (moved.dropna() >= -1e-12).all()


def test_no_gain_of_time_changes_nothing(toyland):
    after = scenario(toyland, [Change("assistant", "99001", etp=0.0)])
    assert after.apl.equals(toyland.apl)
    assert after.supply.equals(toyland.supply)


def test_assistant_gives_the_share_it_says(toyland):
    one = scenario(toyland, [Change("assistant", "99001", etp=0.25)])
    gained = (one.apl_of()["apl"] - toyland.apl_of()["apl"]).dropna()
    whole = added_access(toyland, pd.Series({"99001": 1.0})).loc[gained.index]
    assert np.allclose(gained, whole / 4)


def test_order_of_rows_does_not_matter(toyland):
    shuffled = replace(
        toyland,
        supply=toyland.supply.sample(frac=1, random_state=1),
        apl=toyland.apl.sample(frac=1, random_state=2),
    )
    changes = [Change("remove_practitioner", "99001"), Change("add_practitioner", "99005", etp=0.5)]
    one, two = scenario(toyland, changes), scenario(shuffled, changes)
    assert one.supply_of("gp").equals(two.supply_of("gp"))
    assert np.allclose(one.apl_of()["apl"], two.apl_of()["apl"], equal_nan=True)


def test_own_list_of_structures_follows(toyland):
    own = pd.DataFrame(
        {
            "structure_id": ["m1"], "kind": ["msp"], "family": ["exercice_coordonne"],
            "status": ["open"], "commune_code": ["99001"], "lon": [0.0], "lat": [48.0], "count": [1],
        }
    )  # fmt: skip
    held = replace(toyland, structures=own, structures_kind="user")
    changes = [
        Change("remove_structure", "99001", "msp"),
        Change("add_structure", "99004", "msp", count=2),
    ]
    table = compute(scenario(held, changes), ["supply_count"], "commune", professions="msp").table
    assert table.set_index("zone_code")["value"].to_dict() == {
        "99001": 0, "99002": 0, "99003": 0, "99004": 2, "99005": 0,
    }  # fmt: skip


def test_register_is_untouched_and_figures_say_they_are_simulated(toyland):
    after = scenario(toyland, [Change("remove_practitioner", "99001")])
    assert after.practitioners is toyland.practitioners
    table = compute(after, ["density", "register_count"], professions="gp").table
    assert set(table.loc[table["indicator"] == "density", "nature"]) == {"simulated"}
    assert set(table.loc[table["indicator"] == "register_count", "nature"]) == {"fictional"}
    assert any("chiffres simulés" in notice for notice in after.notices)


def test_compare_tells_who_gains_and_who_loses(toyland):
    changes = [
        Change("remove_practitioner", "99001", count=2),
        Change("add_practitioner", "99005", count=2),
    ]
    ids = ["density", "share_55_plus"]
    before, after = (
        compute(t, ids, professions="gp") for t in (toyland, scenario(toyland, changes))
    )
    table = compare(before, after)
    assert table["outcome"].to_dict() == {
        ("epci", "200000001", "density", "gp"): "perd",
        ("epci", "200000002", "density", "gp"): "gagne",
    }, "facts about persons are left out"
    assert (table["after"] - table["before"]).equals(table["change"])
    still = compare(before, before)
    assert set(still["outcome"]) == {"inchangé"}
    missing = replace(after, table=after.table.assign(value=np.nan))
    assert set(compare(before, missing)["outcome"]) == {"inconnu"}


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (Change("remove_practitioner", "99001", count=5), "4 présents"),
        (Change("remove_practitioner", "99005"), "0 présents"),
        (Change("closed_day", "99002", count=2), "1 présents"),
        (Change("assistant", "99003", etp=0.1), "0 présents"),
        (Change("remove_structure", "99004", "msp"), "0 présents"),
        (Change("add_practitioner", "75056"), "75056"),
        (Change("add_practitioner", "99001", "gq"), "gq"),
        (Change("add_structure", "99001", "gp"), "structure"),
        (Change("add_practitioner", "99001", "msp"), "structure"),
        (Change("telehealth", "99001", "dentist", etp=0.5), "aucune accessibilité"),
        (Change("move", "99001"), "move"),
        (Change("add_practitioner", "99001", count=0), "nombre 0"),
    ],
)
def test_refused(toyland, change, word):
    with pytest.raises(InputError, match=word):
        scenario(toyland, [change])


def test_every_fault_at_once_and_in_order(toyland):
    changes = [
        Change("add_practitioner", "99005"),
        Change("remove_practitioner", "99005"),
        Change("remove_practitioner", "99005"),
        Change("move", "99001"),
    ]
    with pytest.raises(InputError) as caught:
        scenario(toyland, changes)
    assert [fault.found[:12] for fault in caught.value.faults] == ["changement 3", "changement 4"]


def test_files_of_the_catalogue_are_read():
    for name in catalogue.entries("scenarios"):
        read = read_scenario(name)
        assert read.title and read.question
        assert all(change.why for change in read.changes)


def test_file_of_the_mission(tmp_path):
    path = tmp_path / "essai.toml"
    path.write_text(
        'title = "Essai"\n[[changes]]\nkind = "closed_day"\ncommune = "99001"\ndays = 2.5\n',
        encoding="utf-8",
    )
    assert read_scenario(path).changes == (Change("closed_day", "99001", etp=0.5),)


def test_faults_of_a_file_are_told_together(tmp_path):
    raw = {
        "titre": "x",
        "changes": [
            {"kind": "remove_practitionner", "commune": "99001"},
            {"kind": "assistant", "commune": 99001, "etp": 1, "count": 1.5},
            {"kind": "add_practitioner", "commune": "99001", "etp": 4, "age": True},
        ],
    }
    with pytest.raises(InputError) as caught:
        parse_scenario("x", raw)
    told = str(caught.value)
    for word in (
        "titre",
        "title",
        "remove_practitioner »",
        "99001",
        "1.5",
        "etp_gain",
        "= 4",
        "True",
    ):
        assert word in told
    assert len(caught.value.faults) == 9
    with pytest.raises(InputError, match="introuvable"):
        read_scenario(tmp_path / "absent.toml")
    (tmp_path / "broken.toml").write_text("title = ", encoding="utf-8")
    with pytest.raises(InputError, match="illisible"):
        read_scenario(tmp_path / "broken.toml")
    with pytest.raises(InputError, match="exemple"):
        read_scenario("exempl")
