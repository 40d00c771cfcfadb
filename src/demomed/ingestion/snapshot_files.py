"""Files of one dated state: their bytes, how they reach the disk, and what is wrong with them."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from datetime import date as Date
from pathlib import Path
from typing import Any

import pandas as pd

from demomed.core.faults import Fault
from demomed.core.indicator import COLUMNS

INDICATORS, PUBLIC = "indicators.parquet", "public.parquet"
PROVENANCE, CHECKSUMS = "provenance.json", "SHA256SUMS"
FILES = (INDICATORS, PUBLIC, PROVENANCE)
PUBLIC_COLUMNS = (*COLUMNS, "coarse")
FORMAT = 1
REMEDY = "rétablir le dossier d'une sauvegarde, ou écrire un nouvel état à une autre date"
_FLOATS = ("value", "low", "high", "numerator", "denominator")


def contents_of(
    department: str,
    date: Date,
    table: pd.DataFrame,
    public: pd.DataFrame,
    provenance: Mapping[str, Any],
    register_hash: str,
) -> dict[str, bytes]:
    """Bytes of each file of a state; same state, same bytes."""
    told = {
        **provenance,
        "format": FORMAT,
        "department_code": department,
        "date": date.isoformat(),
        "rows": len(table),
        "public_rows": len(public),
        "register_hash": register_hash,
    }
    text = json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False)
    files = {
        INDICATORS: _encoded(table, COLUMNS),
        PUBLIC: _encoded(public, PUBLIC_COLUMNS),
        PROVENANCE: (text + "\n").encode("utf-8"),
    }
    return {**files, CHECKSUMS: b"".join(_sum(name, files[name]) for name in FILES)}


def _sum(name: str, data: bytes) -> bytes:
    return f"{hashlib.sha256(data).hexdigest()}  {name}\n".encode("ascii")


def _encoded(table: pd.DataFrame, columns: Sequence[str]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {name: pa.float64() if name in _FLOATS else pa.string() for name in columns}
    arrow = pa.Table.from_pandas(table, schema=pa.schema(kinds.items()), preserve_index=False)
    target = io.BytesIO()
    pq.write_table(
        arrow.replace_schema_metadata(None), target, compression="zstd", store_schema=False
    )
    return target.getvalue()


def decoded(content: bytes) -> pd.DataFrame:
    """Table of indicators of a Parquet file."""
    import pyarrow.parquet as pq

    return pq.read_table(io.BytesIO(content), use_threads=False).to_pandas()


def is_date(text: str) -> bool:
    """Whether a text is a date AAAA-MM-JJ.

    Examples
    --------
    >>> is_date("2026-01-01"), is_date("20260101"), is_date("2026-02-30")
    (True, False, False)
    """
    try:
        return Date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def opened(folder: Path, department: str, date: Date) -> tuple[dict[str, bytes], tuple[Fault, ...]]:
    """Files of a state by name, and everything wrong with them."""
    where = f"{department}/{folder.name}"
    present = {path.name for path in folder.iterdir()}
    faults = [
        Fault(f"{where}/{name}", "fichier absent", "les fichiers d'un état", REMEDY)
        for name in (*FILES, CHECKSUMS)
        if name not in present
    ]
    faults += [
        Fault(f"{where}/{name}", "fichier étranger", "les fichiers d'un état", "le déplacer")
        for name in sorted(present - {*FILES, CHECKSUMS})
    ]
    if faults:
        return {}, tuple(faults)
    content = {name: (folder / name).read_bytes() for name in FILES}
    written = (folder / CHECKSUMS).read_bytes()
    sums = [_sum(name, content[name]) for name in FILES]
    faults += [
        Fault(f"{where}/{name}", "fichier modifié", f"l'empreinte de {CHECKSUMS}", REMEDY)
        for name, line in zip(FILES, sums, strict=True)
        if line not in written
    ]
    if not faults and written != b"".join(sums):
        faults.append(
            Fault(f"{where}/{CHECKSUMS}", "liste altérée", "une empreinte par fichier", REMEDY)
        )
    return content, tuple(faults) or _misplaced(content, where, department, date)


def _misplaced(
    content: Mapping[str, bytes], where: str, department: str, date: Date
) -> tuple[Fault, ...]:
    """Faults of whole files that say something else than their folder, or come from another version."""
    try:
        told = dict(json.loads(content[PROVENANCE]))
        tables = {name: decoded(content[name]) for name in (INDICATORS, PUBLIC)}
        described = (told["department_code"], told["date"])
        rows = {INDICATORS: int(told["rows"]), PUBLIC: int(told["public_rows"])}
    except (ValueError, KeyError, TypeError, OSError):
        return (Fault(where, "état illisible", "les fichiers d'un état", REMEDY),)
    if told.get("format") != FORMAT:
        found = f"format « {told.get('format')} »"
        remedy = "lire cet état avec la version de demomed qui l'a écrit"
        return (Fault(f"{where}/{PROVENANCE}", found, f"le format {FORMAT}", remedy),)
    if described != (department, date.isoformat()):
        found = f"état du {described[1]}, département {described[0]}"
        return (Fault(where, found, "le département et la date du dossier", REMEDY),)
    columns = {INDICATORS: COLUMNS, PUBLIC: PUBLIC_COLUMNS}
    return tuple(
        Fault(
            f"{where}/{name}",
            "table incomplète",
            f"{rows[name]} lignes, colonnes des indicateurs",
            REMEDY,
        )
        for name, table in tables.items()
        if tuple(table.columns) != columns[name] or len(table) != rows[name]
    )
