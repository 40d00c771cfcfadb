"""What is told of a territory, indicator by indicator, as the catalogue declares it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from demomed.core.catalogue import entry
from demomed.core.document import MapDocument
from demomed.core.indicator import Indicator, PublicIndicators, indicators
from demomed.core.portrait import CommuneFact, CommuneSearch
from demomed.core.territory import Territory
from demomed.rendering.facts import ZoneFact, facts
from demomed.rendering.french import capitalised, number, typeset
from demomed.rendering.pages import name_service

SHEET = "territoire-{code}"
"""Name of the page of a territory."""
DEPARTMENT_SHEET = "departement"
"""Name of the page of the department."""


def sheet_name(code: str) -> str:
    """File name of the sheet of a territory.

    Examples
    --------
    >>> sheet_name("200042182")
    'territoire-200042182.html'
    """
    return f"{SHEET.format(code=code)}.html"


@dataclass(frozen=True)
class Told:
    """One line of a portrait for every zone of a level.

    Parameters
    ----------
    label, unit
        Its words.
    id
        Column name of the indicator and profession.
    indicator
        Its declaration; ``None`` when no source gives it yet.
    zones
        Facts in the order of the zones; empty when there is none.
    department
        The same fact for the department.
    rows
        Public rows it comes from.
    """

    label: str
    unit: str
    id: str
    indicator: Indicator | None
    zones: tuple[ZoneFact, ...]
    department: ZoneFact | None
    rows: pd.DataFrame


def tell(
    declared: Sequence[Mapping[str, Any]],
    public: PublicIndicators,
    zones: Mapping[str, pd.DataFrame],
    level: str,
    texts: Mapping[str, Any],
) -> tuple[Told, ...]:
    """Facts of every zone of a level on the lines that the catalogue declares.

    Parameters
    ----------
    declared
        Lines: ``indicator``, ``professions`` and, for what no source gives yet, ``label``.
    public
        Indicators after the gate.
    zones
        Zone table of each level.
    level
        Level told.
    texts
        Texts of the catalogue.

    Returns
    -------
    tuple of Told
        One per indicator and profession; without any row, its facts are empty (« n.d. »).
    """
    known = indicators()
    table = public.table
    found = []
    for line in declared:
        indicator = known.get(line["indicator"])
        rows = table.loc[table["indicator"] == line["indicator"]]
        for profession in line.get("professions", ("",)):
            mine = rows.loc[rows["profession"].fillna("") == profession]
            by_level = dict(tuple(mine.groupby("level", sort=False)))
            told: dict[str, tuple[ZoneFact, ...]] = {}
            if indicator is not None:
                if len(mine):
                    indicator = indicator.told_as(str(mine["nature"].iloc[0]))
                told = {
                    name: facts(by_level[name], zones[name], indicator, profession, texts)
                    for name in (level, "departement")
                    if name in by_level
                }
            label = line.get("label") or (indicator.label if indicator else line["indicator"])
            found.append(
                Told(
                    label=capitalised(name_service(typeset(label), profession)),
                    unit=typeset(indicator.unit) if indicator else "",
                    id="_".join(filter(None, (line["indicator"], profession))),
                    indicator=indicator,
                    zones=told.get(level, ()),
                    department=told.get("departement", (None,))[0],
                    rows=mine,
                )
            )
    return tuple(found)


def map_links(documents: Sequence[MapDocument]) -> Mapping[tuple[str, str], str]:
    """Address of the map that shows an indicator at a level, ``{code}`` standing for the zone."""
    found: dict[tuple[str, str], str] = {}
    for document in documents:
        for layer in document.layers:
            for level in layer.levels:
                parts = [] if layer.id == document.default_layer else [f"i={layer.id}"]
                parts += [] if level == document.default_level else [f"n={level}"]
                link = f"{document.page_id}.html#{'&'.join([*parts, 'z={code}'])}"
                found.setdefault((layer.id, level), link)
    return found


def commune_search(
    territory: Territory,
    public: PublicIndicators,
    zones: Mapping[str, pd.DataFrame],
    documents: Sequence[MapDocument],
    texts: Mapping[str, Any],
) -> CommuneSearch:
    """What the portal knows of each commune, and where its maps show it.

    Parameters
    ----------
    territory
        The department.
    public
        Indicators after the gate.
    zones
        Zone table of each level.
    documents
        Pages of the portal.
    texts
        Texts of the catalogue.
    """
    words, links = texts["compose"], map_links(documents)
    communes, epci = zones["commune"], zones["epci"]
    place = {code: i for i, code in enumerate(epci.index)}
    table = territory.communes.reindex(communes.index)
    names = words["density_classes"]
    own = [
        CommuneFact(
            typeset(words["portrait"]["population"]),
            typeset(words["portrait"]["inhabitants"]),
            tuple(_count(value, words) for value in table["population"]),
        ),
        CommuneFact(
            typeset(words["portrait"]["density_class"]),
            "",
            tuple(typeset(names.get(str(v), words["missing"])) for v in table["density_class"]),
        ),
    ]
    declared = entry("portraits", "commune")["facts"]
    return CommuneSearch(
        codes=tuple(map(str, communes.index)),
        names=tuple(communes["zone_name"].astype(str)),
        parents=tuple(place.get(code) for code in table["epci_siren"]),
        parent_names=tuple(epci["zone_name"].astype(str)),
        parent_hrefs=tuple(sheet_name(str(code)) for code in epci.index),
        facts=(
            *own,
            *(
                CommuneFact(
                    told.label,
                    told.unit,
                    tuple(fact.text for fact in told.zones)
                    or (str(words["missing"]),) * len(communes),
                    links.get((told.id, "commune"), ""),
                )
                for told in tell(declared, public, zones, "commune", texts)
            ),
        ),
    )


def _count(value: Any, words: Mapping[str, Any]) -> str:
    return str(words["missing"]) if pd.isna(value) else number(float(value))
