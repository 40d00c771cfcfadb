"""What is known where: themes × intercommunalities, present, partial or absent, with its date."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from demomed.core import catalogue
from demomed.core.source import Source
from demomed.core.territory import Level, Territory

PRESENT, PARTIAL, ABSENT = "present", "partial", "absent"


def inventory(territory: Territory, level: Level = "epci") -> pd.DataFrame:
    """State of each theme in each zone: how many of its communes have a value, and of what date.

    Definition: a theme is present in a zone when every commune of the zone has a value, partial
    when some have, absent when none has. For the themes of lists (register, structures, located
    establishments) one row in the zone is enough, for a commune without practitioner is no gap.
    The themes and their sources are declarations of the catalogue.

    Parameters
    ----------
    territory
        Validated tables of a department and its surroundings.
    level
        Level of the zones.

    Returns
    -------
    DataFrame
        One row per theme × zone, in the order of the declarations then of the zone codes:
        ``theme, label, source_id, as_of, zone_code, zone_name, known_count, commune_count,
        state``. ``as_of`` is missing where the source is not held; a source that is not held is
        absent everywhere, and so is the fictional example register. A value of zero is a value.

    Examples
    --------
    >>> from demomed.pipeline import load_territory
    >>> table = inventory(load_territory("53"))
    >>> table.loc[table["theme"] == "population", "state"].unique().tolist()
    ['present']
    """
    members = territory.members(level)
    size = members.groupby(members).size()
    names = territory.zones(level)["zone_name"]
    blocks = []
    for theme in catalogue.entry("inventories", "themes")["themes"]:
        source = _source(territory, theme["source"])
        known = _known(territory, theme) if source is not None else pd.Index([])
        held = members[members.index.isin(known)]
        count = held.groupby(held).size().reindex(size.index, fill_value=0)
        enough = size if theme.get("rule") != "any" else size.clip(upper=1)
        blocks.append(
            pd.DataFrame(
                {
                    "theme": theme["id"],
                    "label": theme["label"],
                    "source_id": theme["source"],
                    "as_of": None if source is None else source.as_of,
                    "zone_code": size.index,
                    "zone_name": names.reindex(size.index).to_numpy(),
                    "known_count": count.to_numpy(),
                    "commune_count": size.to_numpy(),
                    "state": [
                        _state(int(found), int(needed))
                        for found, needed in zip(count, enough, strict=True)
                    ],
                }
            )
        )
    return pd.concat(blocks, ignore_index=True)


def _source(territory: Territory, source_id: str) -> Source | None:
    """A source held; the fictional register is none, for it tells nothing of the department."""
    if source_id == "register" and territory.register_kind == "example":
        return None
    return territory.sources.get(source_id)


def _state(found: int, needed: int) -> str:
    if found == 0:
        return ABSENT
    return PRESENT if found >= needed else PARTIAL


def _known(territory: Territory, theme: Mapping[str, Any]) -> pd.Index:
    """Communes that have a value for a theme, in the latest year held."""
    table: pd.DataFrame = getattr(territory, theme["table"])
    if "commune_code" not in table.columns:
        table = pd.DataFrame(table).rename_axis(index="commune_code").reset_index()
    if "service" in theme:
        table = table.loc[table["service"] == theme["service"]]
        table = table.loc[table["year"] == table["year"].max()]
    if table.empty:
        return pd.Index([])
    return pd.Index(table.loc[table[theme["column"]].notna(), "commune_code"].dropna().unique())


def inventory_matrix(table: pd.DataFrame) -> pd.DataFrame:
    """The inventory as themes × zones, in French words, as it is printed and written.

    Parameters
    ----------
    table
        From :func:`inventory`.

    Returns
    -------
    DataFrame
        One row per theme: ``Thème``, ``Source``, ``État au``, then one column per zone.
    """
    words = catalogue.entry("inventories", "themes")["states"]
    order = table["theme"].drop_duplicates()
    wide = table.pivot(index="theme", columns="zone_code", values="state").reindex(order)
    wide = wide.replace(words)
    names = table.drop_duplicates("zone_code").set_index("zone_code")["zone_name"]
    wide.columns = [str(names[code]) for code in wide.columns]
    told = table.drop_duplicates("theme").set_index("theme")
    head = pd.DataFrame(
        {
            "Thème": told["label"],
            "Source": told["source_id"],
            "État au": told["as_of"].fillna(words[ABSENT]),
        }
    )
    return head.join(wide).reset_index(drop=True)
