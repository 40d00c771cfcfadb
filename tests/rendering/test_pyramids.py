"""Pyramids and series of the department: from public counts only, one source a drawing."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import pandas as pd
import pytest

from demomed.core.catalogue import texts
from demomed.rendering.pyramids import Drawn, department_drawings

NURSES = "drees_nurses_liberal"
COUNTS = {"<25": (0, 3), "25-29": (1, 9), "50-54": (4, 16), "55-59": (2, 8), "65+": (1, 4)}


@pytest.fixture
def counted(toyland):
    code = toyland.department.code
    rows = [
        (code, year, band, sex, persons * factor)
        for year, factor in ((2021, 3), (2023, 1))
        for band, both in COUNTS.items()
        for sex, persons in zip(("male", "female"), both, strict=True)
    ]
    rows += [(code, year, "all", "all", total) for year, total in ((2021, 144), (2023, 48))]
    rows += [("98", 2023, "<25", "female", 999), ("98", 2023, "all", "all", 999)]
    table = pd.DataFrame(rows, columns=["area_code", "year", "age_band", "sex", "count"])
    return replace(
        toyland,
        demography=table.assign(area_level="departement", service="nurse", source_id=NURSES),
    )


def test_pyramid_holds_the_last_year_of_the_department(counted):
    drawn = department_drawings(counted, texts("fr"))
    (figure,), (table,) = drawn.pyramids, drawn.tables
    assert "2023" in figure.title
    assert figure.note.startswith("31\u202f% ont 55 ans ou plus")  # 15 of 48
    cells = [tuple(cell.text for cell in row) for row in table.rows]
    assert cells[0][0].startswith("moins de 25")
    assert [row[1:] for row in cells] == [(str(m), str(f)) for m, f in COUNTS.values()]
    assert drawn.source_ids == (NURSES,)
    (caveat,) = drawn.caveats
    assert "pas du registre" in caveat and "infirmiers libéraux, 2023" in caveat


def test_bars_are_as_long_as_the_counts(counted):
    (figure,) = department_drawings(counted, texts("fr")).pyramids
    bars = [
        (rect.get("class"), float(rect.get("width")))
        for rect in ET.fromstring(figure.svg).iter("rect")
        if rect.get("class") in ("g-bar", "g-bar-soft")
    ]
    women = [width for look, width in bars if look == "g-bar"]
    men = [width for look, width in bars if look == "g-bar-soft"]
    unit = max(women) / 16
    assert women == pytest.approx([both[1] * unit for both in reversed(COUNTS.values())], abs=0.11)
    assert men == pytest.approx([both[0] * unit for both in reversed(COUNTS.values())], abs=0.11)


def test_series_says_its_ends(counted):
    (panel,) = department_drawings(counted, texts("fr")).series
    assert panel.note.replace("\u00a0", " ") == "De 144 en 2021 à 48 en 2023."


def test_nothing_is_drawn_without_counts(toyland, counted):
    none = replace(counted, demography=counted.demography.iloc[:0])
    assert department_drawings(none, texts("fr")) == Drawn((), (), (), ())
    one_year = counted.demography.loc[counted.demography["year"] == 2023]
    assert department_drawings(replace(counted, demography=one_year), texts("fr")).series == ()
