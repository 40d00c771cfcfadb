"""The tables of a sheet."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from demomed.core.portrait import Cell, PlainTable
from demomed.rendering.french import number, plural, typeset
from demomed.rendering.outline_paths import neighbours
from demomed.rendering.portrait_material import Portraits
from demomed.rendering.portraits import (
    sheet_name,
)


def portrait_tables(
    shared: Portraits, place: int | None, members: pd.Index
) -> tuple[PlainTable, ...]:
    """Tables of a sheet: territories of the department, or neighbours and communes of a territory."""
    if place is None:
        every = range(len(shared.zones))
        return (
            _zones_table(shared, shared.words["territories"], list(every)),
            *shared.drawn.tables,
        )
    near = neighbours(shared.zones)[place]
    return (
        _zones_table(shared, shared.words["neighbours"], near),
        _communes_table(shared, members),
    )


def _zones_table(shared: Portraits, title: str, places: Sequence[int]) -> PlainTable:
    heads = (
        Cell(typeset(shared.texts["compose"]["zone_column"])),
        *(Cell(f"{told.label}", numeric=True) for told in shared.keys),
    )
    rows = tuple(
        (
            Cell(
                str(shared.zones["zone_name"].iloc[i]),
                sheet_name(str(shared.zones.index[i])),
                header=True,
            ),
            *(
                Cell(told.zones[i].text if told.zones else shared.missing, numeric=True)
                for told in shared.keys
            ),
        )
        for i in places
    )
    return PlainTable(typeset(title), typeset(shared.words["zones_caption"]), "", heads, rows)


def _communes_table(shared: Portraits, members: pd.Index) -> PlainTable:
    place = {code: i for i, code in enumerate(shared.communes.index)}
    link = next(
        (
            shared.links[told.id, "commune"]
            for told in shared.local
            if (told.id, "commune") in shared.links
        ),
        "",
    )
    heads = (
        Cell(typeset(shared.words["commune"])),
        Cell(typeset(shared.words["population"]), numeric=True),
        *(Cell(told.label, numeric=True) for told in shared.local),
    )
    rows = []
    for code in sorted((c for c in members if c in place), key=lambda c: place[c]):
        i = place[code]
        rows.append(
            (
                Cell(
                    str(shared.communes["zone_name"].iloc[i]),
                    link.format(code=code) if link else "",
                    header=True,
                ),
                Cell(number(float(shared.people[code])), numeric=True),
                *(
                    Cell(told.zones[i].text if told.zones else shared.missing, numeric=True)
                    for told in shared.local
                ),
            )
        )
    outside = len(members) - len(rows)
    note = (
        shared.words["communes_outside"].format(count=plural(outside, *shared.words["communes"]))
        if outside
        else ""
    )
    return PlainTable(
        typeset(shared.words["communes_title"]),
        typeset(shared.words["communes_caption"]),
        typeset(note),
        heads,
        tuple(rows),
    )
