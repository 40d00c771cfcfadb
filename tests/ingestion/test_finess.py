"""FINESS: two layouts, one table of structures."""

from __future__ import annotations

import gzip
import io
import json
import zipfile

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from demomed.core.faults import InputError
from demomed.ingestion.finess import finess_communes, read_finess
from demomed.ingestion.finess_json import stream_items
from demomed.ingestion.lonlat import lonlat
from demomed.ingestion.structures import STRUCTURES

CRS = "1,ATLASANTE,96,BAN,EPSG:2154 RGF93 / Lambert-93 (Métropole)"


def structure(number, category="603", commune="130", dept="53", name="MSP FICTIVE", long=""):
    cells = [
        "structureet",
        number,
        "539900000",
        name,
        long,
        "",
        "",
        "12",
        "R",
        "ZZRUE",
        "",
        "BP 1",
        commune,
        dept,
    ]
    cells += [
        "MAYENNE",
        "53000 LAVAL",
        "0243987654",
        "0243987655",
        category,
        "Libellé",
        "1112",
        "Groupe",
    ]
    cells += [
        "99900000100011",
        "8621Z",
        "99",
        "Ind",
        "9",
        "Ind",
        "2019-04-01",
        "2019-04-01",
        "2025-01-15",
        "",
    ]
    return ";".join(cells)


def geolocation(number, x="421000.0", y="6780000.0", crs=CRS):
    return f"geolocalisation;{number};{x};{y};{crs};2026-05-04"


def write_csv(path, *lines, encoding="utf-8"):
    path.write_bytes(("finess;etalab;94;2026-05-12\n" + "\n".join(lines) + "\n").encode(encoding))
    return path


def site(number, category="603", commune="53130", state="A", closed=None, **coordinates):
    return {
        "informationsGeneralesEGE": {
            "numFinessEge": number,
            "nomEgeCourt": "MSP FICTIVE",
            "nomEgeLong": "",
            "dateOuverture": "2019-04-01",
            "dateFermeture": closed,
        },
        "categorieentiteGeographiqueExercice": category,
        "etatObjet": state,
        "contact": [{"telephone": "0243987654", "email": "zz@exemple.test"}],
        "adresse": [
            {"usageAdresse": "02", "libelleVoie": "BP 1", "cogCommune": "61001"},
            {
                "usageAdresse": "03",
                "libelleVoie": "ZZRUE",
                "cogCommune": commune,
                "coordonneesGeographique": coordinates or None,
            },
        ],
    }


def write_json(path, *sites, zipped=True):
    document = {
        "schemaVersion": "v1.0.0",
        "gco": [{"x": [1, "}]"]}],
        "pmej": [{"informationsGeneralesPMEJ": {"siren": "9"}, "ege": [s]} for s in sites],
        "gcc": [],
    }
    content = json.dumps(document, ensure_ascii=False).encode()
    path.write_bytes(gzip.compress(content, mtime=0) if zipped else content)
    return path


@pytest.fixture
def codes():
    rows = [
        ("53130", "53130", "53"),
        ("53147", "53147", "53"),
        ("53014", "53130", "53"),
        ("61001", "61001", "61"),
        ("97411", "97411", "974"),
        ("97123", "97123", "971"),
        ("2A004", "2A004", "2A"),
    ]
    frame = pd.DataFrame(rows, columns=["old_code", "commune_code", "departement_code"])
    return frame.assign(commune_name="Ville", is_ambiguous=False)


def test_csv_two_sections(tmp_path, codes):
    path = write_csv(
        tmp_path / "f.csv",
        structure("539900001", long="MAISON DE SANTE"),
        structure("539900002", category="620", commune="147"),
        structure("539900003", category="500"),
        structure("979900001", category="124", commune="411", dept="9D"),
        structure("2A9900001", category="355", commune="004", dept="2A"),
        structure("539900004", commune="14"),
        geolocation("539900001"),
        geolocation("979900001", "338000", "7691000", "1,ATLASANTE,9,BAN,EPSG:2975 UTM 40S"),
        geolocation("539900002", "6780000.0", "421000.0"),
    )
    table, notices = read_finess(path, codes=codes)
    STRUCTURES.validate(table)
    found = table.set_index("finess")
    assert found["kind"].to_dict() == {
        "2A9900001": "hopital",
        "539900001": "msp",
        "539900002": "pharmacie",
        "539900004": "msp",
        "979900001": "centre_de_sante",
    }
    assert found.loc[
        "539900001", ["structure_name", "commune_code", "opening_year", "position_source"]
    ].tolist() == ["MAISON DE SANTE", "53130", 2019, "given"]
    assert found.loc["539900001", "lon"] == pytest.approx(-0.74, abs=0.05)
    assert found.loc["539900002", "lat"] == pytest.approx(found.loc["539900001", "lat"], abs=1e-6)
    assert found.loc["979900001", "commune_code"] == "97411"
    assert found.loc["979900001", "lon"] == pytest.approx(55.4, abs=0.2)
    assert found.loc["539900004", "commune_code"] == "53130"
    assert found.loc["2A9900001", "position_source"] == "none"
    assert any("échangées" in notice and notice.endswith(": 1") for notice in notices)


