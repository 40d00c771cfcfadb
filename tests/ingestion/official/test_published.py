"""Reading tables as producers publish them."""

from __future__ import annotations

import gzip
import io
import zipfile

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demomed.core.faults import InputError, Report
from demomed.ingestion.official import OfficialFile, OfficialFolder, open_official
from demomed.ingestion.published import numbers, plain, read_table, sheet_names

WANTED = {"code": "CODGEO", "count": ["Effectif", "NB*"]}


def file_of(content: bytes | str) -> OfficialFile:
    data = content.encode() if isinstance(content, str) else content
    return OfficialFile("essai.csv", data, "0" * 64)


def read(content: bytes | str, **options):
    report = Report("essai.csv")
    return read_table(file_of(content), WANTED, report, **options), report


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_any_separator_encoding_and_line_end(separator, encoding, end):
    lines = [["codgeo", "libellé", "EFFECTIF"], ["01001", "Été", "3"], ["2A004", "", ""]]
    table, report = read(end.join(separator.join(x) for x in lines).encode(encoding))
    assert report.faults == []
    assert table["code"].tolist() == ["01001", "2A004"]
    assert table["count"].isna().tolist() == [False, True]
    assert table.index.tolist() == [2, 3]
    assert bool(report.notices) == (encoding == "cp1252")


def test_header_is_found_below_title_rows():
    table, report = read("Titre;;\nChamp : tout;;\nCODGEO;x;NB_D201\n53001;a;2\n")
    assert report.faults == []
    assert table.loc[4, "count"] == "2"


def test_quoted_cells_keep_their_separator():
    table, _ = read('CODGEO,libelle,Effectif\n53001,"Loué, sur Sarthe",4\n')
    assert table["count"].tolist() == ["4"]


def test_blank_lines_do_not_shift_rows():
    table, _ = read("CODGEO;Effectif\n\n53001;1\n;\n53002;2\n")
    assert table.index.tolist() == [3, 5]


def test_missing_columns_are_all_told_with_the_closest_header():
    report = Report("essai.csv")
    wanted = {"code": "CODGEO", "a": "PMUN", "b": "DENS"}
    read_table(file_of("CODGEO;PMUN21;LIB\n1;2;3\n"), wanted, report)
    told = [str(fault) for fault in report.faults]
    assert len(told) == 2
    assert "« PMUN » absente" in told[0]
    assert "« PMUN21 »" in told[0]
    assert "« DENS » absente" in told[1]


def test_optional_columns_may_be_absent():
    table, report = read("CODGEO\n53001\n", optional=["count"])
    assert report.faults == []
    assert list(table.columns) == ["code"]


def test_kept_columns_decide_the_header_row():
    content = "CODGEO;Urgences\nCODGEO;NB_D106\n53001;1\n"
    report = Report("essai.csv")
    table = read_table(file_of(content), {"code": "CODGEO"}, report, keep=r"NB_D\d{3}")
    assert table["code"].tolist() == ["53001"]
    assert table["NB_D106"].tolist() == ["1"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("CODGEO;Effectif\n53001;1;5\n", "nombre de cellules"),
        ("CODGEO;Effectif\n53001\n", "nombre de cellules"),
        ("CODGEO;Effectif\n", "aucune ligne"),
        ("CODGEO;Effectif\n53001;1\n".encode("utf-16-le"), "encodage illisible"),
        ("CODGEO;Effectif;Ã©;Ã¨;Ã´\n53001;1;;;\n", "accents abîmés"),
    ],
)
def test_unreadable_tables_are_refused(content, words):
    table, report = read(content)
    assert any(words in fault.found for fault in report.faults)
    assert list(table.columns)[:2] == ["code", "count"]


def test_rows_with_too_many_cells_are_located():
    _, report = read("CODGEO;Effectif\n53001;1\n53002;2;9\n")
    assert [fault.row for fault in report.faults] == [3]


def make_workbook(sheets: dict[str, list[list[object]]]) -> OfficialFile:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
    target = io.BytesIO()
    book.save(target)
    return OfficialFile("essai.xlsx", target.getvalue(), "0" * 64)


