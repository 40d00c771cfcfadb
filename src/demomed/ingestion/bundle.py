"""The reference bundle: validated tables in one folder, written once, read and verified quickly."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demomed.core.faults import Fault, InputError
from demomed.core.source import Source

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

MANIFEST = "manifest.json"
FORMAT = 2
GEOGRAPHIC = ("communes", "departements")
TABLES = (
    "communes",
    "departements",
    "epci",
    "supply",
    "apl",
    "demography",
    "plans",
    "hospitals",
    "places",
    "codes",
)
OPTIONAL = ("practitioners",)
INTEGERS = {
    "communes": ("density_class",),
    "demography": ("count",),
    "places": ("population",),
    "plans": ("budget_eur", "extra_eur"),
    "practitioners": ("birth_year", "age", "age_low", "age_high"),
}


@dataclass(frozen=True)
class Manifest:
    """What a bundle holds and what it was made of.

    Parameters
    ----------
    departments
        Departments it was built for.
    radius_km
        Width of the ring of neighbouring communes.
    reference_date
        Most recent date described by a source, ISO.
    tables
        Per table: ``file, rows, columns, sha256, bytes, sources``.
    sources
        Per source: its declaration, and ``inputs`` (``name, sha256, rows`` of each file read).
    notices
        What the readers had to say, in French.
    is_checked
        Whether every table keeps its contract. A bundle of the whole country may break one: its
        departments are then checked one by one when they are cut out of it.
    """

    departments: tuple[str, ...]
    radius_km: float
    reference_date: str
    tables: Mapping[str, Mapping[str, Any]]
    sources: Mapping[str, Mapping[str, Any]]
    notices: tuple[str, ...]
    is_checked: bool = True

    def to_json(self) -> str:
        """The manifest as stable JSON text."""
        content = {
            "format": FORMAT,
            "departments": list(self.departments),
            "radius_km": self.radius_km,
            "reference_date": self.reference_date,
            "tables": dict(self.tables),
            "sources": dict(self.sources),
            "notices": list(self.notices),
            **({} if self.is_checked else {"is_checked": False}),
        }
        return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """Read a manifest; an unknown format is refused."""
        try:
            content = json.loads(text)
            known = content["format"] == FORMAT
            manifest = cls(
                departments=tuple(content["departments"]),
                radius_km=float(content["radius_km"]),
                reference_date=content["reference_date"],
                tables=content["tables"],
                sources=content["sources"],
                notices=tuple(content["notices"]),
                is_checked=content.get("is_checked", True),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                Fault(
                    MANIFEST,
                    "manifeste illisible",
                    "le manifeste d'un lot de données",
                    "reconstruire le lot avec « demomed sources bundle »",
                )
            ) from error
        if not known:
            raise InputError(
                Fault(
                    MANIFEST,
                    f"format « {content['format']} »",
                    f"le format {FORMAT}",
                    "reconstruire le lot avec cette version de demomed",
                )
            )
        return manifest


@dataclass(frozen=True)
class Bundle:
    """The reference tables of some departments and their surroundings.

    Parameters
    ----------
    communes, departements
        GeoDataFrames, EPSG:4326.
    epci, supply, apl, demography, plans, hospitals, places, codes, practitioners
        Tables; their columns are the contracts of ``demomed.core.schemas``. ``practitioners`` is
        a fictional register, empty if the bundle has none.
    manifest
        What the bundle was made of.
    """

    communes: gpd.GeoDataFrame
    departements: gpd.GeoDataFrame
    epci: pd.DataFrame
    supply: pd.DataFrame
    apl: pd.DataFrame
    demography: pd.DataFrame
    plans: pd.DataFrame
    hospitals: pd.DataFrame
    places: pd.DataFrame
    codes: pd.DataFrame
    practitioners: pd.DataFrame
    manifest: Manifest

    @property
    def reference_date(self) -> date:
        """Most recent date that a source of the bundle describes."""
        return date.fromisoformat(self.manifest.reference_date)

    @property
    def sources(self) -> dict[str, Source]:
        """Sources of the bundle with their latest vintage, by identifier."""
        return {
            source_id: _source(source_id, raw) for source_id, raw in self.manifest.sources.items()
        }


def _source(source_id: str, raw: Mapping[str, Any]) -> Source:
    vintage = max(raw["vintages"], key=lambda v: (v["status"] == "current", v["as_of"]))
    return Source(
        id=source_id,
        title=raw["title"],
        producer=raw["producer"],
        licence=raw["licence"],
        page=raw["page"],
        vintage=vintage["vintage"],
        as_of=vintage["as_of"],
        field=raw["field"],
        max_age_days=raw.get("max_age_days"),
        note=raw["note"],
    )


def default_bundle_path() -> Path:
    """Folder of the bundle that ships with the package, or that of the source checkout."""
    packaged = Path(str(files("demomed") / "reference"))
    if packaged.is_dir():
        return packaged
    return Path(__file__).resolve().parents[3] / "data" / "reference"


def read_bundle(path: str | Path) -> Bundle:
    """Read a bundle and verify that no table was altered.

    Parameters
    ----------
    path
        Folder written by :func:`build_bundle`.

    Returns
    -------
    Bundle
        Geometry decoded.

    Raises
    ------
    InputError
        If the folder is no bundle, or if tables are missing or altered: all are named.
    """
    folder = Path(path)
    if not (folder / MANIFEST).is_file():
        raise InputError(
            Fault(
                folder.name,
                "lot de données introuvable",
                f"un dossier avec « {MANIFEST} »",
                "le construire avec « demomed sources bundle --from DOSSIER --out DOSSIER »",
            )
        )
    manifest = Manifest.from_json((folder / MANIFEST).read_text(encoding="utf-8"))
    return from_contents(_verified(folder, manifest), manifest)


def from_contents(contents: Mapping[str, bytes], manifest: Manifest) -> Bundle:
    """A bundle from the bytes of its tables, verified before."""
    tables = {name: _decode(name, content) for name, content in contents.items()}
    for name in OPTIONAL:
        if name not in tables:
            tables[name] = _nothing()
    return Bundle(**tables, manifest=manifest)


def _nothing() -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({"commune_code": pd.Series(dtype="str")})


def _verified(folder: Path, manifest: Manifest) -> dict[str, bytes]:
    faults = []
    contents = {}
    remedy = "rétablir le dossier d'origine, ou reconstruire le lot"
    for name in (*TABLES, *(n for n in OPTIONAL if n in manifest.tables)):
        declared = manifest.tables.get(name)
        file = f"{name}.parquet"
        if declared is None:
            faults.append(Fault(MANIFEST, f"table « {name} » absente", "toutes les tables", remedy))
        elif not (folder / file).is_file():
            faults.append(Fault(file, "table absente du lot", "le fichier du manifeste", remedy))
        else:
            contents[name] = (folder / file).read_bytes()
            if hashlib.sha256(contents[name]).hexdigest() != declared["sha256"]:
                faults.append(
                    Fault(
                        file,
                        "table modifiée depuis la construction du lot",
                        "l'empreinte du manifeste",
                        remedy,
                    )
                )
    if faults:
        raise InputError(faults)
    return contents


def _decode(name: str, content: bytes) -> pd.DataFrame:
    import geopandas as gpd
    import pyarrow.parquet as pq

    table = pq.read_table(io.BytesIO(content), use_threads=False).to_pandas()
    for column in INTEGERS.get(name, ()):
        if column in table:
            table[column] = table[column].astype("Int64")
    if name in GEOGRAPHIC:
        outlines = gpd.GeoSeries.from_wkb(table["geometry"], crs="EPSG:4326")
        return gpd.GeoDataFrame(table.drop(columns="geometry"), geometry=outlines)
    return table


def build_bundle(
    official: str | Path,
    out: str | Path,
    *,
    departments: tuple[str, ...] | None = ("53", "41", "61"),
    radius_km: float = 40.0,
    progress: Callable[[str], None] | None = None,
) -> Manifest:
    """Build the bundle of some departments from the official files.

    Parameters
    ----------
    official
        Folder of official files, with the sub-folders the catalogue names.
    out
        Folder to write; it is replaced at once, and only if everything succeeds.
    departments
        Codes of metropolitan departments; ``None`` for all of them.
    radius_km
        Communes whose chef-lieu is within this distance (km) of the departments are included.
    progress
        Called with the French name of each step.

    Returns
    -------
    Manifest
        The same official files always give the same bytes.

    Raises
    ------
    InputError
        With every fault of the first file that cannot be used.
    """
    from demomed.ingestion.building import assemble
    from demomed.ingestion.writing import write

    parts = assemble(
        Path(official), departments=departments, radius_km=radius_km, progress=progress
    )
    return write(parts, Path(out))
