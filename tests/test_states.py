"""A department over time: known moves found again, told to the mission, hidden from the public."""

from __future__ import annotations

import itertools
import re
import shlex
from dataclasses import replace
from datetime import date
from functools import partial

import numpy as np
import pandas as pd
import pytest

from demomed import states
from demomed.analysis import compute
from demomed.analysis.change import FLOWS, diff_registers
from demomed.analysis.flows_and_ages import age_changes, ages_betrayed
from demomed.analysis.gross_movements import gross_movements
from demomed.analysis.matching import match_persons
from demomed.analysis.public_flows import public_flows
from demomed.analysis.zone_indicators import zone_indicators
from demomed.cli import main
from demomed.cli.given import read_given
from demomed.core.attack import feasible_intervals, head_counts
from demomed.core.facts import sensitive
from demomed.core.faults import InputError
from demomed.core.territory import LEVELS
from demomed.core.zoning import Zoning
from demomed.dossiers import changements, cohortes
from demomed.dossiers.cohortes_counts import retold_counts, told_counts
from demomed.dossiers.material import Material
from demomed.ingestion.kept import keep_register, read_kept
from demomed.ingestion.snapshots import read_snapshot, register_fingerprint
from demomed.pipeline import load_territory, protected
from demomed.rendering.scene import make_scene

BEFORE, AFTER = date(2025, 1, 1), date(2026, 1, 1)
LAVAL, MAYENNE = "200083392", "200055887"
KNOWN = {  # zone: departures, arrivals, in, out
    LAVAL: (7, 6, 0, 1),
    MAYENNE: (2, 0, 1, 0),
}


@pytest.fixture(scope="module")
def mayenne():
    territory = load_territory("53")
    members = territory.members("epci")
    rows = territory.practitioners
    rows = rows.loc[rows["commune_code"].isin(members.index)]
    rank = rows["practitioner_id"].rank(method="dense").astype(int)
    rows = rows.assign(practitioner_id=rank.map("p{:04d}".format), is_example=False)
    return replace(territory, practitioners=rows, register_kind="user")


def a_year_later(territory):
    """The same register with known moves of general practitioners."""
    rows, members = territory.practitioners, territory.members("epci")
    main = rows.loc[(rows["service"] == "gp") & rows["is_main_site"]]
    zone = main["commune_code"].map(members)
    here = {epci: main.loc[zone == epci, "practitioner_id"].tolist() for epci in KNOWN}
    gone = here[LAVAL][:7] + here[MAYENNE][:2]
    later = rows.loc[~rows["practitioner_id"].isin(gone)].copy()
    new = main.loc[main["practitioner_id"].isin(here[LAVAL][10:16])].copy()
    new["practitioner_id"] = [f"p{9000 + n}" for n in range(len(new))]
    later.loc[later["practitioner_id"] == here[LAVAL][20], "commune_code"] = "53147"
    return replace(territory, practitioners=pd.concat([later, new], ignore_index=True))


@pytest.fixture(scope="module")
def later(mayenne):
    return a_year_later(mayenne)


@pytest.fixture(scope="module")
def taken(mayenne, later, tmp_path_factory):
    root = tmp_path_factory.mktemp("etats")
    register = tmp_path_factory.mktemp("mission") / "registre.csv"
    for territory, day in ((mayenne, BEFORE), (later, AFTER)):
        states.take_snapshot(territory, day, root, register=register)
    return root, register


def test_two_states_a_year_apart_give_exactly_the_known_moves(taken, mayenne):
    root, register = taken
    one, two = (read_snapshot(root, "53", day) for day in (BEFORE, AFTER))
    told = states.changes(mayenne, one, two, register=register)
    flows = told.persons.flows
    moved = flows.loc[flows[list(FLOWS)].sum(axis=1) > 0]
    columns = ["departures", "arrivals", "moves_in", "moves_out"]
    assert {zone: tuple(row[columns]) for (_, zone), row in moved.iterrows()} == KNOWN
    balance = (
        flows["stock_before"] + flows["arrivals"] - flows["departures"]
        + flows["moves_in"] - flows["moves_out"]
    )  # fmt: skip
    assert (balance == flows["stock_after"]).all()
    itself = states.changes(mayenne, one, one, register=register)
    assert itself.persons.is_empty
    assert itself.figures.empty


def test_rows_lie_beside_the_register_and_nowhere_else(taken):
    root, register = taken
    ids = b"p0001"
    for path in root.rglob("*"):
        assert path.is_dir() or ids not in path.read_bytes()
    kept = sorted(p.name for p in (register.parent / "etats-du-registre" / "53").iterdir())
    assert kept == ["2025-01-01.parquet", "2026-01-01.parquet"]


