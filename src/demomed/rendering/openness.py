"""Data of a portal in open formats: GeoJSON, and the Frictionless description of every file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from demomed.core.catalogue import texts as catalogue_texts
from demomed.core.document import SourceLine
from demomed.core.indicator import (
    NATURE_LABELS,
    STATUS_LABELS,
    Indicator,
    PublicIndicators,
    get_indicator,
)
from demomed.core.territory import Territory
from demomed.rendering.facts import visible
from demomed.rendering.french import NARROW, calls, capitalised, typeset
from demomed.rendering.internal import licence_of
from demomed.rendering.pages import name_service
from demomed.rendering.scene import Scene
from demomed.rendering.table import coarse_words

GEOJSON = "intercommunalites.geojson"
PACKAGE = "datapackage.json"
OPEN_LICENCE: Mapping[str, str] = {
    "name": "etalab-2.0",
    "title": "Licence Ouverte 2.0",
    "path": "https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
}
NUMBERS: frozenset[str] = frozenset(
    [
        "valeur",
        "borne_basse",
        "borne_haute",
        "numerateur",
        "denominateur",
        "rang",
        "indice",
        "rang_bas",
        "rang_haut",
        "rang_median",
        "part_en_tete",
        "premiers",
        "seuil_robuste",
        "seuil_rare",
    ]
)
"""Columns of the tables that hold numbers."""
MEDIA: Mapping[str, str] = {
    "csv": "text/csv",
    "geojson": "application/geo+json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def zones_geojson(public: PublicIndicators, scene: Scene, territory: Territory) -> bytes:
    """Intercommunalities with their shapes and public indicators, as pages show them.

    Parameters
    ----------
    public
        Indicators after the gate.
    scene
        Shapes of the department.
    territory
        The department, for the titles of its sources.

    Returns
    -------
    bytes
        GeoJSON (RFC 7946, WGS84). A property per indicator and profession, in its shown unit;
        ``null`` where there is no value. ``<property>_statut`` says why there is none, or that
        it rests on too few. The foreign member ``indicateurs`` gives the label, unit, nature,
        date and sources of each property.
    """
    only_public(public, "zones_geojson")
    zones = scene.sets["epci"]
    values: dict[str, dict[str, Any]] = {
        code: {"code": code, "nom": name}
        for code, name in zip(zones.codes, zones.names, strict=True)
    }
    rows = public.table.loc[public.table["level"] == "epci"]
    for record in rows.to_dict("records"):
        if (of_zone := values.get(str(record["zone_code"]))) is None:
            continue
        indicator = get_indicator(record["indicator"])
        key, shown = column_id(record), shown_value(record, indicator)
        of_zone[key] = shown
        if record["status"] != "value":
            of_zone[f"{key}_statut"] = (
                coarse_words(record, indicator) or STATUS_LABELS[record["status"]]
            )
    features = [
        {**feature, "properties": values[code]}
        for code, feature in zip(zones.codes, zones.geometry["features"], strict=True)
    ]
    told = _members(rows, territory)
    whole = {"type": "FeatureCollection", "indicateurs": told, "features": features}
    text = json.dumps(whole, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return (text + "\n").encode("utf-8")


def data_package(
    files: Mapping[str, bytes],
    territory: Territory,
    sources: Sequence[SourceLine],
    *,
    version: str,
    language: str = "fr",
    internal: bool = False,
) -> bytes:
    """Frictionless description of the data files of a portal: every field, licence, sources, hashes.

    Parameters
    ----------
    files
        Data files by name; the others are left out.
    territory
        The department.
    sources
        Sources credited by the portal.
    version
        Version of the package.
    language
        Language of the texts.
    internal
        Whether the data are unmasked: then no licence is given.
    """
    texts = catalogue_texts(language)
    compose = texts["compose"]
    words, department = compose["package"], territory.department
    described = {
        "profile": "data-package",
        "name": f"demographie-medicale-{department.code.lower()}",
        "title": typeset(words["title"].format(**calls(department))),
        "description": licence_of(internal, texts),
        "version": version,
        **({} if internal else {"licenses": [dict(OPEN_LICENCE)]}),
        "sources": [
            {
                "title": f"{s.producer}, {s.title}, {s.vintage}",
                **({"path": s.page} if s.page else {}),
            }
            for s in sources
        ],
        "resources": [
            _resource(name, content, compose)
            for name, content in sorted(files.items())
            if name.rpartition(".")[2] in MEDIA
        ],
    }
    return (json.dumps(described, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def _resource(name: str, content: bytes, compose: Mapping[str, Any]) -> dict[str, Any]:
    stem, _, extension = name.rpartition(".")
    words = compose["package"]
    found: dict[str, Any] = {
        "name": stem if extension == "csv" else f"{stem}-{extension}",
        "path": name,
        "title": typeset(words["files"].get(name, name)),
        "format": extension,
        "mediatype": MEDIA[extension],
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
    }
    if extension == "csv":
        found["profile"] = "tabular-data-resource"
        found["dialect"] = {"delimiter": ";", "lineTerminator": "\r\n", "header": True}
        heads = content.decode("utf-8-sig").split("\r\n", 1)[0].split(";")
        own = words["words_of"].get(name, {})
        fields = [_field(head, words, own) for head in heads]
        found["schema"] = {"fields": fields, "missingValues": [""]}
    return found


def _field(head: str, words: Mapping[str, Any], own: Mapping[str, str]) -> dict[str, Any]:
    """A column by its common description, or by its own one in a table where it holds words."""
    points = words["points"].format(label=head.removeprefix("points_"))
    text = own.get(head) or words["fields"].get(head) or points
    is_number = holds_numbers(head, words, own)
    found: dict[str, Any] = {
        "name": head,
        "type": "number" if is_number else "string",
        "description": typeset(text),
    }
    return {**found, "decimalChar": ","} if is_number else found


def holds_numbers(head: str, words: Mapping[str, Any], own: Mapping[str, str]) -> bool:
    """Whether a column of a table holds numbers.

    Parameters
    ----------
    head
        Its head.
    words
        Texts of the data package.
    own
        Descriptions of the columns that hold words in this table.
    """
    return head not in own and (head in NUMBERS or head not in words["fields"])


def _members(rows: pd.DataFrame, territory: Territory) -> dict[str, dict[str, Any]]:
    """Label, unit, nature, date and sources of each property, by property."""
    found = {}
    for key, mine in by_column(rows):
        first = mine.iloc[0]
        indicator = get_indicator(first["indicator"]).told_as(first["nature"])
        label = name_service(typeset(indicator.label), _profession(first))
        ids = dict.fromkeys(id_ for told in mine["sources"] for id_ in str(told).split(";"))
        sources = territory.sources
        found[key] = {
            "label": capitalised(label).replace(NARROW, " "),
            "unite": typeset(indicator.unit).replace(NARROW, " "),
            "nature": " ; ".join(natures_of(mine)),
            "date": " ; ".join(dates_of(mine)) or None,
            "source": " ; ".join(sources[i].credit() if i in sources else i for i in ids),
        }
    return found


def by_column(rows: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Lines of each indicator and profession by :func:`column_id`, in the order met."""
    keys = rows[["indicator", "profession"]].fillna("").astype(str)
    groups = rows.groupby([keys["indicator"], keys["profession"]], sort=False)
    return [("_".join(filter(None, key)), mine) for key, mine in groups]  # type: ignore[arg-type]


