"""Annuaire Santé: persons, sites, places, and nothing that names anyone."""

from __future__ import annotations

import gzip
import random
import re
import zipfile
from datetime import date

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from demomed.core.faults import InputError, Report
from demomed.ingestion.register import PRACTITIONERS
from demomed.ingestion.rpps import count_practitioners, extraction_date, read_rpps
from demomed.ingestion.rpps_activities import read_activities
from demomed.ingestion.rpps_places import departement_of_postcode

COORD = "(coord. structure)"
HEADER = [
    "Type d'identifiant PP",
    "Identifiant PP",
    "Identification nationale PP",
    "Code civilité d'exercice",
    "Libellé civilité d'exercice",
    "Code civilité",
    "Libellé civilité",
    "Nom d'exercice",
    "Prénom d'exercice",
    "Code profession",
    "Libellé profession",
    "Code catégorie professionnelle",
    "Libellé catégorie professionnelle",
    "Code type savoir-faire",
    "Libellé type savoir-faire",
    "Code savoir-faire",
    "Libellé savoir-faire",
    "Code mode exercice",
    "Libellé mode exercice",
    "Numéro SIRET site",
    "Numéro SIREN site",
    "Numéro FINESS site",
    "Numéro FINESS établissement juridique",
    "Identifiant technique de la structure",
    "Raison sociale site",
    "Enseigne commerciale site",
    f"Complément destinataire {COORD}",
    f"Complément point géographique {COORD}",
    f"Numéro Voie {COORD}",
    f"Indice répétition voie {COORD}",
    f"Code type de voie {COORD}",
    f"Libellé type de voie {COORD}",
    f"Libellé Voie {COORD}",
    f"Mention distribution {COORD}",
    f"Bureau cedex {COORD}",
    f"Code postal {COORD}",
    f"Code commune {COORD}",
    f"Libellé commune {COORD}",
    f"Code pays {COORD}",
    f"Libellé pays {COORD}",
    f"Téléphone {COORD}",
    f"Téléphone 2 {COORD}",
    f"Télécopie {COORD}",
    f"Adresse e-mail {COORD}",
    "Code Département (structure)",
    "Libellé Département (structure)",
    "Ancien identifiant de la structure",
    "Autorité d'enregistrement",
    "Code secteur d'activité",
    "Libellé secteur d'activité",
    "Code section tableau pharmaciens",
    "Libellé section tableau pharmaciens",
    "Code rôle",
    "Libellé rôle",
    "Code genre activité",
    "Libellé genre activité",
]
PLANTED = {
    "Nom d'exercice": "ZZNOMSECRET",
    "Prénom d'exercice": "ZZPRENOMSECRET",
    f"Libellé Voie {COORD}": "ZZRUESECRETE",
    f"Téléphone {COORD}": "0243987654",
    f"Télécopie {COORD}": "0243987655",
    f"Adresse e-mail {COORD}": "zzsecret@exemple.test",
    "Raison sociale site": 'CABINET "ZZSOCIETE',
    "Identifiant technique de la structure": "R99000999999",
}
SECRET = re.compile(r"zz|0243|secret|@|9900000\d{4}|R99", re.IGNORECASE)


def line(person: int, **cells: str) -> dict[str, str]:
    names = {
        "commune": f"Code commune {COORD}",
        "postcode": f"Code postal {COORD}",
        "town": f"Libellé commune {COORD}",
        "profession": "Code profession",
        "skill": "Code savoir-faire",
        "mode": "Code mode exercice",
        "sector": "Code secteur d'activité",
        "genre": "Code genre activité",
        "category": "Code catégorie professionnelle",
        "finess": "Numéro FINESS site",
        "civility": "Code civilité",
    }
    row = dict.fromkeys(HEADER, "") | PLANTED
    row |= {
        "Identifiant PP": f"{99_000_000_000 + person}",
        "Identification nationale PP": f"8{99_000_000_000 + person}",
        "Code profession": "10",
        "Code savoir-faire": "SM54",
        "Code mode exercice": "L",
        "Code catégorie professionnelle": "C",
        "Code genre activité": "GENR01",
        "Code civilité": "MME",
        f"Code commune {COORD}": "53130",
    }
    return row | {names[key]: value for key, value in cells.items()}


