"""The commune of each row of a file, by its code or its name, and what must be said of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pandas as pd

from demomed.core.faults import Report
from demomed.ingestion.cells import is_missing, quoted
from demomed.ingestion.gazetteer import Gazetteer, name_key
from demomed.ingestion.mapping import MAX_FAULTS_PER_COLUMN, most_alike
from demomed.ingestion.notices import said
from demomed.ingestion.tabular import HandTable


def locate(
    table: HandTable, known: Gazetteer, report: Report, *, what: str = "lignes"
) -> pd.Series:
    """Code in force of the commune of each row.

    The code of the row comes first, any year's; without a code, the name, which must mean one
    commune only. A row with neither stays without a commune (missing, « non localisé »). A code
    or a name that means nothing, a lost leading zero, a postal code, a split commune are faults.

    Parameters
    ----------
    table
        With any of the fields ``commune_code, commune_name, postal_code``.
    known
        From :func:`gazetteer`.
    report
        Receives faults and notices.
    what
        What the rows are, in French plural, for the notices.

    Returns
    -------
    Series
        Index ``row``, name ``commune_code``; ``None`` where nothing is said.
    """
    finder = _Finder(known, report, table.written, _home(table, known))
    cells = zip(
        table.frame.index,
        table.column("commune_code"),
        table.column("commune_name"),
        table.column("postal_code"),
        strict=True,
    )
    if _is_postal_column(table.column("commune_code"), known):
        report.fault(
            "des codes postaux dans toute la colonne",
            "des codes de commune de l'Insee",
            "remplacer la colonne par le code Insee, ou la renommer « Code postal » et garder le nom",
            column=table.written["commune_code"],
        )
        return pd.Series(None, index=table.frame.index, name="commune_code", dtype="object")
    found = [finder.find(int(row), code, name, postcode) for row, code, name, postcode in cells]
    finder.conclude(what)
    return pd.Series(found, index=table.frame.index, name="commune_code", dtype="object")


def _home(table: HandTable, known: Gazetteer) -> frozenset[str]:
    codes = {clean_code(cell) for cell in table.column("commune_code")}
    prefixes = {cell[:2] for cell in table.column("postal_code") if re.fullmatch("[0-9]{5}", cell)}
    located = {known.departments[known.current[c]] for c in codes if c in known.current}
    return frozenset(located | prefixes)


def _is_postal_column(cells: pd.Series, known: Gazetteer) -> bool:
    distinct = {clean_code(cell) for cell in cells if not is_missing(cell)}
    return (
        len(distinct) >= 4
        and all(re.fullmatch(r"[0-9]{4}0", code) for code in distinct)
        and any(code in known.postcodes or code not in known.current for code in distinct)
    )


def clean_code(cell: str) -> str:
    """Code as compared: no space, capitals, no « .0 » left by a spreadsheet.

    Examples
    --------
    >>> clean_code(" 2a004 "), clean_code("53130.0")
    ('2A004', '53130')
    """
    return re.sub(r"\s", "", cell).upper().removesuffix(".0")


SHOWN_DIFFERENCES = 3
"""Rows whose code and name differ that a notice spells out."""


class _Finder:
    """Finds rows one by one and remembers what must be said at the end."""

    def __init__(
        self,
        known: Gazetteer,
        report: Report,
        written: Mapping[str, str],
        home: frozenset[str],
    ) -> None:
        self.known, self.report, self.written, self.home = known, report, written, home
        self.merged: dict[str, str] = {}
        self.by_name: list[int] = []
        self.missing: list[int] = []
        self.differing: dict[int, str] = {}
        self.faults = 0

    def find(self, row: int, code_cell: str, name: str, postcode: str) -> str | None:
        name = "" if is_missing(name) else name
        code = "" if is_missing(code_cell) else clean_code(code_cell)
        if not code:
            return self._by_name(row, name, postcode)
        named = self.known.named(name, postcode, self.home) if name else ()
        if code in self.known.ambiguous and len(named) != 1:
            return self._fault(
                row,
                "commune_code",
                f"{quoted(code)}, commune partagée depuis entre plusieurs",
                "le code d'une commune d'aujourd'hui",
                "écrire le code de la commune actuelle",
            )
        target = named[0] if code in self.known.ambiguous else self.known.current.get(code)
        if target is None:
            return self._unknown_code(row, code, code_cell, named)
        served = self.known.postcodes.get(code, frozenset())
        if named and target not in named:
            if served & set(named):
                return self._postal(row, code, named)
            self.differing[row] = self._differs(row, name, target, named)
        if target != code:
            self.merged[code] = target
        return target

    def _differs(self, row: int, name: str, target: str, named: Sequence[str]) -> str:
        """« ligne 2, « Mayenne » : 53130 est Laval, Mayenne est 53147 »."""
        others = ", ".join(f"{self.known.labels[code]} est {code}" for code in named[:2])
        return f"ligne {row}, {quoted(name)} : {target} est {self.known.labels[target]}, {others}"

    def _by_name(self, row: int, name: str, postcode: str) -> str | None:
        if not name:
            self.missing.append(row)
            return None
        found = self.known.named(name, postcode, self.home)
        if len(found) == 1:
            self.by_name.append(row)
            return found[0]
        if found:
            shown = ", ".join(f"{self.known.labels[c]} ({c})" for c in found[:4])
            more = "…" if len(found) > 4 else ""
            return self._fault(
                row,
                "commune_name",
                f"{quoted(name)}, {len(found)} communes de ce nom",
                "une seule commune",
                f"ajouter le code Insee : {shown}{more}",
            )
        return self._fault(
            row,
            "commune_name",
            f"{quoted(name)}, commune inconnue",
            "le nom ou le code Insee d'une commune",
            self._hint(name),
        )

    def _hint(self, name: str) -> str:
        if self.faults >= MAX_FAULTS_PER_COLUMN:
            return ""
        pool = {
            self.known.labels[code]: code
            for code, department in self.known.departments.items()
            if not self.home or department in self.home
        }
        near = most_alike(tuple(pool), {name_key(name)}) if len(pool) <= 5000 else None
        return f"vouliez-vous dire « {near} » ({pool[near]}) ?" if near else "ajouter le code Insee"

    def _unknown_code(self, row: int, code: str, written: str, named: Sequence[str]) -> str | None:
        if re.fullmatch(r"[0-9]{4}", code) and f"0{code}" in self.known.current:
            return self._fault(
                row,
                "commune_code",
                f"{quoted(code)}, zéro initial perdu",
                "un code de commune de cinq caractères",
                f"écrire « 0{code} » et mettre la colonne au format Texte",
            )
        looks_postal = r"[0-9]{3}00" if self.known.postcodes else r"[0-9]{4}0"
        if code in self.known.postcodes or re.fullmatch(looks_postal, code):
            return self._postal(row, code, named)
        if not re.fullmatch(r"[0-9]{2}[0-9]{3}|2[AB][0-9]{3}", code):
            return self._fault(
                row,
                "commune_code",
                quoted(written),
                "un code de commune de cinq caractères",
                "écrire le code Insee de la commune, pas son nom ni son code postal",
            )
        near = _nearest_code(code, self.known, self.home)
        remedy = (
            f"vouliez-vous dire « {near} » ({self.known.labels[self.known.current[near]]}) ?"
            if near
            else "vérifier le code Insee de la commune"
        )
        return self._fault(
            row, "commune_code", f"{quoted(code)}, code inconnu", "un code de commune", remedy
        )

    def _postal(self, row: int, code: str, named: Sequence[str]) -> str | None:
        served = sorted(set(named) or self.known.postcodes.get(code, frozenset()))
        shown = ", ".join(f"« {c} » ({self.known.labels[c]})" for c in served[:3])
        return self._fault(
            row,
            "commune_code",
            f"{quoted(code)}, sans doute un code postal",
            "un code de commune de l'Insee",
            f"écrire {shown}" if shown else "remplacer le code postal par le code Insee",
        )

    def _fault(self, row: int, field: str, found: str, expected: str, remedy: str) -> str | None:
        self.faults += 1
        if self.faults <= MAX_FAULTS_PER_COLUMN:
            self.report.fault(found, expected, remedy, row=row, column=self.written[field])
        return None

    def conclude(self, what: str) -> None:
        """Say once what was mended, found by name, left out."""
        if self.faults > MAX_FAULTS_PER_COLUMN:
            self.report.fault(
                f"{self.faults - MAX_FAULTS_PER_COLUMN} autres lignes dont la commune n'est pas trouvée",
                "une commune par ligne",
                "corriger toute la colonne",
            )
        if self.merged:
            pairs = sorted(self.merged.items())
            shown = ", ".join(f"{old} → {new} ({self.known.labels[new]})" for old, new in pairs[:8])
            more = f"… ({len(pairs)} codes)" if len(pairs) > 8 else ""
            self.report.notice(f"communes fusionnées, code en vigueur retenu : {shown}{more}")
        if self.by_name:
            self.report.notice(f"{said(self.by_name, what)} : commune trouvée par son nom")
        if self.differing:
            shown = " ; ".join(
                text for _, text in sorted(self.differing.items())[:SHOWN_DIFFERENCES]
            )
            self.report.notice(
                f"{said(list(self.differing), what)} : le code et le nom de la commune diffèrent, "
                f"le code est retenu ({shown})"
            )
        if self.missing:
            self.report.notice(f"{said(self.missing, what)} : commune absente, « non localisé »")


def _nearest_code(code: str, known: Gazetteer, home: frozenset[str]) -> str | None:
    """A code that a slip of the finger may have made of another, of its department or of the table's."""
    places = home | {code[:2]}
    near = [
        candidate
        for candidate in known.current
        if candidate[:2] == code[:2]
        and sum(a != b for a, b in zip(candidate, code, strict=False)) == 1
    ]
    swapped = [code[:i] + code[i + 1] + code[i] + code[i + 2 :] for i in range(len(code) - 1)]
    best = [
        candidate
        for candidate in swapped
        if candidate in known.current and known.departments[known.current[candidate]] in places
    ]
    return min(best or near, default=None)
