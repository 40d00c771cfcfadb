"""Standardised need and access « de type APL »: WE-5a, WE-5b, Toyland."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demomed.analysis.aggregate import zone_mean
from demomed.analysis.apl_like import (
    activity,
    agreement,
    apl_like,
    apl_type,
    practitioners_by_commune,
)
from demomed.analysis.apl_versions import apl_version, default_version, make_decay
from demomed.analysis.coverage import underserved
from demomed.analysis.decay import Steps
from demomed.analysis.need import (
    age_weights,
    need_ratio,
    recover_age_weights,
    standardised_population,
)
from demomed.analysis.standardised import standardised_demand
from demomed.core.catalogue import entries
from demomed.core.faults import InputError
from demomed.core.schemas import COUNTED_WHOLE

BANDS = ["0-14", "15-44", "45-64", "65-74", "75+"]
VISITS = pd.Series([3.0, 2.6, 3.8, 5.2, 7.4], index=BANDS)
NATIONAL = pd.Series([170, 360, 260, 110, 100], index=BANDS)
LOCAL = pd.DataFrame(
    [(210, 420, 330, 130, 110), (120, 240, 220, 110, 110), (400, 740, 500, 190, 170)],
    columns=BANDS,
    index=["D1", "D2", "D3"],
)
PEOPLE = LOCAL.sum(axis=1).astype(float)
TRAVEL = pd.DataFrame(
    [
        (place, site, float(t))
        for place, row in {"D1": (5, 22), "D2": (12, 9), "D3": (25, 14)}.items()
        for site, t in zip(("S1", "S2"), row, strict=True)
    ],
    columns=["origin", "destination", "minutes"],
)
DOCTORS = pd.DataFrame(
    [
        ("a", "S1", 5200, 41),
        ("b", "S1", 9800, 58),
        ("c", "S1", 4100, 66),
        ("d", "S2", 6100, 52),
        ("e", "S2", 3300, 63),
    ],
    columns=["practitioner_id", "commune_code", "activity", "age"],
).assign(service="gp", site_share=1.0)
FAST, SLOW = Steps({5: 1, 10: 0.3, 15: 0.1}), Steps({10: 1, 15: 2 / 3, 20: 1 / 3})


def demand():
    return standardised_population(LOCAL, age_weights(VISITS, NATIONAL))


def test_worked_example_5a():
    weights = age_weights(VISITS, NATIONAL)
    expected = [0.800854245, 0.694073679, 1.014415376, 1.388147357, 1.975440470]
    assert weights.tolist() == pytest.approx(expected, abs=6e-10)
    assert (VISITS * NATIONAL).sum() / NATIONAL.sum() == pytest.approx(3.746)
    assert (weights * NATIONAL).sum() == pytest.approx(1000)
    made = demand()
    assert made.tolist() == pytest.approx([1192.205019, 855.846236, 1940.736786], abs=5e-7)
    assert need_ratio(made, PEOPLE).tolist() == pytest.approx(
        [0.993504, 1.069808, 0.970368], abs=5e-7
    )


WE_5B = [
    (
        FAST,
        None,
        (13.539005, 20.850545),
        (13.539005, 7.609064, 2.085054),
        26_700,
        6.693763,
        6.626041,
    ),
    (FAST, 65, (10.330339, 20.850545), (10.330339, 7.288197, 2.085054), 22_600, 5.665881, 5.599268),
    (SLOW, None, (9.814104, 4.372763), (9.814104, 10.915499, 2.915175), 26_700, 6.693763, 6.584918),
    (SLOW, 65, (7.488218, 4.372763), (7.488218, 9.364908, 2.915175), 22_600, 5.665881, 5.577035),
]


@pytest.mark.parametrize(("decay", "age", "ratios", "access", "total", "standard", "plain"), WE_5B)
def test_worked_example_5b(decay, age, ratios, access, total, standard, plain):
    supply = activity(DOCTORS, age_limit=age, cap=8000)
    assert supply.to_dict() == (
        {"S1": 17_300, "S2": 9_400} if age is None else {"S1": 13_200, "S2": 9_400}
    )
    need = demand()
    made = apl_type(need, supply, TRAVEL, decay)
    assert made.ratio.tolist() == pytest.approx(ratios, abs=5e-7)
    # D3 of the first rows ends on a half: 2.0850545
    assert made.access.tolist() == pytest.approx(access, abs=6e-7)
    assert (need * made.access).sum() == pytest.approx(total)
    zones = pd.Series("Z", index=need.index)
    assert zone_mean(made.access, need, zones).loc["Z", "value"] == pytest.approx(
        standard, abs=5e-7
    )
    assert zone_mean(made.access, PEOPLE, zones).loc["Z", "value"] == pytest.approx(plain, abs=5e-7)


def test_the_choice_of_weights_decides_who_is_under_served():
    supply = activity(DOCTORS, cap=8000)
    shares = [
        underserved(apl_type(demand(), supply, TRAVEL, decay).access, PEOPLE).loc[
            "ensemble", "value"
        ]
        for decay in (FAST, SLOW)
    ]
    assert shares == [0.5, 0.0]


def test_activity_is_shared_between_sites_and_unknown_activity_is_left_out_or_given():
    rows = pd.DataFrame(
        {
            "practitioner_id": ["x", "x", "y"],
            "service": "gp",
            "commune_code": ["a", "b", "a"],
            "site_share": [0.75, 0.25, 1.0],
            "etp": [1.0, 1.0, 0.5],
            "activity": [4000.0, 4000.0, np.nan],
            "age": [40, 40, None],
        }
    )
    assert activity(rows).to_dict() == {"a": 3000, "b": 1000}
    assert activity(rows, default=5000).to_dict() == {"a": 3000 + 2500, "b": 1000}
    assert activity(rows, age_limit=30, default=5000).to_dict() == {"a": 2500}  # unknown age stays


@given(
    st.lists(st.lists(st.integers(1, 4000), min_size=4, max_size=4), min_size=8, max_size=20),
    st.integers(0, 99),
)
def test_age_weights_are_recovered_from_published_populations(rows, seed):
    bands = pd.DataFrame(rows, columns=list("abcd"))
    if np.linalg.matrix_rank(bands.to_numpy(dtype=float)) < 4:
        return
    true = pd.Series(np.random.default_rng(seed).uniform(0.4, 2.2, 4), index=list("abcd"))
    made = recover_age_weights(bands, standardised_population(bands, true))
    assert made.residual.abs().max() < 1e-6 * bands.to_numpy().sum()


def test_recovered_weights_tell_when_the_bands_are_wrong():
    rng = np.random.default_rng(2)
    bands = pd.DataFrame(rng.integers(100, 900, (60, 3)), columns=list("abc"))
    published = standardised_population(bands, pd.Series({"a": 0.8, "b": 1.0, "c": 1.9}))
    assert recover_age_weights(bands, published).r_squared == pytest.approx(1)
    assert recover_age_weights(bands[["a", "b"]], published).r_squared < 0.9
    with pytest.raises(InputError, match="lieux complets"):
        recover_age_weights(bands.iloc[:2], published)


def test_faulty_bands_are_refused():
    with pytest.raises(InputError, match="mêmes tranches"):
        age_weights(VISITS, NATIONAL.drop("75+"))
    with pytest.raises(InputError, match=r"75\+"):
        standardised_population(LOCAL.drop(columns="75+"), VISITS)


# -- the catalogue and Toyland --------------------------------------------------------------------


@pytest.mark.parametrize("id_", sorted(entries("apl")))
def test_every_version_is_complete(id_):
    made = apl_version(id_)
    assert made.title.startswith("De type APL") and made.unit and made.caveat.endswith(".")
    assert made.decay(np.array([0.0]))[0] > 0 and made.per > 0 and made.professions


def test_one_default_version_by_profession():
    assert (default_version("gp"), default_version("nurse")) == ("calibree", "infirmiers")
    with pytest.raises(InputError, match="profession prévue"):
        default_version("pharmacy")


def test_apl_like_on_toyland(toyland):
    made = apl_like(toyland, version="2015")
    assert made.index.equals(toyland.communes.index)
    standard = made["standardised_population"]
    total = (made["apl_like"] * standard).sum()
    assert total == pytest.approx(8 * 4950)  # eight places of practice, all within reach of someone
    assert made.loc["99001", "apl"] == 3.10
    assert not made["is_edge_complete"].any()  # Toyland is too small for any catchment to be whole


def test_the_register_of_the_mission_gives_ages_and_activities(toyland):
    with pytest.raises(InputError, match="registre"):
        apl_like(toyland, age_limit=65)
    own = replace(
        toyland,
        register_kind="user",
        practitioners=toyland.practitioners.assign(activity=4000.0),
    )
    every, younger = apl_like(own, version="2015"), apl_like(own, version="2015", age_limit=65)
    assert (younger["apl_like"] <= every["apl_like"] + 1e-12).all()
    assert (younger["apl_like"] < every["apl_like"]).any()
    standard = every["standardised_population"]
    # five persons of the department at 4 000 acts, two places of the neighbour at the usual activity
    assert (every["apl_like"] * standard).sum() == pytest.approx(5 * 4000 + 2 * 4950)


def test_counts_are_brought_to_persons_of_the_whole_department_held_or_not(toyland):
    label = "Médecins généralistes (fictifs)"
    demography = pd.DataFrame(
        {
            "area_level": "departement",
            "area_code": ["99", "98"],
            "service": "gp",
            "profession_label": label,
            "year": 2024,
            "age_band": "all",
            "sex": "all",
            "count": [3, 50],
            "source_id": "cnam_professionals",
        }
    )
    whole = toyland.departements.assign(count_gp=[200.0, 6.0])
    territory = replace(toyland, demography=demography, departements=whole)
    made = practitioners_by_commune(territory, "gp", persons_label=label)
    inside = made.drop("98001")
    assert inside.sum() == pytest.approx(3)  # six places, three persons
    assert made["98001"] == pytest.approx(2 * 50 / 200)  # two places of the 200 of its department
    unknown = replace(territory, departements=whole.assign(count_gp=[float("nan"), 6.0]))
    made = practitioners_by_commune(unknown, "gp", persons_label=label)
    assert made["98001"] == 2  # nothing to bring it to


def test_every_profession_brought_to_persons_is_counted_whole():
    declared = {
        p for version in entries("apl").values() for p in version.get("department_totals", {})
    }
    assert declared == set(COUNTED_WHOLE)


def test_need_unpublished_is_told_from_another_profession(toyland):
    line = apl_version("calibree").need
    rows = toyland.apl
    silent = rows.loc[~((rows["service"] == "gp") & (rows["commune_code"] == "98001"))]
    told = standardised_demand(replace(toyland, apl=silent))
    nurses = rows.loc[(rows["service"] == "nurse") & (rows["commune_code"] == "98001")]
    people = toyland.communes["population"].astype(float)
    ratio = nurses["standardised_population"].iloc[0] / people["98001"]
    assert told["98001"] == pytest.approx(people["98001"] * (line.level + line.slope * ratio))
    whole = standardised_demand(toyland)
    assert told.drop("98001").equals(whole.drop("98001"))
    alone = standardised_demand(replace(toyland, apl=silent), version=apl_version("2015"))
    assert alone["98001"] == people["98001"]  # that version declares no line


def test_a_version_is_not_used_for_another_profession(toyland):
    with pytest.raises(InputError, match="n'est pas prévue"):
        apl_like(toyland, "nurse", version="2012")


def test_unknown_decay_names_the_closest():
    with pytest.raises(InputError, match="gaussian"):
        make_decay({"kind": "gausian", "limit": 20})


def test_agreement_is_a_rank_correlation():
    weights = pd.Series(1.0, index=list("abcd"))
    made = pd.Series([1.0, 2.0, 3.0, 4.0], index=list("abcd"))
    official = pd.Series([10.0, 30.0, 20.0, np.nan], index=list("abcd"))
    assert agreement(made, official, weights) == pytest.approx(0.5)
    zones = pd.Series({"a": "Y", "b": "Z", "c": "Z"})
    assert agreement(made, official, weights, zones) == pytest.approx(1)
