"""Zones built from lists of communes, and the territory that speaks of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from demomed.analysis import compute
from demomed.analysis.rezoning import rezoned
from demomed.analysis.zones import zone_summary
from demomed.core import catalogue
from demomed.core.faults import InputError
from demomed.ingestion.bundle import default_bundle_path, read_bundle
from demomed.ingestion.zonings import (
    catalogue_zoning,
    read_membership,
    read_zoning,
    write_zoning_template,
    zoning_kinds,
)
from demomed.pipeline import load_territory

REAL = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture(scope="module")
def bundle():
    return read_bundle(default_bundle_path())


@pytest.fixture(scope="module")
def communes(bundle):
    return bundle.communes.set_index("commune_code")


@pytest.fixture
def read(tmp_path, bundle):
    def reader(content, name="zones.csv", kind="cpts"):
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        return read_zoning(
            path, kind, codes=bundle.codes, communes=bundle.communes, places=bundle.places
        )

    return reader


def test_the_contract_of_mayenne_communaute_has_33_communes(communes):
    zoning = catalogue_zoning("cls", communes, departement="53")
    told = zone_summary(zoning.members, communes["population"], zoning.zones)
    row = told.loc["cls-mayenne-communaute"]
    assert (row["communes_count"], row["communes_difference"]) == (33, 0)
    people = communes.loc[communes["epci_siren"] == "200055887", "population"].sum()
    assert row["population"] == people
    assert row["population_difference"] == people - 39_000 < 0
    assert row["axes"].split("|") == ["accès aux soins", "prévention", "santé mentale"]
    assert catalogue_zoning("cls", communes, departement="61").members.empty
    assert "33" in zoning._repr_html_()


def test_every_kind_of_the_catalogue_is_told():
    kinds = zoning_kinds()
    assert set(kinds.index) == {"cls", "cpts", "ght", "tvs", "bassin_de_vie", "canton"}
    assert list(kinds.index) == list(catalogue.entries("zonings"))
    assert kinds[["label", "plural", "short"]].notna().all(axis=None)


def test_csv_codes_names_and_merged_communes(read, bundle):
    merged = bundle.codes.loc[
        (bundle.codes["old_code"] != bundle.codes["commune_code"])
        & bundle.codes["commune_code"].str.startswith("53")
        & ~bundle.codes["is_ambiguous"]
    ].iloc[0]
    zoning, _ = read(
        f"Commune;CPTS\n53130;CPTS fictive du Centre\nMayenne;CPTS fictive du Nord\n"
        f"{merged.old_code};CPTS fictive du Nord\n"
    )
    assert zoning.members["53130"] == "cpts-fictive-du-centre"
    assert zoning.members[merged.commune_code] == zoning.members["53147"]
    assert zoning.zones.loc["cpts-fictive-du-nord", "zone_name"] == "CPTS fictive du Nord"


def test_two_former_communes_of_one_commune_count_once(read, bundle):
    codes = bundle.codes.loc[~bundle.codes["is_ambiguous"]]
    twice = codes.loc[codes["commune_code"].str.startswith("53")].groupby("commune_code").head(2)
    pair = twice.groupby("commune_code").filter(lambda g: len(g) == 2)
    pair = pair.sort_values("commune_code")["old_code"].head(2).tolist()
    zoning, _ = read("Commune;Zone\n" + "".join(f"{code};Nord\n" for code in pair))
    assert len(zoning.members) == 1


def test_toml_of_communes_and_epci(read, communes):
    zoning, _ = read(
        '[[zones]]\nzone_name = "GHT fictif"\nepci = ["200055887"]\ncommunes = ["53130", "Évron"]\n',
        "ght.toml",
        "ght",
    )
    assert len(zoning.members) == 35
    assert set(zoning.members) == {"ght-fictif"}
    assert communes.loc[zoning.members.index, "departement_code"].eq("53").all()


def test_successive_contracts_are_read_one_generation_at_a_time(tmp_path, bundle):
    path = tmp_path / "cls.toml"
    path.write_text(
        '[[zones]]\nzone_name = "Premier"\nrank = 1\nend_date = 2019-12-31\ncommunes = ["53147"]\n'
        '[[zones]]\nzone_name = "Second"\nrank = 2\nstart_date = "2020-01-01"\ncommunes = ["53147"]\n'
    )
    given = {"codes": bundle.codes, "communes": bundle.communes}
    with pytest.raises(InputError, match="dans 2 zones"):
        read_zoning(path, "cls", **given)
    for day, name in (("2019-12-31", "premier"), ("2020-01-01", "second")):
        zoning, _ = read_zoning(path, "cls", at=date.fromisoformat(day), **given)
        assert zoning.members.to_dict() == {"53147": name}
    path.write_text('[[zones]]\nzone_name = "x"\nstart_date = "hier"\ncommunes = ["53147"]\n')
    with pytest.raises(InputError, match="hier"):
        read_zoning(path, "cls", **given)


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        ("Commune;Zone\n53130;Nord\n53130;Sud\n", "z.csv", "commune 53130 dans 2 zones"),
        ("Commune;Zone\n99999;Nord\n", "z.csv", "ligne 2"),
        ("Commune;Zone\n1004;Nord\n", "z.csv", "ligne 2"),
        ("Commune;Zone\n53130;\n", "z.csv", "cellule vide"),
        ("Commune;Zone;Code de la zone\n53130;Nord;1\n53147;Sud;1\n", "z.csv", "deux noms"),
        ("zones = 3", "z.toml", "aucune zone"),
        ("[[zones", "z.toml", "TOML"),
        ('[[zones]]\nzone_name = "x"\n', "z.toml", "sans communes"),
        ('[[zones]]\nzone_name = "x"\nepci = ["1"]\n', "z.toml", "EPCI « 1 » inconnu"),
        ('[[zones]]\nzone_name = "x"\ncommunes = ["Lavale"]\n', "z.toml", "Lavale"),
        (
            '[[zones]]\nzone_nom = "x"\nzone_name = "x"\nepci = ["200055887"]\n',
            "z.toml",
            "zone_name",
        ),
    ],
)
def test_bad_lists_are_refused(read, content, name, words):
    with pytest.raises(InputError, match=words):
        read(content, name)


def test_the_model_is_read_back(tmp_path, bundle):
    path = write_zoning_template(tmp_path / "zones.csv")
    zoning, _ = read_zoning(path, "cls", codes=bundle.codes, communes=bundle.communes)
    assert len(zoning.zones) == 3


def test_insee_membership_whatever_its_vintage(tmp_path, bundle):
    codes = bundle.codes
    path = tmp_path / "appartenance.csv"
    path.write_text(
        '"DEPCOM","BV2022","LIB_BV2022"\n"53130","53130","Laval"\n"53147","53147","Mayenne"\n'
    )
    zoning = read_membership(path, "bassin_de_vie", codes=codes)
    assert zoning.members.to_dict() == {"53130": "53130", "53147": "53147"}
    assert zoning.zones["zone_name"].tolist() == ["Laval", "Mayenne"]
    with pytest.raises(InputError, match="CV"):
        read_membership(path, "canton", codes=codes)
    with pytest.raises(InputError, match="bassin_de_vie"):
        read_membership(path, "cls", codes=codes)


def test_a_territory_speaks_of_its_zones(read):
    mayenne = load_territory("53")
    laval = mayenne.communes.index[mayenne.communes["epci_siren"] == "200083392"]
    content = "Commune;Zone\n" + "".join(f"{c};Grand Laval fictif\n" for c in laval)
    zoning, _ = read(content + "53147;Mayenne fictive\n72264;Ailleurs\n")
    seen = rezoned(mayenne, zoning)
    assert seen.epci["epci_name"].tolist() == ["Grand Laval fictif", "Mayenne fictive"]
    wanted = ["density", "supply_count", "minutes_nearest", "share_55_plus"]
    values = compute(seen, wanted, "epci", professions="gp").table
    assert values["zone_code"].nunique() == 2
    same = compute(mayenne, wanted, "epci", professions="gp").table
    one = values.loc[values["zone_code"] == "grand-laval-fictif", "value"].tolist()
    assert one == pytest.approx(same.loc[same["zone_code"] == "200083392", "value"].tolist())
    commune = compute(mayenne, wanted, "commune", professions="gp").table
    two = values.loc[values["zone_code"] == "mayenne-fictive", "value"].tolist()
    assert two == pytest.approx(commune.loc[commune["zone_code"] == "53147", "value"].tolist())
    assert seen.zones("epci").geometry.is_valid.all()
    assert (
        seen.epci["population"].sum() == mayenne.communes.loc[[*laval, "53147"], "population"].sum()
    )
    total = compute(seen, "supply_count", "departement", professions="gp").table["value"]
    assert total.tolist() == [194.0]


@pytest.mark.real
@pytest.mark.parametrize("kind", ["bassin_de_vie", "canton"])
def test_official_zones_of_france(kind, bundle, communes):
    path = REAL / "territoires" / "zonages_etude_communes_2025.csv.gz"
    if not path.exists():
        pytest.skip("no official files")
    zoning = read_membership(path, kind, codes=bundle.codes)
    assert zoning.members.notna().all()
    mayenne = communes.index[communes["departement_code"] == "53"]
    assert mayenne.isin(zoning.members.index).all()
    told = zone_summary(zoning.members.loc[mayenne], communes["population"])
    assert told["population"].sum() == communes.loc[mayenne, "population"].sum()