def test_csv_without_places_quotes_and_encoding(tmp_path, codes):
    lines = [
        structure("539900001", name='"LIEU DE VIE ""LE NID"""'),
        structure("539900002", name='CABINET "LE SEUL').replace("Libellé", "Santé"),
    ]
    path = write_csv(tmp_path / "f.csv", *lines, encoding="cp1252")
    table, notices = read_finess(path, codes=codes)
    assert table["structure_name"].tolist() == ['LIEU DE VIE "LE NID"', 'CABINET "LE SEUL']
    assert sum(word in " ".join(notices) for word in ("Windows-1252", "géolocalisation")) == 2


def test_commune_stands_for_a_missing_place(tmp_path, codes):
    path = write_csv(
        tmp_path / "f.csv",
        structure("539900001"),
        structure("539900002"),
        geolocation("539900002", "1", "2"),
    )
    points = pd.DataFrame({"commune_code": ["53130"], "lon": [-0.77], "lat": [48.07]})
    table, notices = read_finess(path, codes=codes, communes=points)
    assert table["position_source"].tolist() == ["commune", "commune"]
    assert table["lon"].tolist() == [-0.77, -0.77]
    assert "hors de leur territoire" in " ".join(notices)


def test_json_active_sites_right_address_and_coordinates(tmp_path, codes):
    path = write_json(
        tmp_path / "f.json.gz",
        site(
            "539900001",
            coordonneeX="-0.77",
            coordonneeY="48.07",
            directionLatitude="6780000.0",
            directionLongitude="421000.0",
        ),
        site(
            "539900002",
            coordonneeX="6780000.0",
            coordonneeY="421000.0",
            directionLatitude="48.07",
            directionLongitude="-0.77",
        ),
        site(
            "539900003",
            coordonneeX="",
            coordonneeY=None,
            directionLatitude=48.07,
            directionLongitude=-0.77,
        ),
        site("539900004", state="I"),
        site("539900005", closed="2020-01-01"),
        site("539900006", category="999"),
        site("539900007"),
        site("979900008", commune="97411", coordonneeX="-20.9", coordonneeY="55.45"),
    )
    table, notices = read_finess(path, codes=codes)
    found = table.set_index("finess")
    assert list(found.index) == ["539900001", "539900002", "539900003", "539900007", "979900008"]
    assert found["commune_code"].tolist() == ["53130"] * 4 + ["97411"]
    assert found.loc["539900001", ["lon", "lat"]].tolist() == [-0.77, 48.07]
    assert found.loc["539900002", "lon"] == pytest.approx(-0.74, abs=0.05)
    assert found.loc["539900003", "lat"] == 48.07
    assert found.loc["979900008", ["lon", "lat"]].tolist() == [55.45, -20.9]
    assert any(notice.endswith("écartés : 2") for notice in notices)
    assert finess_communes(path)["539900007"] == "53130"


def test_both_layouts_agree_and_filters_apply(tmp_path, codes):
    csv_path = write_csv(
        tmp_path / "f.csv",
        structure("539900001"),
        structure("619900001", commune="001", dept="61", category="620"),
        geolocation("539900001", "-0.77", "48.07"),
    )
    json_path = write_json(
        tmp_path / "f.json",
        site("619900001", commune="61001", category="620"),
        site("539900001", coordonneeX="-0.77", coordonneeY="48.07"),
        zipped=False,
    )
    left, right = (
        read_finess(p, codes=codes)[0].drop(columns="original_kind") for p in (csv_path, json_path)
    )
    pd.testing.assert_frame_equal(left, right)
    assert read_finess(csv_path, codes=codes, departments=["61"])[0]["finess"].tolist() == [
        "619900001"
    ]
    assert read_finess(csv_path, codes=codes, kinds=["msp"])[0]["finess"].tolist() == ["539900001"]


