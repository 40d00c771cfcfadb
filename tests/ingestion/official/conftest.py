"""A small fictional official folder, in the layouts of the producers, and the real one if present."""

from __future__ import annotations

import gzip
import io
import json
import os
from csv import writer
from pathlib import Path
from shutil import copytree

import openpyxl
import pytest

from demomed.ingestion.bundle import Bundle, build_bundle, default_bundle_path, read_bundle

STEP = 0.1
WEST, SOUTH = 0.0, 48.0

Ring = list[list[float]]
Shapes = dict[str, tuple[float, float, float, float]]

FINE: Shapes = {
    "53001": (0, 0, 1, 1),
    "53002": (1, 0, 2, 1),
    "53003": (2, 0, 3, 1),
    "53004": (0, 1, 3, 2),
}
COARSE: Shapes = {
    "53001": (0, 0, 1, 1),
    "53002": (1, 0, 2.97, 1),
    "53004": (0, 1, 1.5, 2),
    "53005": (1.5, 1, 3.04, 2),
    "72001": (2.97, 0, 4, 1),
    "72002": (3.04, 1, 4, 2),
}
COMMUNES = {
    "53001": ("Aville", "53", "52", "200000001"),
    "53002": ("Bourg-Cé", "53", "52", "200000001"),
    "53004": ("Désert", "53", "52", "200000002"),
    "53005": ("Égly", "53", "52", "200000002"),
    "72001": ("Fercé", "72", "52", "200000001"),
    "72002": ("Gesnes", "72", "52", "200000003"),
    "75056": ("Paris", "75", "11", "200000004"),
}
PASSAGE = {code: code for code in COMMUNES} | {
    "53003": "53002",
    "75101": "75056",
    "75102": "75056",
}
EPCI = {
    "200000001": ("CC du Pays d'Aville", "CC"),
    "200000002": ("CA de l'Égly ''Agglo''", "CA"),
    "200000003": ("CC Coeur de Gesnes", "CC"),
    "200000004": ("Métropole", "METRO"),
}
DEPARTEMENTS = {"53": ("52", "Mayenne"), "72": ("52", "Sarthe"), "75": ("11", "Paris")}
REGIONS = {"52": "Pays de la Loire", "11": "Île-de-France"}
BANDS = ("00 - Ensemble", "01 - Moins de 25 ans", "08 - Entre 55 et 59 ans", "10 - 65 ans et plus")


def csv(rows: list[list[object]], separator: str = ",", *, mark: bool = False) -> bytes:
    """A CSV as bytes, with a byte order mark if asked."""
    target = io.StringIO(newline="")
    writer(target, delimiter=separator).writerows(rows)
    return target.getvalue().encode("utf-8-sig" if mark else "utf-8")


