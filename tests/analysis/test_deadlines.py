"""Deadlines and amounts, in every form the plans use."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demomed.analysis.deadlines import Amount, parse_amount, parse_deadline
from demomed.core.faults import InputError
from demomed.ingestion.bundle import default_bundle_path, read_bundle


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("janvier 2023", "2023-01-01", "2023-01-31"),
        ("fin 2023", "2023-10-01", "2023-12-31"),
        ("Second trimestre 2023", "2023-04-01", "2023-06-30"),
        ("Automne 2022", "2022-09-22", "2022-12-20"),
        ("Été 2022", "2022-06-21", "2022-09-21"),
        ("été 2022", "2022-06-21", "2022-09-21"),
        ("e\u0301te\u0301 2022", "2022-06-21", "2022-09-21"),
        ("juin\u00a02023", "2023-06-01", "2023-06-30"),
        ("février 2024", "2024-02-01", "2024-02-29"),
        ("2e trimestre 2023", "2023-04-01", "2023-06-30"),
        ("1er semestre 2023", "2023-01-01", "2023-06-30"),
        ("T3 2023", "2023-07-01", "2023-09-30"),
        ("début 2023", "2023-01-01", "2023-03-31"),
        ("mi-2023", "2023-04-01", "2023-06-30"),
        ("courant 2023", "2023-01-01", "2023-12-31"),
        ("fin juin 2023", "2023-06-01", "2023-06-30"),
        ("printemps 2023", "2023-03-20", "2023-06-20"),
        ("hiver 2022-2023", "2022-12-21", "2023-03-19"),
        ("2022-2028", "2022-01-01", "2028-12-31"),
        ("2023", "2023-01-01", "2023-12-31"),
        ("de janvier à mars 2023", "2023-01-01", "2023-03-31"),
        ("novembre 2022 à février 2023", "2022-11-01", "2023-02-28"),
        ("15 septembre 2023", "2023-09-15", "2023-09-15"),
        ("15/09/2023", "2023-09-15", "2023-09-15"),
        ("2023-09-15", "2023-09-15", "2023-09-15"),
    ],
)
def test_deadlines(text, start, end):
    assert parse_deadline(text) == (date.fromisoformat(start), date.fromisoformat(end))


@pytest.mark.parametrize(
    "text",
    ["bientôt", "", "fin", "juin", "hiver 2022", "32/01/2023", "30 février 2023", "2028-2022",
     "5e trimestre 2023", "t7 2023", "juin 23", "mars à janvier 2023"],
)  # fmt: skip
def test_what_is_not_read_is_quoted(text):
    with pytest.raises(InputError, match="échéance") as error:
        parse_deadline(text)
    assert f"« {text} »" in str(error.value)


@pytest.mark.parametrize(
    ("text", "base", "extra"),
    [
        ("250 000€ (+200 000€)", 250_000, 200_000),
        ("€ 40 000€ (+ 16 000€)", 40_000, 16_000),
        ("75 000 €", 75_000, None),
        ("75\u202f000\u00a0€", 75_000, None),
        ("5000", 5_000, None),
        ("2,5 M€", 2_500_000, None),
        ("1.5 M€", 1_500_000, None),
        ("70 k€", 70_000, None),
        ("1 million d’euros", 1_000_000, None),
        ("2 millions d'euros", 2_000_000, None),
        ("195 000 EUR", 195_000, None),
        ("75 000 euros par an", 75_000, None),
        ("0 €", 0, None),
        ("", None, None),
        ("à définir", None, None),
    ],
)
def test_amounts(text, base, extra):
    assert parse_amount(text) == Amount(base, extra)


@pytest.mark.parametrize(
    "text", ["abc", "40.000 €", "12,50 €", "1 2 €", "75 00 €", "-5 €", "100 (+) €", "10 € (+ x)"]
)
def test_what_is_no_amount_is_quoted(text):
    with pytest.raises(InputError, match="montant") as error:
        parse_amount(text)
    assert f"« {text} »" in str(error.value)


@given(st.integers(0, 10**9), st.one_of(st.none(), st.integers(0, 10**9)))
def test_amounts_come_back(base, extra):
    written = f"{base:,}".replace(",", " ") + " €"
    if extra is not None:
        written += f" (+ {extra:,} €)".replace(",", "\u202f")
    assert parse_amount(written) == Amount(base, extra)


@given(st.text(max_size=30))
def test_nothing_else_than_a_fault_can_happen(text):
    for parse in (parse_deadline, parse_amount):
        try:
            parse(text)
        except InputError:
            continue


def test_every_deadline_of_the_shipped_plans_is_read_as_its_file_says():
    plans = read_bundle(default_bundle_path()).plans
    rows = plans.loc[plans["deadline_text"].notna()]
    assert len(rows) == 21
    for row in rows.itertuples():
        start, end = parse_deadline(row.deadline_text)
        assert (start.isoformat(), end.isoformat()) == (row.deadline_start, row.deadline_end)