def test_json_is_streamed_in_any_chunk(monkeypatch, tmp_path, codes):
    import demomed.ingestion.finess_json as module

    path = write_json(tmp_path / "f.json", *(site(f"5399{n:05d}") for n in range(40)), zipped=False)
    whole = read_finess(path, codes=codes)[0]
    for size in (1, 7, 64):
        monkeypatch.setattr(module, "CHUNK_BYTES", size)
        pd.testing.assert_frame_equal(whole, read_finess(path, codes=codes)[0])


def test_no_phone_street_or_mail_survives(tmp_path, codes):
    for path in (
        write_csv(tmp_path / "f.csv", structure("539900001")),
        write_json(tmp_path / "f.json", site("539900001")),
    ):
        table, notices = read_finess(path, codes=codes)
        text = table.to_csv() + " ".join(notices)
        assert not any(secret in text for secret in ("0243", "ZZRUE", "BP 1", "exemple.test", "zz"))


BAD = {
    "vide": (b"", "vide"),
    "autre csv": (b"a;b\n1;2\n", "aucune ligne"),
    "ligne coupée": (structure("539900001").rsplit(";", 4)[0].encode(), "ligne 1"),
    "géolocalisation coupée": (
        (structure("539900001") + "\ngeolocalisation;5399").encode(),
        "ligne 2",
    ),
    "zéro perdu": (structure("39900001").encode(), "« 39900001 »"),
    "deux extractions": (
        (structure("539900001") + "\n" + structure("539900001")).encode(),
        "répété",
    ),
    "catégories inconnues": (structure("539900001", category="9999").encode(), "catégorie connue"),
    "json coupé": (b'{"schemaVersion": "1", "pmej": [{"ege": [{"a": 1}]}, {"ege', "interrompu"),
    "json sans sites": (b'{"schemaVersion": "1", "pmej": []}', "aucun site"),
    "json sans pmej": (b'{"autre": [1]}', "aucun site"),
    "json de travers": (b'{"pmej": [}', "mal form"),
    "binaire": (b"PAR1" + b"\x00" * 60, "classeur"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files(tmp_path, codes, name):
    content, words = BAD[name]
    path = tmp_path / "f.csv"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_finess(path, codes=codes)
    assert words in str(caught.value)
    assert "à faire" in str(caught.value)


def test_a_workbook_or_a_damaged_archive_is_refused(tmp_path, codes):
    path = tmp_path / "f.json.gz"
    path.write_bytes(
        write_json(tmp_path / "ok.gz", *(site(f"5399{n:05d}") for n in range(90))).read_bytes()[
            :-30
        ]
    )
    with pytest.raises(InputError, match="abîmé"):
        read_finess(path, codes=codes)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.md", "rien")
    with pytest.raises(InputError, match="archive sans fichier"):
        read_finess(path, codes=codes)


@settings(
    max_examples=80, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=60), st.integers(0, 400), st.booleans())
def test_any_bytes_are_read_or_refused(tmp_path, codes, junk, at, as_json):
    path = tmp_path / "fuzz"
    content = (
        write_json(path, site("539900001"), zipped=False)
        if as_json
        else write_csv(path, structure("539900001"), geolocation("539900001"))
    ).read_bytes()
    path.write_bytes(content[:at] + junk + content[at:])
    try:
        table, _ = read_finess(path, codes=codes)
    except InputError as error:
        assert error.faults
    else:
        assert len(table) == 1


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda x: st.lists(x) | st.dictionaries(st.text(), x),
        max_leaves=8,
    )
)
def test_streaming_equals_loading(value):
    document = {"before": value, "items": [value, 12, value], "after": value}
    assert (
        list(stream_items(io.BytesIO(json.dumps(document).encode()), "items")) == document["items"]
    )


def test_foreign_points_have_no_place():
    place = lonlat(
        [(pd.Series([2.0, None]), pd.Series([2.0, 48.0]))], pd.Series(["53130", "53130"])
    )
    assert place["lon"].isna().all()