def test_workbook_numbers_become_text_without_decimals():
    file = make_workbook({"A": [["t"], ["CODGEO", "Effectif"], [53001, 2.0], ["01004", 2.5]]})
    report = Report("essai.xlsx")
    table = read_table(file, WANTED, report)
    assert report.faults == []
    assert table["code"].tolist() == ["53001", "01004"]
    assert table["count"].tolist() == ["2", "2.5"]


def test_sheet_by_name_and_its_absence():
    file = make_workbook({"Notes": [["x"]], "Effectifs": [["CODGEO", "Effectif"], ["53001", 1]]})
    assert sheet_names(file) == ["Notes", "Effectifs"]
    report = Report("essai.xlsx")
    assert len(read_table(file, WANTED, report, sheet="Effectifs")) == 1
    read_table(file, WANTED, report, sheet="Effectif")
    assert "« Effectif » absente" in report.faults[0].found
    assert "« Effectifs »" in report.faults[0].remedy


def damaged(file: OfficialFile, keep: float) -> OfficialFile:
    return OfficialFile(file.name, file.content[: int(len(file.content) * keep)], file.sha256)


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.9, 0.99])
def test_a_truncated_workbook_is_refused(keep):
    file = damaged(make_workbook({"A": [["CODGEO", "Effectif"], ["53001", 1]]}), keep)
    with pytest.raises(InputError, match="classeur illisible"):
        read_table(file, WANTED, Report("essai.xlsx"))


def test_a_zip_without_workbook_is_refused():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("lisez-moi.txt", "rien")
    with pytest.raises(InputError, match="classeur illisible"):
        sheet_names(OfficialFile("essai.xlsx", target.getvalue(), "0" * 64))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 4000), st.binary(min_size=1, max_size=20))
def test_a_spoilt_workbook_gives_a_table_or_an_input_error(position, noise):
    content = bytearray(make_workbook({"A": [["CODGEO", "Effectif"], ["53001", 1]]}).content)
    content[position : position + len(noise)] = noise
    spoilt = OfficialFile("essai.xlsx", bytes(content), "0" * 64)
    report = Report("essai.xlsx")
    try:
        table = read_table(spoilt, WANTED, report)
    except InputError:
        return
    assert report.faults or "code" in table


def test_numbers_accept_french_forms_and_tell_the_rest():
    table, report = read("CODGEO;Effectif\na;1,5\nb;1 234\nc;ND\nd;\ne;x\nf;inf\n")
    values = numbers(table, "count", report, missing=("nd",))
    assert values.iloc[:2].tolist() == [1.5, 1234.0]
    assert values.iloc[2:].isna().all()
    assert [(fault.row, fault.found) for fault in report.faults] == [(6, "« x »"), (7, "« inf »")]


def test_many_bad_numbers_are_summed_up():
    table, report = read("CODGEO;Effectif\n" + "a;x\n" * 9)
    numbers(table, "count", report)
    assert len(report.faults) == 6
    assert "9 cellules" in report.faults[-1].found


def test_gzip_is_transparent_and_damage_is_told(tmp_path):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"CODGEO;Effectif\n53001;1\n"))
    assert open_official(path).content.startswith(b"CODGEO")
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(InputError, match="gzip abîmée"):
        open_official(path)


@pytest.mark.parametrize("content", [b"", b"  \n", gzip.compress(b"", mtime=0)])
def test_empty_file_is_refused(tmp_path, content):
    path = tmp_path / "vide.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"vide\.csv : fichier vide"):
        open_official(path)


def test_absent_files_are_all_named_with_their_page(tmp_path):
    with pytest.raises(InputError) as caught:
        OfficialFolder(tmp_path).files("insee_filosofi")
    assert len(caught.value.faults) == 2
    assert "insee.fr" in str(caught.value)


def test_two_candidates_for_one_file_are_refused(tmp_path):
    (tmp_path / "cog").mkdir()
    for name in ("epcicom2025.xlsx", "epcicom2025 (copie).xlsx"):
        (tmp_path / "cog" / name).write_bytes(b"x")
    with pytest.raises(InputError, match="plusieurs fichiers candidats"):
        OfficialFolder(tmp_path).file("dgcl_epci")


@given(st.text())
def test_plain_is_stable(text):
    assert plain(plain(text)) == plain(text)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)))
def test_any_bytes_give_a_table_or_faults_never_a_traceback(content):
    table, report = read(b"CODGEO;Effectif\n53001;1\n" + content)
    assert report.faults or "code" in table
