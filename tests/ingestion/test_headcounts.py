"""Head counts of the DREES and of data.ameli.fr, and regulatory zoning."""

from __future__ import annotations

import os
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from demomed.core.faults import InputError
from demomed.ingestion.ameli import read_ameli
from demomed.ingestion.drees_workbook import read_drees_workbook
from demomed.ingestion.zoning_tables import read_zoning

OFFICIAL = Path(os.environ.get("DEMOMED_OFFICIAL", Path(__file__).parents[3] / "shared" / "data"))
needs_files = pytest.mark.skipif(
    not (OFFICIAL / "demographie").exists(), reason="official files are not there"
)
HEAD = [
    "territoire",
    "region",
    "departement",
    "specialites_agregees",
    "specialites",
    "exercice",
    "tranche_age",
    "sexe",
    "effectif_2023",
    "effectif_2024",
]


def line(
    departement="053-Mayenne",
    speciality="01-Médecine générale",
    age="00-Ensemble",
    sex="0-Ensemble",
    counts=(190, 186),
    region="52-Pays de la Loire",
    exercise="1-Libéral",
):
    return [
        "2-Départements",
        region,
        departement,
        "00-Ensemble",
        speciality,
        exercise,
        age,
        sex,
        *counts,
    ]


def workbook(path, rows, header=HEAD, sheet="Effectifs"):
    book = openpyxl.Workbook()
    book.active.title = "Lisez-moi"
    book.active.append(["Champ"])
    page = book.create_sheet(sheet)
    for row in [header, *rows]:
        page.append(row)
    book.save(path)
    return path


def test_drees_levels_ages_and_masked_counts(tmp_path):
    path = workbook(
        tmp_path / "Médecins RPPS 2012-2026.xlsx",
        [
            line(), line(age="09-60-64 ans", counts=(31, "ND")), line(age="10-65 ans et plus", sex="2-Femmes", counts=(5, 0)),
            line("02A-Corse-du-Sud"), line("000-Ensemble", counts=(3700, 3600)),
            line("000-Ensemble", region="00-Ensemble", counts=(60000, 59000)), line("053-Mayenne", speciality="00-Ensemble", counts=(500, 490)),
            line("971 -Guadeloupe"),
        ],
    )  # fmt: skip
    table, notices = read_drees_workbook(path, departments=["53"], years=[2024])
    found = table.set_index(["area_level", "area_code", "profession_label", "age_band", "sex"])[
        "count"
    ]
    assert found[("departement", "53", "Médecine générale", "all", "all")] == 186
    assert found.isna()[("departement", "53", "Médecine générale", "60-64", "all")]
    assert found[("departement", "53", "Médecine générale", "65+", "female")] == 0
    assert found[("region", "52", "Médecine générale", "all", "all")] == 3600
    assert found[("france", "FR", "Médecine générale", "all", "all")] == 59000
    assert found[("departement", "53", "Ensemble", "all", "all")] == 490
    assert set(table["field"]) == {"libéral"}
    assert set(table.loc[table["profession_label"] == "Médecine générale", "service"]) == {"gp"}
    assert any("inconnus : 1" in notice for notice in notices)
    assert sorted(read_drees_workbook(path)[0]["area_code"].unique()) == [
        "2A",
        "52",
        "53",
        "971",
        "FR",
    ]


def test_drees_accented_headers_of_another_workbook(tmp_path):
    header = [
        "Région",
        "Département",
        "Secteur d'activité",
        "Spécialité",
        "Sexe",
        "Tranche d'âge",
        "effectif_2021",
    ]
    rows = [
        [
            "52-Pays de la Loire",
            "53-Mayenne",
            "0-Ensemble",
            "0-Ensemble",
            "0-Ensemble",
            "00-Ensemble",
            900,
        ],
        [
            "52-Pays de la Loire",
            "00-Région entière",
            "0-Ensemble",
            "0-Ensemble",
            "0-Ensemble",
            "01-Moins de 25 ans",
            80,
        ],
    ]
    table, _ = read_drees_workbook(
        workbook(tmp_path / "a.xlsx", rows, header), service="nurse", profession="Infirmiers"
    )
    assert table[["area_level", "area_code", "service", "profession_label", "age_band", "count"]].values.tolist() == [
        ["departement", "53", "nurse", "Infirmiers", "all", 900], ["region", "52", "nurse", "Infirmiers", "<25", 80],
    ]  # fmt: skip


