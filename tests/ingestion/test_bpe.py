"""BPE after the renumbering: long counts and geolocated detail."""

from __future__ import annotations

import io
import zipfile

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from demomed.core.catalogue import services
from demomed.core.faults import InputError, Report
from demomed.ingestion.bpe_codes import bpe_services, check_presence
from demomed.ingestion.bpe_detail import read_bpe_detail
from demomed.ingestion.bpe_long import read_bpe_counts

COUNTS = '"GEO";"GEO_OBJECT";"FACILITY_DOM";"FACILITY_SDOM";"FACILITY_TYPE";"BPE_MEASURE";"TIME_PERIOD";"OBS_VALUE"'
DETAIL = "AN;NOMRS;LIBVOIE;DEPCOM;TYPEQU;SIRET;LAMBERT_X;LAMBERT_Y;LONGITUDE;LATITUDE;QUALITE_GEOLOC;EPSG"


def fact(area, count, kind="D265", level="COM", measure="FACILITIES", year=2024, sdom="D2"):
    return f'"{area}";"{level}";"D";"{sdom}";"{kind}";"{measure}";{year};{count}'


def write(path, header, *rows, encoding="utf-8"):
    path.write_bytes(("\n".join([header, *rows]) + "\n").encode(encoding))
    return path


@pytest.fixture
def codes():
    rows = [
        ("53130", "53130", "53"),
        ("53147", "53147", "53"),
        ("53014", "53130", "53"),
        ("61001", "61001", "61"),
        ("75056", "75056", "75"),
        ("75101", "75056", "75"),
        ("75102", "75056", "75"),
        ("69123", "69123", "69"),
    ]
    frame = pd.DataFrame(rows, columns=["old_code", "commune_code", "departement_code"])
    return frame.assign(commune_name="Ville", is_ambiguous=False)


def test_counts_one_level_no_total_zeros_written(tmp_path, codes):
    path = write(
        tmp_path / "DS_BPE_2024_data.csv",
        COUNTS,
        fact("53130", 38),
        fact("53130", 240, kind="_T"),
        fact("53", 99, level="DEP"),
        fact("53130", 7, kind="D307"),
        fact("53130", 4, measure="CAPACITY"),
        fact("53014", 2),
        fact("200083392", 50, level="EPCI"),
        fact("61001", 5),
        fact("53130", 900, kind="_T", sdom="_T"),
        fact("53147", 1, kind="B313"),
    )
    table, notices = read_bpe_counts(path, codes=codes)
    found = table.set_index(["commune_code", "service"])["count"].to_dict()
    assert found == {
        ("53130", "gp"): 40,
        ("53147", "gp"): 0,
        ("61001", "gp"): 5,
        ("53130", "pharmacy"): 7,
        ("53147", "pharmacy"): 0,
        ("61001", "pharmacy"): 0,
    }
    assert set(table["year"]) == {2024}
    assert any("D281 (nurse)" in notice for notice in notices)
    assert read_bpe_counts(path, codes=codes, departments=["61"])[0][
        "commune_code"
    ].unique().tolist() == ["61001"]


def test_a_city_is_counted_once(tmp_path, codes):
    path = write(
        tmp_path / "a.csv",
        COUNTS,
        fact("75056", 100),
        fact("75101", 60, level="ARM"),
        fact("75102", 40, level="ARM"),
        fact("69123", 30),
    )
    table, notices = read_bpe_counts(path, codes=codes, services=["gp"])
    assert table.set_index("commune_code")["count"].to_dict() == {"69123": 30, "75056": 100}
    assert any("arrondissement" in notice for notice in notices)