def write(path, rows, header=None, trailing="", encoding="utf-8"):
    header = header or HEADER
    lines = ["|".join(header) + trailing] + [
        "|".join(row.get(h, "") for h in header) + trailing for row in rows
    ]
    path.write_bytes(("\n".join(lines) + "\n").encode(encoding))
    return path


@pytest.fixture
def codes():
    rows = [
        ("53130", "53130", "Laval", "53", False),
        ("53147", "53147", "Mayenne", "53", False),
        ("53014", "53062", "Château-Gontier-sur-Mayenne", "53", False),
        ("53062", "53062", "Château-Gontier-sur-Mayenne", "53", False),
        ("61001", "61001", "Alençon", "61", False),
        ("61002", "61002", "Saint-Mard", "61", True),
        ("61003", "61003", "Saint-Mard", "61", False),
        ("2A004", "2A004", "Ajaccio", "2A", False),
        ("75101", "75056", "Paris", "75", False),
        ("75056", "75056", "Paris", "75", False),
    ]
    names = ["old_code", "commune_code", "commune_name", "departement_code", "is_ambiguous"]
    return pd.DataFrame(rows, columns=names)


def test_one_row_per_practitioner_and_site(tmp_path, codes):
    path = write(
        tmp_path / "a.txt",
        [
            line(1, mode="S", commune="53147", finess="539900003", sector="SA05"),
            line(1, sector="SA07"),
            line(1, sector="SA07", skill="SM18"),
            line(1, sector="SA07"),
            line(2, commune="53014", sector="SA52", civility="M"),
        ],
    )
    table, notices = read_rpps(path, codes=codes)
    PRACTITIONERS.validate(table)
    assert table["practitioner_id"].tolist() == ["r0000001", "r0000001", "r0000002"]
    assert table["commune_code"].tolist() == ["53130", "53147", "53062"]
    assert table["is_main_site"].tolist() == [True, False, True]
    assert table["main_site_rule"].tolist() == ["liberal", "liberal", "only"]
    assert table["mode"].tolist() == ["liberal", "salarie", "liberal"]
    assert table["structure_kind"].tolist() == ["cabinet", "centre_de_sante", "msp"]
    assert table["structure_id"].tolist()[1] == "539900003"
    assert table["site_share"].tolist() == [0.5, 0.5, 1.0]
    assert table["sex"].tolist() == ["F", "F", "M"]
    assert set(table["service"]) == {"gp"}
    assert any("fusionnées" in notice and notice.endswith(": 1") for notice in notices)


@pytest.mark.parametrize(
    ("profession", "skill", "service"),
    [
        ("10", "SM26", "gp"),
        ("10", "SM53", "gp"),
        ("10", "SM54", "gp"),
        ("10", "SM04", "cardiologist"),
        ("60", "", "nurse"),
        ("60", "SI01", "advanced_practice_nurse"),
        ("60", "SI05", "advanced_practice_nurse"),
        ("69", "SI01", None),
        ("10", "", None),
        ("10", "SM25", None),
        ("50", "", "midwife"),
        ("40", "SCD01", "dentist"),
        ("21", "", None),
    ],
)
def test_service_of_profession_and_skill(tmp_path, codes, profession, skill, service):
    path = write(tmp_path / "a.txt", [line(1, profession=profession, skill=skill), line(2)])
    table, notices = read_rpps(path, codes=codes)
    assert sorted(table["service"]) == sorted(["gp"] + [service] * (service is not None))
    assert any("hors du vocabulaire" in notice for notice in notices) == (service is None)


