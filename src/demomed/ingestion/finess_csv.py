"""FINESS, Etalab CSV: structures, then their coordinates, two kinds of lines in one file."""

from __future__ import annotations

import csv
import io
from typing import Any

import pandas as pd

from demomed.core.catalogue import entry
from demomed.core.faults import Report
from demomed.ingestion.container import SHOWN_FAULTS, Container, reading

SITE_COLUMNS = [
    "finess",
    "name",
    "long_name",
    "commune",
    "category",
    "category_label",
    "opened",
    "x",
    "y",
    "x2",
    "y2",
]


def read_csv_sites(box: Container, report: Report) -> pd.DataFrame:
    """Sites of the CSV as text, coordinates as numbers; index = row of the file.

    The encoding is UTF-8, else Windows-1252. A file with structures only is read, without places.
    """
    rules = entry("layouts", "finess")["csv"]
    sites: dict[str, dict[str, Any]] = {}
    rows: dict[str, int] = {}
    repeated: list[tuple[int, str]] = []
    places: dict[str, tuple[str, str]] = {}
    wrong: list[tuple[int, int]] = []
    for row, cells in _lines(box, report):
        if cells[0] == rules["structure"]:
            if len(cells) not in rules["structure_fields"]:
                wrong.append((row, len(cells)))
                continue
            site = {name: cells[i].strip() for name, i in rules["positions"].items()}
            if site["finess"] in sites:
                repeated.append((row, site["finess"]))
            sites[site["finess"]], rows[site["finess"]] = site, row
        elif cells[0] == rules["geolocation"]:
            if len(cells) < 5:
                wrong.append((row, len(cells)))
                continue
            at = rules["geolocation_positions"]
            places[cells[at["finess"]].strip()] = (cells[at["x"]], cells[at["y"]])
    _tell_wrong(wrong, repeated, bool(sites), report)
    frame = pd.DataFrame.from_dict(
        {rows[number]: site for number, site in sites.items()}, orient="index", dtype="str"
    )
    if frame.empty:
        return pd.DataFrame(columns=list(SITE_COLUMNS))
    frame = frame.mask(frame == "")
    frame["commune"] = _communes(frame, rules["overseas"])
    pairs = [places.get(number, ("", "")) for number in frame["finess"]]
    for position, axis in enumerate("xy"):
        text = pd.Series([pair[position] for pair in pairs], index=frame.index, dtype="str")
        frame[axis] = pd.to_numeric(text.str.replace(",", "."), errors="coerce")
    if not places:
        report.notice("fichier sans section de géolocalisation : aucune position")
    frame["x2"] = frame["y2"] = float("nan")
    return frame[list(SITE_COLUMNS)]


def _lines(box: Container, report: Report) -> list[tuple[int, list[str]]]:
    with reading(report), box.open() as stream:
        content = stream.read()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        report.notice("lu en Windows-1252, faute d'être en UTF-8")
        text = content.decode("cp1252", errors="replace")
    return [
        (row, _cells(line)) for row, line in enumerate(io.StringIO(text), start=1) if line.strip()
    ]


def _cells(line: str) -> list[str]:
    """Fields of one line; a quote that nothing closes is a plain character."""
    line = line.rstrip("\r\n")
    if '"' not in line:
        return line.split(";")
    cells = next(csv.reader([line], delimiter=";"), [])
    return cells if len(cells) >= 5 else line.split(";")


def _communes(frame: pd.DataFrame, overseas: dict[str, str]) -> pd.Series:
    """INSEE code: department and commune, padded; overseas departments have letters in FINESS."""
    departement = frame["departement"].str.upper().str.zfill(2)
    prefix = departement.map(overseas).fillna(departement)
    return prefix + frame["commune"].str.zfill(3)


def _tell_wrong(
    wrong: list[tuple[int, int]], repeated: list[tuple[int, str]], has_sites: bool, report: Report
) -> None:
    for row, fields in wrong[:SHOWN_FAULTS]:
        report.fault(
            f"{fields} champs",
            "une ligne « structureet » de 32 champs ou « geolocalisation » de 6",
            "télécharger à nouveau le fichier, sans le modifier",
            row=row,
        )
    if len(wrong) > SHOWN_FAULTS:
        report.fault(
            f"{len(wrong)} lignes incomplètes", "un fichier entier", "le télécharger à nouveau"
        )
    for row, number in repeated[:SHOWN_FAULTS]:
        report.fault(
            f"numéro FINESS {number} répété",
            "une ligne par site",
            "ne pas mettre deux extractions bout à bout",
            row=row,
        )
    if not has_sites and not wrong:
        report.fault(
            "aucune ligne « structureet »",
            "l'extraction FINESS du producteur",
            "vérifier que c'est le bon fichier",
        )
