"""What the pages promise of ages, read again in the table and in the file that are published."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest

from demomed.analysis import compute
from demomed.core.catalogue import entry
from demomed.core.coarse import by_text, group_names
from demomed.core.facts import quantity, sensitive
from demomed.core.indicator import get_indicator
from demomed.core.territory import LEVELS
from demomed.pipeline import load_territory, protected
from demomed.rendering.table import indicators_csv

THRESHOLD, FEWEST_TYPICAL = 5, 11
PUBLISHED = (
    "share_55_plus", "share_over_55", "share_60_plus", "share_65_plus", "practitioners_55_plus",
    "mean_age", "median_age", "register_count", "register_etp", "reachable_share_over_60",
)  # fmt: skip


@pytest.fixture(scope="module")
def published():
    territory = load_territory("41")
    values = compute(territory, PUBLISHED, LEVELS, professions=["gp", "dentist"])
    return territory, values, protected(territory, values)


def test_the_page_says_what_this_file_checks() -> None:
    method = " ".join(entry("pages", "age")["method"])
    assert "moins de cinq praticiens" in method
    assert "que pour le département entier, arrondis à l'année et à partir de onze" in method


def test_no_figure_tells_the_age_of_fewer_than_five_nor_of_all(published) -> None:
    rows = published[2].table
    rows = rows.loc[sensitive(rows) & rows["value"].notna()]
    kinds = rows["indicator"].map(lambda id_: quantity(id_).kind)
    counted = rows.loc[(kinds == "share") & ~(rows["denominator"] == 0)]
    assert len(counted) > 20
    assert (counted["numerator"] >= THRESHOLD).all()
    assert (counted["denominator"] - counted["numerator"] >= THRESHOLD).all()
    whole = counted["indicator"].map(lambda id_: get_indicator(id_).kind == "count")
    told = counted["value"].where(whole, counted["value"] * counted["denominator"])
    assert np.allclose(told, counted["numerator"])


def test_no_class_tells_the_age_of_fewer_than_five(published) -> None:
    _, values, public = published
    rows = public.table.loc[public.table["coarse"] != ""]
    keys = ["level", "zone_code", "indicator", "profession"]
    base = values.table.set_index(keys)["denominator"]
    names = values.table.drop_duplicates(["level", "zone_name"]).set_index(["level", "zone_name"])
    assert len(rows) > 10
    for row in rows.to_dict("records"):
        others, text = group_names(row["coarse"])
        codes = [
            row["zone_code"],
            *(names.loc[(row["level"], name), "zone_code"] for name in others),
        ]
        persons = sum(base[row["level"], c, row["indicator"], row["profession"]] for c in codes)
        low, high = by_text()[text].counts(int(persons))
        assert high - low >= THRESHOLD, row


def test_means_and_medians_are_those_the_page_describes(published) -> None:
    rows = published[2].table
    rows = rows.loc[rows["indicator"].isin(["mean_age", "median_age"]) & rows["value"].notna()]
    assert len(rows) == 4
    assert set(rows["level"]) == {"departement"}
    assert (rows["denominator"] >= FEWEST_TYPICAL).all()
    assert (rows["value"] % 1 == 0).all()
    assert rows[["numerator", "low", "high"]].isna().all(axis=None)


def test_masked_rows_are_empty_and_internal_ones_absent_from_the_file(published) -> None:
    territory, _, public = published
    text = indicators_csv(public, territory).decode("utf-8-sig")
    table = pd.read_csv(io.StringIO(text), sep=";", dtype=str)
    assert len(table) == len(public)
    assert "register_etp" not in set(table["indicateur"])
    near = table.loc[table["indicateur"] == "reachable_share_over_60"]
    assert set(near["niveau"]) == {"epci", "département"}
    assert set(near["nature"]) == {"calculé sur source officielle"}
    hidden = table.loc[table["statut"] == "secret"]
    assert len(hidden) > 20
    numbers = ["valeur", "borne_basse", "borne_haute", "numerateur", "denominateur"]
    assert hidden[numbers].isna().all(axis=None)
    typical = table.loc[table["indicateur"].isin(["mean_age", "median_age"])]
    assert typical["valeur"].str.fullmatch(r"\d+").all()
    assert typical["numerateur"].isna().all()