def test_rows_of_another_register_are_refused(tmp_path, mayenne, later):
    register = tmp_path / "registre.csv"
    keep_register(register, "53", BEFORE, mayenne.practitioners)
    own = register_fingerprint(mayenne.practitioners)
    assert register_fingerprint(read_kept(register, "53", BEFORE, own)) == own
    assert read_kept(register, "53", AFTER, own) is None
    with pytest.raises(InputError, match="d'autres lignes"):
        read_kept(register, "53", BEFORE, register_fingerprint(later.practitioners))


def test_a_date_is_stored_once_and_nothing_is_computed_for_it(taken, mayenne):
    root, register = taken
    with pytest.raises(InputError, match="un état existe déjà"):
        states.take_snapshot(mayenne, BEFORE, root, register=register)


def material_of(territory, public, earlier, **inputs):
    return Material(
        territory, public, None, make_scene(territory), (), "0.0.0", today=AFTER,
        inputs={"earlier": earlier, "day": AFTER, **inputs},
    )  # fmt: skip


@pytest.fixture(scope="module")
def page(taken, later):
    root, register = taken
    earlier = states.earlier_state(later, root, AFTER, register=register)
    values = compute(later, level=LEVELS)
    public = protected(later, values, previous=earlier.told, moves=earlier.moves)
    return changements.dossier(material_of(later, public, earlier))


def test_the_page_tells_stocks_and_hides_every_small_flow(page):
    (table,) = page.sections[0].tables
    lines = {row[0].text: [cell.text for cell in row[2:]] for row in table.rows}
    assert lines["Laval Agglomération"] == ["73", *["secret"] * 5, "71", "−2"]
    assert lines["Mayenne Communauté"] == ["15", *["secret"] * 5, "14", "−1"]
    assert lines["Ensemble"][1:6] == ["secret"] * 5
    assert "(−3)" in page.lead


def test_the_page_is_not_there_without_an_earlier_state(later, page):
    public = protected(later, compute(later, "register_count", LEVELS))
    assert changements.dossier(material_of(later, public, None)) is None


def test_the_attacker_who_kept_the_earlier_state_learns_no_age(taken, later):
    root, _ = taken
    first, second = (read_snapshot(root, "53", day) for day in (BEFORE, AFTER))
    values = second.indicators
    hierarchy = {level: later.members(level) for level in LEVELS}
    found = feasible_intervals(second.public, head_counts(values), hierarchy, previous=first.public)
    assert len(found)
    assert not found["is_exposed"].any()


def test_the_state_is_what_the_portal_of_that_day_publishes(taken, later):
    root, register = taken
    earlier = states.earlier_state(later, root, AFTER, register=register)
    values = compute(later, level=LEVELS)
    public = protected(later, values, previous=earlier.told, moves=earlier.moves)
    stored = read_snapshot(root, "53", AFTER).public.table
    pd.testing.assert_frame_equal(stored, public.table, check_dtype=False)


def test_states_of_a_fictional_register_are_not_compared_with_a_real_one(taken, mayenne):
    root, _ = taken
    assert states.earlier_state(load_territory("53"), root, AFTER) is None
    assert states.earlier_state(mayenne, root, BEFORE) is None


@pytest.mark.parametrize("came", range(8))
@pytest.mark.parametrize("left", range(8))
def test_flows_beside_ages_against_enumeration(came, left):
    """Whoever knows how many came, left, and the change above an age: who can be told apart?"""
    for change in range(-left, came + 1):
        fits = [
            (older_came, older_left)
            for older_came, older_left in itertools.product(range(came + 1), range(left + 1))
            if older_came - older_left == change
        ]
        widths = [max(side) - min(side) for side in zip(*fits, strict=True)]
        exposed = widths[0] < min(5, came) or widths[1] < min(5, left)
        assert ages_betrayed(came, left, [(change, change)]) == exposed


def test_flows_that_would_tell_ages_are_hidden(mayenne):
    rows = mayenne.practitioners.loc[lambda t: (t["service"] == "gp") & t["is_main_site"]]
    members = mayenne.members("epci")
    leave = rows.loc[rows["commune_code"].map(members) == LAVAL, "practitioner_id"].head(6)
    after = rows.loc[~rows["practitioner_id"].isin(leave)]
    change = diff_registers(rows, after, members)
    bare = public_flows(change).loc[("gp", LAVAL)]
    assert (bare["status"], bare["departures"]) == ("value", 6)
    ages = {("gp", "epci", LAVAL): [(-6.0, -6.0)]}
    assert public_flows(change, ages=ages).loc[("gp", LAVAL), "status"] == "masked"


