"""Words of a hand-kept file: column names and values, from the catalogue and from the mission's own TOML."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from demomed.core import catalogue
from demomed.core.faults import Fault, InputError, Report, closest
from demomed.ingestion.cells import fold, quoted
from demomed.ingestion.tabular import HandTable, read_bytes

MAX_FAULTS_PER_COLUMN = 30
_SECTIONS = {
    "professions": "professions",
    "modes": "modes",
    "statuts": "statuses",
    "types": "kinds",
}


@dataclass(frozen=True)
class Words:
    """Vocabulary of one kind of file.

    Parameters
    ----------
    labels
        Field → column name of the template.
    fields
        Folded column name → field.
    values
        Vocabulary name → folded word → value.
    raw
        The declaration as read (limits, help texts, families).
    """

    labels: Mapping[str, str]
    fields: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]]
    raw: Mapping[str, Any]

    def limit(self, name: str) -> float:
        """One named limit of the declaration."""
        return float(self.raw["limits"][name])


@cache
def words(kind: str) -> Words:
    """Vocabulary declared in ``catalogue/mappings/<kind>.toml``.

    Examples
    --------
    >>> words("register").fields["code commune"], words("register").values["professions"]["kine"]
    ('commune_code', 'physiotherapist')
    """
    raw = catalogue.entry("mappings", kind)
    columns = raw["columns"]
    values: dict[str, dict[str, str]] = {
        name: {fold(word): value for value, listed in raw[name].items() for word in listed}
        for name in ("professions", "modes", "statuses", "sexes", "answers")
        if name in raw
    }
    if "professions" in values:
        official = {
            fold(text): service.id
            for service in catalogue.services().values()
            if service.kind == "profession"
            for text in (service.id, service.label, service.singular, service.short)
        }
        values["professions"] = {**official, **values["professions"]}
    if "kinds" in raw:
        values["kinds"] = {
            fold(word): kind_
            for kind_, entry in raw["kinds"].items()
            for word in (kind_, entry["label"], *entry["words"])
        }
    return Words(
        labels={field: entry["label"] for field, entry in columns.items()},
        fields={
            fold(name): field
            for field, entry in columns.items()
            for name in (entry["label"], *entry["names"])
        },
        values=values,
        raw=raw,
    )


def words_with(kind: str, mapping: Path | None) -> Words:
    """Vocabulary of the catalogue, completed by the mission's own TOML.

    The file has up to five sections, each line « as written in your file » = « as in the model »:
    ``[colonnes]``, ``[professions]``, ``[modes]``, ``[statuts]``, ``[types]``.

    Parameters
    ----------
    kind
        ``"register"`` or ``"structures"``.
    mapping
        The TOML file, or ``None``.

    Raises
    ------
    InputError
        If the file is not TOML, or names a column or a value that does not exist.
    """
    base = words(kind)
    if mapping is None:
        return base
    report = Report(Path(mapping).name)
    try:
        own = tomllib.loads(read_bytes(Path(mapping)).decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(
            Fault(
                report.file,
                f"ce n'est pas du TOML ({type(error).__name__})",
                'des lignes « "mot du fichier" = "mot du modèle" » sous un titre entre crochets',
                "enregistrer en UTF-8 et vérifier guillemets et crochets",
            )
        ) from None
    fields = dict(base.fields)
    values = {name: dict(known) for name, known in base.values.items()}
    by_label = {fold(label): field for field, label in base.labels.items()}
    for section, entries in own.items():
        target = _SECTIONS.get(section)
        if section == "colonnes" and isinstance(entries, dict):
            _complete(fields, {**base.fields, **by_label}, section, entries, report)
        elif target in values and isinstance(entries, dict):
            ids = {fold(value): value for value in values[target].values()}
            _complete(values[target], {**values[target], **ids}, section, entries, report)
        else:
            known = ["colonnes", *(name for name, t in _SECTIONS.items() if t in values)]
            report.fault(f"section « {section} »", "une section connue", closest(section, known))
    report.raise_if_faulty()
    return Words(base.labels, fields, values, base.raw)


def _complete(
    known: dict[str, str],
    targets: Mapping[str, str],
    section: str,
    entries: Mapping[str, Any],
    report: Report,
) -> None:
    for written, meant in entries.items():
        target = targets.get(fold(str(meant)))
        if target is None:
            report.fault(
                f"« {meant} » n'est pas un mot du modèle",
                "un mot du modèle à droite du signe égal",
                closest(fold(str(meant)), targets),
                column=section,
            )
        else:
            known[fold(written)] = target


def parse_column(
    table: HandTable,
    field: str,
    read: Any,
    report: Report,
    *,
    expected: str,
    remedy: Any,
) -> pd.Series:
    """Read each cell of one field; each cell that cannot be read is a fault at its row.

    Parameters
    ----------
    read
        Cell → value or ``None``; raises ``ValueError`` (see :mod:`demomed.ingestion.cells`).
    remedy
        French text, or a function of (cell, error) that gives it.

    Returns
    -------
    Series
        Objects, ``None`` where nothing is known, index ``row``.
    """
    cells = table.column(field)
    known: dict[str, Any] = {}
    errors: dict[str, ValueError] = {}
    for cell in dict.fromkeys(cells):
        try:
            known[cell] = read(cell)
        except ValueError as error:
            known[cell] = None
            errors[cell] = error
    wrong = cells[cells.isin(list(errors))] if errors else cells.iloc[:0]
    for count, (row, cell) in enumerate(wrong.items()):
        if count == MAX_FAULTS_PER_COLUMN:
            report.fault(
                f"{len(wrong) - count} autres lignes dans le même cas",
                expected,
                "corriger toute la colonne",
                column=table.written[field],
            )
            break
        advice = remedy(cell, errors[cell]) if callable(remedy) else remedy
        report.fault(quoted(cell), expected, advice, row=int(row), column=table.written[field])
    return pd.Series([known[cell] for cell in cells], index=cells.index, name=field, dtype="object")


def require(
    table: HandTable, needed: tuple[tuple[str, ...], ...], vocabulary: Words, report: Report
) -> None:
    """Fault for each missing column, naming the column of the file that looks most like it.

    Parameters
    ----------
    needed
        Groups of fields; one of each group is enough.
    """
    for group in needed:
        if any(field in table.frame for field in group):
            continue
        names = {name for name, field in vocabulary.fields.items() if field in group}
        near = most_alike(table.unknown, names)
        label = " » ou « ".join(vocabulary.labels[field] for field in group)
        report.fault(
            "colonne absente",
            f"une colonne « {label} »",
            f"renommer la colonne « {near} »" if near else "ajouter la colonne, voir le modèle",
            row=1,
        )


def most_alike(written: tuple[str, ...], names: set[str]) -> str | None:
    """Text that looks most like one of the (folded) names, ``None`` if none looks like any.

    Examples
    --------
    >>> most_alike(("Spécialitée", "Remarques"), {"specialite"})
    'Spécialitée'
    """
    scored = [
        (difflib.SequenceMatcher(None, fold(column), name).ratio(), column)
        for column in written
        for name in names
    ]
    best = max(scored, default=(0.0, ""))
    return best[1] if best[0] >= 0.6 else None
