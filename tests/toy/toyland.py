"""Toyland: five communes, two EPCIs, a neighbour department, eleven practitioners; all fictional."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
from shapely.geometry import box
from shapely.ops import unary_union

from demomed.core.catalogue import Department
from demomed.core.source import Source
from demomed.core.territory import Territory

BOCAGE, VALLEE = "200000001", "200000002"

COMMUNES = pd.DataFrame(
    [
        # code, name, departement, epci, population, area, lon, lat, density class
        ("99001", "Bourg-Toy", "99", BOCAGE, 5200, 40.0, 0.00, 48.00, 3),
        ("99002", "Saint-Cube", "99", BOCAGE, 900, 25.0, 0.12, 48.00, 6),
        ("99003", "Le Pion", "99", BOCAGE, 310, 30.0, 0.40, 48.00, 7),
        ("99004", "La Toupie", "99", VALLEE, 1450, 20.0, 0.00, 48.12, 5),
        ("99005", "Dominos", "99", VALLEE, 800, 18.0, 0.12, 48.12, 6),
        ("98001", "Outre-Toy", "98", VALLEE, 640, 22.0, 0.24, 48.12, 6),
    ],
    columns=[
        "commune_code", "commune_name", "departement_code", "epci_siren", "population",
        "area_km2", "lon", "lat", "density_class",
    ],
)  # fmt: skip

SUPPLY = {  # service: counts of 2021 in the order of COMMUNES
    "gp": (4, 1, 0, 1, 0, 2),
    "nurse": (2, 0, 0, 0, 1, 1),
    "dentist": (2, 0, 0, 0, 0, 1),
    "physiotherapist": (3, 0, 0, 1, 0, 0),
    "midwife": (1, 0, 0, 0, 0, 0),
    "speech_therapist": (0, 0, 0, 0, 0, 0),
    "podiatrist": (1, 0, 0, 0, 0, 0),
    "pharmacy": (2, 0, 0, 1, 0, 1),
    "msp": (1, 0, 0, 0, 0, 0),
    "health_centre": (0, 0, 0, 0, 0, 0),
    "emergency": (0, 0, 0, 0, 0, 1),
}

APL = {  # age limit: APL of 2023 in the order of COMMUNES; the third commune is silent
    "all": (3.10, 1.80, None, 2.40, 2.50, 4.00),
    "65": (2.60, 1.50, None, 2.10, 2.30, 3.90),
    "62": (2.30, 1.20, None, 1.90, 2.10, 3.50),
    "60": (2.00, 1.00, None, 1.80, 2.00, 3.20),
}
STANDARDISED = (5460.0, 990.0, 335.0, 1400.0, 780.0, 700.0)

PRACTITIONERS = pd.DataFrame(
    [
        # id, service, commune, main, share, etp, age, sex, mode
        ("P01", "gp", "99001", True, 0.6, 1.0, 41, "F", "liberal"),
        ("P01", "gp", "99002", False, 0.4, 1.0, 41, "F", "liberal"),
        ("P02", "gp", "99001", True, 1.0, 1.0, 55, "M", "liberal"),
        ("P03", "gp", "99001", True, 1.0, 0.5, 63, "M", "mixte"),
        ("P04", "gp", "99001", True, 1.0, 1.0, None, "F", "liberal"),
        ("P05", "gp", "99004", True, 1.0, 1.0, 67, "M", "liberal"),
        ("P06", "gp", "98001", True, 1.0, 1.0, 58, "F", "liberal"),
        ("P07", "gp", "98001", True, 1.0, 0.8, 36, "F", "salarie"),
        ("P08", "nurse", "99001", True, 1.0, 1.0, 29, "F", "liberal"),
        ("P09", "nurse", "99001", True, 1.0, 1.0, 57, "F", "liberal"),
        ("P10", "nurse", "99005", True, 1.0, None, 48, "M", "liberal"),
        ("P11", "gp", "99001", True, 1.0, 1.0, 31, "M", "remplacant"),
    ],
    columns=[
        "practitioner_id", "service", "commune_code", "is_main_site", "site_share", "etp", "age",
        "sex", "mode",
    ],
)  # fmt: skip


def _communes() -> gpd.GeoDataFrame:
    frame = COMMUNES.set_index("commune_code")
    squares = [
        box(x - 0.06, y - 0.06, x + 0.06, y + 0.06)
        for x, y in zip(frame.lon, frame.lat, strict=True)
    ]
    return gpd.GeoDataFrame(
        frame.assign(
            median_income=[21000.0, 20500.0, None, 22000.0, 19800.0, 20100.0],
            zoning_gp=["ZAC", "ZIP", "ZIP", "ZAC", "ZAC", "HZ"],
            zoning_nurse=[None] * 6,
            emergency_km=[24.0, 17.0, 15.0, 19.0, 10.0, 0.0],
            postcodes=["99100", "99100", "99200", "99300", "99300", "98100"],
            is_core=frame["departement_code"] == "99",
        ),
        geometry=squares,
        crs=4326,
    )


def _epci(communes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    outline = [
        unary_union(communes.geometry[communes["epci_siren"] == s]) for s in (BOCAGE, VALLEE)
    ]
    return gpd.GeoDataFrame(
        {
            "epci_name": ["CC du Bocage de Toy", "CC de la Vallée de Toy"],
            "epci_short_name": ["Bocage de Toy", "Vallée de Toy"],
            "epci_kind": ["CC", "CC"],
            "departement_codes": ["99", "98|99"],
        },
        index=pd.Index([BOCAGE, VALLEE], name="epci_siren"),
        geometry=outline,
        crs=4326,
    )


def _departements(communes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    codes = ("98", "99")
    return gpd.GeoDataFrame(
        {
            "departement_name": ["Outreland", "Toyland"],
            "is_core": [False, True],
            "population": [
                int(communes.loc[communes["departement_code"] == c, "population"].sum())
                for c in codes
            ],
            "count_gp": [2.0, 6.0],
            "count_nurse": [3.0, 9.0],
        },
        index=pd.Index(codes, name="departement_code"),
        geometry=[unary_union(communes.geometry[communes["departement_code"] == c]) for c in codes],
        crs=4326,
    )


def _supply() -> pd.DataFrame:
    codes = COMMUNES["commune_code"]
    tables = [
        pd.DataFrame(
            {
                "commune_code": codes,
                "service": service,
                "year": 2021,
                "count": values,
                "source_id": "insee_bpe",
            }
        )
        for service, values in SUPPLY.items()
    ]
    older = tables[0].assign(year=2017, count=[5, 1, 0, 2, 0, 2], source_id="insee_bpe_gp_2017")
    return pd.concat([*tables, older], ignore_index=True)


def _apl() -> pd.DataFrame:
    codes = COMMUNES["commune_code"]
    tables = [
        pd.DataFrame(
            {
                "commune_code": codes, "service": "gp", "year": year, "age_limit": limit,
                "apl": pd.Series(values, dtype=float) + shift,
                "standardised_population": STANDARDISED, "source_id": "drees_apl_gp",
            }
        )
        for limit, values in APL.items()
        for year, shift in ((2022, 0.1), (2023, 0.0))
    ]  # fmt: skip
    nurse = tables[1].assign(
        service="nurse",
        age_limit="65",
        apl=[150.0, 120.0, 90.0, 110.0, 130.0, 140.0],
        source_id="drees_apl_nurse",
    )
    return pd.concat([*tables, nurse], ignore_index=True)


def _sources() -> dict[str, Source]:
    dated = {
        "insee_bpe": "2021-01-01",
        "insee_bpe_gp_2017": "2017-01-01",
        "insee_populations": "2023-01-01",
        "drees_apl_gp": "2023-12-31",
        "drees_apl_nurse": "2023-12-31",
        "cartosante_emergency": "2024-12-31",
        "ign_chefs_lieux": "2020-01-01",
        "insee_density_grid": "2024-01-01",
        "register": "2025-01-01",
    }
    return {
        id_: Source(id_, f"Source fictive {id_}", "Toyland", "aucune", "", as_of[:4], as_of)
        for id_, as_of in dated.items()
    }


def make_toyland() -> Territory:
    """A Territory small enough to be checked by hand."""
    communes = _communes()
    empty = pd.DataFrame()
    return Territory(
        department=Department(
            "99", "Toyland", "du Toyland", "au Toyland", "00", "Jouets", ("99001", "99004")
        ),
        scope="whole",
        communes=communes,
        epci=_epci(communes),
        departements=_departements(communes),
        supply=_supply(),
        apl=_apl(),
        demography=pd.DataFrame(
            columns=[
                "area_level",
                "area_code",
                "area_name",
                "service",
                "profession_label",
                "field",
                "year",
                "age_band",
                "sex",
                "count",
                "density_per_100k",
                "source_id",
            ]
        ),
        practitioners=PRACTITIONERS.assign(is_example=True),
        structures=pd.DataFrame(
            columns=["structure_id", "kind", "family", "status", "commune_code", "lon", "lat"]
        ),
        places=empty,
        hospitals=empty,
        plans=empty,
        register_kind="example",
        sources=_sources(),
        notices=("Toyland n'existe pas",),
    )