def test_changes_of_ages_are_bounds_of_both_dates(taken):
    root, _ = taken
    first, second = (read_snapshot(root, "53", day) for day in (BEFORE, AFTER))
    true = [
        state.indicators.select("practitioners_55_plus", level="epci").table.set_index(
            ["profession", "zone_code"]
        )["value"]
        for state in (first, second)
    ]
    changed = (true[1] - true[0]).dropna()
    bounds = age_changes(first.public, second.public)
    checked = 0
    for (profession, zone), value in changed.items():
        known = bounds.get((profession, "epci", zone), ())
        checked += any(low <= value <= high for low, high in known)
        assert not known or any(low <= value <= high for low, high in known)
    assert checked


def test_a_state_that_is_not_before_the_present_is_no_past_of_it(taken, later):
    root, register = taken
    given = read_given(later, date(2026, 11, 22), root=root, register=register)
    assert given.earlier.date == AFTER and given.tables["present"] == BEFORE
    (notice,) = given.notices
    assert "01/01/2026" in notice and "(01/01/2025)" in notice and "--date" in notice
    public = protected(later, compute(later, "register_count", LEVELS))
    inputs = {"earlier": given.earlier, **given.tables}
    told = replace(material_of(later, public, None), inputs=inputs)
    assert changements.dossier(told) is None
    dated = date(2026, 6, 30)
    right = read_given(later, dated, present=dated, root=root, register=register)
    assert right.notices == () and right.tables["present"] == dated


def test_the_command_that_a_snapshot_proposes_works_and_tells_before_and_after(
    taken, capsys, monkeypatch
):
    root, _ = taken
    public = read_snapshot(root, "53", AFTER).public
    stored = states.Taken(root / "53", public, None, BEFORE)
    monkeypatch.setattr(states, "take_snapshot", lambda *_, **__: stored)
    snapshot = ["snapshot", "--department", "53", "--date", "2026-01-01", "--states", str(root)]
    with pytest.raises(SystemExit) as ended:
        main(snapshot)
    told = capsys.readouterr().out
    assert ended.value.code == 0
    words = shlex.split(told.split("pour comparer : demomed ")[1].splitlines()[0])
    assert words[-2:] == ["--states", str(root)]
    with pytest.raises(SystemExit) as ended:
        main(words)
    table = capsys.readouterr().out.partition("Indicateur")[2].splitlines()
    assert ended.value.code == 0
    assert "Avant" in table[0] and "Après" in table[0]
    rows = [re.split(r"\s{2,}", line.strip()) for line in table[1:] if "  " in line]
    keys = [tuple(row[:2]) for row in rows]
    assert len(keys) > 3 and len(set(keys)) == len(keys)
    assert sum("55\u202fans ou plus" in row[0] for row in rows) >= 2
    assert any(row[-1] != row[-2] for row in rows)


def test_without_lasting_numbers_persons_are_recognised_by_what_does_not_change(mayenne, later):
    def anonymous(rows):
        rank = rows["practitioner_id"].rank(method="dense").astype(int)
        return rows.assign(practitioner_id=rank.map("r{:04d}".format))

    members = mayenne.members("epci")
    before, after = anonymous(mayenne.practitioners), anonymous(later.practitioners)
    told = match_persons(before, after)
    assert len(told.notices) == 1
    flows = diff_registers(told.before, told.after, members).flows
    stock = flows.groupby(level="service")[["stock_before", "stock_after"]].sum().loc["gp"]
    true = diff_registers(mayenne.practitioners, later.practitioners, members).flows
    assert (flows["stock_after"] == true["stock_after"]).all()
    assert stock["stock_after"] - stock["stock_before"] == -3
    same = match_persons(before, anonymous(mayenne.practitioners))
    assert diff_registers(same.before, same.after, members).is_empty
    kept = match_persons(mayenne.practitioners, later.practitioners)
    assert kept.after is later.practitioners
    assert kept.notices == ()


def test_a_lone_person_who_moved_is_recognised():
    rows = pd.DataFrame(
        {
            "practitioner_id": ["r1", "r2", "r3"],
            "service": "gp",
            "sex": ["F", "M", "M"],
            "birth_year": pd.array([1960, 1970, 1970], dtype="Int64"),
            "commune_code": ["a", "a", "b"],
            "is_main_site": True,
        }
    )
    after = rows.assign(commune_code=["b", "c", "d"], practitioner_id=["r3", "r1", "r2"])
    ids = match_persons(rows, after).after["practitioner_id"].tolist()
    assert ids[0] == "r1"  # alone of her kind
    assert not set(ids[1:]) & {"r2", "r3"}  # two alike who both moved: nobody knows which
    assert np.unique(ids).size == 3


