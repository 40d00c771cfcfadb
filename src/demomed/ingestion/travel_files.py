"""Tables of travel times as files: the mission's own, and those made here with their provenance."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from demomed.core.catalogue import entries
from demomed.core.faults import Fault, InputError
from demomed.core.source import Source
from demomed.core.territory import Territory
from demomed.core.travel import SOURCE_ID, TravelTable
from demomed.ingestion.travel_tables import read_travel_times

PROVENANCE = b"demomed.travel"
"""Key of the provenance in the metadata of the Parquet file."""
_MARK_LENGTH = 8


def read_travel_table(path: Path, *, as_of: date) -> TravelTable:
    """Travel times of a file: made by ``demomed travel build``, or given by the mission.

    Parameters
    ----------
    path
        See :func:`demomed.ingestion.travel_tables.read_travel_times`.
    as_of
        Date told for a table that does not tell its own.

    Returns
    -------
    TravelTable
        Pairs with a time, sorted; a table that does not say where it stops is taken to stop at
        its longest time.

    Raises
    ------
    InputError
        As the reader of the table does, or if no pair has a time.
    """
    rows, notices = read_travel_times(path)
    known = rows.loc[rows["minutes"].notna()]
    if known.empty or not float(known["minutes"].max()) > 0:
        raise InputError(
            Fault(path.name, "aucun trajet avec un temps", "des minutes", "vérifier la colonne")
        )
    pairs = pd.DataFrame(
        {
            "origin": known["origin_code"].astype(object),
            "destination": known["destination_code"].astype(object),
            "minutes": known["minutes"].astype(float),
        }
    ).reset_index(drop=True)
    told = _provenance(path)
    if told is not None:
        return TravelTable(
            pairs,
            told["nature"],
            float(told["limit_min"]),
            Source(**told["source"]),
            tuple(told["notices"]),
        )
    with path.open("rb") as stream:
        mark = hashlib.file_digest(stream, "sha256").hexdigest()[:_MARK_LENGTH]
    declared = entries("registers")["travel"]
    source = Source(vintage=f"fichier d'empreinte {mark}", as_of=as_of.isoformat(), **declared)
    return TravelTable(pairs, "provided", float(pairs["minutes"].max()), source, notices)


def _provenance(path: Path) -> dict[str, Any] | None:
    """What a table made here says of itself; nothing for any other file."""
    with path.open("rb") as stream:
        if stream.read(4) != b"PAR1":
            return None
    raw = (parquet.read_schema(path).metadata or {}).get(PROVENANCE)
    return None if raw is None else dict(json.loads(raw))


def with_travel(territory: Territory, table: TravelTable, file: str) -> Territory:
    """The territory with a table of times in place of the estimated ones.

    Codes of the table that the territory does not hold are left aside; communes of the department
    that the table does not hold keep estimated times. Both are said.

    Parameters
    ----------
    territory
        A territory.
    table
        Times between codes.
    file
        Name of the file, for the notices.

    Raises
    ------
    InputError
        If no trip of the table joins two places of the territory.
    """
    communes = territory.communes
    known = set(communes.index) | (
        set(territory.places["place_code"]) if len(territory.places) else set()
    )
    pairs = table.pairs
    held = pairs["origin"].isin(known) & pairs["destination"].isin(known)
    if not held.any():
        raise InputError(
            Fault(
                file,
                "aucun trajet entre des communes du territoire",
                f"des codes de communes de {territory.department.name} et de ses voisins",
                "vérifier les codes (zéros initiaux, millésime) et le département",
            )
        )
    notices = list(table.notices)
    for column, words in (("origin", "de départ"), ("destination", "d'arrivée")):
        odd = pd.Index(pairs[column].unique()).difference(pd.Index(list(known)))
        if len(odd):
            notices.append(
                f"{file} : codes {words} hors du territoire, laissés de côté : {_few(odd)}"
            )
    inside = communes.index[communes["departement_code"] == territory.department.code]
    kept = pairs.loc[held]
    for column, words in (("origin", "au départ"), ("destination", "à l'arrivée")):
        absent = inside.difference(pd.Index(kept[column].unique()))
        if len(absent):
            notices.append(
                f"{file} : communes du département sans aucun trajet {words}, temps estimés à vol "
                f"d'oiseau : {_few(absent)}"
            )
    return replace(
        territory,
        travel=replace(table, pairs=kept.reset_index(drop=True), notices=tuple(notices)),
        sources={**territory.sources, SOURCE_ID: table.source},
        notices=(*territory.notices, *notices),
    )


def _few(codes: pd.Index) -> str:
    shown = ", ".join(map(str, codes[:3]))
    return f"{len(codes)} ({shown}{'…' if len(codes) > 3 else ''})"


def write_travel_table(table: TravelTable, path: Path, parameters: Mapping[str, Any]) -> Path:
    """Write a table with its provenance as Parquet, aside and then renamed; same table, same bytes.

    Parameters
    ----------
    table
        Travel times.
    path
        File to write.
    parameters
        All that the times depend on, kept in the metadata of the file.
    """
    told = {
        "nature": table.nature,
        "limit_min": table.limit_min,
        "source": asdict(table.source),
        "notices": list(table.notices),
        "parameters": parameters,
    }
    arrow = pa.table(
        {
            "origin_code": pa.array(table.pairs["origin"].astype(str), pa.string()),
            "destination_code": pa.array(table.pairs["destination"].astype(str), pa.string()),
            "minutes": pa.array(table.pairs["minutes"].to_numpy(dtype=float)),
        }
    ).replace_schema_metadata({PROVENANCE: json.dumps(told, sort_keys=True, ensure_ascii=False)})
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(path.name + ".partial")
    try:
        parquet.write_table(arrow, aside, compression="zstd", version="2.6", write_statistics=False)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    return path


def travel_key(parameters: Mapping[str, Any], tables: Mapping[str, pd.DataFrame]) -> str:
    """Name that changes with any parameter and any table that the times depend on.

    Examples
    --------
    >>> travel_key({"limit": 60}, {}) == travel_key({"limit": 60}, {})
    True
    >>> travel_key({"limit": 60}, {}) == travel_key({"limit": 45}, {})
    False
    """
    digest = hashlib.sha256(json.dumps(parameters, sort_keys=True, default=str).encode())
    for name in sorted(tables):
        digest.update(name.encode())
        digest.update(tables[name].to_csv().encode())
    return digest.hexdigest()[:20]


def file_mark(path: Path) -> str:
    """SHA-256 of a file, or a French fault if it cannot be found."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise InputError(
            Fault(path.name, "fichier introuvable ou illisible", "un fichier", "vérifier le chemin")
        ) from error