def test_substitutes_and_students_are_apart(tmp_path, codes):
    path = write(
        tmp_path / "a.txt",
        [
            line(1),
            line(2, genre="GENR02"),
            line(3, genre="GENR03"),
            line(4, category="E"),
            line(5, genre="GENR02", commune="53147"),
            line(5),
        ],
    )
    table, notices = read_rpps(path, codes=codes)
    main = table[table["is_main_site"]].set_index("practitioner_id")
    assert main["mode"].tolist() == ["liberal", "remplacant", "remplacant", "etudiant", "liberal"]
    assert main.loc["r0000005", "commune_code"] == "53130"
    counts, _ = count_practitioners(path, codes=codes)
    assert counts.to_dict("records") == [{"departement_code": "53", "service": "gp", "persons": 2}]
    assert sum("à part" in notice for notice in notices) == 2


def test_modes_of_one_site_are_mixed(tmp_path, codes):
    path = write(
        tmp_path / "a.txt", [line(1), line(1, mode="S"), line(2, mode="B"), line(3, mode="")]
    )
    table, _ = read_rpps(path, codes=codes)
    assert table["mode"].fillna("").tolist() == ["mixte", "benevole", ""]


def test_places_fall_back_on_name_then_finess(tmp_path, codes):
    path = write(
        tmp_path / "a.txt",
        [
            line(1, commune="", postcode="61000", town="ALENCON CEDEX 9"),
            line(2, commune="", postcode="53100", town="mayenne", finess="619900001"),
            line(3, commune="", finess="619900001"),
            line(4, commune="", postcode="61400", town="ST MARD"),
            line(5, commune="", postcode="20090", town="Ajaccio"),
            line(6, commune=""),
            line(7, commune="99999", postcode="75001", town="Paris"),
            line(8, commune="61002"),
            line(9, commune="75101"),
        ],
    )
    table, notices = read_rpps(path, codes=codes, sites={"619900001": "61001"})
    found = table["commune_code"].fillna("?").tolist()
    assert found == ["61001", "53147", "61001", "?", "2A004", "?", "75056", "61002", "75056"]
    told = " ; ".join(notices)
    for words in (
        "nom de la commune : 4",
        "site FINESS : 1",
        "non localisées : 2",
        "« 99999 »",
        "divisée depuis",
    ):
        assert words in told
    communes = pd.DataFrame(
        {
            "commune_code": ["61002", "61003"],
            "commune_name": ["Saint-Mard", "Saint-Mard"],
            "postcodes": ["61400", "61500|61510"],
        }
    )
    table, _ = read_rpps(path, codes=codes, communes=communes)
    assert table["commune_code"].fillna("?").tolist()[3] == "61002"


def test_departments_keep_all_sites_of_their_persons(tmp_path, codes):
    path = write(
        tmp_path / "a.txt",
        [
            line(1, mode="S"),
            line(1, commune="61001"),
            line(2, commune="61001"),
            line(3, commune="", postcode="53999"),
            line(4, commune=""),
        ],
    )
    table, notices = read_rpps(path, codes=codes, departments=["53"])
    assert table["commune_code"].fillna("?").tolist() == ["61001", "53130", "?"]
    assert table["site_share"].tolist() == [0.5, 0.5, 1.0]
    assert any(notice.endswith("code postal : 1") for notice in notices)


def test_counts_are_distinct_persons(tmp_path, codes):
    path = write(
        tmp_path / "a.txt",
        [line(1), line(1), line(1, commune="53147"), line(2), line(3, profession="60", skill="")],
    )
    by_department, _ = count_practitioners(path, codes=codes)
    assert by_department["persons"].tolist() == [2, 1]
    by_commune, _ = count_practitioners(path, codes=codes, level="commune")
    assert by_commune.set_index(["commune_code", "service"])["persons"].to_dict() == {
        ("53130", "gp"): 2,
        ("53130", "nurse"): 1,
        ("53147", "gp"): 1,
    }


def test_order_of_rows_never_matters(tmp_path, codes):
    rows = [
        line(n % 7, commune=c, mode=m)
        for n, (c, m) in enumerate(
            [(c, m) for c in ("53130", "53147", "61001", "") for m in ("L", "S", "")]
        )
    ]
    straight = read_rpps(write(tmp_path / "a.txt", rows), codes=codes)[0]
    random.Random(3).shuffle(rows)
    shuffled = read_rpps(write(tmp_path / "b.txt", rows), codes=codes)[0]
    pd.testing.assert_frame_equal(straight, shuffled)