BAD_DREES = {
    "sexe": ([line(sex="3-Autre chose")], {}, "« 3-Autre chose »"),
    "âge": ([line(age="jeune")], {}, "« jeune »"),
    "département": ([line("Mayenne")], {}, "« Mayenne »"),
    "nombre": ([line(counts=("beaucoup", 1))], {}, "« beaucoup »"),
    "répétée": ([line(), line(counts=(1, 2))], {}, "deux valeurs"),
    "année": ([line()], {"years": [1999]}, "aucune colonne"),
    "hors du département": ([line()], {"departments": ["61"]}, "aucune ligne"),
    "feuille": ([line()], {"sheet": "Densités"}, "aucune feuille"),
}


@pytest.mark.parametrize("name", BAD_DREES)
def test_bad_drees(tmp_path, name):
    rows, options, words = BAD_DREES[name]
    with pytest.raises(InputError) as caught:
        read_drees_workbook(workbook(tmp_path / "a.xlsx", rows), **options)
    assert words in str(caught.value)


AMELI = "annee;profession_sante;region;libelle_region;departement;libelle_departement;classe_age;libelle_classe_age;libelle_sexe;effectif;nombre_patients_medecin_traitant"
GP = "Ensemble des médecins généralistes"
ROWS = [
    f"2024;{GP};52;Pays de la Loire;53;Mayenne;tout_age;Tout âge;tout sexe;180;1100", f"2024-01-01;{GP};52;Pays de la Loire;53;Mayenne;60_64;de 60 à 64 ans;femmes;7;NS",
    f"2024;{GP};52;Pays de la Loire;999;Tout département;tout_age;Tout âge;tout sexe;3700;1000", f"2024;{GP};99;FRANCE;999;FRANCE;tout_age;Tout âge;tout sexe;56000;950",
    f"2023;{GP};52;Pays de la Loire;53;Mayenne;tout_age;Tout âge;tout sexe;185;1080", f"2024;{GP};94;Corse;2A;Corse-du-Sud;tout_age;Tout âge;tout sexe;100;900",
]  # fmt: skip


def ameli(path, *rows, header=AMELI):
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_ameli_aggregates_are_levels(tmp_path):
    path = ameli(tmp_path / "a.csv", *ROWS)
    table, _ = read_ameli(path, departments=["53"], years=[2024])
    found = table.set_index(["area_level", "area_code", "age_band", "sex"])["count"].to_dict()
    assert found == {
        ("departement", "53", "60-64", "female"): 7, ("departement", "53", "all", "all"): 180,
        ("region", "52", "all", "all"): 3700, ("france", "FR", "all", "all"): 56000,
    }  # fmt: skip
    assert set(table["service"]) == {"gp"}
    patients, notices = read_ameli(path, value="nombre_patients_medecin_traitant", years=[2024])
    assert patients["count"].isna().sum() == 1
    assert any("NS" in notice and notice.endswith(": 1") for notice in notices)
    assert "2A" in set(patients["area_code"])


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (ROWS[0].replace("tout sexe", "autre"), "« autre »"), (ROWS[0].replace("Tout âge", "vieux"), "« vieux »"),
        (ROWS[0].replace("2024", "an 24"), "année illisible"), (ROWS[0].replace(";180;", ";181;"), "deux valeurs"), (ROWS[0].replace(";180;", ";x;"), "« x »"),
    ],
)  # fmt: skip
def test_bad_ameli(tmp_path, row, words):
    with pytest.raises(InputError) as caught:
        read_ameli(ameli(tmp_path / "a.csv", ROWS[0], row))
    assert words in str(caught.value)


