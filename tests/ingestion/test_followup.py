"""Follow-up values: read, refused all at once, offered as a model."""

from __future__ import annotations

import pandas as pd
import pytest

from demomed.core.faults import InputError
from demomed.ingestion.bundle import default_bundle_path, read_bundle
from demomed.ingestion.followup import read_followup, write_followup_template

HEADER = "Plan;Action;Indicateur;Date;Valeur;Remarque\n"


@pytest.fixture(scope="module")
def plans():
    table = read_bundle(default_bundle_path()).plans
    return table.loc[table["departement_code"] == "53"]


@pytest.fixture
def read(tmp_path, plans):
    def reader(content, held=plans):
        path = tmp_path / "suivi.csv"
        path.write_text(HEADER + content, encoding="utf-8")
        return read_followup(path, held)

    return reader


def test_the_model_is_read_back(tmp_path, plans):
    path = write_followup_template(tmp_path / "modele.csv")
    table, _ = read_followup(path, plans)
    assert len(table) == 3
    assert path.read_bytes() == write_followup_template(tmp_path / "encore.csv").read_bytes()
    with pytest.raises(InputError, match=r"\.csv"):
        write_followup_template(tmp_path / "modele.pdf")


def test_spelling_is_that_of_the_plan_and_missing_is_not_zero(read):
    table, _ = read(
        "53-assises-2022;12;VISITES;31/12/2024;1 200;\n"
        "Assises de la santé de la Mayenne, fiches actions 2022;24;dossiers;2024-12-31;0;\n"
        "53-assises-2022;12;visites;31/12/2023;n.d.;pas encore ouvert\n"
    )
    assert table["indicator"].tolist() == ["visites", "visites", "dossiers"]
    assert pd.isna(table.loc[0, "value"])
    assert table.loc[1:, "value"].tolist() == [1200.0, 0.0]


def test_rows_in_any_order_same_table(read):
    rows = ["53-assises-2022;12;visites;31/12/2024;9;", "53-assises-2022;24;dossiers;31/12/2024;1;"]
    one, two = read("\n".join(rows))[0], read("\n".join(rows[::-1]))[0]
    pd.testing.assert_frame_equal(one, two)


def test_the_plan_may_be_left_out_when_there_is_one(read, plans):
    one = plans.loc[plans["plan_id"] == "53-assises-2022"]
    assert read(";12;visites;31/12/2024;9;\n", one)[0]["plan_id"].tolist() == ["53-assises-2022"]
    with pytest.raises(InputError, match="un plan du département"):
        read(";12;visites;31/12/2024;9;\n")


def test_every_fault_at_once_with_its_row(read):
    with pytest.raises(InputError) as error:
        read(
            "53-assises-2022;12;visite;31/12/2024;9;\n"
            "53-assises-2022;99;visites;31/12/2024;9;\n"
            "53-assise-2022;12;visites;31/12/2024;9;\n"
        )
    said = [str(fault) for fault in error.value.faults]
    assert len(said) == 3
    assert "ligne 2" in said[0] and "« visites »" in said[0]
    assert "ligne 3" in said[1] and "une action du plan" in said[1]
    assert "ligne 4" in said[2] and "53-assises-2022" in said[2]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("53-assises-2022;12;visites;hier;9;", "une date"),
        ("53-assises-2022;12;visites;31/12/2024;beaucoup;", "un nombre"),
        ("53-assises-2022;12;visites;31/12/2024;-3;", "un nombre"),
        ("53-assises-2022;12;visites;;9;", "cellule vide"),
        ("53-ambition-sante;3;bourses;31/12/2024;9;", "n'en annonce pas"),
        (
            "53-assises-2022;12;visites;31/12/2024;9;\n53-assises-2022;12;Visites;31/12/2024;8;",
            "deux fois",
        ),
    ],
)
def test_each_fault(read, row, words):
    with pytest.raises(InputError, match=words):
        read(row + "\n")
