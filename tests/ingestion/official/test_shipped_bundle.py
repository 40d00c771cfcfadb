"""The bundle that ships: published control figures, completeness, clean outlines, lightness."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pytest
import shapely

from demomed.core.catalogue import services
from demomed.core.faults import Report
from demomed.core.schemas import BUNDLE, validate
from demomed.ingestion.bundle import default_bundle_path, read_bundle

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "control_figures.csv"
CORE = ("41", "53", "61")
# Areas of the departments' outlines of IGN, ADMIN EXPRESS 2025, another generalisation (km²).
IGN_AREA_KM2 = {"53": 5209.3, "41": 6422.4, "61": 6146.7}


def of_departement(table: pd.DataFrame, code: str) -> pd.DataFrame:
    return table[table["commune_code"].str.startswith(code)]


def weighted_apl(shipped, code: str, year: int, limit: str) -> float:
    table = of_departement(shipped.apl, code)
    rows = table[
        (table["service"] == "gp") & (table["year"] == year) & (table["age_limit"] == limit)
    ]
    weight = rows["standardised_population"]
    return float((rows["apl"] * weight).sum() / weight.sum())


def head_count(shipped, code: str, source: str, service: str, year: int, ages: list[str]) -> int:
    table = shipped.demography
    rows = table[
        (table["area_code"] == code)
        & (table["area_level"] == "departement")
        & (table["source_id"] == source)
        & (table["service"] == service)
        & (table["year"] == year)
        & (table["sex"] == "all")
        & table["age_band"].isin(ages)
    ]
    return int(rows["count"].sum())


def measure(shipped, code: str, name: str) -> float:
    communes = shipped.communes[shipped.communes["departement_code"] == code]
    if name == "communes":
        return len(communes)
    if name == "epci":
        return communes["epci_siren"].nunique()
    if name == "population":
        return int(communes["population"].sum())
    if name == "nurses_2023":
        return head_count(shipped, code, "drees_nurses_liberal", "nurse", 2023, ["all"])
    if name == "nurses_2023_55_over":
        ages = ["55-59", "60-64", "65+"]
        return head_count(shipped, code, "drees_nurses_liberal", "nurse", 2023, ages)
    if name.startswith("gp_cnam_"):
        return head_count(shipped, code, "cnam_professionals", "gp", int(name[-4:]), ["all"])
    if name.startswith("gp_drees_"):
        return head_count(shipped, code, "drees_doctors", "gp", int(name[-4:]), ["all"])
    if name.startswith("apl_gp_"):
        _, _, year, limit = name.split("_")
        return weighted_apl(shipped, code, int(year), limit)
    service, year = name.rsplit("_", 1)
    rows = of_departement(shipped.supply, code)
    rows = rows[(rows["service"] == service) & (rows["year"] == int(year))]
    return int(rows["count"].sum())


@pytest.mark.parametrize(
    ("code", "name", "expected", "decimals"),
    list(
        pd.read_csv(GOLDEN, sep=";", dtype={"departement": str}).itertuples(index=False, name=None)
    ),
)
def test_control_figures(shipped, code, name, expected, decimals):
    assert round(measure(shipped, code, name), decimals) == expected


def test_every_core_commune_is_complete(shipped):
    core = shipped.communes[shipped.communes["is_core"]]
    assert set(core["departement_code"]) == set(CORE)
    required = [
        "epci_siren",
        "population",
        "density_class",
        "zoning_gp",
        "zoning_nurse",
        "emergency_km",
        "postcodes",
        "lon",
        "lat",
        "area_km2",
    ]
    assert not core[required].isna().any().any()
    codes = set(core["commune_code"])
    for service in services().values():
        if "2021" in service.bpe:
            rows = shipped.supply[
                (shipped.supply["service"] == service.id) & (shipped.supply["year"] == 2021)
            ]
            assert codes <= set(rows["commune_code"]), service.id
    for year in (2022, 2023):
        rows = shipped.apl[
            (shipped.apl["service"] == "gp")
            & (shipped.apl["year"] == year)
            & (shipped.apl["age_limit"] == "all")
            & shipped.apl["apl"].notna()
        ]
        assert codes <= set(rows["commune_code"])


def test_every_commune_of_a_touched_epci_is_there(shipped):
    communes = shipped.communes
    core = communes.loc[communes["is_core"], "epci_siren"].unique()
    held = communes[communes["epci_siren"].isin(core)].groupby("epci_siren").size()
    declared = shipped.epci.set_index("epci_siren")["communes_count"].reindex(held.index)
    assert held.to_dict() == declared.to_dict()
    assert len(core) == 38


def test_ring_reaches_the_declared_distance(shipped):
    communes = shipped.communes.to_crs("EPSG:2154").reset_index(drop=True)
    border = shapely.union_all(communes.geometry[communes["is_core"]].to_numpy())
    points = shapely.points(communes["lon"], communes["lat"])
    import geopandas as gpd

    located = gpd.GeoSeries(points, crs="EPSG:4326").to_crs("EPSG:2154")
    partner = communes["epci_siren"].isin(communes.loc[communes["is_core"], "epci_siren"])
    abroad = shapely.multipoints(located[partner & ~communes["is_core"]].to_numpy())
    distance = np.minimum(located.distance(border), located.distance(abroad)) / 1000
    assert distance[~partner].max() <= shipped.manifest.radius_km + 0.5
    assert distance[~partner].max() > shipped.manifest.radius_km - 1


@pytest.mark.parametrize("name", list(BUNDLE))
def test_tables_respect_their_contract(shipped, name):
    report = Report(name)
    validate(pd.DataFrame(getattr(shipped, name)), BUNDLE[name], report)
    assert report.faults == []


def test_keys_are_consistent_between_tables(shipped):
    codes = set(shipped.communes["commune_code"])
    for name in ("supply", "apl", "places", "hospitals"):
        assert set(getattr(shipped, name)["commune_code"].dropna()) <= codes, name
    assert set(shipped.communes["epci_siren"].dropna()) == set(shipped.epci["epci_siren"])
    assert set(shipped.communes["departement_code"]) == set(
        shipped.departements["departement_code"]
    )
    assert set(shipped.supply["service"]) <= set(services())
    assert set(shipped.demography["service"].dropna()) <= set(services())
    for name in ("supply", "apl", "demography"):
        assert set(getattr(shipped, name)["source_id"]) <= set(shipped.manifest.sources), name


def test_outlines_are_a_clean_coverage(shipped):
    for table in (shipped.communes, shipped.departements):
        assert table.crs == "EPSG:4326"
        assert table.geometry.notna().all()
        assert table.geometry.is_valid.all()
        assert shapely.coverage_is_valid(table.geometry.to_numpy())
    xy = shapely.get_coordinates(shipped.communes.geometry.to_numpy())
    assert (xy.round(5) == xy).all()


def test_communes_fill_their_department_exactly(shipped):
    departements = shipped.departements.set_index("departement_code")
    for code in CORE:
        inside = shipped.communes["departement_code"] == code
        union = shapely.coverage_union_all(shipped.communes.geometry[inside].to_numpy())
        assert union.symmetric_difference(departements.geometry[code]).area == 0


@pytest.mark.parametrize("code", CORE)
def test_areas_agree_with_another_outline_of_the_department(shipped, code):
    inside = shipped.communes["departement_code"] == code
    drawn = shipped.communes[inside].to_crs("EPSG:3035").area.sum() / 1e6
    listed = shipped.communes.loc[inside, "area_km2"].sum()
    assert listed == pytest.approx(IGN_AREA_KM2[code], rel=0.002)
    assert drawn == pytest.approx(listed, rel=0.001)


def test_chef_lieu_lies_in_or_near_its_commune(shipped):
    communes = shipped.communes.to_crs("EPSG:2154")
    import geopandas as gpd

    points = gpd.GeoSeries.from_xy(communes["lon"], communes["lat"], crs="EPSG:4326").to_crs(
        "EPSG:2154"
    )
    distance = points.distance(communes.geometry, align=False)
    assert (distance == 0).mean() > 0.99
    assert distance.max() < 300


def test_places_sum_to_about_the_population(shipped):
    places = shipped.places.groupby("commune_code")["population"].sum()
    communes = shipped.communes.set_index("commune_code")
    core = communes[communes["is_core"]]
    for code, group in core.groupby("departement_code"):
        known = places.reindex(group.index).sum()
        assert known == pytest.approx(group["population"].sum(), rel=0.04), code
    assert shipped.places.groupby("commune_code")["is_seat"].sum().eq(1).all()


def test_short_names_are_short_and_never_ambiguous(shipped):
    epci = shipped.epci[shipped.epci["is_core"]]
    assert {"Mont des Avaloirs", "Laval Agglomération", "Château-Gontier", "Les Coëvrons"} <= set(
        epci["epci_short_name"]
    )
    assert epci["epci_short_name"].str.len().max() <= 35
    spread = shipped.epci.assign(d=shipped.epci["departement_codes"].str.split("|")).explode("d")
    assert not spread.duplicated(["d", "epci_short_name"]).any()


def test_gazetteer_maps_old_codes(shipped):
    codes = shipped.codes.set_index("old_code")
    assert codes["commune_code"]["53014"] == "53062"
    assert codes["commune_code"]["75101"] == "75056"
    assert codes["commune_code"].isin(codes.index).all()
    assert codes["is_ambiguous"]["14712"]


def test_the_bundle_is_light_and_read_quickly(shipped):
    folder = default_bundle_path()
    assert sum(file.stat().st_size for file in folder.iterdir()) < 2_500_000
    started = time.process_time()
    read_bundle(folder)
    assert time.process_time() - started < 0.5


def test_contract_names_match_the_bundle_fields(shipped):
    assert all(isinstance(schema, pa.DataFrameSchema) for schema in BUNDLE.values())
    for name, schema in BUNDLE.items():
        assert list(getattr(shipped, name).columns) == list(schema.columns), name


def test_no_absolute_path_nor_date_of_build_in_the_manifest():
    text = (default_bundle_path() / "manifest.json").read_text(encoding="utf-8")
    assert "/work" not in text
    assert "/home" not in text
    assert '"built' not in text
