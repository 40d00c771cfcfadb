"""Estimated population of the departments: two header rows, totals that must hold."""

from __future__ import annotations

import openpyxl
import pytest

from demomed.core.faults import InputError
from demomed.ingestion.population_estimates import read_population_estimates

BANDS = ["0 à 19 ans", "20 à 39 ans", "75 ans et plus", "Total"]


def workbook(path, *, total=60, year="2021"):
    book = openpyxl.Workbook()
    book.active.title = "À savoir"
    sheet = book.create_sheet(year)
    for row in (
        ["Estimation de population"],
        [],
        ["Départements", None, "Ensemble", None, None, None, "Hommes", None, None, None],
        [None, None, *BANDS, *BANDS],
        ["01", "Ain", 10, 20, 30, total, 5, 10, 15, 30],
        ["2A", "Corse-du-Sud", 1, 2, 3, 6, 0, 1, 1, 2],
        ["France métropolitaine", None, 11, 22, 33, 66, 5, 11, 16, 32],
    ):
        sheet.append(row)
    book.save(path)
    return path


def test_long_table(tmp_path):
    table, notices = read_population_estimates(workbook(tmp_path / "e.xlsx"))
    assert notices == ()
    assert sorted(set(table["departement_code"])) == ["01", "2A"]
    assert set(table["age_band"]) == {"00-19", "20-39", "75+", "all"}
    chosen = table.set_index(["departement_code", "sex", "age_band"])["population"]
    assert chosen["01", "all", "75+"] == 30
    assert chosen["2A", "male", "00-19"] == 0
    assert set(table["year"]) == {2021}


def test_ages_that_do_not_add_up_and_other_workbooks_are_refused(tmp_path):
    with pytest.raises(InputError, match="01, 2021, all"):
        read_population_estimates(workbook(tmp_path / "e.xlsx", total=61))
    with pytest.raises(InputError, match="aucune feuille"):
        read_population_estimates(workbook(tmp_path / "f.xlsx", year="notes"))
    (tmp_path / "g.csv").write_text("a;b\n1;2\n", encoding="utf-8")
    with pytest.raises(InputError, match="aucune feuille"):
        read_population_estimates(tmp_path / "g.csv")
