"""What each row of a register says of a practice: profession, mode, time, dates, structure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from demomed.core.faults import Report, closest
from demomed.ingestion import cells
from demomed.ingestion.births import ages
from demomed.ingestion.cells import Unreadable, fold
from demomed.ingestion.mapping import MAX_FAULTS_PER_COLUMN, Words, most_alike, parse_column, words
from demomed.ingestion.notices import quoting, said
from demomed.ingestion.presence import dates
from demomed.ingestion.structures import finess, kind_of
from demomed.ingestion.tabular import HandTable

_ONE_OF = {"mode": "modes", "status": "statuses", "sex": "sexes"}

LARGEST_SHARE = 1.5
"""Greatest limit of a quantity that may have been typed as a percentage."""
LEAST_PERCENT = 10.0
"""Smallest number, out of its limit, that is more likely a percentage than a slip: « 80 », not « 2,5 »."""


def described(table: HandTable, vocabulary: Words, reference: date, report: Report) -> pd.DataFrame:
    """Every fact of a row, typed, under the column names of the contract.

    Parameters
    ----------
    table
        The file.
    vocabulary
        Words of the register, the mission's own included.
    reference
        Date at which ages are reached.
    report
        Receives faults and notices.

    Returns
    -------
    DataFrame
        Index ``row``, objects, ``None`` where nothing is known; ``is_aside`` marks the professions
        that the vocabulary does not count.
    """
    frame = pd.DataFrame(index=table.frame.index)
    frame["service"], frame["is_aside"] = _services(table, vocabulary, report)
    for field, kind in _ONE_OF.items():
        frame[field] = _worded(table, field, vocabulary.values[kind], report)
    _modes_and_statuses(table, frame, vocabulary)
    answers = {k: v == "yes" for k, v in vocabulary.values["answers"].items()}
    frame["flag"] = _worded(table, "is_main_site", answers, report)
    for field, text in (
        ("etp", "un nombre positif, par exemple 0,8"),
        ("activity", "un nombre d'actes"),
        ("days", "un nombre de jours de 0 à 7"),
        ("site_share", "une part entre 0 et 1, ou un pourcentage"),
    ):
        top = {"etp": vocabulary.limit("etp_max"), "days": 7.0, "site_share": 1.0}.get(field)
        frame[field] = parse_column(
            table, field, lambda cell, top=top: _amount(cell, top), report, expected=text,
            remedy=lambda cell, error, top=top: _amount_remedy(cell, top),
        )  # fmt: skip
    frame = frame.join(ages(table, vocabulary, reference, report))
    frame = frame.join(dates(table, reference, report))
    return frame.join(_structures(table, report))


def _services(table: HandTable, vocabulary: Words, report: Report) -> tuple[pd.Series, pd.Series]:
    known = vocabulary.values["professions"]
    aside = {fold(word) for word in vocabulary.raw["aside"]["words"]}
    vague = {fold(word) for word in vocabulary.raw["vague"]["words"]}
    found: list[str | None] = []
    left: dict[int, str] = {}
    several: list[int] = []
    wrong: dict[int, str] = {}
    field = "speciality" if "service" not in table.frame else "service"
    pairs = zip(table.frame.index, table.column("service"), table.column("speciality"), strict=True)
    for row, profession, speciality in pairs:
        service, kind = _service(profession, speciality, known, aside)
        found.append(service)
        if kind == "aside":
            left[int(row)] = speciality if cells.is_missing(profession) else profession
        elif kind == "several":
            several.append(int(row))
        elif service is None:
            wrong[int(row)] = speciality if cells.is_missing(profession) else profession
    for row, written in list(wrong.items())[:MAX_FAULTS_PER_COLUMN]:
        empty = cells.is_missing(written)
        report.fault(
            "cellule vide" if empty else cells.quoted(written),
            "une profession de santé",
            "écrire la profession" if empty else _meant(written, known, vague),
            row=row,
            column=table.written[field],
        )
    if len(wrong) > MAX_FAULTS_PER_COLUMN:
        report.fault(
            f"{len(wrong) - MAX_FAULTS_PER_COLUMN} autres lignes dans le même cas",
            "une profession de santé",
            "corriger toute la colonne, ou nommer vos mots dans un fichier de mots",
            column=table.written[field],
        )
    if left:
        report.notice(
            f"profession que l'outil ne compte pas, mise de côté, {quoting(left)} ; si c'est une "
            "erreur, écrire l'une des professions du modèle"
        )
    if several:
        report.notice(
            f"{said(several)} : deux professions dans la cellule, la première est retenue"
        )
    service = pd.Series(found, index=table.frame.index, dtype="object")
    return service, pd.Series(table.frame.index.isin(left), index=table.frame.index)


def _meant(written: str, known: Mapping[str, str], vague: set[str]) -> str:
    """What to write instead of a word that is no profession."""
    near = most_alike(tuple(known), {fold(written)})
    if fold(written) in vague or near is None:
        return "écrire la profession en toutes lettres, et la spécialité d'un médecin"
    return f"vouliez-vous dire « {near} » ?"


def _service(
    profession: str, speciality: str, known: Mapping[str, str], aside: set[str]
) -> tuple[str | None, str]:
    phrases = [speciality, f"{profession} {speciality}", profession]
    for phrase in map(fold, phrases):
        if phrase in known:
            return known[phrase], "one"
    if any(fold(phrase) in aside for phrase in phrases):
        return None, "aside"
    for phrase in phrases:
        parts = [fold(part) for part in re.split(r"[/+,;]| et ", phrase)]
        for part in parts:
            if part in known:
                return known[part], "several"
    return None, "unknown"


def _worded(table: HandTable, field: str, known: Mapping[str, Any], report: Report) -> pd.Series:
    """Cells of a closed vocabulary; in « Statut » any other word is left out, elsewhere refused."""

    def read(cell: str) -> Any:
        if cells.is_missing(cell):
            return None
        word = fold(cell)
        if word in known:
            return known[word]
        if field == "status" or (field == "sex" and word in ("dr", "docteur", "pr")):
            return None
        raise Unreadable(cell)

    values = parse_column(
        table,
        field,
        read,
        report,
        expected="un mot connu de cette colonne",
        remedy=lambda cell, _: closest(fold(cell), known),
    )
    if field == "status":
        unread = {
            int(row): cell
            for row, cell in table.column(field).items()
            if not cells.is_missing(cell) and fold(cell) not in known
        }
        if unread:
            report.notice(
                f"statut non reconnu, laissé vide, {quoting(unread)} ; nommer vos mots dans un fichier "
                "de mots, à la section [statuts]"
            )
    return values


def _modes_and_statuses(table: HandTable, frame: pd.DataFrame, vocabulary: Words) -> None:
    statuses = table.column("mode").map(lambda cell: vocabulary.values["statuses"].get(fold(cell)))
    frame["status"] = frame["status"].where(frame["status"].notna(), statuses)
    frame.loc[frame["status"] == "interne", "mode"] = "etudiant"


def _amount(cell: str, top: float | None) -> float | None:
    value = cells.number(cell)
    if value is not None and (value < 0 or (top is not None and value > top)):
        raise Unreadable(cell)
    return value


def _amount_remedy(cell: str, top: float | None) -> str:
    try:
        value = cells.number(cell)
    except ValueError:
        return "écrire un nombre seul, avec une virgule décimale"
    if value is not None and value < 0:
        return "ôter le signe moins, ou vider la cellule si la valeur est inconnue"
    if value is None or top is None or top > LARGEST_SHARE:
        return "vérifier la valeur"
    if LEAST_PERCENT <= value <= 100 and "%" not in cell:
        shown = f"{value / 100:.3f}".rstrip("0").rstrip(".").replace(".", ",")
        return (
            f"écrire « {shown} », ou « {f'{value:g}'.replace('.', ',')} % » si c'est un pourcentage"
        )
    most = f"{top:g}".replace(".", ",")
    return f"vérifier la valeur, {most} au plus, ou vider la cellule si elle est inconnue"


def _structures(table: HandTable, report: Report) -> pd.DataFrame:
    """Structure of each row: its FINESS number, else a number of its own instead of its name."""
    kinds = words("structures").values["kinds"]
    answers = {fold(w) for w in words("register").raw["answers"]["no"]}
    header = fold(table.written.get("structure", ""))

    numbers = parse_column(
        table, "finess", finess, report,
        expected="un numéro FINESS de neuf caractères",
        remedy="rétablir le zéro initial et mettre la colonne au format Texte",
    )  # fmt: skip
    keys = table.column("structure").map(lambda c: "" if cells.is_missing(c) else fold(c))
    keys = keys.where(~keys.isin(answers), "")
    named = sorted({key for key in keys if key and key not in kinds and key != "oui"})
    own = {key: f"structure-{rank:04d}" for rank, key in enumerate(named, start=1)}
    kind = [kind_of(key, kinds) or (kinds.get(header) if key else None) for key in keys]
    ids = [
        code if code is not None else own.get(key) for code, key in zip(numbers, keys, strict=True)
    ]
    return pd.DataFrame(
        {"structure_id": ids, "structure_kind": kind}, index=table.frame.index, dtype="object"
    )
