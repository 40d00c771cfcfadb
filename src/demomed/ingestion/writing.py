"""Writes a bundle: same tables, same bytes; the folder is put in place at once."""

from __future__ import annotations

import hashlib
import io
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import shapely

from demomed.ingestion.bundle import MANIFEST, Manifest
from demomed.ingestion.official import OfficialFolder

SOURCES_OF: Mapping[str, tuple[str, ...]] = {
    "communes": (
        "insee_cog",
        "insee_code_changes",
        "dgcl_epci",
        "ign_communes_2018",
        "ign_communes_2024",
        "ign_chefs_lieux",
        "insee_populations",
        "insee_density_grid",
        "insee_filosofi",
        "ars_zoning_gp",
        "cartosante_zoning_nurse",
        "cartosante_emergency",
    ),
    "departements": ("insee_cog", "ign_communes_2018", "ign_communes_2024", "insee_populations"),
    "epci": ("dgcl_epci", "insee_filosofi", "insee_populations"),
    "supply": ("insee_bpe", "insee_bpe_gp_2017"),
    "apl": ("drees_apl_gp", "drees_apl_nurse"),
    "demography": (
        "cnam_professionals",
        "drees_doctors",
        "drees_nurses_liberal",
        "drees_nurses_salaried",
    ),
    "plans": ("department_plans",),
    "hospitals": ("eurostat_hospitals",),
    "places": ("ign_chefs_lieux", "insee_populations_history"),
    "codes": ("insee_code_changes", "insee_cog"),
    "practitioners": ("insee_bpe", "drees_apl_gp", "drees_nurses_liberal"),
}


@dataclass(frozen=True)
class Parts:
    """Tables of a bundle before they are written, with the folder that was read."""

    tables: dict[str, pd.DataFrame]
    folder: OfficialFolder
    departments: tuple[str, ...]
    radius_km: float
    is_checked: bool = True


def to_parquet(table: pd.DataFrame, level: int = 19) -> bytes:
    """A table as Parquet, the same bytes for the same table; outlines as WKB.

    Parameters
    ----------
    table
        Table of a bundle.
    level
        Effort of the compression (zstd, 1 to 19).
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    plain = pd.DataFrame(table)
    if "geometry" in plain:
        plain = plain.assign(geometry=shapely.to_wkb(table.geometry.to_numpy()))
    arrow = pa.Table.from_pandas(plain, preserve_index=False).replace_schema_metadata(None)
    arrow = arrow.cast(pa.schema([_portable(field) for field in arrow.schema]))
    target = io.BytesIO()
    pq.write_table(
        arrow,
        target,
        compression="zstd",
        compression_level=level,
        version="2.6",
        store_schema=False,
        write_statistics=False,
    )
    return target.getvalue()


def _portable(field: Any) -> Any:
    """Plain text and binary types, whatever the version of pandas."""
    import pyarrow as pa

    if pa.types.is_large_string(field.type):
        return pa.field(field.name, pa.string())
    return pa.field(field.name, field.type)


def write(parts: Parts, out: Path) -> Manifest:
    """Write the tables and their manifest, aside, then put the folder in place at once."""
    aside = out.with_name(out.name + ".partial")
    if aside.exists():
        shutil.rmtree(aside)
    aside.mkdir(parents=True)
    tables = {}
    for name, table in parts.tables.items():
        content = to_parquet(table)
        (aside / f"{name}.parquet").write_bytes(content)
        tables[name] = {
            "file": f"{name}.parquet",
            "rows": len(table),
            "columns": list(table.columns),
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "sources": list(SOURCES_OF.get(name, ())),
        }
    manifest = _manifest(parts, tables)
    (aside / MANIFEST).write_text(manifest.to_json(), encoding="utf-8")
    _swap(aside, out)
    return manifest


def write_text(path: Path, text: str) -> Path:
    """Write a text for a reader of Windows too (UTF-8 with mark), aside and then renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(path.name + ".partial")
    try:
        aside.write_text(text, encoding="utf-8-sig", newline="\r\n")
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    return path


def _swap(aside: Path, out: Path) -> None:
    """Put a finished folder in place of the former one; the former one returns if that fails."""
    if not out.exists():
        aside.rename(out)
        return
    former = out.with_name(out.name + ".former.partial")
    if former.exists():
        shutil.rmtree(former)
    out.rename(former)
    try:
        aside.rename(out)
    except OSError:
        former.rename(out)
        raise
    shutil.rmtree(former)


def _manifest(parts: Parts, tables: dict[str, Any]) -> Manifest:
    folder = parts.folder
    described = ("title", "producer", "page", "address", "licence", "rhythm", "field", "note")
    sources = {}
    for source_id, inputs in sorted(folder.used.items()):
        declaration = folder.declaration(source_id)
        sources[source_id] = {
            **{name: declaration[name] for name in described},
            "max_age_days": declaration.get("max_age_days"),
            "vintages": [
                {name: vintage[name] for name in ("vintage", "as_of", "status")}
                for vintage in declaration["vintages"]
            ],
            "inputs": [
                {"name": name, "sha256": file.sha256, "rows": folder.rows.get(name)}
                for name, file in sorted(inputs.items())
            ],
        }
    return Manifest(
        departments=parts.departments,
        radius_km=parts.radius_km,
        reference_date=latest_date(folder),
        tables=tables,
        sources=sources,
        notices=tuple(dict.fromkeys(folder.notices)),
        is_checked=parts.is_checked,
    )


def latest_date(folder: OfficialFolder) -> str:
    """Most recent date that a source read describes, ISO."""
    return max(
        str(vintage["as_of"])
        for source_id in folder.used
        for vintage in folder.declaration(source_id)["vintages"]
    )
