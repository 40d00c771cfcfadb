"""Opening tables kept by hand, and reading their cells."""

from __future__ import annotations

import io
from datetime import date, datetime
from itertools import product

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demomed.core.faults import InputError, Report
from demomed.ingestion import cells
from demomed.ingestion.gazetteer import name_key
from demomed.ingestion.mapping import words
from demomed.ingestion.spreadsheet import cell_text, decode
from demomed.ingestion.tabular import open_table

FIELDS = {"commune": "commune_name", "age": "age", "etp": "etp"}


def opened(content, fields=FIELDS):
    report = Report("f.csv")
    data = content if isinstance(content, bytes) else content.encode("utf-8")
    return open_table(data, fields=fields, report=report), report


@pytest.mark.parametrize(
    ("encoding", "separator", "title"),
    list(product(["utf-8", "utf-8-sig", "cp1252", "utf-16"], ";,\t|", ["", "Liste de l'été\n\n"])),
)
def test_encodings_and_separators(encoding, separator, title):
    text = (
        title + separator.join(["Commune", "Âge"]) + "\n" + separator.join(["Évron", "54"]) + "\n"
    )
    table, _ = opened(text.encode(encoding))
    assert table.frame.iloc[0].tolist() == ["Évron", "54"]
    assert table.frame.index.tolist() == [4 if title else 2]


def test_cells_with_separators_and_line_breaks_keep_the_row_numbers():
    table, _ = opened('Commune;Âge\n"Laval; centre\nville";54\n\nMayenne;61\n')
    assert table.frame.index.tolist() == [2, 4]
    assert table.frame.loc[2, "commune_name"] == "Laval; centre\nville"


def test_unknown_columns_are_dropped_and_named():
    table, _ = opened("Commune;Nom du chat;Âge\nLaval;Félix;4\n")
    assert table.unknown == ("Nom du chat",)
    assert "Félix" not in table.frame.to_csv()
    assert table.column("etp").tolist() == [""]
    assert table.written == {"commune_name": "Commune", "age": "Âge"}


def test_sheet_named_when_several_could_do():
    book = openpyxl.Workbook()
    book.active.title = "Liste"
    for row in (["Commune", "Âge"], ["Laval", 54]):
        book.active.append(row)
    other = book.create_sheet("Divers")
    other.append(["Commune"])
    hidden = book.create_sheet("Cachée")
    for row in (["Commune", "Âge", "ETP"], ["Mayenne", 1, 1]):
        hidden.append(row)
    hidden.sheet_state = "hidden"
    target = io.BytesIO()
    book.save(target)
    table, report = opened(target.getvalue())
    assert table.frame["commune_name"].tolist() == ["Laval"]
    assert report.notices == ["f.csv : feuille lue : « Liste »"]


def test_a_person_called_total_is_not_a_total():
    table, _ = opened("Commune;Âge;Autre\nTotal;;3\nTotal Fictif;54;a\n")
    assert table.frame.index.tolist() == [3]


def test_spreadsheet_values():
    assert cell_text(datetime(1961, 3, 5)) == "1961-03-05"
    assert cell_text(date(1961, 3, 5)) == "1961-03-05"
    assert cell_text(False) == "non"
    assert cell_text(99000000001.0) == "99000000001"


def test_decode_prefers_what_the_bytes_say():
    assert decode("é".encode("utf-16"), "f") == "é"
    assert decode("é".encode("cp1252"), "f") == "é"
    with pytest.raises(InputError):
        decode(b"a\x81b", "f")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0,8", 0.8),
        ("1\u202f234,5", 1234.5),
        ("-3", -3.0),
        ("80 %", 0.8),
        ("n.d.", None),
        ("0", 0.0),
    ],
)
def test_numbers(text, value):
    assert cells.number(text) == value


@pytest.mark.parametrize("text", ["1,2,3", "1.234,5", "abc", "12a", "٣", "1e99999", "--1", "1 an"])
def test_not_numbers(text):
    with pytest.raises(cells.Unreadable):
        cells.number(text)


@pytest.mark.parametrize(
    ("text", "band"),
    [
        ("55-59", (55, 59)),
        ("55 à 59 ans", (55, 59)),
        ("entre 55 et 59 ans", (55, 59)),
        ("65 ans et plus", (65, None)),
        ("65 et +", (65, None)),
        ("plus de 65 ans", (66, None)),
        ("moins de 35 ans", (0, 34)),
        ("n.d.", None),
    ],
)
def test_age_bands(text, band):
    assert cells.age_band(text) == band


@pytest.mark.parametrize("text", ["59-55", "vieux", "55", "55-60-65"])
def test_not_age_bands(text):
    with pytest.raises(cells.Unreadable):
        cells.age_band(text)


@given(st.dates(date(1900, 1, 1), date(2005, 12, 31)), st.dates(date(2006, 1, 1), date(2100, 1, 1)))
def test_completed_years_count_birthdays(birth, reference):
    age = cells.completed_years(birth, reference)
    if (birth.month, birth.day) != (2, 29):
        assert (
            birth.replace(year=birth.year + age)
            <= reference
            < birth.replace(year=birth.year + age + 1)
        )
    assert age == cells.completed_years(birth, reference.replace(day=1)) or reference.day > 1


@settings(max_examples=200)
@given(st.text(max_size=30))
def test_cells_never_fail_otherwise(text):
    readers = (
        cells.number,
        cells.year,
        cells.day,
        cells.age_band,
        lambda t: cells.period(t, reference_year=2025, forward=True),
        lambda t: cells.period(t, reference_year=2025, forward=False),
    )
    for read in readers:
        try:
            read(text)
        except cells.Unreadable:
            continue
    assert cells.fold(cells.fold(text)) == cells.fold(text)
    assert name_key(name_key(text)) == name_key(text)
    assert len(cells.quoted(text)) <= 46


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_a_written_day_is_read_back(day):
    for form in ("%d/%m/%Y", "%Y-%m-%d", "%d.%m.%Y", "%d-%m-%Y"):
        assert cells.day(day.strftime(form)) == day
    assert cells.period(f"{day:%d/%m/%Y}", reference_year=2025, forward=True) == (day, day)


def test_quoted_hides_what_identifies():
    for text in (
        "a.b@exemple.fr",
        "02 43 00 00 00",
        "0243000000",
        "99000000001",
        "+33 2 43 00 00 00",
    ):
        assert cells.quoted(text) == "« … »"
    assert cells.quoted("53130") == "« 53130 »"


@pytest.mark.parametrize("kind", ["register", "structures"])
def test_catalogue_words_are_never_ambiguous(kind):
    declared = words(kind).raw
    seen = {}
    for field, entry in declared["columns"].items():
        assert entry["help"]
        for name in (entry["label"], *entry["names"]):
            assert seen.setdefault(cells.fold(name), field) == field, name
    for section in ("professions", "modes", "statuses", "sexes", "answers"):
        seen = {}
        for value, listed in declared.get(section, {}).items():
            for word in listed:
                assert seen.setdefault(cells.fold(word), value) == value, (section, word)
    if kind == "register":
        known = words(kind).values["professions"]
        for word in (*declared["aside"]["words"], *declared["vague"]["words"]):
            assert cells.fold(word) not in known, word
