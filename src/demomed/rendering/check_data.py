"""What a page says must be the same everywhere, and nothing hidden may be in it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from typing import Any

from demomed.rendering.coded_texts import (
    STATUS_LETTERS,
    decode_ends,
    decode_shown,
    decode_texts,
    past_values,
    unfold,
)
from demomed.rendering.columns import decode_codes, decode_numbers
from demomed.rendering.finding import Finding
from demomed.rendering.geometry import sort_name
from demomed.rendering.language import NATIVE, Writing, writing, writing_of
from demomed.rendering.markup import PageMarkup
from demomed.rendering.topology import decode_line

CSV = "indicateurs.csv"
"""The table of every published value."""
Rows = Mapping[tuple[str, str, str], Mapping[str, str]]
"""Rows of the table by level, zone code and « label|unit »."""


def check_data(
    name: str, carried: Mapping[str, Any], text: str, page: PageMarkup, rows: Rows
) -> Iterator[Finding]:
    """Geometry once, nothing masked, and the same values in map, table and CSV.

    Parameters
    ----------
    name
        File name of the page.
    carried
        Data its script reads.
    text, page
        The page as written, and read back.
    rows
        Rows of the CSV; empty when there is none.
    """
    yield from _check_geometry(name, carried, text)
    yield from _check_masked(name, carried)
    yield from _check_values(name, carried, page)
    yield from _check_dates(name, carried, page)
    yield from _check_against_csv(name, page, rows)


def _check_geometry(name: str, carried: Mapping[str, Any], text: str) -> Iterator[Finding]:
    borders = [tuple(decode_line(arc)) for arc in carried["arcs"].split(";")]
    known = {min(line, line[::-1]) for line in borders}
    if len(known) != len(borders) or '"coordinates"' in text.replace("coordinates: ", ""):
        yield Finding(
            name,
            "des contours écrits plusieurs fois",
            "chaque contour une seule fois",
            "faire lire tous les indicateurs sur les mêmes contours",
        )


def _each_values(carried: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], str, Any]]:
    for layer in carried["layers"]:
        for level, values in layer["levels"].items():
            yield layer, level, values


def _each_past(carried: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], str, Any, str]]:
    for layer in carried["layers"]:
        for past in layer.get("past", ()):
            for level, told in past["levels"].items():
                yield layer, level, past_values(told, layer["levels"][level]), past["k"]


def _check_masked(name: str, carried: Mapping[str, Any]) -> Iterator[Finding]:
    hidden = {STATUS_LETTERS[status] for status in ("masked", "coarse")}
    at_earlier_dates = (each[:3] for each in _each_past(carried))
    for layer, level, values in (*_each_values(carried), *at_earlier_dates):
        statuses = unfold(values["s"])
        count = len(statuses)
        numbers = decode_numbers(values["v"], count)
        lows, highs = decode_ends(values, count)
        parts, intervals = (decode_texts(values.get(key), count) for key in "pi")
        for place, letter in enumerate(statuses):
            shown = (numbers[place], parts[place], intervals[place], lows[place], highs[place])
            if letter in hidden and any(item not in (None, "") for item in shown):
                code = decode_codes(carried["zones"][level]["codes"])[place]
                yield _leak(name, f"« {layer['id']} », zone {code}")


def _leak(name: str, where: str) -> Finding:
    return Finding(
        name,
        f"une valeur protégée par le secret ({where})",
        "ni valeur, ni intervalle, ni effectifs",
        "repasser par la protection avant de publier",
    )


def _check_values(name: str, carried: Mapping[str, Any], page: PageMarkup) -> Iterator[Finding]:
    for layer, level, values in _each_values(carried):
        column = page.column(level, layer["id"])
        if column is None:
            yield Finding(
                name,
                f"« {layer['id']} » absent du tableau « {level} »",
                "une colonne par indicateur de la carte",
                "ajouter la colonne au tableau",
            )
            continue
        shown = decode_shown(values, layer["decimals"])
        for code, text in zip(decode_codes(carried["zones"][level]["codes"]), shown, strict=True):
            if column.get(code) != text:
                yield Finding(
                    name,
                    f"« {layer['id']} », zone {code} : « {text} » sur la carte, "
                    f"« {column.get(code)} » dans le tableau",
                    "la même valeur partout",
                    "composer la page à nouveau",
                )


def _check_dates(name: str, carried: Mapping[str, Any], page: PageMarkup) -> Iterator[Finding]:
    """The table of the other dates says what the map says, at the level that it tells."""
    for layer, level, values, date in _each_past(carried):
        if level != carried["upper"]:
            continue
        shown = decode_shown(values, layer["decimals"])
        told = page.column("", f"{layer['id']} {date}")
        codes = decode_codes(carried["zones"][level]["codes"])
        if told != dict(zip(codes, shown, strict=True)):
            yield Finding(
                name,
                f"« {layer['id']} » au {date} : le tableau des dates et la carte diffèrent",
                "la même valeur partout",
                "composer la page à nouveau",
            )


def csv_rows(content: bytes | None) -> Rows:
    """Rows of the table of every value; none when there is no table.

    Parameters
    ----------
    content
        The CSV as written.
    """
    if content is None:
        return {}
    reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";")
    return {
        (sort_name(row["niveau"]), row["code"], _headed(row["libelle"], row["unite"])): row
        for row in reader
    }


def _headed(label: str, unit: str) -> str:
    """« label|unit » as a page heads its column: a unit that the label says is not repeated."""
    label, unit = _folded(label), _folded(unit)
    return f"{label}|{'' if unit in label else unit}"


def _folded(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip().casefold()


def _number(text: str, way: Writing) -> float | None:
    plain = re.sub(r"\s", "", text).replace(way.thousands, "").replace(way.decimal, ".")
    plain = plain.replace("\u2212", "-")
    try:
        return float(plain)
    except ValueError:
        return None


def _check_against_csv(name: str, page: PageMarkup, rows: Rows) -> Iterator[Finding]:
    if not rows:
        return
    known = {label for _, _, label in rows}
    for level, column, label in page.data_columns():
        folded = _folded(label)
        if folded not in known:
            continue
        for code, text in (page.column(level, column) or {}).items():
            row = rows.get((level, code, folded))
            if row is None or _number(text, writing()) != _number(
                row["valeur"], writing_of(NATIVE)
            ):
                yield Finding(
                    name,
                    f"« {column} », zone {code} : « {text} » dans le tableau, "
                    f"« {row['valeur'] if row else 'rien'} » dans {CSV}",
                    "la même valeur dans les deux",
                    "publier à nouveau les deux ensemble",
                )


def check_csv(rows: Rows) -> Iterator[Finding]:
    """Nothing masked in the CSV.

    Parameters
    ----------
    rows
        From :func:`csv_rows`.
    """
    for (level, code, _), row in rows.items():
        told = [
            row[c] for c in ("valeur", "borne_basse", "borne_haute", "numerateur", "denominateur")
        ]
        if row["statut"] == "secret" and any(told):
            yield _leak(CSV, f"« {row['indicateur']} », {level} {code}")