@pytest.mark.parametrize("trailing", ["", "|"])
@pytest.mark.parametrize("form", ["plain", "gzip", "zip", "bom", "cp1252"])
def test_published_forms(tmp_path, codes, trailing, form):
    rows = [line(1, town="Château"), line(2)]
    path = write(tmp_path / "a.txt", rows, trailing=trailing)
    content = path.read_bytes()
    if form == "gzip":
        path.write_bytes(gzip.compress(content))
    elif form == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("ps-libreacces-personne-activite.txt", content)
    elif form == "bom":
        path.write_bytes(b"\xef\xbb\xbf" + content)
    elif form == "cp1252":
        path.write_bytes(content.decode().encode("cp1252"))
    table, notices = read_rpps(path, codes=codes)
    assert len(table) == 2
    assert any("Windows-1252" in notice for notice in notices) == (form == "cp1252")


def test_56_and_57_fields_in_one_file(tmp_path, codes):
    path = write(tmp_path / "a.txt", [line(n) for n in range(1, 5)])
    lines = path.read_text().split("\n")
    lines[2] += "|"
    path.write_text("\n".join(lines))
    assert len(read_rpps(path, codes=codes)[0]) == 4
    path.write_text(
        "\n".join([lines[0], *(text.rstrip("|") + "|" for text in lines[2:5]), lines[1]])
    )
    assert len(read_rpps(path, codes=codes)[0]) == 4


def test_skills_file_completes(tmp_path, codes):
    names = [
        "Type d'identifiant PP",
        "Identifiant PP",
        "Identification nationale PP",
        "Nom d'exercice",
        "Prénom d'exercice",
        "Code profession",
        "Libellé profession",
        "Code savoir-faire",
    ]
    skills = write(
        tmp_path / "s.txt", [line(1, skill="SM26"), line(2, skill="SM99"), line(9)], header=names
    )
    path = write(tmp_path / "a.txt", [line(1, skill=""), line(2, skill=""), line(3, skill="SM40")])
    table, notices = read_rpps(path, codes=codes, skills=skills)
    assert table["service"].tolist() == ["gp", "paediatrician"]
    assert any("savoir-faire : 1" in notice for notice in notices)


def test_restricted_layout_gives_ages(tmp_path, codes):
    header = [*HEADER, "Date de naissance", "Code sexe"]
    rows = [
        line(1) | {"Date de naissance": "29/02/1960", "Code sexe": "M"},
        line(2) | {"Date de naissance": "1980-06-01", "Code sexe": "F"},
        line(3) | {"Date de naissance": "31/02/1980"},
        line(4) | {"Date de naissance": "01/01/2030"},
        line(5) | {"Date de naissance": ""},
    ]
    path = write(tmp_path / "a.txt", rows, header=header)
    table, notices = read_rpps(path, codes=codes, reference_date=date(2025, 2, 28))
    assert table["age"].tolist()[:2] == [64, 44]
    assert table["age"].isna().tolist() == [False, False, True, True, True]
    assert table["sex"].tolist()[:2] == ["M", "F"]
    assert table["age_source"].tolist()[1:3] == ["birth_date", "none"]
    assert any("inconnu : 2" in notice for notice in notices)
    assert read_rpps(path, codes=codes)[0]["age"].isna().all()


def test_nothing_personal_survives(tmp_path, codes):
    rows = [
        line(n, commune=c, profession=p)
        for n, (c, p) in enumerate([("53130", "10"), ("", "60"), ("99999", "10"), ("61001", "21")])
    ]
    path = write(tmp_path / "activites.txt", rows)
    table, notices = read_rpps(path, codes=codes, departments=["53", "61"])
    counts, more = count_practitioners(path, codes=codes)
    report = Report(path.name)
    activities = read_activities(path, report)
    kept = " ".join(str(v) for values in activities.values.values() for v in values)
    for text in (table.to_csv(), counts.to_csv(), *notices, *more, kept, repr(report)):
        assert not SECRET.search(text), SECRET.search(text)
    broken = path.read_text().split("\n")
    broken[2] = broken[2] + "|zzsecret@exemple.test|zz"
    path.write_text("\n".join(broken))
    with pytest.raises(InputError) as caught:
        read_rpps(path, codes=codes)
    assert not SECRET.search(str(caught.value))
    assert "ligne 3" in str(caught.value)
    assert [item.name for item in tmp_path.iterdir()] == ["activites.txt"]


