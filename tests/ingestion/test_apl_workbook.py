"""APL workbooks of the five professions, and any table through a mapping."""

from __future__ import annotations

import os
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from demomed.core.faults import InputError
from demomed.ingestion.apl_workbook import read_apl_workbook

OFFICIAL = Path(os.environ.get("DEMOMED_OFFICIAL", Path(__file__).parents[3] / "shared" / "data"))
GP = "APL aux médecins généralistes"
UNITS = [None, None, "En nombre de consultations/visites accessibles par habitant standardisé"]


def workbook(path, **sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        page = book.create_sheet(name.replace("_", " "))
        for row in rows:
            page.append(row)
    book.save(path)
    return path


def gp_rows(
    word="ou", title=8, population="Population standardisée 2022 pour la médecine générale"
):
    rows = [["Accessibilité potentielle localisée"], *[["Champ : France"]] * (title - 1)]
    rows.append(
        [
            "Code commune INSEE",
            "Commune",
            GP,
            f"{GP} de 65 ans {word} moins ",
            f"{GP} de 62 ans {word} moins",
            population,
            "Population totale 2022",
        ]
    )
    rows.append(UNITS)
    rows += [
        ["53130", "Laval", 3.0, "2,5", 2.0, 50120.4, 49657.0000004],
        ["53014", "Azé", 2.0, 1.0, 1.0, 1000, 1000],
        ["53062", "Château-Gontier", 5.0, 4.0, None, 3000, 3000],
        ["75101", "Paris 1er", 4.0, 4.0, 4.0, 100, 100], ["75102", "Paris 2e", 2.0, 2.0, 2.0, 300, 300],
        ["Total", None, 3.5], ["Lecture : …"],
    ]  # fmt: skip
    return rows


@pytest.fixture
def codes():
    pairs = [
        ("53130", "53130"),
        ("53014", "53062"),
        ("53062", "53062"),
        ("75101", "75056"),
        ("75102", "75056"),
    ]
    return pd.DataFrame(pairs, columns=["old_code", "commune_code"])


def values(table, code, limit="all", year=2024):
    row = table[
        (table["commune_code"] == code) & (table["age_limit"] == limit) & (table["year"] == year)
    ]
    return row.iloc[0]["apl"], row.iloc[0]["standardised_population"]


@pytest.mark.parametrize("word", ["ou", "et"])
def test_wording_title_rows_and_years_move(tmp_path, codes, word):
    path = workbook(
        tmp_path / "apl.xlsx",
        Notes=[["Lisez-moi"]],
        APL_2023=gp_rows(word, 3, "Population standardisée 2020 pour la médecine générale"),
        APL_2024=gp_rows(word),
    )
    table, notices = read_apl_workbook(path, codes=codes)
    assert sorted(table["year"].unique()) == [2023, 2024]
    assert set(table["age_limit"]) == {"all", "65", "62"}
    assert values(table, "53130", "65") == (2.5, 50120.4)
    assert values(table, "53062") == ((2 * 1000 + 5 * 3000) / 4000, 4000)
    assert values(table, "75056")[0] == pytest.approx(2.5)
    assert pd.isna(values(table, "53062", "62")[0])
    assert any("moyenne pondérée" in notice for notice in notices)
    assert set(table["source_id"]) == {"drees_apl_gp"}


@pytest.mark.parametrize(
    ("label", "population", "service"),
    [
        (
            "APL aux sages-femmes",
            "Population féminine standardisée 2022 pour les sages-femmes",
            "midwife",
        ),
        ("APL aux infirmières", "Population standardisée 2022 pour les infirmières", "nurse"),
        ("APL aux chirurgiens-dentistes", "Population standardisée 2022", "dentist"),
        ("APL aux masseurs-kinésithérapeutes", "Population standardisée 2022", "physiotherapist"),
    ],
)
@pytest.mark.parametrize(
    ("title", "limit"), [("APL", "all"), ("APL aux libéraux de 65 ans ou moins", "65")]
)
def test_other_professions_and_the_age_of_the_title(
    tmp_path, codes, label, population, service, title, limit
):
    path = workbook(
        tmp_path / "apl.xlsx",
        APL_2024=[
            [title],
            ["Code commune INSEE", "Commune", label, population],
            ["", "", "ETP"],
            ["53130", "Laval", 98.5, 1000],
        ],
    )
    table, _ = read_apl_workbook(path, codes=codes)
    assert table.loc[0, ["service", "age_limit", "apl"]].tolist() == [service, limit, 98.5]


HEAD = ["Code commune INSEE", "Commune", GP, "Population standardisée 2022"]
BAD = {
    "profession inconnue": (
        {
            "APL_2024": [
                ["Code commune INSEE", "APL aux druides", "Population standardisée"],
                ["53130", 1, 2],
            ]
        },
        "« druides »",
    ),
    "sans année": ({"Feuille": [HEAD, ["53130", "Laval", 1, 2]]}, "sans année"),
    "sans population": ({"APL_2024": [HEAD[:3], ["53130", "Laval", 1]]}, "sans population"),
    "sans apl": (
        {"APL_2024": [["Code commune INSEE", "Commune"], ["53130", "Laval"]]},
        "aucune feuille",
    ),
    "zéro perdu": (
        {"APL_2024": [HEAD, [1004, "Ambérieu", 1, 2], ["53130", "Laval", 1, 2]]},
        "« 1004 »",
    ),
    "répétée": (
        {"APL_2024": [HEAD, ["53130", "Laval", 1, 2], ["53130", "Laval", 1, 2]]},
        "répétée",
    ),
    "pas un nombre": ({"APL_2024": [HEAD, ["53130", "Laval", "beaucoup", 2]]}, "« beaucoup »"),
    "négatif": ({"APL_2024": [HEAD, ["53130", "Laval", -1, 2]]}, "au moins 0"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_workbooks(tmp_path, codes, name):
    sheets, words = BAD[name]
    with pytest.raises(InputError) as caught:
        read_apl_workbook(workbook(tmp_path / "apl.xlsx", **sheets), codes=codes)
    assert words in str(caught.value)


def test_a_text_is_no_workbook(tmp_path, codes):
    (tmp_path / "a.xlsx").write_text("code;apl\n")
    with pytest.raises(InputError):
        read_apl_workbook(tmp_path / "a.xlsx", codes=codes)


@pytest.mark.real
@pytest.mark.skipif(not (OFFICIAL / "apl").exists(), reason="official files are not there")
def test_the_nurses_of_the_official_workbook():
    passage = pd.read_csv(
        OFFICIAL / "cog" / "passage_codes_historiques_vers_2025.csv.gz", dtype=str
    )
    codes = passage.set_axis(["old_code", "commune_code"], axis=1)
    table, notices = read_apl_workbook(
        OFFICIAL / "apl" / "drees_apl_infirmiers_2022_2023.xlsx", codes=codes
    )
    assert set(table["age_limit"]) == {"65"}
    assert table.groupby("year").size().tolist() == [34845, 34848]
    assert not any("hors de la liste" in notice for notice in notices)
    mayenne = table[table["commune_code"].str.startswith("53") & (table["year"] == 2023)]
    assert len(mayenne) == 240
