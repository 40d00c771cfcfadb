"""Any published table through a mapping of a few lines."""

from __future__ import annotations

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from demomed.core.faults import InputError
from demomed.ingestion.mapped import read_mapped, read_mapping

MAPPING = """level = "commune"
code = "Code"
[columns]
gp_count = { name = "Nombre de MG", kind = "count" }
gp_over_55_pct = { name = "Part des MG de 55 ans et +", kind = "rate" }
"""
EXPORT = """CartoSanté - Offre de soins
Source : SNDS
Code;Libellé;Nombre de MG;Part des MG de 55 ans et +
53130;Laval;1 200;45,5
53147;Mayenne;0;N/A - division par 0
61001;Alençon;12;N/A - secret statistique
41018;Blois;N/A - résultat non disponible;12,0
Source : ARS, 2025. Tous droits réservés.
"""


def write(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_cartosante_export(tmp_path, encoding):
    table, notices = read_mapped(
        write(
            tmp_path / "export.csv",
            EXPORT.replace("Source : ARS, 2025. Tous droits réservés.\n", ""),
            encoding,
        ),
        write(tmp_path / "mg-age.toml", MAPPING),
    )
    found = table.set_index("area_code")
    assert found["gp_count"].fillna(-1).to_dict() == {
        "41018": -1,
        "53130": 1200,
        "53147": 0,
        "61001": 12,
    }
    assert found["gp_over_55_pct"].fillna(-1).to_dict() == {
        "41018": 12,
        "53130": 45.5,
        "53147": -1,
        "61001": -1,
    }
    assert found["is_secret"].to_dict() == {
        "41018": False,
        "53130": False,
        "53147": False,
        "61001": True,
    }
    assert set(table["source_id"]) == {"mg_age"}
    assert any("secret" in notice and notice.endswith(": 1") for notice in notices)


def test_a_note_below_is_passed_in_a_workbook(tmp_path):
    book = openpyxl.Workbook()
    for row in EXPORT.splitlines():
        book.active.append(row.split(";"))
    book.save(tmp_path / "export.xlsx")
    table, notices = read_mapped(tmp_path / "export.xlsx", write(tmp_path / "m.toml", MAPPING))
    assert len(table) == 4
    assert any("note" in notice for notice in notices)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("1004;Ville;1;2", "« 1004 »"), ("53130;Laval;1;2", "répété"), ("61002;Ville;-1;2", "« -1 »"),
        ("61002;Ville;peu;2", "« peu »"), ("61002;Ville;1;2;3;4", "champs"), (";Ville;1;2", "un code commune"),
    ],
)  # fmt: skip
def test_bad_rows(tmp_path, row, words):
    text = "Code;Libellé;Nombre de MG;Part des MG de 55 ans et +\n53130;Laval;1;2\n" + row + "\n"
    with pytest.raises(InputError) as caught:
        read_mapped(write(tmp_path / "e.csv", text), write(tmp_path / "m.toml", MAPPING))
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("level =", "TOML illisible"), ('code = "Code"\n', "aucune colonne"), ('[columns]\na = "A"\n', "clé « code » absente"),
        ('code = "Code"\nlevel = "comune"\n[columns]\na = "A"\n', "vouliez-vous dire « commune »"),
        ('code = "Code"\n[columns]\na = { name = "A", kind = "taux" }\n', "kind = « taux »"),
        ('code = "Code"\n[columns]\na = { kind = "rate" }\n', "sans nom"), ('cod = "Code"\ncode = "C"\n[columns]\na = "A"\n', "vouliez-vous dire « code »"),
    ],
)  # fmt: skip
def test_bad_mappings(tmp_path, text, words):
    with pytest.raises(InputError) as caught:
        read_mapping(write(tmp_path / "m.toml", text))
    assert words in str(caught.value)


def test_shares_and_texts(tmp_path):
    mapping = 'level = "epci"\ncode = "EPCI"\nsource_id = "essai"\n[columns]\npart = { name = "Part", kind = "share" }\nmot = { name = "Mot", kind = "text" }\n'
    good = read_mapped(
        write(tmp_path / "e.csv", "EPCI;Part;Mot\n200083392;0,4;oui\n"),
        write(tmp_path / "m.toml", mapping),
    )[0]
    assert good.loc[0, ["part", "mot", "source_id"]].tolist() == [0.4, "oui", "essai"]
    with pytest.raises(InputError, match="une part entre 0 et 1"):
        read_mapped(
            write(tmp_path / "e.csv", "EPCI;Part;Mot\n200083392;40;oui\n"), tmp_path / "m.toml"
        )
    with pytest.raises(InputError, match="« Mot » absente"):
        read_mapped(write(tmp_path / "e.csv", "EPCI;Part\n200083392;40\n"), tmp_path / "m.toml")


@settings(
    max_examples=40, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=40), st.integers(0, 300))
def test_any_bytes_are_read_or_refused(tmp_path, junk, at):
    content = EXPORT.encode()
    mapping = write(tmp_path / "m.toml", MAPPING)
    path = tmp_path / "fuzz.csv"
    path.write_bytes(content[:at] + junk + content[at:])
    try:
        read_mapped(path, mapping)
    except InputError as error:
        assert error.faults
