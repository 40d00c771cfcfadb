"""Columns of a page survive their coding, and are written no longer than they need."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demomed.rendering.coded_texts import unfold
from demomed.rendering.columns import (
    class_letters,
    classes_between,
    decode_codes,
    decode_numbers,
    encode_codes,
    encode_numbers,
)
from demomed.rendering.markup import read_markup
from demomed.rendering.page import render_page
from demomed.rendering.topology import decode_integers, encode_integers


@given(st.lists(st.integers(0, 2**60)))
def test_whole_numbers_survive_their_coding(numbers):
    assert decode_integers(encode_integers(numbers)) == numbers


@given(st.lists(st.from_regex(r"[0-9]{5}", fullmatch=True) | st.just("2A004")))
def test_codes_survive_their_coding_in_any_order(codes):
    assert decode_codes(encode_codes(codes)) == codes


def test_codes_in_order_are_shorter_than_in_full():
    codes = [f"{code:05}" for code in range(53001, 53240)]
    assert len(encode_codes(codes)) < len(";".join(codes)) / 5


@given(st.lists(st.none() | st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_any_numbers_survive_their_coding(values):
    assert decode_numbers(encode_numbers(values), len(values)) == values


@pytest.mark.parametrize("page", ["offre", "acces", "age", "priorites"])
def test_classes_left_out_follow_from_the_values_and_the_bounds(toy, page):
    document = toy.toy_document(page)
    data = json.loads(read_markup(render_page(document).decode()).text_of("donnees"))
    derived = 0
    for layer, coded in zip(document.layers, data["layers"], strict=True):
        for level, values in layer.levels.items():
            told = coded["levels"][level]
            if "c" in told:
                assert unfold(told["c"]) == class_letters(values.classes)
                continue
            derived += 1
            zeros = [letter == "z" for letter in unfold(told["s"])]
            numbers = decode_numbers(told["v"], len(zeros))
            assert classes_between(numbers, told["b"], zeros) == list(values.classes)
    assert derived > 0
