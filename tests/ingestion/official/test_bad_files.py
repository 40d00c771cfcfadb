"""Official files that must be refused: which file, where, what, all at once and in French."""

from __future__ import annotations

import gzip
from pathlib import Path

import openpyxl
import pytest

from demomed.core.faults import InputError
from demomed.ingestion.bundle import build_bundle

MEDICAL = "offre/bpe2021_equip-serv-medical-para-com-2021.csv.gz"
POPULATION = "population/insee_populations_legales_2023_donnees_communes.csv"


def edit(root: Path, name: str, old: str, new: str) -> None:
    """Replace a text in a file of the folder; the text must be there."""
    path = root / name
    content = path.read_bytes()
    packed = content[:2] == b"\x1f\x8b"
    text = (gzip.decompress(content) if packed else content).decode("utf-8-sig")
    assert old in text
    changed = text.replace(old, new).encode()
    path.write_bytes(gzip.compress(changed) if packed else changed)


def edit_cell(root: Path, name: str, sheet: str, cell: str, value: object) -> None:
    book = openpyxl.load_workbook(root / name)
    assert book[sheet][cell].value != value
    book[sheet][cell] = value
    book.save(root / name)


CASES = {
    "column_missing": (POPULATION, "PMUN", "Habitants", ["« PMUN » absente"], None),
    "column_of_codes_missing": (MEDICAL, "CODGEO", "Commune", ["« CODGEO » absente"], None),
    "vintage_with_other_codes": (MEDICAL, "NB_D2", "NB_D9", ["aucune colonne d'équipement"], None),
    "unknown_code": (POPULATION, ";53004;", ";53404;", ["code commune « 53404 »"], 4),
    "lost_zero": (POPULATION, ";53004;", ";5304;", ["« 5304 »", "zéro initial"], 4),
    "blank_code": (POPULATION, ";53004;", ";;", ["code commune vide"], 4),
    "text_for_number": (POPULATION, ";300;", ";trois cents;", ["« trois cents »", "un nombre"], 4),
    "negative_population": (POPULATION, ";1000;", ";-1000;", ["un nombre d'au moins 0"], None),
    "negative_count": (MEDICAL, "53001;3;", "53001;-3;", ["un nombre d'au moins 0"], None),
    "unknown_age_series": (
        "apl/apl_medecins_generalistes_2022_2023_15_departements.csv",
        "APL_60",
        "APL_55",
        ["« APL_55 »", "série d'âge"],
        3,
    ),
    "apl_as_words": (
        "apl/apl_medecins_generalistes_2022_2023_15_departements.csv",
        "APL_60,1.5",
        "APL_60,faible",
        ["« faible »", "un nombre"],
        3,
    ),
    "unknown_zone": (
        "zonage/zonage_medecins_code_postal_15_departements.csv",
        "3_HZ",
        "9_XX",
        ["zone « 9_XX »", "1_ZIP"],
        5,
    ),
    "unknown_nurse_zone": (
        "zonage/cartosante_zonage_infirmiers_communes.csv",
        "2_Sous_dotee",
        "2_sousdotee",
        ["zone « 2_sousdotee »"],
        5,
    ),
    "distance_as_words": (
        "acces/cartosante_distance_urgences_2024_53_41_61.csv",
        "Cé;12",
        "Cé;loin",
        ["« loin »", "un nombre"],
        3,
    ),
    "department_misspelt": (
        "demographie/drees_medecins_departement_specialite_2012_2025.csv",
        " Mayenne",
        "Mayene",
        ["« Mayene »", "« Sarthe-Et-Autre »"],
        None,
    ),
    "income_as_words": (
        "revenus/filosofi_communes.csv",
        "21000",
        "riche",
        ["« riche »"],
        2,
    ),
    "passage_to_unknown_commune": (
        "cog/passage_codes_historiques_vers_2025.csv",
        "53003,53002",
        "53003,53999",
        ["« 53999 »", "même année"],
        9,
    ),
    "plan_date": (
        "plans/mayenne_fiches_actions_2022.csv",
        "2023-01-31",
        "31/01/2023",
        ["« 31/01/2023 »", "AAAA-MM-JJ"],
        2,
    ),
    "plan_column": (
        "plans/mayenne_fiches_actions_2022.csv",
        "title",
        "titre",
        ["« title » absente"],
        None,
    ),
    "hospital_without_coordinates": (
        "etablissements/eurostat_gisco_hopitaux_france_2020.csv",
        ",0.05,",
        ",est,",
        ["« est »"],
        2,
    ),
    "outline_property": (
        "limites/communes_2024_france.geojson",
        "INSEE_COM",
        "CODE",
        ["propriété du code commune"],
        None,
    ),
    "outline_not_json": (
        "limites/communes_2024_france.geojson",
        '{"type": "FeatureCollection"',
        "{oups",
        ["contours illisibles"],
        None,
    ),
    "accents_encoded_twice": (
        POPULATION,
        "Région",
        "RÃ©gion Ã© Ã¨",
        ["accents abîmés"],
        None,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_bad_file_is_refused_and_located(official, tmp_path, case):
    name, old, new, words, row = CASES[case]
    edit(official, name, old, new)
    with pytest.raises(InputError) as caught:
        build_bundle(official, tmp_path / "lot", departments=("53",))
    message = str(caught.value)
    for word in words:
        assert word in message, message
    assert str(tmp_path) not in message
    if row is not None:
        assert row in {fault.row for fault in caught.value.faults}, message
    assert not (tmp_path / "lot").exists()


WORKBOOKS = {
    "epci_kind": ("cog/epcicom2025.xlsx", "Epcicom2025", "D2", "SIVU", "« SIVU »"),
    "commune_in_two_epci": ("cog/epcicom2025.xlsx", "Epcicom2025", "G4", "53001", "dans deux EPCI"),
    "epci_code": ("cog/epcicom2025.xlsx", "Epcicom2025", "B2", "20A", "SIREN"),
    "density_level": (
        "territoires/insee_grille_densite_7_niveaux_2024.xlsx",
        "Grille_Densite",
        "C4",
        8,
        "niveau de densité",
    ),
    "apl_header": (
        "apl/drees_apl_infirmiers_2022_2023.xlsx",
        "APL 2023",
        "C3",
        "Indicateur",
        "« APL aux » absente",
    ),
    "age_band": (
        "demographie/drees_infirmiers_liberaux_age_departement_2012_2023.xlsx",
        "Effectifs",
        "D3",
        "jeunes",
        "libellé inconnu",
    ),
    "bpe_header": (
        "offre/bpe2020_equip-serv-sante-com-2020.xlsx",
        "COM",
        "A3",
        "commune",
        "« CODGEO »",
    ),
}


@pytest.mark.parametrize("case", WORKBOOKS)
def test_a_bad_workbook_is_refused(official, tmp_path, case):
    name, sheet, cell, value, words = WORKBOOKS[case]
    edit_cell(official, name, sheet, cell, value)
    with pytest.raises(InputError) as caught:
        build_bundle(official, tmp_path / "lot", departments=("53",))
    assert words in str(caught.value)
    assert Path(name).name in str(caught.value)


def test_several_faults_of_a_file_are_told_together(official, tmp_path):
    edit(official, POPULATION, ";53004;", ";53404;")
    edit(official, POPULATION, ";1000;", ";mille;")
    edit(official, POPULATION, ";53001;", ";3001;")
    with pytest.raises(InputError) as caught:
        build_bundle(official, tmp_path / "lot", departments=("53",))
    assert {(fault.row, fault.column) for fault in caught.value.faults} == {
        (2, "PMUN"),
        (2, "COM"),
        (4, "COM"),
    }
    assert len(caught.value.faults) == 3


def test_many_unknown_codes_are_summed_up(official, tmp_path):
    lines = "".join(f"52;x;53;404;53{n};x;1;1;1\r\n" for n in range(400, 420))
    path = official / POPULATION
    path.write_bytes(path.read_bytes() + lines.encode())
    with pytest.raises(InputError) as caught:
        build_bundle(official, tmp_path / "lot", departments=("53",))
    assert len(caught.value.faults) == 6
    assert "20 codes communes inconnus" in str(caught.value)


def test_windows_encoding_is_read_with_a_notice(official, tmp_path):
    path = official / POPULATION
    path.write_bytes(path.read_bytes().decode().encode("cp1252"))
    manifest = build_bundle(official, tmp_path / "lot", departments=("53",))
    assert any("Windows-1252" in notice for notice in manifest.notices)


def test_title_rows_above_the_header_change_nothing(official, toy_folder, tmp_path):
    path = official / POPULATION
    path.write_bytes("Populations légales\r\n\r\n".encode() + path.read_bytes())
    build_bundle(official, tmp_path / "lot", departments=("53",))
    same = (tmp_path / "lot/communes.parquet").read_bytes()
    assert same == (toy_folder / "communes.parquet").read_bytes()


def test_missing_folder(tmp_path):
    with pytest.raises(InputError, match="dossier introuvable"):
        build_bundle(tmp_path / "rien", tmp_path / "lot")
