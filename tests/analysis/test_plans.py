"""Action plans: sums as published, announcements compared, states, partners, links, follow-up."""

from __future__ import annotations

import re
from datetime import date

import pandas as pd
import pytest

from demomed.analysis.plans import (
    STATES,
    action_links,
    action_states,
    budget_totals,
    compare_announced,
    followed,
    partner_code,
    plan_notices,
    plan_partners,
)
from demomed.core import catalogue
from demomed.core.faults import InputError
from demomed.core.indicator import get_indicator
from demomed.ingestion.bundle import default_bundle_path, read_bundle

MAYENNE, AMBITION = "53-assises-2022", "53-ambition-sante"


@pytest.fixture(scope="module")
def plans():
    return read_bundle(default_bundle_path()).plans


def test_totals_are_those_of_the_published_amounts(plans):
    totals = budget_totals(plans)
    columns = ["actions_count", "budgeted_count", "base_eur", "extra_eur", "total_eur"]
    assert totals.loc[MAYENNE, columns].tolist() == [31, 22, 2_115_000, 326_000, 2_441_000]
    assert totals.loc["41-en-bonne-sante", ["total_eur", "years", "whole_eur"]].tolist() == [
        1_300_000, 7, 9_100_000,
    ]  # fmt: skip
    assert totals.loc["61-sante-2020", ["actions_count", "whole_eur"]].tolist() == [6, 1_093_000]


def test_no_amount_is_missing_and_the_envelope_is_a_yearly_third(plans):
    row = budget_totals(plans).loc[AMBITION]
    assert pd.isna(row["base_eur"]) and pd.isna(row["whole_eur"])
    assert row["envelope_per_year_eur"] == pytest.approx(333_333.33, abs=0.01)


def test_axes_add_up_to_the_plan(plans):
    by_axis = budget_totals(plans, by="axis").loc[MAYENNE]
    assert by_axis["actions_count"].to_dict() == {
        "organisation": 10, "besoins": 11, "attractivite": 10,
    }  # fmt: skip
    assert by_axis["total_eur"].sum() == 2_441_000
    assert by_axis["envelope_eur"].isna().all()


def test_announcements_are_reported_never_adjusted(plans):
    told = compare_announced(plans).set_index(["plan_id", "what"])
    assert told.loc[(MAYENNE, "actions"), ["announced", "found", "difference", "holds"]].tolist() == [
        30, 31, 1, False,
    ]  # fmt: skip
    assert told.loc[(MAYENNE, "budget"), ["difference", "holds"]].tolist() == [-59_000, False]
    assert told.loc[("41-en-bonne-sante", "axes"), "holds"]
    near = told.loc[("41-en-bonne-sante", "budget")]
    assert (near["found"], near["difference"]) == (9_100_000, -900_000)
    assert pd.isna(near["holds"])
    assert told.loc[("61-sante-2020", "budget"), "holds"]
    assert pd.isna(told.loc[(AMBITION, "budget"), "found"])


def test_the_missing_sheets_would_explain_the_rounding(plans):
    """2,5 M€ holds only if the sheets without amount bring at least 9 000 euros: seen, not done."""
    richer = plans.copy()
    row = richer.index[(richer["plan_id"] == MAYENNE) & richer["budget_eur"].isna()][0]
    richer.loc[row, "budget_eur"] = 9_000
    told = compare_announced(richer).set_index(["plan_id", "what"])
    assert told.loc[(MAYENNE, "budget"), "holds"]


def test_notices_are_french_sentences(plans):
    told = plan_notices(plans)
    assert len(told) == 4
    assert told[0] == (
        "Assises de la santé de la Mayenne, fiches actions 2022\u202f: annoncé « 30 fiches actions », "
        "trouvé 31 d'après les actions (écart +1)."
    )
    assert "trouvé 2\u202f441\u202f000\u202f€" in told[1]
    assert "écart −59\u202f000\u202f€\u202f; 9 sans montant" in told[1]
    assert "aucune action ne porte de montant" in told[2]
    assert "9\u202f100\u202f000" in told[3]


@pytest.mark.parametrize(
    ("day", "state"),
    [("2022-12-31", "coming"), ("2023-01-01", "ongoing"), ("2023-01-31", "ongoing"),
     ("2023-02-01", "passed")],
)  # fmt: skip
def test_state_follows_the_deadline_to_the_day(plans, day, state):
    told = action_states(plans, date.fromisoformat(day))
    first = told.loc[(plans["plan_id"] == MAYENNE) & (plans["action_id"] == "1")].iloc[0]
    assert (first["state"], first["dated_by"]) == (state, "action")


def test_states_of_undated_actions_come_from_the_plan_or_stay_unknown(plans):
    told = action_states(plans, date(2025, 6, 1)).assign(plan_id=plans["plan_id"])
    assert set(told["state"]) <= set(STATES)
    loir = told.loc[told["plan_id"] == "41-en-bonne-sante"]
    assert set(loir["state"]) == {"ongoing"} and set(loir["dated_by"]) == {"plan"}
    assert set(told.loc[told["plan_id"] == AMBITION, "state"]) == {"undated"}
    assert (told.loc[told["plan_id"] == MAYENNE, "state"] == "undated").sum() == 10


