"""Series over the years that never join two definitions without saying so."""

from __future__ import annotations

import html
from dataclasses import dataclass

import numpy as np
import pandas as pd

from demomed.analysis.aggregate import zone_mean, zone_sum
from demomed.core.catalogue import entry, services
from demomed.core.faults import Fault, InputError, closest
from demomed.core.territory import Territory

SERIES = ("year", "value", "definition", "source_id")


@dataclass(frozen=True)
class Trend:
    """A series with its index.

    Parameters
    ----------
    table
        Index ``year``, sorted; ``value, index_100`` (100 at the base year)``, definition,
        source_id, is_break`` (the definition differs from that of the year before).
    base_year
        Year of index 100.
    notices
        What must be shown with the series, in French.
    """

    table: pd.DataFrame
    base_year: int
    notices: tuple[str, ...]

    @property
    def factor(self) -> float:
        """Last known value over that of the base year."""
        return float(self.table["index_100"].dropna().iloc[-1] / 100)

    def _repr_html_(self) -> str:
        told = "".join(f"<p>{html.escape(notice)}</p>" for notice in self.notices)
        return self.table.to_html() + told


def trend(series: pd.DataFrame, base_year: int, *, force: bool = False) -> Trend:
    """Index 100 at a base year; two definitions are joined only by force, and said.

    Parameters
    ----------
    series
        ``year, value, definition`` and, if known, ``source_id``; one row a year.
    base_year
        Year of index 100.
    force
        Join different definitions nevertheless; the breaks are flagged and a notice names them.

    Raises
    ------
    InputError
        If a year comes twice, if the base year is absent, unknown or zero, or if definitions
        differ and ``force`` is not given.

    Examples
    --------
    >>> series = pd.DataFrame({"year": [2008, 2023], "value": [40, 120], "definition": "accueils"})
    >>> trend(series, 2008).factor
    3.0
    """
    table = series.set_index("year").sort_index()
    if table.index.has_duplicates:
        twice = sorted(set(table.index[table.index.duplicated()]))
        raise InputError(
            Fault(
                "série", f"année {twice[0]} en double", "une valeur par année", "garder une source"
            )
        )
    values = table["value"].astype(float)
    base = values.get(base_year, np.nan)
    if not base > 0:
        found = "absente" if base_year not in values else "nulle" if base == 0 else "inconnue"
        known = ", ".join(str(year) for year in values.index[values > 0])
        raise InputError(
            Fault(
                "série",
                f"valeur {found} en {base_year}, année de base",
                "une valeur positive l'année de base",
                f"choisir parmi : {known}" if known else "compléter la série",
            )
        )
    definition = table["definition"].astype(object)
    is_break = (definition != definition.shift()).to_numpy(copy=True)
    is_break[0] = False
    notices = _breaks(definition, is_break)
    if notices and not force:
        raise InputError(
            Fault(
                "série",
                "définitions différentes : "
                + " ; ".join(f"« {text} »" for text in dict.fromkeys(definition)),
                "une seule définition d'un bout à l'autre",
                "ne garder que les années d'une même définition, ou forcer le raccord en le disant",
            )
        )
    told = pd.DataFrame(
        {
            "value": values,
            "index_100": values / base * 100,
            "definition": definition,
            "source_id": table.get("source_id", ""),
            "is_break": is_break,
        }
    )
    return Trend(told, base_year, notices)


def _breaks(definition: pd.Series, is_break: np.ndarray) -> tuple[str, ...]:
    return tuple(
        f"Rupture de série en {definition.index[i]}\u202f: « {definition.iloc[i - 1]} » puis "
        f"« {definition.iloc[i]} »."
        for i in np.flatnonzero(is_break)
    )


