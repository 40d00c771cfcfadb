"""The whole chain on a fictional folder: every figure can be found by hand."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from shutil import copytree

import pandas as pd
import pytest
import shapely

from demomed.core.faults import InputError
from demomed.ingestion.bundle import TABLES, Bundle, Manifest, build_bundle, read_bundle
from demomed.ingestion.demography import is_national


def communes(toy: Bundle) -> pd.DataFrame:
    return toy.communes.set_index("commune_code")


def test_communes_of_the_department_its_epci_and_the_ring(toy):
    table = communes(toy)
    assert list(table.index) == ["53001", "53002", "53004", "53005", "72001", "72002"]
    assert table["is_core"].tolist() == [True, True, True, True, False, False]
    assert table["population"].tolist() == [1000, 500, 300, 0, 200, 90]
    assert table["epci_siren"]["53005"] == "200000002"


def test_ring_follows_the_distance_and_partners_of_epci_stay(untouched, tmp_path):
    build_bundle(untouched, tmp_path / "lot", departments=("53",), radius_km=0.0)
    table = read_bundle(tmp_path / "lot").communes
    assert "72001" in set(table["commune_code"])
    assert "72002" not in set(table["commune_code"])


def test_attributes_keep_missing_apart_from_zero(toy):
    table = communes(toy)
    assert table["emergency_km"]["53001"] == 0
    assert pd.isna(table["emergency_km"]["53004"])
    assert table["median_income"]["53001"] == 21000
    assert pd.isna(table["median_income"]["53002"])
    assert table["density_class"]["53002"] == 6
    assert table["postcodes"]["53001"] == "53000"
    assert table["postcodes"]["53002"] == "53200"


def test_zoning_by_name_then_by_former_commune(toy):
    table = communes(toy)
    assert table["zoning_gp"].reindex(["53001", "53002", "53004"]).tolist() == ["ZIP", "ZAC", "HZ"]
    assert pd.isna(table["zoning_gp"]["72001"])
    assert table["zoning_nurse"]["53001"] == "tres_dotee"
    assert pd.isna(table["zoning_nurse"]["53002"])
    assert any("Nulle-Part" in notice for notice in toy.manifest.notices)


def test_chef_lieu_bears_the_code_or_stands_inside_the_outline(toy):
    table = communes(toy)
    assert (table["lon"]["53002"], table["lat"]["53002"]) == (0.15, 48.05)
    inside = shapely.Point(table["lon"]["53005"], table["lat"]["53005"])
    assert table.geometry["53005"].contains(inside)


def test_outlines_are_one_coverage_fine_coarse_and_restored(toy):
    table = communes(toy)
    assert table.geometry.is_valid.all()
    assert shapely.coverage_is_valid(table.geometry.to_numpy())
    whole = shapely.coverage_union_all(table.geometry.to_numpy())
    assert whole.geom_type == "Polygon"
    assert not whole.interiors
    assert whole.bounds == pytest.approx((0.0, 48.0, 0.4, 48.2), abs=1e-4)
    border = table.geometry["53002"].bounds[2]
    assert border == pytest.approx(0.3, abs=1e-4)
    assert table.geometry["53005"].bounds[0] == pytest.approx(0.15, abs=1e-3)


def test_departments_follow_their_communes(toy):
    table = toy.departements.set_index("departement_code")
    assert table["population"].to_dict() == {"53": 1800, "72": 290}
    assert table["is_core"].to_dict() == {"53": True, "72": False}
    parts = communes(toy).groupby("departement_code").geometry
    for code, group in parts:
        union = shapely.coverage_union_all(group.to_numpy())
        assert union.symmetric_difference(table.geometry[code]).area == 0


def test_epci_counts_all_its_communes(toy):
    table = toy.epci.set_index("epci_siren")
    assert table["epci_short_name"].to_dict() == {
        "200000001": "Aville",
        "200000002": "Égly Agglo",
        "200000003": "Cœur de Gesnes",
    }
    assert table["epci_name"]["200000002"] == "CA de l'Égly « Agglo »"
    assert table["departement_codes"]["200000001"] == "53|72"
    assert table["communes_count"]["200000001"] == 3
    assert table["population"]["200000001"] == 1700
    assert table["is_core"].to_dict() == {
        "200000001": True,
        "200000002": True,
        "200000003": False,
    }


def supply(toy: Bundle, service: str, year: int) -> dict[str, int]:
    rows = toy.supply[(toy.supply["service"] == service) & (toy.supply["year"] == year)]
    return dict(zip(rows["commune_code"], rows["count"], strict=True))


def test_supply_sums_merged_communes_and_writes_zeros(toy):
    assert supply(toy, "gp", 2021) == {
        "53001": 3,
        "53002": 3,
        "53004": 0,
        "53005": 0,
        "72001": 1,
        "72002": 0,
    }
    assert supply(toy, "pharmacy", 2020)["53002"] == 2
    assert supply(toy, "pharmacy", 2017)["53002"] == 2


def test_supply_of_a_commune_recreated_later_is_unknown_not_zero(toy):
    assert "53005" not in supply(toy, "pharmacy", 2017)
    assert supply(toy, "gp", 2017) == {"53001": 4, "53002": 2, "53004": 0, "72001": 0, "72002": 0}


def test_apl_of_a_merged_commune_is_weighted_by_standardised_population(toy):
    table = toy.apl.set_index(["commune_code", "service", "year", "age_limit"])
    merged = table.loc[("53002", "gp", 2023, "all")]
    assert merged["apl"] == pytest.approx((2.0 * 300 + 4.0 * 100) / 400)
    assert merged["standardised_population"] == 400
    assert pd.isna(table.loc[("53004", "gp", 2023, "all"), "apl"])
    assert table.loc[("53001", "nurse", 2022, "65"), "apl"] == 118.5


def test_demography_levels_ages_and_secrecy(toy):
    table = toy.demography
    cnam = table[table["source_id"] == "cnam_professionals"].set_index("area_code")
    assert cnam["count"].dropna().to_dict() == {"53": 10, "52": 30, "FR": 70}
    assert "75" in cnam.index  # another department, kept for its rank; its count is secret
    away = table[(table["area_level"] == "departement") & ~table["area_code"].isin(["53"])]
    assert is_national(away).all()
    assert (away["age_band"] == "all").all()
    assert cnam["density_per_100k"]["FR"] == 7.5
    doctors = table[table["source_id"] == "drees_doctors"].set_index("area_code")
    assert doctors["count"].to_dict() == {"53": 20, "72": 30, "75": 50, "52": 50, "FR": 100}
    assert doctors["area_name"]["72"] == "Sarthe"
    nurses = table[(table["source_id"] == "drees_nurses_liberal") & (table["year"] == 2023)]
    bands = nurses[(nurses["area_code"] == "53") & (nurses["sex"] == "all")].set_index("age_band")
    assert bands["count"].to_dict() == {"all": 41, "<25": 1, "55-59": 13, "65+": 4}
    assert set(nurses["area_level"]) == {"departement", "region", "france"}
    salaried = table[table["source_id"] == "drees_nurses_salaried"]
    assert salaried["count"].tolist() == [80]
    assert any("Sarthe-Et-Autre" in notice for notice in toy.manifest.notices)


def test_plans_hospitals_and_codes(toy):
    assert toy.plans["budget_eur"].dropna().tolist() == [200000]
    assert len(toy.plans) == 3
    hospitals = toy.hospitals.set_index("site_id")
    assert hospitals["commune_code"].to_dict() == {"010000024": "53001", "530000001": "72002"}
    assert hospitals["site_name"]["530000001"] == "Clinique"
    codes = toy.codes.set_index("old_code")
    assert codes["commune_code"]["53003"] == "53002"
    assert codes.index[codes["is_ambiguous"]].tolist() == ["53004"]


def test_places_never_count_an_inhabitant_twice(toy):
    places = toy.places.set_index("place_code")
    assert places["population"].reindex(["53001", "53002", "53003"]).tolist() == [995, 300, 150]
    assert places.index[~places["is_seat"]].tolist() == ["53003"]
    assert pd.isna(places["population"]["72001"])


def test_manifest_tells_every_source_and_input(toy, untouched):
    manifest = toy.manifest
    for table in manifest.tables.values():
        assert set(table["sources"]) <= set(manifest.sources)
    inputs = {i["name"]: i for source in manifest.sources.values() for i in source["inputs"]}
    on_disk = {p.relative_to(untouched).as_posix() for p in untouched.rglob("*") if p.is_file()}
    assert set(inputs) == on_disk
    assert all(i["rows"] > 0 for i in inputs.values())
    assert toy.sources["insee_bpe"].vintage == "2021"
    assert toy.reference_date.isoformat() == "2025-01-01"
    assert Manifest.from_json(manifest.to_json()) == manifest


@pytest.mark.parametrize("departments", [("53",), ("53", "53")])
def test_two_builds_have_the_same_bytes(untouched, toy_folder, tmp_path, departments):
    build_bundle(untouched, tmp_path / "lot", departments=departments)
    for file in toy_folder.iterdir():
        assert file.read_bytes() == (tmp_path / "lot" / file.name).read_bytes(), file.name


def test_order_of_the_departments_does_not_matter(untouched, tmp_path):
    for name, departments in (("a", ("72", "53")), ("b", ("53", "72"))):
        build_bundle(untouched, tmp_path / name, departments=departments)
    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes(), file.name


def test_department_without_fine_outlines_plans_or_zoning(untouched, tmp_path):
    manifest = build_bundle(untouched, tmp_path / "lot", departments=("72",), radius_km=0.0)
    bundle = read_bundle(tmp_path / "lot")
    assert bundle.plans.empty
    assert bundle.communes.loc[bundle.communes["is_core"], "emergency_km"].isna().all()
    assert any("contours simplifiés" in notice and "72" in notice for notice in manifest.notices)
    assert any("distance aux urgences" in notice for notice in manifest.notices)


def test_progress_names_every_step_in_french(untouched, tmp_path):
    steps: list[str] = []
    build_bundle(untouched, tmp_path / "lot", departments=("53",), progress=steps.append)
    assert steps[0] == "Communes et codes officiels"
    assert steps[-1] == "Assemblage du lot de données"
    assert len(steps) == len(set(steps))


@pytest.mark.parametrize(
    ("departments", "words"),
    [(("54",), "« 54 »"), ((), "au moins un code"), (("971",), "métropole")],
)
def test_unknown_department_is_refused(untouched, tmp_path, departments, words):
    with pytest.raises(InputError, match=words):
        build_bundle(untouched, tmp_path / "lot", departments=departments)
    assert not (tmp_path / "lot").exists()


@pytest.fixture
def copy(toy_folder: Path, tmp_path: Path) -> Path:
    """A copy of the bundle, that a test may spoil."""
    return Path(copytree(toy_folder, tmp_path / "lot"))


def test_nothing_is_replaced_when_the_build_fails(official, copy):
    before = {f.name: f.read_bytes() for f in copy.iterdir()}
    (official / "plans/mayenne_ambition_sante_53.csv").write_bytes(b"")
    with pytest.raises(InputError, match="fichier vide"):
        build_bundle(official, copy, departments=("53",))
    assert {f.name: f.read_bytes() for f in copy.iterdir()} == before
    assert not list(copy.parent.glob("*.partial"))


def test_a_second_build_replaces_the_first_whole(untouched, copy):
    (copy / "ancien.txt").write_text("x")
    build_bundle(untouched, copy, departments=("53",))
    assert not (copy / "ancien.txt").exists()
    assert not list(copy.parent.glob("*.partial"))


def test_altered_and_missing_tables_are_all_named(copy):
    (copy / "apl.parquet").write_bytes((copy / "apl.parquet").read_bytes() + b"x")
    (copy / "supply.parquet").unlink()
    with pytest.raises(InputError) as caught:
        read_bundle(copy)
    found = {fault.file: fault.found for fault in caught.value.faults}
    assert set(found) == {"apl.parquet", "supply.parquet"}
    assert "modifiée" in found["apl.parquet"]
    assert "absente" in found["supply.parquet"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda m: "{", "manifeste illisible"),
        (lambda m: json.dumps({**m, "format": 99}), "format « 99 »"),
        (lambda m: json.dumps({k: v for k, v in m.items() if k != "tables"}), "illisible"),
        (lambda m: json.dumps({**m, "tables": {}}), "table « communes » absente"),
    ],
)
def test_bad_manifest_is_refused(copy, change, words):
    path = copy / "manifest.json"
    path.write_text(change(json.loads(path.read_text())))
    with pytest.raises(InputError, match=words):
        read_bundle(copy)


def test_a_folder_that_is_no_bundle_is_refused(tmp_path):
    with pytest.raises(InputError, match="lot de données introuvable"):
        read_bundle(tmp_path)


def test_every_table_is_declared(toy):
    assert set(TABLES) <= set(toy.manifest.tables)


SHUFFLED = (
    "cog/communes_epci_2025.csv.gz",
    "cog/passage_codes_historiques_vers_2025.csv",
    "limites/chefs_lieux_2020.csv",
    "population/insee_populations_legales_2023_donnees_communes.csv",
    "population/populations_communes_cog2018_2024.csv",
    "offre/bpe2021_equip-serv-medical-para-com-2021.csv.gz",
    "offre/bpe2017_medecins_generalistes_D201_com.csv",
    "apl/apl_medecins_generalistes_2022_2023_15_departements.csv",
    "demographie/drees_medecins_departement_specialite_2012_2025.csv",
    "demographie/cnam_effectifs_densites_departement_2024.csv",
    "zonage/zonage_medecins_code_postal_15_departements.csv",
    "etablissements/eurostat_gisco_hopitaux_france_2020.csv",
)


def test_order_of_the_rows_never_matters(official, toy_folder, tmp_path):
    for name in SHUFFLED:
        path = official / name
        packed = path.read_bytes()
        content = gzip.decompress(packed) if name.endswith(".gz") else packed
        header, *rows = content.splitlines(keepends=True)
        content = header + b"".join(reversed(rows))
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    build_bundle(official, tmp_path / "lot", departments=("53",))
    for file in toy_folder.glob("*.parquet"):
        assert file.read_bytes() == (tmp_path / "lot" / file.name).read_bytes(), file.name
