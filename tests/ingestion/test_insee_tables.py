"""INSEE tables: EPCI composition, study zones, ages, incomes under secrecy."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from demomed.core.faults import InputError
from demomed.ingestion.insee_tables import (
    read_epci_composition,
    read_filosofi,
    read_zone_composition,
)
from demomed.ingestion.population_age import read_population_by_age

TITLE = [
    ["Intercommunalité - Métropole au 01-01-2025"],
    ["Insee"],
    [],
    ["Mise en ligne"],
    ["Géographie"],
]


def workbook(path, **sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    path.write_bytes(buffer.getvalue())
    return path


def epci(path, extra=(), kinds=("CA", "METLYON"), title=TITLE):
    return workbook(
        path,
        EPCI=[*title, ["EPCI", "LIBEPCI", "NATURE_EPCI", "NB_COM"], ["200083392", "CA Laval", kinds[0], 2], ["200046977", "Métropole", kinds[1], 1]],
        Composition_communale=[
            *title, ["CODGEO", "LIBGEO", "EPCI", "LIBEPCI", "DEP", "REG"],
            ["53130", "Laval", "200083392", "CA Laval Agglomération", "53", "52"],
            ["01004", "Ville", "200083392", "CA Laval Agglomération", "01", "84"],
            ["69123", "Lyon", "200046977", "Métropole de Lyon", "69", "84"],
            ["29083", "Île-de-Sein", "ZZZZZZZZZ", "Sans objet", "29", "53"], *extra,
        ],
    )  # fmt: skip


def test_epci_composition_alone_and_in_its_zip(tmp_path):
    path = epci(tmp_path / "EPCI_au_01-01-2025.xlsx")
    table, notices = read_epci_composition(path)
    assert table["commune_code"].tolist() == ["01004", "53130", "69123"]
    assert table["epci_kind"].tolist() == ["CA", "CA", "ME"]
    assert any("sans EPCI : 1" in notice for notice in notices)
    zipped = tmp_path / "epci.zip"
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.write(path, "EPCI_au_01-01-2025.xlsx")
    assert read_epci_composition(zipped)[0].equals(table)
    assert read_epci_composition(epci(tmp_path / "b.xlsx", title=TITLE[:2]))[0].equals(table)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"extra": [["53130", "Laval", "200046977", "Autre", "53", "52"]]}, "répétée"),
        ({"extra": [["1004", "Ville", "200083392", "CA", "01", "84"]]}, "« 1004 »"),
        ({"kinds": ("CA", "SIVOM")}, "nature de l'EPCI « 200046977 »"),
        ({"extra": [["53147", "Mayenne", "12", "CA", "53", "52"]]}, "SIREN"),
    ],
)
def test_bad_epci(tmp_path, options, words):
    with pytest.raises(InputError) as caught:
        read_epci_composition(epci(tmp_path / "a.xlsx", **options))
    assert words in str(caught.value)


def test_bassins_de_vie(tmp_path):
    path = workbook(
        tmp_path / "bv.xlsx",
        Composition_communale=[
            *TITLE,
            ["CODGEO", "LIBGEO", "BV2022", "LIBBV2022", "DEP"],
            ["53130", "Laval", "53130", "Laval", "53"],
        ],
    )
    assert read_zone_composition(path)[0].to_dict("records") == [
        {"commune_code": "53130", "zone_code": "53130", "zone_name": "Laval"}
    ]
    empty = workbook(
        tmp_path / "x.xlsx", Composition_communale=[*TITLE, ["CODGEO", "BV2022", "LIBBV2022"]]
    )
    with pytest.raises(InputError, match="aucune ligne"):
        read_zone_composition(empty)
    with pytest.raises(InputError, match="classeur illisible"):
        broken = tmp_path / "y.xlsx"
        with zipfile.ZipFile(broken, "w") as archive:
            archive.writestr("[Content_Types].xml", "<oups")
        read_zone_composition(broken)


AGE = "CODGEO;P22_POP;P22_POP0014;P22_POP1589;P22_POP90P;P22_H0014;P16_POP;P16_POP0014"


def test_age_bands_of_the_census(tmp_path):
    path = tmp_path / "base-cc-evol-struct-pop-2022.CSV"
    path.write_text(f"{AGE}\n53130;49000.5;9000.25;39000.25;1000;4500;48000;\n", encoding="utf-8")
    table, _ = read_population_by_age(path)
    found = table.set_index(["year", "sex", "age_band"])["population"]
    assert found[(2022, "all", "00-14")] == 9000.25
    assert found[(2022, "all", "90+")] == 1000
    assert found[(2022, "male", "00-14")] == 4500
    assert found.isna()[(2016, "all", "00-14")]
    path.write_text(f"{AGE}\n53130;49000;9000;30000;1000;1;;\n", encoding="utf-8")
    with pytest.raises(InputError, match="53130, 2022 : les tranches"):
        read_population_by_age(path)


def test_single_years_of_age(tmp_path):
    path = tmp_path / "TD_POP1B_2021.csv"
    rows = [
        "COM;53130;Laval;1;014;10.5",
        "COM;53130;Laval;2;015;4",
        "COM;53130;Laval;1;100;1",
        "DEP;53;Mayenne;1;014;999",
        "ARM;75101;Paris 1er;2;000;3",
    ]
    path.write_text(
        "NIVGEO;CODGEO;LIBGEO;SEXE;AGED100;NB\n" + "\n".join(rows) + "\n", encoding="utf-8"
    )
    table, _ = read_population_by_age(path, year=2021)
    both = table[table["sex"] == "all"].groupby("commune_code")["population"].sum()
    assert both.to_dict() == {"53130": 15.5, "75101": 3}
    assert set(table["age_band"]) == {"00-14", "15-29", "90+"}
    with pytest.raises(InputError, match="année du recensement"):
        read_population_by_age(path)
    path.write_text(path.read_text().replace(";1;014", ";9;014"), encoding="utf-8")
    with pytest.raises(InputError, match="sexe « 9 »"):
        read_population_by_age(path, year=2021)


FILOSOFI = "FILOSOFI_MEASURE;GEO;GEO_OBJECT;UNIT_MEASURE;CONF_STATUS;OBS_STATUS;UNIT_MULT;TIME_PERIOD;OBS_VALUE"


def filosofi(path, *rows):
    path.write_text("\n".join([FILOSOFI, *rows]) + "\n", encoding="utf-8")
    return path


def test_filosofi_keeps_secrets(tmp_path):
    path = filosofi(
        tmp_path / "DS_FILOSOFI_CC_2023_data.csv",
        "MED_SL;53130;COM;EUR;F;A;0;2023;22810", "PR_MD60;53130;COM;PT;F;A;0;2023;14.5", "MED_SL;53147;COM;EUR;F;A;0;2023;21000",
        "PR_MD60;53147;COM;PT;C;A;0;2023;", "MED_SL;53;DEP;EUR;F;A;0;2023;22000", "D9;53130;COM;EUR;F;A;0;2023;40000",
    )  # fmt: skip
    table, notices = read_filosofi(path)
    assert table["median_income"].tolist() == [22810, 21000]
    assert table["poverty_pct"].isna().tolist() == [False, True]
    assert table["is_secret"].tolist() == [False, True]
    assert any("secret" in notice for notice in notices)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (["MED_SL;53;DEP;EUR;F;A;0;2023;22000"], "aucune ligne de commune"),
        (["MED_SL;53130;COM;EUR;C;A;0;2023;22000"], "bien que secrète"),
        (["MED_SL;53130;COM;EUR;F;A;0;2023;beaucoup"], "« beaucoup »"),
        (["MED_SL;53130;COM;EUR;F;A;0;2023;22000"] * 2, "répétée"),
        (["MED_SL;53130;COM;EUR;F;A;0;2023;12"], "entre 1000 et 200000"),
        (["PR_MD60;53130;COM;PT;F;A;0;2023;145"], "entre 0 et 100"),
    ],
)
def test_bad_filosofi(tmp_path, rows, words):
    with pytest.raises(InputError) as caught:
        read_filosofi(filosofi(tmp_path / "a.csv", *rows))
    assert words in str(caught.value)


@settings(
    max_examples=40, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=40), st.integers(0, 200), st.booleans())
def test_any_bytes_are_read_or_refused(tmp_path, junk, at, ages):
    path = tmp_path / "fuzz.csv"
    content = (
        f"{AGE}\n53130;49000;9000;39000;1000;1;;\n".encode()
        if ages
        else f"{FILOSOFI}\nMED_SL;53130;COM;EUR;F;A;0;2023;22810\n".encode()
    )
    path.write_bytes(content[:at] + junk + content[at:])
    try:
        (read_population_by_age if ages else read_filosofi)(path)
    except InputError as error:
        assert error.faults
