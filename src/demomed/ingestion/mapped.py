"""Any published table, through a mapping of five lines of TOML: CartoSanté, Rezone, a region's export."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from demomed.core.faults import Fault, InputError, Report, closest
from demomed.ingestion.bulk import read_published
from demomed.ingestion.cells import fold
from demomed.ingestion.container import SHOWN_FAULTS
from demomed.ingestion.headers import numbers

_PATTERNS = {
    "commune": (r"(?:\d{2}|2[AB])\d{3}", "un code commune de 5 caractères"),
    "epci": (r"\d{9}", "un numéro SIREN de 9 chiffres"),
    "departement": (r"\d{2}|2[AB]|97\d", "un code de département"),
    "other": (r"\S.*", "un code"),
}
_KINDS = ("count", "rate", "share", "text")
_MISSING = ("na", "n a", "nd", "n d", "ns", "nc", "nan", "null", "non disponible")
_SECRET = ("secret", "masque")


def read_mapping(path: Path) -> dict[str, Any]:
    """Mapping of a table: its area level, its code column, and the columns to keep.

    Parameters
    ----------
    path
        TOML such as::

            level = "commune"
            code = "Code"
            [columns]
            gp_over_55_pct = { name = "Part des MG de 55 ans et +", kind = "rate" }

    Returns
    -------
    dict
        ``level, code, columns, sheet`` (``None`` by default), ``source_id`` (file name by default).

    Raises
    ------
    InputError
        With every fault of the mapping.
    """
    report = Report(path.name)
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise InputError(
            Fault(
                path.name,
                "TOML illisible",
                "les cinq lignes de la correspondance",
                "vérifier les guillemets et les signes « = »",
            )
        ) from error
    for key in sorted(set(raw) - {"level", "code", "columns", "sheet", "source_id"}):
        report.fault(
            f"clé « {key} » inconnue",
            "level, code, columns, sheet ou source_id",
            closest(key, ["level", "code", "columns", "sheet", "source_id"]),
        )
    if raw.get("level", "commune") not in _PATTERNS:
        report.fault(
            f"level = « {raw['level']} »",
            ", ".join(_PATTERNS),
            closest(str(raw["level"]), _PATTERNS),
        )
    if not isinstance(raw.get("code"), str):
        report.fault(
            "clé « code » absente",
            "le nom de la colonne des codes",
            'écrire par exemple code = "Code"',
        )
    columns = raw.get("columns")
    if not isinstance(columns, Mapping) or not columns:
        report.fault(
            "aucune colonne à garder",
            "une table [columns]",
            'écrire par exemple gp_count = { name = "Nombre de MG", kind = "count" }',
        )
        columns = {}
    kept = {}
    for ours, item in columns.items():
        item = {"name": item, "kind": "rate"} if isinstance(item, str) else item
        if not isinstance(item, Mapping) or not isinstance(item.get("name"), str):
            report.fault(
                f"colonne « {ours} » sans nom",
                '{ name = "…" }',
                "donner le nom de la colonne du fichier",
            )
        elif item.get("kind", "rate") not in _KINDS:
            report.fault(
                f"colonne « {ours} » : kind = « {item['kind']} »",
                ", ".join(_KINDS),
                closest(str(item["kind"]), _KINDS),
            )
        else:
            kept[str(ours)] = {"name": item["name"], "kind": item.get("kind", "rate")}
    report.raise_if_faulty()
    return {
        "level": raw.get("level", "commune"), "code": raw["code"], "columns": kept,
        "sheet": raw.get("sheet"), "source_id": raw.get("source_id", path.stem.lower().replace("-", "_")),
    }  # fmt: skip


def read_mapped(path: Path, mapping: Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Table of a published file, as its mapping says.

    Title rows above the header are skipped; « N/A – résultat non disponible » is missing, « N/A –
    secret statistique » is missing and counted apart: neither is zero.

    Parameters
    ----------
    path
        CSV or workbook, plain, gzip or zip.
    mapping
        See :func:`read_mapping`.

    Returns
    -------
    tuple
        ``area_code``, the columns of the mapping (numbers, or text), ``is_secret`` (whether a cell
        of the row is under secrecy), ``source_id``; sorted by code. And notices.

    Raises
    ------
    InputError
        Missing columns, odd or repeated codes, cells that are no numbers, counts under zero,
        shares out of 0–1.
    """
    rules = read_mapping(mapping)
    report = Report(path.name)
    wanted = {"area_code": rules["code"]} | {
        ours: item["name"] for ours, item in rules["columns"].items()
    }
    rows = read_published(path, wanted, report, sheet=rules["sheet"])
    rows = rows[rows.notna().any(axis=1)]
    notes = rows["area_code"].notna() & rows.drop(columns="area_code").isna().all(axis=1)
    pattern, expected = _PATTERNS[rules["level"]]
    good = rows["area_code"].str.fullmatch(pattern).fillna(False).astype(bool)
    footer = notes & ~good
    if footer.any():
        report.notice(f"lignes de note sous le tableau, passées : {int(footer.sum())}")
    rows, good = rows[~footer], good[~footer]
    for row, code in rows.loc[~good, "area_code"].head(SHOWN_FAULTS).items():
        report.fault(
            f"« {code} »",
            expected,
            "vérifier le niveau (level) ou le format Texte de la colonne",
            row=int(row),
            column=rules["code"],
        )  # type: ignore[call-overload]
    for row, code in (
        rows.loc[rows["area_code"].duplicated() & good, "area_code"].head(SHOWN_FAULTS).items()
    ):
        report.fault(
            f"« {code} » répété",
            "une ligne par code",
            "ne garder qu'un membre de chaque dimension",
            row=int(row),
            column=rules["code"],
        )  # type: ignore[call-overload]
    table = pd.DataFrame({"area_code": rows["area_code"]})
    secret = pd.Series(False, index=rows.index)
    for ours, item in rules["columns"].items():
        hidden = (
            rows[ours]
            .map(lambda cell: any(word in fold(str(cell)) for word in _SECRET))
            .astype(bool)
        )
        secret |= hidden
        table[ours] = _values(rows[ours].mask(hidden), item, report)
    if secret.any():
        report.notice(f"lignes sous secret statistique, laissées inconnues : {int(secret.sum())}")
    report.raise_if_faulty()
    table = table.assign(is_secret=secret, source_id=rules["source_id"])
    return table.sort_values("area_code", ignore_index=True), tuple(report.notices)


def _values(cells: pd.Series, item: Mapping[str, str], report: Report) -> pd.Series:
    if item["kind"] == "text":
        return cells
    unknown = cells.map(lambda cell: fold(str(cell)).startswith(("n a ", "non disponible"))).astype(
        bool
    )
    values = numbers(cells.mask(unknown), report, missing=_MISSING, column=item["name"])
    high = {"share": 1.0}.get(item["kind"], float("inf"))
    wrong = (values < 0) | (values > high)
    expected = "une part entre 0 et 1" if item["kind"] == "share" else "un nombre d'au moins 0"
    for row, value in values[wrong].head(SHOWN_FAULTS).items():
        report.fault(
            f"« {value:g} »",
            expected,
            "vérifier la colonne ou sa nature (kind)",
            row=int(row),
            column=item["name"],
        )  # type: ignore[call-overload]
    return values