def test_text_alone_is_enough():
    plans = pd.DataFrame({"plan_id": ["x"], "deadline_text": ["fin 2023"]})
    told = action_states(plans, date(2023, 11, 1)).iloc[0]
    assert (told["state"], str(told["end"].date())) == ("ongoing", "2023-12-31")


def test_one_partner_one_code(plans):
    told = plan_partners(plans)
    sheets = told.loc[(told["partner_code"] == "CPAM") & (told["plan_id"] == MAYENNE), "action_id"]
    assert {"1", "2", "3", "4", "5"} <= set(sheets)
    assert told["partner_name"].notna().all()
    assert set(told["partner_code"]) <= set(catalogue.entry("words", "partners"))
    assert partner_code("Maîtres de stage") == "MSU"
    assert partner_code("communauté professionnelle territoriale de santé") == "CPTS"


def test_no_word_means_two_partners():
    from demomed.analysis.deadlines import folded

    seen: dict[str, str] = {}
    for code, entry in catalogue.entry("words", "partners").items():
        for name in {folded(n) for n in (code, entry["label"], *entry["names"])}:
            assert seen.setdefault(name, code) == code, name


def test_unknown_partners_are_all_named():
    plans = pd.DataFrame(
        {"plan_id": "p", "action_id": ["1", "2"], "partners": ["CPAN|ARS", "Zorro"]}
    )
    with pytest.raises(InputError) as error:
        plan_partners(plans)
    assert len(error.value.faults) == 2
    assert "cpam" in str(error.value)


def test_every_link_leads_somewhere(plans):
    links = action_links(plans)
    declared = sum(len(entry.get("links", ())) for entry in catalogue.entries("plans").values())
    assert len(links) == declared
    for link in links.itertuples():
        assert link.page in catalogue.entries("pages")
        assert bool(link.recipe) != bool(link.indicator)
        if link.recipe:
            assert link.recipe in catalogue.entries("recipes")
        else:
            assert link.profession in get_indicator(link.indicator).professions
    dental = links.loc[(links["plan_id"] == MAYENNE) & (links["action_id"] == "15")]
    assert dental["recipe"].tolist() == ["dentaire_mobile"]


def test_what_the_catalogue_says_of_a_plan_is_about_its_actions(plans):
    for plan_id, entry in catalogue.entries("plans").items():
        rows = plans.loc[plans["plan_id"] == plan_id]
        assert len(rows), plan_id
        announced = {i for cell in rows["indicators"].dropna() for i in re.split(r"\|", cell)}
        assert set(entry.get("things", {}).get("indicators", ())) <= announced
        assert set(entry.get("axes", {})) <= set(rows["axis"].dropna())


def entered(*rows):
    table = pd.DataFrame(rows, columns=["action_id", "indicator", "date", "value"])
    return table.assign(plan_id=MAYENNE, note=None, date=pd.to_datetime(table["date"]))


def test_latest_value_at_a_date(plans):
    values = entered(
        ("12", "visites", "2024-12-31", 900.0), ("12", "visites", "2023-12-31", 500.0),
        ("12", "visites", "2026-12-31", 2000.0), ("24", "dossiers", "2024-12-31", 0.0),
    )  # fmt: skip
    told = followed(plans, values, date(2025, 1, 1)).set_index(["action_id", "indicator"])
    visits = told.loc[("12", "visites")]
    assert (visits["value"], visits["entries_count"], visits["status"]) == (900.0, 2, "value")
    assert told.loc[("24", "dossiers"), ["value", "status"]].tolist() == [0.0, "value"]
    silent = told.loc[("1", "recours aux assistants médicaux")]
    assert pd.isna(silent["value"]) and silent["status"] == "missing"
    announced = plans["indicators"].dropna().str.count(r"\|").add(1).sum()
    assert len(told) == announced


def test_the_public_does_not_see_a_few_persons(plans):
    values = entered(
        ("16", "partenaires impliqués", "2024-12-31", 3.0),
        ("17", "patients pris en charge", "2024-12-31", 0.0),
        ("24", "dossiers", "2024-12-31", 3.0),
        ("25", "personnes accompagnées", "2024-12-31", 5.0),
    )
    told = followed(plans, values, date(2025, 1, 1), threshold=5).set_index(
        ["action_id", "indicator"]
    )
    assert told.loc[("16", "partenaires impliqués"), "status"] == "masked"
    assert pd.isna(told.loc[("16", "partenaires impliqués"), "value"])
    for key in (
        ("17", "patients pris en charge"),
        ("24", "dossiers"),
        ("25", "personnes accompagnées"),
    ):
        assert told.loc[key, "status"] == "value"