def zoning_of(members, **zones):
    codes = {code: zone for zone, held in zones.items() for code in held}
    table = pd.DataFrame({"zone_name": sorted(zones)}, index=sorted(zones))
    return Zoning("cpts", table, pd.Series(codes))


@pytest.fixture(scope="module")
def one_less(mayenne):
    """One general practitioner of Laval less, nothing else."""
    rows, members = mayenne.practitioners, mayenne.members("epci")
    gone = rows.loc[(rows["service"] == "gp") & rows["is_main_site"]]
    gone = gone.loc[gone["commune_code"].map(members) == LAVAL, "practitioner_id"].iloc[0]
    return replace(mayenne, practitioners=rows.loc[rows["practitioner_id"] != gone])


@pytest.mark.parametrize("is_kept", [True, False])
def test_zones_of_project_do_not_tell_who_left_one_of_their_towns(mayenne, one_less, is_kept):
    """A zone around Laval, told without the mover's own zone, would give the age by difference."""
    members = mayenne.members("epci")
    around = [c for c, zone in members.items() if zone in (LAVAL, MAYENNE)]
    rest = [c for c, zone in members.items() if zone not in (LAVAL, MAYENNE)]
    zoning = zoning_of(members, together=around, rest=rest)
    first = protected(mayenne, compute(mayenne, level=LEVELS))
    hierarchy = {level: mayenne.members(level) for level in LEVELS}
    told_at = first.table.loc[sensitive(first.table), "date"].iloc[0]
    moves = gross_movements(
        mayenne.practitioners, one_less.practitioners, hierarchy, told_at
    )  # fmt: skip
    moves = moves if is_kept else None
    values = compute(one_less, level=LEVELS)
    public = protected(one_less, values, previous=first, moves=moves)
    told = zone_indicators(one_less, (zoning,), public, told=first, moves=moves).table
    ages = told.loc[told["indicator"] == "share_55_plus"].set_index(["profession", "zone_code"])
    assert ages.loc["gp", "value"].isna().all()
    assert (ages.loc["gp", "coarse"] == "").all()
    assert ages.loc["nurse", "value"].notna().any() == is_kept
    fresh = zone_indicators(one_less, (zoning,), protected(one_less, values)).table
    fresh = fresh.loc[fresh["indicator"] == "share_55_plus"].set_index("profession")
    assert fresh.loc["gp", "value"].notna().any()


def test_a_zone_with_the_communes_of_an_epci_has_its_words(mayenne):
    members = mayenne.members("epci")
    zoning = zoning_of(members, **{f"z{z}": members.index[members == z] for z in set(members)})
    public = protected(mayenne, compute(mayenne, level=LEVELS))
    told = zone_indicators(mayenne, (zoning,), public).table
    keys, words = ["zone_code", "indicator", "profession"], ["numerator", "denominator", "coarse"]
    mine = told.loc[sensitive(told)].assign(zone_code=lambda t: t["zone_code"].str[1:])
    theirs = public.table.loc[sensitive(public.table) & (public.table["level"] == "epci")]
    mine, theirs = (t.set_index(keys).sort_index()[words] for t in (mine, theirs))
    assert (theirs["coarse"] != "").any()
    pd.testing.assert_frame_equal(mine, theirs.loc[mine.index])


def test_a_cohort_table_that_differs_by_one_is_withheld_whole(mayenne, tmp_path):
    day = [date(2024, 1, 1), date(2025, 1, 1)]
    arrived = pd.to_datetime(["2015-01-01"] * 28)
    recruits = pd.DataFrame(
        {
            "installed_date": arrived,
            "left_date": pd.to_datetime(["2015-06-01"] * 14 + [None] * 14),
        }
    )
    first = retold_counts(mayenne, {"recruits": recruits}, day[0], ())
    assert first["recruits"]
    assert retold_counts(mayenne, {"recruits": recruits}, day[1], (first,)) == first
    fewer = {"recruits": recruits.iloc[1:]}
    assert told_counts(mayenne, fewer, day[1]) != first
    assert retold_counts(mayenne, fewer, day[1], (first,)) == {}
    states.take_snapshot(
        mayenne,
        day[0],
        tmp_path,
        cohorts=partial(retold_counts, mayenne, {"recruits": recruits}, day[0]),
    )
    earlier = states.earlier_state(mayenne, tmp_path, day[1])
    assert earlier.cohorts == (first,)
    public = protected(mayenne, compute(mayenne, "register_count", LEVELS))
    told = material_of(mayenne, public, earlier, cohorts=fewer)
    (section,) = cohortes.dossier(told).sections
    assert not section.tables
    assert not section.figures
    assert "n'est pas donné" in section.paragraphs[0].replace("’", "'")