def geojson(shapes: Shapes, name: str, *, points: int = 5) -> bytes:
    """Rectangles of the toy grid with their code; sides have intermediate points."""
    corners = sorted({x for box in shapes.values() for x in box[::2]})
    rows = sorted({y for box in shapes.values() for y in box[1::2]})

    def side(low: float, high: float, cuts: list[float]) -> list[float]:
        lattice = [k / points for k in range(round(low * points), round(high * points) + 1)]
        return sorted({round(v, 6) for v in [*lattice, *cuts, low] if low <= v < high})

    def ring(box: tuple[float, float, float, float]) -> Ring:
        left, bottom, right, top = box
        xs, ys = side(left, right, corners), side(bottom, top, rows)
        path = [[x, bottom] for x in xs] + [[right, y] for y in ys]
        path += [[x, top] for x in [right, *xs[:0:-1]]]
        path += [[left, y] for y in [top, *ys[:0:-1]]]
        path = [[WEST + x * STEP, SOUTH + y * STEP] for x, y in path]
        return [[round(x, 6), round(y, 6)] for x, y in [*path, path[0]]]

    features = [
        {
            "type": "Feature",
            "properties": {name: code},
            "geometry": {"type": "Polygon", "coordinates": [ring(box)]},
        }
        for code, box in shapes.items()
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def workbook(path: Path, sheets: dict[str, list[list[object]]]) -> None:
    """Write a workbook, one list of rows per sheet."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
    book.save(path)


def _bpe(header: list[str], counts: dict[str, list[int]]) -> list[list[object]]:
    return [["CODGEO", *header], *([code, *values] for code, values in counts.items())]


def _geography(root: Path) -> None:
    (root / "cog/communes_epci_2025.csv.gz").write_bytes(
        gzip.compress(
            csv(
                [["DEPCOM", "NOM_DEPCOM", "DEP", "EPCI"]]
                + [[c, name, dep, epci] for c, (name, dep, _, epci) in COMMUNES.items()]
            )
        )
    )
    (root / "cog/cog_departements.csv").write_bytes(
        csv([["DEP", "REG", "LIBELLE"]] + [[d, r, n] for d, (r, n) in DEPARTEMENTS.items()])
    )
    (root / "cog/cog_regions.csv").write_bytes(
        csv([["REG", "LIBELLE"]] + [[r, n] for r, n in REGIONS.items()])
    )
    (root / "cog/passage_codes_historiques_vers_2025.csv").write_bytes(
        csv([["DEPCOM_HIST", "DEPCOM"]] + [[old, new] for old, new in PASSAGE.items()])
    )
    (root / "cog/passage_communes_2008_2024.csv").write_bytes(
        csv(
            [
                [
                    "annee_debut",
                    "annee_fin",
                    "cod_debut",
                    "cod_fin",
                    "annee_modif",
                    "typemodif",
                    "ratio",
                ],
                [2019, 2020, "53004", "53005", "2019-12-31", "d", 0.4],
                [2019, 2020, "53004", "53004", "2019-12-31", "d", 0.6],
                [2018, 2019, "53003", "53002", "2019-01-01", "f", 1],
            ]
        )
    )
    (root / "cog/cog2026_mouvements-communes.csv").write_bytes(
        csv(
            [
                ["MOD", "DATE_EFF", "TYPECOM_AV", "COM_AV", "TYPECOM_AP", "COM_AP"],
                [32, "2019-01-01", "COM", "53003", "COM", "53002"],
                [21, "2026-01-01", "COM", "53001", "COM", "53099"],
            ]
        )
    )
    header = [
        "dept",
        "siren",
        "raison_sociale",
        "nature_juridique",
        "total_pop_mun",
        "dep_com",
        "insee",
    ]
    rows = [
        [dep, int(epci), *EPCI[epci], 100, dep, code]
        for code, (_, dep, _, epci) in COMMUNES.items()
    ]
    workbook(root / "cog/epcicom2025.xlsx", {"Epcicom2025": [header, *rows]})


def _outlines(root: Path) -> None:
    (root / "limites/communes_2018_departements/communes-53-mayenne.geojson").write_bytes(
        geojson(FINE, "code")
    )
    (root / "limites/communes_2024_france.geojson").write_bytes(geojson(COARSE, "INSEE_COM"))
    (root / "limites/chefs_lieux_2020.csv").write_bytes(
        csv(
            [
                ["code_initial", "code_actuel", "nom", "source", "lon", "lat"],
                ["53001", "53001", "Aville", "chef_lieu_carto", 0.05, 48.05],
                ["53002", "53002", "Bourg", "chef_lieu_carto", 0.15, 48.05],
                ["53003", "53002", "Cé", "wpgp", 0.25, 48.05],
                ["53004", "53004", "Désert", "chef_lieu_carto", 0.05, 48.15],
                ["72001", "72001", "Fercé", "chef_lieu_carto", 0.35, 48.05],
                ["72002", "72002", "Gesnes", "chef_lieu_carto", 0.35, 48.15],
                ["75056", "75056", "Paris", "chef_lieu_carto", 2.35, 48.86],
                ["99999", "99999", "Perdu", "wpgp", 1, 48],
            ]
        )
    )


def _people(root: Path) -> None:
    inhabitants = {"53001": 1000, "53002": 500, "53004": 300, "53005": 0, "72001": 200, "72002": 90}
    (root / "population/insee_populations_legales_2023_donnees_communes.csv").write_bytes(
        csv(
            [["REG", "Région", "DEP", "CODCOM", "COM", "Commune", "PMUN", "PCAP", "PTOT"]]
            + [[52, "x", c[:2], c[2:], c, "x", n, 1, n + 1] for c, n in inhabitants.items()]
            + [
                [11, "x", "75", "101", "75101", "x", 40, 0, 40],
                [11, "x", "75", "102", "75102", "x", 2, 0, 2],
            ],
            ";",
        )
    )
    (root / "population/populations_communes_cog2018_2024.csv").write_bytes(
        csv(
            [["cog", "CODGEO", "LIBGEO", "POP"]]
            + [
                [2018, c, "x", n]
                for c, n in [("53001", 990), ("53002", 300), ("53003", 150), ("53004", 280)]
            ]
            + [
                [2024, c, "x", n]
                for c, n in [("53001", 995), ("53002", 480), ("53004", 200), ("53005", 90)]
            ]
        )
    )
    (root / "revenus/filosofi_communes.csv").write_bytes(
        csv(
            [
                ["codgeo", "libgeo", "revenu_median"],
                ["53001", "", 21000],
                ["53002", "", 20000],
                ["53003", "", 19000],
                ["72001", "", ""],
            ]
        )
    )
    (root / "revenus/filosofi_epci.csv").write_bytes(
        csv([["codgeo", "libgeo", "revenu_median"], ["200000001", "", 20500]])
    )
    workbook(
        root / "territoires/insee_grille_densite_7_niveaux_2024.xlsx",
        {
            "Grille_Densite": [
                ["Grille de densité"],
                ["Code commune", "Libellé", "Typo", "Population"],
                ["CODGEO", "LIBGEO", "DENS", "PMUN21"],
                ["53001", "Aville", 5, 1000],
                ["53002", "Bourg", 7, 300],
                ["53003", "Cé", 6, 320],
                ["72001", "Fercé", 7, 200],
            ]
        },
    )


def _supply(root: Path) -> None:
    medical = ["NB_D201", "NB_D232", "NB_D221", "NB_D233", "NB_D231", "NB_D235"]
    counts = {
        "53001": [3, 5, 1, 2, 1, 0],
        "53002": [1, 0, 0, 0, 0, 0],
        "53003": [2, 1, 0, 0, 0, 0],
        "53004": [0, 0, 0, 0, 0, 0],
        "53005": [0, 0, 0, 0, 0, 0],
        "72001": [1, 2, 0, 1, 0, 0],
        "72002": [0, 0, 0, 0, 0, 0],
        "75056": [30, 9, 9, 9, 9, 9],
        "75101": [10, 4, 4, 4, 4, 4],
        "75102": [20, 5, 5, 5, 5, 5],
    }
    (root / "offre/bpe2021_equip-serv-medical-para-com-2021.csv.gz").write_bytes(
        gzip.compress(csv(_bpe(medical, counts), ";"))
    )
    structures = {code: [int(code == "53001"), 0, int(code != "53004")] for code in counts}
    (root / "offre/bpe2021_equip-serv-sante-com-2021.csv").write_bytes(
        csv(_bpe(["NB_D106", "NB_D113", "NB_D307"], structures), ";")
    )
    rows = [[code, "nom", *values] for code, values in structures.items()]
    title = [["BPE 2020"], ["CODGEO", "Libellé", "Urgences", "Maison de santé", "Pharmacie"]]
    header = ["CODGEO", "LIBGEO", "NB_D106", "NB_D113", "NB_D307"]
    workbook(
        root / "offre/bpe2020_equip-serv-sante-com-2020.xlsx",
        {
            "COM": [*title, header, *rows[:-2]],
            "ARM": [*title, header, *rows[-2:]],
            "Documentation": [["Champ"]],
        },
    )
    older = {code: values for code, values in structures.items() if code != "53005"}
    (root / "offre/bpe2017_equip-serv-sante-com-2017.csv").write_bytes(
        csv(_bpe(["NB_D106", "NB_D113", "NB_D301"], older), ";", mark=True)
    )
    (root / "offre/bpe2017_medecins_generalistes_D201_com.csv").write_bytes(
        csv(
            [
                ["CODGEO", "NB_D201", "id_noeud", "POPULATION"],
                ["53001", 4, "a", 1],
                ["53003", 2, "b", 1],
                ["53003", 2, "b", 1],
            ]
        )
    )


def _access(root: Path) -> None:
    rows = [
        ["x", code, weight, year, series, value]
        for code, weight, full in [
            ("53001", 1000.0, 3.0),
            ("53002", 300.0, 2.0),
            ("53003", 100.0, 4.0),
            ("53004", 0.0, ""),
        ]
        for year in (2022, 2023)
        for series, value in [("APL_tous", full), ("APL_60", full and full / 2)]
    ]
    (root / "apl/apl_medecins_generalistes_2022_2023_15_departements.csv").write_bytes(
        csv(
            [
                ["Commune", "Code_INSEE", "Pop_standardisee_med", "annee", "age_medecins", "APL"],
                *rows,
            ]
        )
    )

    def nurses(year: int, value: float) -> list[list[object]]:
        return [
            [f"APL {year} aux infirmières"],
            ["Champ : infirmières"],
            [
                "Code commune INSEE",
                "Commune",
                "APL aux infirmières",
                f"Population standardisée {year - 2} pour les infirmières",
                "Population totale",
            ],
            [None, None, "En ETP", "En nombre", "En nombre"],
            ["53001", "Aville", value, 720.5, 800],
            ["75101", "Paris 1er", 10, 100, 100],
            ["75102", "Paris 2e", 40, 200, 200],
            ["Source : DREES", None, None, None, None],
        ]

    workbook(
        root / "apl/drees_apl_infirmiers_2022_2023.xlsx",
        {
            "Paramètres": [["notes"]],
            "APL 2022": nurses(2022, 118.5),
            "APL 2023": nurses(2023, 122.25),
        },
    )
    (root / "acces/cartosante_distance_urgences_2024_53_41_61.csv").write_bytes(
        csv(
            [
                ["Code", "Libellé", "Distance à la structure la plus proche 2024"],
                ["53001", "Aville", 0],
                ["53002", "Bourg-Cé", 12],
            ],
            ";",
        )
    )
    (root / "zonage/zonage_medecins_code_postal_15_departements.csv").write_bytes(
        csv(
            [
                ["Code_postal", "Nom_commune", "Zonage"],
                ["53000", "AVILLE", "1_ZIP"],
                ["53000", "AVILLE", "1_ZIP"],
                ["53200", "Cé", "2_ZAC"],
                ["53300", "Desert", "3_HZ"],
                ["72100", "Nulle-Part", "1_ZIP"],
            ]
        )
    )
    (root / "zonage/cartosante_zonage_infirmiers_communes.csv").write_bytes(
        csv(
            [
                ["CartoSanté", " ", " "],
                ["Référentiel géographique", " ", " "],
                ["Code", "Libellé", "Zonage infirmiers"],
                ["53001", "Aville", "4_Tres_dotee"],
                ["53002", "Bourg", "2_Sous_dotee"],
                ["53003", "Cé", "3_intermediaire"],
                ["97701", "Saint-Barthélemy", "N/A - résultat non disponible"],
            ],
            ";",
            mark=True,
        )
    )


def _demography(root: Path) -> None:
    header = [
        "annee",
        "profession_sante",
        "region",
        "libelle_region",
        "departement",
        "classe_age",
        "libelle_sexe",
        "effectif",
        "densite",
    ]
    gp = "Ensemble des médecins généralistes"
    (root / "demographie/cnam_effectifs_densites_departement_2024.csv").write_bytes(
        csv(
            [
                header,
                [2024, gp, 52, "PDL", "53", "tout_age", "tout sexe", 10, 5.0],
                [2024, gp, 52, "PDL", "999", "tout_age", "tout sexe", 30, 6.0],
                [2024, gp, 99, "FRANCE", "999", "tout_age", "tout sexe", 70, "7,5"],
                [2024, gp, 11, "IDF", "75", "tout_age", "tout sexe", "NS", "NS"],
                [2024, gp, 52, "PDL", "53", "moins_40", "tout sexe", 3, 1.0],
            ],
            mark=True,
        )
    )
    doctors = [
        "territoire",
        "region",
        "departement",
        "specialites_agregees",
        "specialites",
        "exercice",
        "tranche_age",
        "sexe",
        "annee",
        "effectif",
    ]
    rows = [
        [
            "1-France",
            region,
            name,
            "1-Médecine générale",
            "Médecine Générale",
            "0-Ensemble",
            "00-Ensemble",
            "0-Ensemble",
            2025,
            count,
        ]
        for region, name, count in [
            ("52-Pays de la Loire", " Mayenne", 20),
            ("52-Pays de la Loire", "Sarthe-Et-Autre", 30),
            ("11-Ile de France", "Paris", 50),
        ]
    ]
    (root / "demographie/drees_medecins_departement_specialite_2012_2025.csv").write_bytes(
        csv([doctors, *rows])
    )
    liberal = [
        ["region", "departement", "sexe", "tranche_age", "effectif_2022", "effectif_2023", None]
    ]
    for region, departement, scale in [
        ("00 - Ensemble", "00 - Ensemble", 100),
        ("52 - Pays de la Loire", "00 - Ensemble", 10),
        ("52 - Pays de la Loire", "53 - Mayenne", 1),
    ]:
        for band, count in zip(BANDS, (40, 0, 12, 3), strict=True):
            liberal.append(
                [
                    region,
                    departement,
                    "0 - Ensemble",
                    band,
                    count * scale,
                    count * scale + 1,
                    " " if band[0] == "1" else None,
                ]
            )
    liberal.append(
        ["52 - Pays de la Loire", "53 - Mayenne", "2 - Femmes", "00 - Ensemble", 35, 36, None]
    )
    workbook(
        root / "demographie/drees_infirmiers_liberaux_age_departement_2012_2023.xlsx",
        {"Lisez-moi": [["Champ"]], "Effectifs": liberal},
    )
    salaried = [
        [
            "Région",
            "Département",
            "Secteur d'activité",
            "Spécialité",
            "Sexe",
            "Tranche d'âge",
            "effectif_2021",
        ]
    ]
    for sector, count in [("0-Ensemble", 80), ("1-Hôpital public", 60)]:
        salaried.append(
            [
                "52-Pays de la Loire",
                "53-Mayenne",
                sector,
                "0-Ensemble",
                "0-Ensemble",
                "00-Ensemble",
                count,
            ]
        )
    workbook(
        root / "demographie/drees_infirmiers_salaries_age_departement_2013_2021.xlsx",
        {"Lisez-moi": [["Champ"]], "Effectifs": salaried},
    )


def _others(root: Path) -> None:
    (root / "etablissements/eurostat_gisco_hopitaux_france_2020.csv").write_bytes(
        csv(
            [
                ["id", "hospital_name", "lat", "lon", "geo_qual", "facility_type"],
                ["10000024", "CENTRE HOSPITALIER", 48.05, 0.05, 1, "Centre Hospitalier"],
                ["530000001", "", 48.15, 0.35, 2, "Clinique"],
                ["750000001", "LOIN", 48.86, 2.35, 1, "Centre Hospitalier"],
            ]
        )
    )
    (root / "plans/mayenne_fiches_actions_2022.csv").write_bytes(
        csv(
            [
                [
                    "id",
                    "axis",
                    "title",
                    "budget_eur",
                    "extra_eur",
                    "deadline_text",
                    "deadline_start",
                    "deadline_end",
                    "partners",
                    "indicators",
                ],
                [
                    1,
                    "organisation",
                    "Assistants",
                    200000,
                    "",
                    "janvier 2023",
                    "2023-01-01",
                    "2023-01-31",
                    "CPAM|ARS",
                    "recours",
                ],
                [2, "organisation", "Sans montant", "", "", "", "", "", "", ""],
            ],
            ";",
        )
    )
    (root / "plans/mayenne_ambition_sante_53.csv").write_bytes(
        csv([["id", "title", "budget_eur"], [1, "Bourse", ""]], ";")
    )


FOLDERS = (
    "acces",
    "apl",
    "cog",
    "demographie",
    "etablissements",
    "limites/communes_2018_departements",
    "offre",
    "plans",
    "population",
    "revenus",
    "territoires",
    "zonage",
)


@pytest.fixture(scope="session")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fictional official folder, shared by all tests: never write in it."""
    root = tmp_path_factory.mktemp("official")
    for name in FOLDERS:
        (root / name).mkdir(parents=True)
    for fill in (_geography, _outlines, _people, _supply, _access, _demography, _others):
        fill(root)
    return root


@pytest.fixture
def official(untouched: Path, tmp_path: Path) -> Path:
    """A copy of the fictional official folder, that a test may spoil."""
    return Path(copytree(untouched, tmp_path / "official"))


@pytest.fixture(scope="session")
def toy_folder(untouched: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bundle of the fictional folder, shared by all tests: never write in it."""
    out = tmp_path_factory.mktemp("bundle") / "lot"
    build_bundle(untouched, out, departments=("53",))
    return out


@pytest.fixture(scope="session")
def toy(toy_folder: Path) -> Bundle:
    """The bundle of the fictional folder, read."""
    return read_bundle(toy_folder)


@pytest.fixture(scope="session")
def real_official() -> Path:
    """The folder of real official files; the test is skipped where it is absent."""
    default = Path(__file__).resolve().parents[4] / "shared" / "data"
    folder = Path(os.environ.get("DEMOMED_OFFICIAL", default))
    if not folder.is_dir():
        pytest.skip("dossier des fichiers officiels absent (variable DEMOMED_OFFICIAL)")
    return folder


@pytest.fixture(scope="session")
def shipped() -> Bundle:
    """The bundle that ships with the package."""
    return read_bundle(default_bundle_path())