ZONES = '"com_code","niveau","zmed_niveau","zdent_niveau","zide_niveau","zmk_niveau","zsf_niveau","zortho_niveau","zmed_date_arrete","tvs_lib","bvcv_lib"'


def test_zoning_of_all_professions(tmp_path):
    path = ameli(
        tmp_path / "z.csv",
        '"53130","COM","2_ZAC","1_Tres_sous_dotee","3_Intermediaire","NC","NC","NC","02/04/2024","Laval","Laval"',
        '"61001","COM","3_QPV_ZIP","NC","5_Sur_dotee","NC","NC","NC","","Alençon","Alençon"',
        header=ZONES,
    )
    table, notices = read_zoning(path)
    found = table.set_index(["commune_code", "service"])
    assert found.loc[("53130", "gp")].tolist() == ["ZAC", "2024-04-02"]
    assert found.loc[("61001", "gp"), "zone"] == "QPV_ZIP"
    assert found.loc[("53130", "dentist"), "zone"] == "tres_sous_dotee"
    assert found["zone"].isna().sum() == 7
    assert any("non classées" in notice for notice in notices)


@pytest.mark.parametrize(
    ("header", "rows", "words"),
    [
        ("Code;Libellé", ["53130;Laval"], "aucune colonne de zonage"), ("Code;Zonage_MG", ["53130;9_PRIORITAIRE"], "« 9_PRIORITAIRE »"),
        ("Code;Zonage_MG", ["53130;1_ZIP", "53130;2_ZAC"], "deux zones"), ("Code;Zonage_MG", ["1004;1_ZIP"], "« 1004 »"),
        ("com_code;zmed_niveau;zmed_date_arrete", ["53130;1_ZIP;hier"], "« hier »"),
    ],
)  # fmt: skip
def test_bad_zoning(tmp_path, header, rows, words):
    with pytest.raises(InputError) as caught:
        read_zoning(ameli(tmp_path / "z.csv", *rows, header=header))
    assert words in str(caught.value)


@settings(
    max_examples=40, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=40), st.integers(0, 400), st.booleans())
def test_any_bytes_are_read_or_refused(tmp_path, junk, at, zoning):
    path = (
        ameli(tmp_path / "fuzz.csv", "53130;1_ZIP", header="Code;Zonage_MG")
        if zoning
        else ameli(tmp_path / "fuzz.csv", *ROWS)
    )
    content = path.read_bytes()
    path.write_bytes(content[:at] + junk + content[at:])
    try:
        (read_zoning if zoning else read_ameli)(path)
    except InputError as error:
        assert error.faults


@pytest.mark.real
@needs_files
def test_control_figures_of_the_official_files():
    folder = OFFICIAL / "demographie"
    table, _ = read_drees_workbook(
        folder / "drees_infirmiers_liberaux_age_departement_2012_2023.xlsx",
        departments=["53", "41", "61"],
        years=[2023],
        service="nurse",
        profession="Infirmiers",
    )
    rows = table[(table["area_level"] == "departement") & (table["sex"] == "all")]
    assert rows[rows["age_band"] == "all"].set_index("area_code")["count"].to_dict() == {
        "41": 358,
        "53": 309,
        "61": 372,
    }
    older = (
        rows[rows["age_band"].isin(["55-59", "60-64", "65+"])].groupby("area_code")["count"].sum()
    )
    assert older.to_dict() == {"41": 93, "53": 66, "61": 73}
    cnam, _ = read_ameli(
        folder / "cnam_effectifs_densites_departement_2024.csv.gz", departments=["53", "41", "61"]
    )
    gps = cnam[(cnam["service"] == "gp") & (cnam["area_level"] == "departement")]
    assert gps.set_index("area_code")["count"].to_dict() == {"41": 211, "53": 174, "61": 157}
    zones, _ = read_zoning(OFFICIAL / "zonage" / "cartosante_zonage_infirmiers_communes.csv.gz")
    assert len(zones[zones["commune_code"].str.startswith("53")]) == 240
    assert set(zones["service"]) == {"nurse"}
