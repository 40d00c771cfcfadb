"""Files that must be refused: each says where, what and what to do; never a traceback."""

from __future__ import annotations

import io
import tomllib
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from demomed.core.faults import InputError
from demomed.ingestion.register import read_register
from demomed.ingestion.structures import read_structures

HERE = Path(__file__).parent
BAD = HERE.parent / "bad"
EXPECTED = tomllib.loads((BAD / "expected.toml").read_text(encoding="utf-8"))
CASES = [(kind, name) for kind, files in EXPECTED.items() for name in files]
REFERENCE = date(2025, 1, 1)


def faults_of(path, codes, communes, kind="register"):
    with pytest.raises(InputError) as caught:
        if kind == "register":
            read_register(path, codes=codes, communes=communes, reference_date=REFERENCE)
        else:
            read_structures(path, codes=codes, communes=communes)
    return caught.value.faults


def test_every_stored_file_has_its_expectation():
    stored = {(p.parent.name, p.stem) for p in BAD.glob("*/*.csv")}
    assert stored == set(CASES)
    assert len(CASES) >= 60


@pytest.mark.parametrize(("kind", "name"), CASES, ids=lambda part: part)
def test_refused(kind, name, codes, communes):
    faults = faults_of(BAD / kind / f"{name}.csv", codes, communes, kind)
    wanted = EXPECTED[kind][name]
    told = [
        fault
        for fault in faults
        if fault.row == wanted.get("row") and fault.column == wanted.get("column")
    ]
    assert told, [str(fault) for fault in faults]
    text = " ".join(str(fault) for fault in told)
    for word in wanted["words"]:
        assert word in text
    assert all(fault.file == f"{name}.csv" and fault.remedy for fault in faults)
    assert str(BAD) not in text
    assert len(faults) <= 2, "more than the planted fault"


def test_all_faults_at_once(tmp_path, codes, communes):
    path = tmp_path / "tout.csv"
    path.write_text(
        "Identifiant;Profession;Année de naissance;Code INSEE;ETP\n"
        "1;Médecin;61;1004;-1\n2;MG;2031;53000;80\n",
        encoding="utf-8",
    )
    faults = faults_of(path, codes, communes)
    assert sorted((fault.row, fault.column) for fault in faults) == [
        (2, "Année de naissance"),
        (2, "Code INSEE"),
        (2, "ETP"),
        (2, "Profession"),
        (3, "Année de naissance"),
        (3, "Code INSEE"),
        (3, "ETP"),
    ]


def test_a_column_wrong_everywhere_is_told_in_short(tmp_path, codes, communes):
    rows = "\n".join(f"{n};MG;53130;-1" for n in range(1, 500))
    path = tmp_path / "long.csv"
    path.write_text(f"Identifiant;Profession;Code INSEE;ETP\n{rows}\n", encoding="utf-8")
    faults = faults_of(path, codes, communes)
    assert len(faults) == 31
    assert any("469 autres lignes" in fault.found for fault in faults)


HEADER = ["Identifiant", "Profession", "Code INSEE"]


def workbook(path, *sheets, merge=()):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
        for cells in merge:
            sheet.merge_cells(cells)
    book.save(path)
    return path


def test_merged_cells(tmp_path, codes, communes):
    rows = [HEADER, [1, "MG", "53130"], [2, "MG", None]]
    path = workbook(tmp_path / "f.xlsx", ("Feuil1", rows), merge=["C2:C3"])
    (fault,) = faults_of(path, codes, communes)
    assert (fault.row, fault.column) == (2, "Code INSEE")
    assert "fusionnées" in fault.found and "recopier" in fault.remedy


def test_a_title_merged_above_the_header_is_fine(tmp_path, codes, communes):
    rows = [["Registre 2025"], [], HEADER, [1, "MG", "53130"]]
    path = workbook(tmp_path / "f.xlsx", ("Feuil1", rows), merge=["A1:C1"])
    table, _ = read_register(path, codes=codes, communes=communes, reference_date=REFERENCE)
    assert len(table) == 1


def test_header_merged_over_two_rows(tmp_path, codes, communes):
    rows = [
        ["Identifiant", "Profession", "Lieu", None],
        [None, None, "Code INSEE", "Commune"],
        [1, "MG", "53130", "Laval"],
    ]
    path = workbook(tmp_path / "f.xlsx", ("Feuil1", rows), merge=["A1:A2", "B1:B2", "C1:D1"])
    faults = faults_of(path, codes, communes)
    assert any("deux lignes" in fault.found for fault in faults)