def test_codes_of_another_vintage_are_never_zero(tmp_path, codes):
    old = write(tmp_path / "a.csv", COUNTS, fact("53130", 38, kind="D201"))
    with_unknown, notices = read_bpe_counts(
        write(tmp_path / "b.csv", COUNTS, fact("53130", 38), fact("53130", 3, kind="D251")),
        codes=codes,
    )
    assert set(with_unknown["service"]) == {"gp"}
    assert any("D251" in notice for notice in notices)
    with pytest.raises(
        InputError, match="aucun code connu du millésime 2024 ; le fichier porte D201"
    ):
        read_bpe_counts(old, codes=codes)
    with pytest.raises(InputError, match=r"millésime 2031.*services.toml"):
        read_bpe_counts(
            write(tmp_path / "c.csv", COUNTS, fact("53130", 38, year=2031)), codes=codes
        )
    with pytest.raises(InputError, match="« orthoptist » n'a pas de code dans le millésime 2024"):
        read_bpe_counts(
            write(tmp_path / "d.csv", COUNTS, fact("53130", 38)),
            codes=codes,
            services=["gp", "orthoptist"],
        )


def test_a_code_missing_from_all_of_france_is_a_fault(tmp_path):
    departments = [f"{n:02d}" for n in range(1, 96)]
    codes = pd.DataFrame(
        {"old_code": [f"{d}001" for d in departments], "departement_code": departments}
    )
    codes = codes.assign(commune_code=codes["old_code"], commune_name="Ville", is_ambiguous=False)
    path = write(
        tmp_path / "a.csv", COUNTS, *(fact(code, 1, kind="D307") for code in codes["old_code"])
    )
    with pytest.raises(InputError, match=r"code D265 \(gp\) absent de tout le fichier"):
        read_bpe_counts(path, codes=codes, services=["gp", "pharmacy"])


@pytest.mark.parametrize("year", ["2021", "2023", "2024", "2025"])
def test_vocabulary_is_injective_and_the_renumbering_is_known(year):
    report = Report("bpe")
    known = bpe_services(year, report)
    assert not report.faults
    declared = [s.bpe[year] for s in services().values() if year in s.bpe]
    assert len(declared) == len(set(declared)) == len(known)
    assert {v: k for k, v in known.items()}["gp"] == ("D201" if year < "2024" else "D265")
    assert check_presence({"D265": "gp"}, {"D265"}, year, national=True, report=report) == {
        "D265": "gp"
    }


def test_detail_random_points_are_not_places(tmp_path, codes):
    path = write(
        tmp_path / "BPE24.csv",
        DETAIL,
        "2024;ZZNOM;ZZRUE;53130;D265;99900000100011;421000.0;6780000.0;-0.77;48.07;11;2154",
        "2024;ZZNOM;ZZRUE;53130;D265;99900000100011;421000.0;6780000.0;-0.77;48.07;33;2154",
        "2024;ZZNOM;ZZRUE;53014;D307;99900000100011;421000.0;6780000.0;_U;_U;21;2154",
        "2024;ZZNOM;ZZRUE;61001;D307;_U;_U;_U;_U;_U;_Z;_U",
        "2024;ZZNOM;ZZRUE;61001;A101;_U;_U;_U;_U;_U;_Z;_U",
    )
    table, notices = read_bpe_detail(path, codes=codes)
    assert table["service"].tolist() == ["gp", "gp", "pharmacy", "pharmacy"]
    gp = table[table["service"] == "gp"].sort_values("position_source")
    assert gp["position_source"].tolist() == ["given", "none"]
    assert gp["lon"].iloc[0] == -0.77
    assert pd.isna(gp["lon"].iloc[1])
    pharmacies = table[table["service"] == "pharmacy"]
    assert pharmacies["lon"].notna().sum() == 1
    assert any("au hasard" in notice and notice.endswith(": 1") for notice in notices)
    assert "ZZ" not in table.to_csv() + " ".join(notices)
    assert "99900000100011" not in table.to_csv()
    assert read_bpe_detail(path, codes=codes, departments=["61"], services=["pharmacy"])[0][
        "commune_code"
    ].tolist() == ["61001"]


