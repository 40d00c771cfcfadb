"""« Voisinages »: do communes short of carers touch each other? Moran statistics and a LISA map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from demomed.analysis import space
from demomed.analysis.smoothing import standardised_rates
from demomed.core.catalogue import entry
from demomed.core.portrait import PlainTable
from demomed.core.report import Figure, Report, Section
from demomed.dossiers.material import Material
from demomed.rendering.french import join, number, plural, typeset
from demomed.rendering.geometry import is_outlined
from demomed.rendering.reports import dossier_words, make_report, plain_table
from demomed.rendering.small_map import Swatch, small_map

PAGE = "voisinages"
SHOWN = ("LL", "HH", "LH", "HL", "none", "out")


@dataclass(frozen=True)
class Studied:
    """One quantity of the communes, with its statistics."""

    subject: Mapping[str, Any]
    whole: space.GlobalMoran
    parts: pd.DataFrame
    sources: str

    @property
    def quadrants(self) -> pd.Series:
        """Quadrant of the significant communes, ``none`` or ``out`` for the others."""
        found = self.parts["quadrant"].where(self.parts["is_significant"], "none")
        return found.where(self.parts["local"].notna(), "out")


def lacking() -> str:
    """What is not installed, and which page it leaves out; empty when nothing is missing."""
    if space.is_available():
        return ""
    declared = dossier_words(PAGE)
    text = declared["words"]["lacking"].format(
        nav=declared["nav"], extra=space.EXTRA, libraries=", ".join(space.LIBRARIES)
    )
    return typeset(text)


def dossier(material: Material) -> Report | None:
    """Global and local autocorrelation of the communes of the department.

    Returns
    -------
    Report or None
        ``None`` without the extra ``space``, or when too few communes are known.
    """
    if not space.is_available():
        return None
    declared = dossier_words(PAGE)
    words = declared["words"]
    zones = material.territory.zones("commune").sort_index()
    graph = space.neighbour_graph(zones.loc[is_outlined(zones)].geometry)
    studied = [s for s in (_studied(material, x, graph) for x in declared["subjects"]) if s]
    drawn = [one for one in studied if one.subject["is_drawn"]]
    if not drawn:
        return None
    sections = (
        Section(title=typeset(words["global_section"]), tables=(_table(studied, words),)),
        Section(
            title=typeset(words["map_section"]),
            figures=tuple(_map(material, one, declared) for one in drawn),
            is_compact=True,
        ),
        Section(title=typeset(words["list_section"]), items=_items(material, drawn, declared)),
    )
    return make_report(
        PAGE,
        material.territory,
        material.public,
        lead=" ".join(_lead(one, words) for one in drawn),
        sections=sections,
        nature="derived",
        version=material.version,
        sources=tuple(dict.fromkeys(";".join(one.sources for one in studied).split(";"))),
        date_label=material.dates_of(one.subject for one in studied),
        language=material.language,
    )


def _studied(material: Material, subject: Mapping[str, Any], graph: Any) -> Studied | None:
    rows = material.public.select(
        subject["indicator"], profession=subject["profession"], level="commune"
    ).table.set_index("zone_code")
    rows = rows.loc[rows.index.isin(graph.unique_ids)]
    values = rows["value"].astype(float)
    if subject["is_rate"]:
        values = standardised_rates(
            rows["numerator"].astype(float), rows["denominator"].astype(float)
        )
    whole = space.global_moran(values, graph)
    if whole.value != whole.value:
        return None
    sources = ";".join(dict.fromkeys(";".join(rows["sources"]).split(";")))
    return Studied(subject, whole, space.local_moran(values, graph), sources)


def _p(p: float, words: Mapping[str, Any]) -> str:
    least = 1e-3
    return words["below_one"].format(p=number(least, 3)) if p < least else number(p, 3)


def _lead(one: Studied, words: Mapping[str, Any]) -> str:
    told = {
        "where": one.subject["where"],
        "value": number(one.whole.value, 2),
        "p": _p(one.whole.p, words),
    }
    if one.whole.p >= 1 - space.LEVEL / 2:
        return str(words["lead_opposed"]).format(**told)
    if one.whole.p > space.LEVEL / 2:
        return str(words["lead_random"]).format(**told)
    low, high = (int((one.quadrants == q).sum()) for q in ("LL", "HH"))
    if not low + high:
        return str(words["lead_alike"]).format(**told, found=words["found_none"])
    parts = [plural(count, *words[side]) for side, count in (("low", low), ("high", high)) if count]
    found = words["found"].format(parts=join(parts))
    return str(words["lead_alike"]).format(**told, found=found)


def _table(studied: Sequence[Studied], words: Mapping[str, Any]) -> PlainTable:
    lines = [
        (
            one.subject["label"],
            number(one.whole.count),
            number(one.whole.value, 2),
            number(one.whole.expected, 3),
            _p(one.whole.p, words),
            number(int(one.parts["is_significant"].sum())),
            number(int((one.parts["p"] <= space.LEVEL).sum())),
        )
        for one in studied
    ]
    heads = words["global_heads"]
    return plain_table(words["global_table"], heads, lines, numeric=range(1, len(heads)))


def _map(material: Material, one: Studied, declared: Mapping[str, Any]) -> Figure:
    words, quadrants = declared["words"], one.quadrants
    theme = entry("themes", material.territory.department.theme)
    colours = theme["scales"]["categories"]
    swatches = tuple(
        Swatch(
            declared["quadrants"][name],
            colours[declared["looks"][name][0]],
            declared["looks"][name][1],
        )
        if name in declared["looks"]
        else Swatch(
            declared["quadrants"][name], theme["colours"]["panel"] if name == "none" else ""
        )
        for name in SHOWN
    )
    classes = {str(code): SHOWN.index(name) for code, name in quadrants.items()}
    counts = quadrants.value_counts()
    told = ", ".join(
        f"{declared['quadrants'][name]} : {counts[name]}" for name in SHOWN if name in counts
    )
    title = typeset(words["map"].format(label=one.subject["label"]))
    svg = small_map(
        material.scene,
        "commune",
        swatches,
        classes,
        title=title,
        description=typeset(words["map_description"].format(classes=told)),
        key=f"{one.subject['indicator']}-{one.subject['profession']}",
        theme=material.territory.department.theme,
    )
    return Figure(title, svg, typeset(words["map_note"]))


def _items(
    material: Material, drawn: Sequence[Studied], declared: Mapping[str, Any]
) -> tuple[str, ...]:
    words = declared["words"]
    zones = material.scene.sets["commune"]
    names = pd.Series(zones.names, index=zones.codes)
    items, silent = [], []
    for one in drawn:
        found = one.quadrants
        for name in declared["looks"]:
            codes = found.index[found == name]
            if len(codes):
                text = words["list_item"].format(
                    label=one.subject["label"],
                    quadrant=declared["quadrants"][name],
                    count=number(len(codes)),
                    names=join(sorted(names[codes])),
                )
                items.append(text)
        if not found.isin(list(declared["looks"])).any():
            silent.append(one.subject["where"])
    if silent:
        items.append(words["none"].format(labels=join(silent)))
    out = sorted({code for one in drawn for code in one.quadrants.index[one.quadrants == "out"]})
    if out:
        items.append(words["left_out"].format(names=join(sorted(names[out]))))
    return tuple(typeset(text) for text in items)