def test_two_sheets_with_the_same_header(tmp_path, codes, communes):
    rows = [HEADER, [1, "MG", "53130"]]
    path = workbook(tmp_path / "f.xlsx", ("Nord", rows), ("Sud", rows))
    (fault,) = faults_of(path, codes, communes)
    assert "« Nord », « Sud »" in fault.found and "une seule feuille" in fault.remedy


def test_number_cell_that_lost_its_zero(tmp_path, codes, communes):
    path = workbook(tmp_path / "f.xlsx", ("Feuil1", [HEADER, [1, "MG", 1004]]))
    (fault,) = faults_of(path, codes, communes)
    assert (fault.row, fault.column) == (2, "Code INSEE") and "« 01004 »" in fault.remedy


def test_document_that_is_no_workbook(tmp_path, codes, communes):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    path = tmp_path / "lettre.docx"
    path.write_bytes(buffer.getvalue())
    (fault,) = faults_of(path, codes, communes)
    assert "n'est pas un classeur" in fault.found


def test_ods_with_entities_is_refused(tmp_path, codes, communes):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    path = tmp_path / "f.ods"
    path.write_bytes(buffer.getvalue())
    (fault,) = faults_of(path, codes, communes)
    assert "illisible" in fault.found


def test_sheet_that_pretends_to_be_huge(tmp_path, codes, communes):
    book = openpyxl.Workbook()
    book.active.append(HEADER)
    book.active.cell(1_000_000, 900, "x")
    path = tmp_path / "f.xlsx"
    book.save(path)
    (fault,) = faults_of(path, codes, communes)
    assert "démesurée" in fault.found


@pytest.mark.parametrize("kind", ["register", "structures"])
def test_missing_file_and_folder(tmp_path, codes, communes, kind):
    for path in (tmp_path / "absent.csv", tmp_path):
        (fault,) = faults_of(path, codes, communes, kind)
        assert fault.remedy and str(tmp_path.parent) not in str(fault)


def test_mapping_faults(tmp_path, codes):
    path = tmp_path / "r.csv"
    path.write_text("Identifiant;Profession;Code INSEE\n1;MG;53130\n", encoding="utf-8")
    mapping = tmp_path / "mots.toml"
    for text, word in (
        ('[colonne]\n"A" = "ETP"\n', "« colonnes »"),
        ('[colonnes]\n"A" = "ETPP"\n', "« etp »"),
        ('[professions]\n"doc" = "generalist"\n', "« generaliste »"),
        ("[colonnes\n", "guillemets"),
    ):
        mapping.write_text(text, encoding="utf-8")
        with pytest.raises(InputError) as caught:
            read_register(path, codes=codes, reference_date=REFERENCE, mapping=mapping)
        assert word in str(caught.value) and "mots.toml" in str(caught.value)


@pytest.mark.parametrize(
    ("cell", "told", "never"),
    [
        ("2,5", "1,5 au plus", "%"),
        ("1.8", "1,5 au plus", "« 0,02 »"),
        ("80", "« 0,8 », ou « 80 % »", "vérifier"),
        ("180 %", "1,5 au plus", "« 0,02 »"),
        ("300", "1,5 au plus", "%"),
    ],
)
def test_an_amount_out_of_its_limit_is_told_a_sensible_repair(tmp_path, codes, cell, told, never):
    path = tmp_path / "r.csv"
    path.write_text(f"Profession;Code INSEE;ETP\nMG;53130;{cell}\n", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_register(path, codes=codes, reference_date=date(2025, 1, 1))
    remedy = refused.value.faults[0].remedy
    assert told in remedy and never not in remedy


def test_a_name_that_contradicts_its_code_is_told_with_the_code_it_has(tmp_path, codes):
    path = tmp_path / "r.csv"
    path.write_text("Profession;Code INSEE;Commune\nMG;53130;Mayenne\n", encoding="utf-8")
    _, notices = read_register(path, codes=codes, reference_date=date(2025, 1, 1))
    assert any("53130 est Laval, Mayenne est 53147" in notice for notice in notices)