BAD = {
    "vide": (b"", "fichier vide"),
    "blanc": (b"\n\n  \n", "fichier vide"),
    "binaire": (b"\x00\x01\x02" * 900, "pas un texte"),
    "xls": (b"\xd0\xcf\x11\xe0" + b"x" * 600, "xls"),
    "7z": (b"7z\xbc\xaf\x27\x1c" + b"x" * 600, "7z"),
    "gzip tronqué": (gzip.compress(b"|".join([b"Code"] * 9) * 9000)[:40], "abîmé"),
    "zip tronqué": (b"PK\x03\x04" + b"y" * 300, "abîmé"),
    "autre tableau": (b"a;b;c\n1;2;3\n", "« Identification nationale PP » absente"),
    "page web": (b"<!DOCTYPE html><html><body>503</body></html>", "absente"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files(tmp_path, codes, name):
    content, words = BAD[name]
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_rpps(path, codes=codes)
    assert words in str(caught.value)
    assert "à faire" in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


def test_bad_columns_are_told_all_at_once(tmp_path, codes):
    header = [h for h in HEADER if h not in ("Code profession", f"Code commune {COORD}")]
    header[0] = "Code professions"
    path = write(tmp_path / "a.txt", [line(1)], header=header)
    with pytest.raises(InputError) as caught:
        read_rpps(path, codes=codes)
    assert len(caught.value.faults) == 2
    assert "vouliez-vous dire « Code professions »" in str(caught.value)


def test_header_only_missing_file_and_missing_identifier(tmp_path, codes):
    path = write(tmp_path / "a.txt", [])
    with pytest.raises(InputError, match="aucune ligne"):
        read_rpps(path, codes=codes)
    with pytest.raises(InputError, match="introuvable"):
        read_rpps(tmp_path / "none.txt", codes=codes)
    path = write(tmp_path / "a.txt", [line(1) | {"Identification nationale PP": ""}, line(2)])
    with pytest.raises(InputError, match="1 lignes sans"):
        read_rpps(path, codes=codes)


def test_many_short_rows_are_summed_up(tmp_path, codes):
    path = write(tmp_path / "a.txt", [line(n) for n in range(12)])
    lines = path.read_text().split("\n")
    path.write_text("\n".join([lines[0], *(text.rsplit("|", 3)[0] for text in lines[1:])]))
    with pytest.raises(InputError) as caught:
        read_rpps(path, codes=codes)
    assert len(caught.value.faults) == 6
    assert "53 champs" in str(caught.value)
    assert "12 lignes" in str(caught.value)


@settings(
    max_examples=40, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="|"), max_size=12), max_size=70
    ),
    st.integers(0, 56),
    st.binary(max_size=40),
)
def test_any_text_is_read_or_refused(tmp_path, codes, cells, at, junk):
    path = write(tmp_path / "fuzz.txt", [line(1), line(2)])
    content = path.read_bytes()
    extra = "|".join(cells).encode()
    path.write_bytes(
        content + extra + b"\n" + junk if at % 2 else content[: 40 * at] + junk + content[40 * at :]
    )
    try:
        table, _ = read_rpps(path, codes=codes)
    except InputError as error:
        assert error.faults
    else:
        PRACTITIONERS.validate(table)


def test_dates_and_postcodes():
    assert extraction_date("https://exemple.test/20260915-114421/ps-libreacces.txt") == date(
        2026, 9, 15
    )
    assert extraction_date("file_20261399.txt") is None
    assert departement_of_postcode("97150") == ("971",)
    assert departement_of_postcode("5300") == ()