def series_published(
    territory: Territory,
    source_id: str,
    profession_label: str,
    *,
    area_code: str | None = None,
    area_level: str = "departement",
    age_band: str = "all",
) -> pd.DataFrame:
    """Series of a published head count, as its producer counts it.

    Parameters
    ----------
    territory
        Holds the published figures.
    source_id
        One source: two sources never make one series.
    profession_label
        As published.
    area_code
        Code of the area; the department of the territory by default.
    area_level
        ``"departement"``, ``"region"`` or ``"france"``: a department and a region may share a
        code.
    age_band
        ``"all"`` by default.

    Returns
    -------
    DataFrame
        Columns :data:`SERIES`.

    Raises
    ------
    InputError
        If nothing is published under this name; the closest one is named.
    """
    rows = territory.demography
    rows = rows.loc[(rows["source_id"] == source_id) & (rows["area_level"] == area_level)]
    rows = rows.loc[rows["area_code"] == (area_code or territory.department.code)]
    rows = rows.loc[(rows["age_band"] == age_band) & (rows["sex"] == "all")]
    found = rows.loc[rows["profession_label"] == profession_label]
    if found.empty:
        known = sorted(rows["profession_label"].unique())
        raise InputError(
            Fault(
                f"effectifs publiés « {source_id} »",
                f"rien sous « {profession_label} »",
                "un libellé publié pour ce territoire",
                closest(profession_label, known)
                if known
                else "vérifier la source et le territoire",
            )
        )
    return _series(found["year"], found["count"], found["field"], source_id)


def series_supply(territory: Territory, members: pd.Series, service: str) -> pd.DataFrame:
    """Series of the count of a service in each zone, per vintage of its source.

    Parameters
    ----------
    territory
        Holds the counts.
    members
        Zone of each commune that counts.
    service
        Identifier of the service.

    Returns
    -------
    DataFrame
        Columns ``zone_code`` and :data:`SERIES`; a year in which one commune of the zone is
        missing is missing. The definition names what is counted, the file it comes from and the
        code of the service in that vintage: a code that changes is a break.
    """
    rows = territory.supply.loc[territory.supply["service"] == service]
    blocks = []
    for (year, source_id), part in rows.groupby(["year", "source_id"], sort=True):
        counted = zone_sum(part.set_index("commune_code")["count"].astype(float), members)
        told = _definition(territory, service, str(source_id), int(year))
        blocks.append(_series(year, counted, told, source_id).assign(zone_code=counted.index))
    return _together(blocks)


def _definition(territory: Territory, service: str, source_id: str, year: int) -> str:
    """What a vintage counts as this service: its words, its source, its code where it has one."""
    words, declared = entry("words", "supply_series"), services()[service]
    source = territory.sources.get(source_id)
    told = words[declared.kind].format(
        label=declared.label, source=source_id if source is None else source.title
    )
    code = declared.bpe.get(str(year), "")
    return str(told + (words["code"].format(code=code) if code else "") + words["close"])


def series_apl(
    territory: Territory, members: pd.Series, service: str = "gp", *, age_limit: str = "all"
) -> pd.DataFrame:
    """Series of the mean potential accessibility (APL) of each zone, by standardised population.

    Parameters
    ----------
    territory
        Holds the APL per commune (DREES).
    members
        Zone of each commune that counts.
    service, age_limit
        Which APL.

    Returns
    -------
    DataFrame
        Columns ``zone_code`` and :data:`SERIES`; missing below 80 % of the population known.
    """
    rows = territory.apl.loc[
        (territory.apl["service"] == service) & (territory.apl["age_limit"] == age_limit)
    ]
    people = territory.communes["population"].astype(float)
    blocks = []
    for (year, source_id), part in rows.groupby(["year", "source_id"], sort=True):
        by_commune = part.set_index("commune_code")
        mean = zone_mean(
            by_commune["apl"].astype(float),
            by_commune["standardised_population"].astype(float),
            members,
            coverage_by=people,
        )["value"]
        field = territory.sources[source_id].field if source_id in territory.sources else source_id
        limit = "" if age_limit == "all" else f", praticiens de {age_limit} ans ou moins"
        blocks.append(_series(year, mean, field + limit, source_id).assign(zone_code=mean.index))
    return _together(blocks)


def _series(year: object, value: pd.Series, definition: object, source_id: object) -> pd.DataFrame:
    made = {"year": year, "value": value.astype(float), "definition": definition}
    table = pd.DataFrame({**made, "source_id": source_id}).astype({"year": int})
    return table.sort_values("year", kind="stable").reset_index(drop=True)


def _together(blocks: list[pd.DataFrame]) -> pd.DataFrame:
    columns = ["zone_code", *SERIES]
    if not blocks:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in columns})
    return pd.concat(blocks)[columns].sort_values(["zone_code", "year"], ignore_index=True)
