"""Data of a portal in open formats: GeoJSON, workbook, and their Frictionless description."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import openpyxl
import pandas as pd
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font

from demomed.core.catalogue import texts as catalogue_texts
from demomed.core.document import SourceLine
from demomed.core.indicator import STATUS_LABELS, Indicator, PublicIndicators, get_indicator
from demomed.core.territory import Territory
from demomed.rendering.facts import visible
from demomed.rendering.french import NARROW, calls, capitalised, typeset
from demomed.rendering.internal import META, internal_stamp, licence_of, plain_stamp
from demomed.rendering.pages import name_service
from demomed.rendering.scene import Scene
from demomed.rendering.table import safe_cell

GEOJSON = "intercommunalites.geojson"
WORKBOOK = "indicateurs.xlsx"
PACKAGE = "datapackage.json"
EPOCH = (1980, 1, 1, 0, 0, 0)
"""Date of every member of a workbook: the first a zip archive can write."""
OPEN_LICENCE: Mapping[str, str] = {
    "name": "etalab-2.0",
    "title": "Licence Ouverte 2.0",
    "path": "https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
}
UNDATED = b"1980-01-01T00:00:00Z"
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


def zones_geojson(public: PublicIndicators, scene: Scene) -> bytes:
    """Intercommunalities with their shapes and public indicators, as pages show them.

    Parameters
    ----------
    public
        Indicators after the gate.
    scene
        Shapes of the department.

    Returns
    -------
    bytes
        GeoJSON (RFC 7946, WGS84). A property per indicator and profession, in its shown unit;
        ``null`` where there is no value, with ``<property>_statut`` saying why.
    """
    _only_public(public, "zones_geojson")
    zones = scene.sets["epci"]
    values: dict[str, dict[str, Any]] = {
        code: {"code": code, "nom": name}
        for code, name in zip(zones.codes, zones.names, strict=True)
    }
    rows = public.table.loc[public.table["level"] == "epci"]
    for record in rows.to_dict("records"):
        if (of_zone := values.get(str(record["zone_code"]))) is None:
            continue
        key, shown = _column(record), _shown(record, get_indicator(record["indicator"]))
        of_zone[key] = shown
        if record["status"] != "value":
            of_zone[f"{key}_statut"] = (
                str(record.get("coarse") or "") or STATUS_LABELS[record["status"]]
            )
    features = [
        {**feature, "properties": values[code]}
        for code, feature in zip(zones.codes, zones.geometry["features"], strict=True)
    ]
    whole = {"type": "FeatureCollection", "features": features}
    text = json.dumps(whole, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return (text + "\n").encode("utf-8")


def workbook(
    public: PublicIndicators,
    tables: Mapping[str, Sequence[Sequence[str]]],
    *,
    language: str = "fr",
) -> bytes:
    """The public indicators as a workbook: one sheet per level, one column per indicator.

    Parameters
    ----------
    public
        Indicators after the gate.
    tables
        Further sheets by title: rows of texts, the first one being the heads.
    language
        Language of the texts.

    Returns
    -------
    bytes
        XLSX; numbers as shown on the pages, words where there is none; the same bytes for the
        same input (neither date nor author).
    """
    _only_public(public, "workbook")
    words = catalogue_texts(language)["compose"]
    book = openpyxl.Workbook(write_only=True)
    if public.internal:
        _sheet(book, capitalised(internal_stamp(language)), [[plain_stamp(language)]])
    for level in ("epci", "departement", "commune"):
        rows = public.table.loc[public.table["level"] == level]
        if len(rows):
            wide: list[list[Any]] = _wide(rows, words)
            if public.internal:
                marks = [META, *[internal_stamp(language)] * (len(wide) - 1)]
                wide = [[*line, mark] for line, mark in zip(wide, marks, strict=True)]
            _sheet(book, words["workbook"][level], wide)
    for title, lines in tables.items():
        _sheet(book, title, lines)
    if not book.worksheets:
        _sheet(book, words["workbook"]["epci"], [[words["zone_column"]]])
    buffer = io.BytesIO()
    book.save(buffer)
    return undated(buffer.getvalue())


def _wide(rows: pd.DataFrame, words: Mapping[str, Any]) -> list[list[Any]]:
    """Heads, then one line per zone: code, name, and what each indicator shows."""
    heads: dict[str, str] = {}
    lines: dict[str, dict[str, Any]] = {}
    names: dict[str, str] = {}
    for record in rows.to_dict("records"):
        key = _column(record)
        indicator = get_indicator(record["indicator"]).told_as(record["nature"])
        if key not in heads:
            label = name_service(typeset(indicator.label), str(record["profession"] or ""))
            unit = f" ({indicator.unit})" if indicator.unit not in label else ""
            heads[key] = capitalised(f"{label}{unit}").replace(NARROW, " ")
        code = str(record["zone_code"])
        names[code] = str(record["zone_name"])
        shown = _shown(record, indicator)
        told = str(record.get("coarse") or "") or STATUS_LABELS[record["status"]]
        lines.setdefault(code, {})[key] = told if shown is None else shown
    first = [words["csv"]["header"][1], words["csv"]["header"][2], *heads.values()]
    body = [[code, names[code], *(of.get(key) for key in heads)] for code, of in lines.items()]
    return [first, *sorted(body, key=lambda line: str(line[0]))]


def _sheet(book: Any, title: str, lines: Iterable[Sequence[Any]]) -> None:
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "C2"
    for number, line in enumerate(lines):
        if number:
            sheet.append([_guarded(value) for value in line])
            continue
        heads = []
        for value in line:
            cell = WriteOnlyCell(sheet, value=_guarded(str(value)))
            cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
            heads.append(cell)
        sheet.append(heads)


def _guarded(value: Any) -> Any:
    """A text that no spreadsheet runs; one guarded already is left as it is."""
    return safe_cell(value) if isinstance(value, str) else value


def csv_sheets(files: Mapping[str, bytes], *, language: str = "fr") -> dict[str, list[list[str]]]:
    """Dictionary and ranking, as published, as further sheets of a workbook.

    Parameters
    ----------
    files
        Files of the portal by name.
    language
        Language of the texts.
    """
    titles = catalogue_texts(language)["compose"]["workbook"]["tables"]
    return {
        title: list(csv.reader(io.StringIO(files[name].decode("utf-8-sig")), delimiter=";"))
        for name, title in titles.items()
        if name in files
    }


def undated(content: bytes) -> bytes:
    """A workbook without the dates its writer put in it.

    Parameters
    ----------
    content
        An XLSX file.
    """
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as before,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as after,
    ):
        for name in sorted(before.namelist(), key=lambda n: (n != "[Content_Types].xml", n)):
            member = zipfile.ZipInfo(name, EPOCH)
            member.compress_type = zipfile.ZIP_DEFLATED
            text = before.read(name)
            if name == "docProps/core.xml":
                text = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", UNDATED, text)
            after.writestr(member, text)
    return buffer.getvalue()


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
    is_number = head not in own and (head in NUMBERS or head not in words["fields"])
    found: dict[str, Any] = {
        "name": head,
        "type": "number" if is_number else "string",
        "description": typeset(text),
    }
    return {**found, "decimalChar": ","} if is_number else found


def _column(record: Mapping[Any, Any]) -> str:
    profession = record["profession"] if pd.notna(record["profession"]) else ""
    return "_".join(filter(None, (record["indicator"], profession)))


def _shown(record: Mapping[Any, Any], indicator: Indicator) -> float | int | None:
    if pd.isna(record["value"]):
        return None
    share = indicator.scale == 100
    value = visible(float(record["value"]) * indicator.scale, indicator.decimals, share=share)
    return int(value) if value == int(value) else value


def _only_public(public: PublicIndicators, name: str) -> None:
    if not isinstance(public, PublicIndicators):
        raise TypeError(
            f"{name}() publie : il n'accepte que des PublicIndicators, rendus par protect()"
        )