def natures_of(rows: pd.DataFrame) -> list[str]:
    """Natures of some values, in words, each once."""
    return [NATURE_LABELS[nature] for nature in dict.fromkeys(rows["nature"])]


def dates_of(rows: pd.DataFrame) -> list[str]:
    """Days that some values describe (ISO 8601), each once, oldest first."""
    return sorted({str(date)[:10] for date in rows["date"].dropna()})


def column_id(record: Mapping[Any, Any]) -> str:
    """Name of an indicator of a profession, as a property or a column."""
    return "_".join(filter(None, (record["indicator"], _profession(record))))


def _profession(record: Mapping[Any, Any] | pd.Series) -> str:
    return str(record["profession"]) if pd.notna(record["profession"]) else ""


def shown_value(record: Mapping[Any, Any], indicator: Indicator) -> float | int | None:
    """A value in its shown unit, rounded as on the pages; none where it is hidden or missing."""
    if pd.isna(record["value"]):
        return None
    share = indicator.scale == 100
    value = visible(float(record["value"]) * indicator.scale, indicator.decimals, share=share)
    return int(value) if value == int(value) else value


def only_public(public: PublicIndicators, name: str) -> None:
    """Refuse indicators that did not come through the gate."""
    if not isinstance(public, PublicIndicators):
        raise TypeError(
            f"{name}() publie : il n'accepte que des PublicIndicators, rendus par protect()"
        )
