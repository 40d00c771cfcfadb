"""Tables of the mission about persons it helps: models, faults, no name kept."""

from __future__ import annotations

import random

import pandas as pd
import pytest

from demomed.core.faults import InputError
from demomed.ingestion.bundle import default_bundle_path, read_bundle
from demomed.ingestion.cohorts import COHORTS, read_cohort, write_cohort_template
from demomed.ingestion.mapping import words


@pytest.fixture(scope="module")
def bundle():
    return read_bundle(default_bundle_path())


@pytest.fixture
def read(tmp_path, bundle):
    def reader(content, kind):
        path = tmp_path / f"{kind}.csv"
        path.write_text(content, encoding="utf-8")
        return read_cohort(
            path, kind, codes=bundle.codes, communes=bundle.communes, places=bundle.places
        )

    return reader


@pytest.mark.parametrize("kind", COHORTS)
def test_every_model_is_read_back(tmp_path, bundle, kind):
    path = write_cohort_template(tmp_path / f"{kind}.csv", kind)
    table, notices = read_cohort(path, kind, codes=bundle.codes, communes=bundle.communes)
    assert len(table) == 3
    assert list(table) == list(words(kind).raw["columns"])
    assert not notices
    assert path.read_bytes() == write_cohort_template(tmp_path / "b.csv", kind).read_bytes()
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("kind", COHORTS)
def test_every_declaration_is_whole(kind):
    raw = words(kind).raw
    assert sum(column.get("unique", False) for column in raw["columns"].values()) == 1
    for column in raw["columns"].values():
        assert column["type"] in {
            "text", "choice", "service", "number", "whole", "year", "date", "yes_no", "commune",
        }  # fmt: skip
        assert column["help"] and len(column["example"]) == 3
    for check in raw.get("checks", ()):
        first, relation, second = check.split(" ")
        assert {first, second} <= set(raw["columns"])
        assert relation in {"<=", "demande"}


def test_students_typed_and_names_dropped(read):
    table, _ = read(
        "Identifiant;Nom;Profession préparée;Promotion;Convention;Commune d'origine;Commune de stage;"
        "Diplômé;Commune d'exercice;Début d'exercice\n"
        "10;FICTIF Jeanne;infirmière;2022;oui;53130;Mayenne;oui;53147;01/10/2025\n"
        "2;FICTIF Paul;interne;2023;;;;;;\n".replace("interne;2023", "médecin généraliste;2023"),
        "students",
    )
    assert table["person_id"].tolist() == ["2", "10"]
    assert "FICTIF" not in table.to_csv()
    assert table["service"].tolist() == ["gp", "nurse"]
    assert table["placement_commune"].tolist()[1] == "53147"
    assert pd.isna(table.loc[0, "has_agreement"]) and table.loc[1, "has_agreement"]
    assert table["practice_date"].dtype == "datetime64[ns]"


FAULTS = [
    ("students", "Identifiant;Profession;Promotion\n1;druide;2022\n", "druide"),
    ("students", "Identifiant;Profession;Promotion\n1;infirmier;22\n", "une année"),
    (
        "students",
        "Identifiant;Profession;Promotion\n1;infirmier;2022\n1;infirmier;2022\n",
        "déjà vu",
    ),
    ("students", "Identifiant;Profession\n1;infirmier\n", "Promotion"),
    (
        "students",
        "Identifiant;Profession;Promotion;Commune d'exercice;Diplômé\n1;infirmier;2022;53130;non\n",
        "« Commune d'exercice » sans « Diplômé »",
    ),
    (
        "students",
        "Identifiant;Profession;Promotion;Convention\n1;infirmier;2022;peut-être\n",
        "oui",
    ),
    (
        "students",
        "Identifiant;Profession;Promotion;Commune de stage\n1;infirmier;2022;Lavale\n",
        "Laval",
    ),
    (
        "aids",
        "Identifiant;Aide;Début d'engagement;Années d'engagement;Départ\n"
        "1;x;01/01/2024;3;01/01/2023\n",
        "dépasse « Départ »",
    ),
    (
        "aids",
        "Identifiant;Aide;Début d'engagement;Années d'engagement\n1;x;01/01/2024;2,5\n",
        "un nombre entier",
    ),
    (
        "housing",
        "Site;Commune;Places;Places occupées\nA;53130;4;5\n",
        "« Places occupées » dépasse « Places »",
    ),
    ("housing", "Site;Commune;Places\nA;;4\n", "cellule vide"),
    ("recruits", "Identifiant;Installation;Départ\n1;01/01/2020;01/01/2019\n", "dépasse"),
    ("recruits", "Identifiant;Installation\n1;43831\n", "une date"),
]


@pytest.mark.parametrize(("kind", "content", "words_"), FAULTS)
def test_each_fault_is_refused(read, kind, content, words_):
    with pytest.raises(InputError, match=words_):
        read(content, kind)


def test_faults_come_all_at_once(read):
    with pytest.raises(InputError) as error:
        read("Site;Commune;Places;Places occupées\nA;53130;x;5\nA;99999;2;3\n", "housing")
    assert len(error.value.faults) >= 2


def test_unknown_kinds_are_refused(tmp_path, bundle):
    with pytest.raises(InputError, match="students"):
        write_cohort_template(tmp_path / "x.csv", "student")
    with pytest.raises(InputError, match="housing"):
        read_cohort(tmp_path / "x.csv", "houses", codes=bundle.codes)


@pytest.mark.parametrize("kind", COHORTS)
def test_a_damaged_file_is_read_or_refused_never_crashes(tmp_path, bundle, kind):
    """Bytes changed, lost or added at random: only a fault may come out."""
    path = write_cohort_template(tmp_path / "x.csv", kind)
    sound = path.read_bytes()
    codes = bundle.codes.loc[bundle.codes["commune_code"].str[:2].isin(["53", "61"])]
    draw = random.Random(kind)
    refused = 0
    for _ in range(12):
        damaged = bytearray(sound)
        for _ in range(draw.randint(1, 6)):
            place = draw.randrange(len(damaged))
            added = draw.choice([b";", b"\n", b'"', b"-1", b"9" * 20, b"31/02/2024", b"\xff"])
            damaged[place : place + draw.randint(0, 6)] = added
        path.write_bytes(bytes(damaged))
        try:
            read_cohort(path, kind, codes=codes)
        except InputError as error:
            refused += 1
            assert error.faults
    assert refused