def test_old_detail_layout(tmp_path, codes):
    header = "REG;DEP;DEPCOM;DCIRIS;AN;TYPEQU;LAMBERT_X;LAMBERT_Y;QUALITE_XY"
    path = write(
        tmp_path / "a.csv",
        header,
        "52;53;53130;53130_0101;2021;D201;421000,0;6780000,0;Bonne",
        "52;53;53130;é;2021;D232;421000.0;6780000.0;Mauvaise",
        encoding="cp1252",
    )
    table, notices = read_bpe_detail(path, codes=codes)
    assert table.set_index("service")["position_source"].to_dict() == {
        "gp": "given",
        "nurse": "none",
    }
    assert table.set_index("service").loc["gp", "lon"] == pytest.approx(-0.74, abs=0.05)
    assert any("Windows-1252" in notice for notice in notices)


def test_inside_the_producers_zip(tmp_path, codes):
    content = "\n".join([COUNTS, fact("53130", 38)]).encode()
    path = tmp_path / "DS_BPE_CSV_FR.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("DS_BPE_2024_metadata.csv", "a;b\n")
        archive.writestr("DS_BPE_2024_data.csv", content * 3)
        archive.writestr("DS_BPE_2024_data.csv.md5", "0" * 32)
    with pytest.raises(InputError):
        read_bpe_counts(path, codes=codes)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("DS_BPE_2024_metadata.csv", "a;b\n")
        archive.writestr("DS_BPE_2024_data.csv", content)
    assert read_bpe_counts(path, codes=codes)[0]["count"].sum() == 38


BAD_COUNTS = {
    "sans communes": ([fact("53", 9, level="DEP")], "aucune ligne de niveau commune"),
    "nombre illisible": ([fact("53130", "beaucoup")], "« beaucoup »"),
    "négatif": ([fact("53130", -3)], "au moins 0"),
    "vide": ([], "aucune ligne"),
    "ligne courte": (['"53130";"COM"'], "ligne 2"),
}


@pytest.mark.parametrize("name", BAD_COUNTS)
def test_bad_counts(tmp_path, codes, name):
    rows, words = BAD_COUNTS[name]
    with pytest.raises(InputError) as caught:
        read_bpe_counts(write(tmp_path / "a.csv", COUNTS, *rows), codes=codes)
    assert words in str(caught.value)


BAD_DETAIL = {
    "sans santé": (DETAIL, ["2024;;;53130;A101;;;;;;;"], "aucun équipement de santé"),
    "sans année": ("DEPCOM;TYPEQU;X", ["53130;D265;"], "millésime absent"),
    "coordonnée illisible": (DETAIL, ["2024;;;53130;D265;;ici;6780000;;;11;2154"], "« ici »"),
    "millésime inconnu": (DETAIL, ["1987;;;53130;D265;;;;;;11;2154"], "millésime 1987"),
    "colonne absente": ("AN;COMMUNE;TYPEQU", ["2024;53130;D265"], "« DEPCOM » absente"),
}


@pytest.mark.parametrize("name", BAD_DETAIL)
def test_bad_detail(tmp_path, codes, name):
    header, rows, words = BAD_DETAIL[name]
    with pytest.raises(InputError) as caught:
        read_bpe_detail(write(tmp_path / "a.csv", header, *rows), codes=codes)
    assert words in str(caught.value)


@settings(
    max_examples=40, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=50), st.integers(0, 300), st.booleans())
def test_any_bytes_are_read_or_refused(tmp_path, codes, junk, at, detail):
    path = tmp_path / "fuzz"
    if detail:
        write(path, DETAIL, "2024;;;53130;D265;;421000.0;6780000.0;-0.77;48.07;11;2154")
    else:
        write(path, COUNTS, fact("53130", 38))
    content = path.read_bytes()
    path.write_bytes(content[:at] + junk + content[at:])
    try:
        (read_bpe_detail if detail else read_bpe_counts)(path, codes=codes)
    except InputError as error:
        assert error.faults


def test_count_total_is_never_silently_different(tmp_path, codes):
    rows = [fact("53130", n) for n in range(1, 30)] + [fact("61001", 2, kind="D281")]
    table, _ = read_bpe_counts(write(tmp_path / "a.csv", COUNTS, *rows), codes=codes)
    raw = pd.read_csv(io.StringIO("\n".join([COUNTS, *rows])), sep=";")
    assert table["count"].sum() == raw["OBS_VALUE"].sum()
