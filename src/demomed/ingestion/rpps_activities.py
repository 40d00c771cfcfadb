"""Activities of the Annuaire Santé (RPPS): needed columns only, as positions in short lists of values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from demomed.core.catalogue import entry
from demomed.core.faults import Report
from demomed.ingestion.bulk import stream_columns
from demomed.ingestion.cells import Unreadable, completed_years, day

_DISTINCT = ("person",)


@dataclass(frozen=True)
class Activities:
    """Activities of the file, one row each, as positions in short lists: no text is repeated.

    Parameters
    ----------
    columns
        Position of each cell in ``values``, by column.
    values
        Distinct values of each column.
    person
        Position of the person in the sorted list of identifiers, then forgotten.
    """

    columns: Mapping[str, np.ndarray]
    values: Mapping[str, np.ndarray]
    person: np.ndarray

    def take(self, column: str, table: Mapping[Any, Any], default: Any, dtype: Any) -> np.ndarray:
        """Translate a column through a table: each distinct value is looked up once."""
        values = self.values[column]
        lut = np.array([table.get(value, default) for value in values], dtype=dtype)
        return lut[self.columns[column]] if len(lut) else np.empty(0, dtype)


def read_activities(
    path: Path, report: Report, *, skills: Path | None = None, without: Sequence[str] = ()
) -> Activities:
    """Read the needed columns of the extraction; names, phones, mails and streets never are.

    Parameters
    ----------
    path
        ``Personne_activite`` (open) or restricted extraction: 56 or 57 fields, unquoted ``|``.
    report
        Receives faults and notices.
    skills
        File of savoir-faire, to complete the activities that have none.
    without
        Optional columns to leave unread.
    """
    layout = entry("layouts", "rpps")
    table = stream_columns(
        path,
        {ours: names for ours, names in layout["columns"].items() if ours not in without},
        report,
        optional=layout["optional"]["names"],
        quoted=False,
        distinct=_DISTINCT,
    )
    encoded = table["person"].combine_chunks().dictionary_encode()
    columns, values = {}, {}
    for name in table.column_names:
        if name not in _DISTINCT:
            columns[name], values[name] = _positions(table[name])
            table = table.drop_columns([name])
    for name in layout["optional"]["names"]:
        if name not in columns:
            columns[name] = np.zeros(table.num_rows, "int32")
            values[name] = np.array([""], dtype=object)
    person, known = _sorted_positions(encoded)
    if len(known) and known[0].as_py() == "":
        report.fault(
            f"{int((person == 0).sum())} lignes sans « Identification nationale PP »",
            "un identifiant par ligne",
            "télécharger à nouveau le fichier",
            column="Identification nationale PP",
        )
    report.raise_if_faulty()
    if skills is not None:
        _complete_skills(columns, values, person, known, skills, report)
    return Activities(columns, values, person)


def _positions(column: pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray]:
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    chunk = column.unify_dictionaries().combine_chunks()
    if isinstance(chunk, pa.ChunkedArray):
        chunk = chunk.chunk(0) if chunk.num_chunks else pa.array([""]).dictionary_encode()
    values = np.array([value.strip() for value in chunk.dictionary.to_pylist()], dtype=object)
    return chunk.indices.to_numpy(zero_copy_only=False).astype("int32"), values


def _sorted_positions(encoded: pa.DictionaryArray) -> tuple[np.ndarray, pa.Array]:
    """Position of each identifier among the sorted distinct ones, so that row order never matters."""
    order = pc.array_sort_indices(encoded.dictionary)
    rank = np.empty(len(order), "int32")
    rank[order.to_numpy()] = np.arange(len(order), dtype="int32")
    return rank[encoded.indices.to_numpy()], encoded.dictionary.take(order)


def _complete_skills(
    columns: dict[str, np.ndarray],
    values: dict[str, np.ndarray],
    person: np.ndarray,
    known: pa.Array,
    skills: Path,
    report: Report,
) -> None:
    """Give each activity without savoir-faire those of its person in the other file."""
    other = Report(skills.name)
    layout = entry("layouts", "rpps")
    table = stream_columns(
        skills, layout["skills_columns"], other, quoted=False, distinct=_DISTINCT
    )
    report.notices.extend(other.notices)
    at = pc.index_in(table["person"], value_set=known).combine_chunks()
    matched = at.is_valid().to_numpy(zero_copy_only=False)
    at = at.fill_null(0).to_numpy()
    code, texts = _positions(table["skill"])
    ordered = _ordered_skills(layout)
    rank = {skill: i for i, skill in enumerate(ordered)}
    order = np.array([rank.get(text, len(ordered)) for text in texts], "int64")
    best = np.full(len(known), len(ordered), "int64")
    np.minimum.at(best, at[matched], order[code[matched]])
    empty = values["skill"][columns["skill"]] == ""
    gain = empty & (best[person] < len(ordered))
    vocabulary = [*values["skill"], *(s for s in ordered if s not in values["skill"])]
    place = np.array([vocabulary.index(skill) for skill in ordered] + [0], "int32")
    columns["skill"] = np.where(gain, place[best[person]], columns["skill"])
    values["skill"] = np.array(vocabulary, dtype=object)
    if gain.any():
        report.notice(f"activités complétées par le fichier des savoir-faire : {int(gain.sum())}")


def _ordered_skills(layout: Mapping[str, Any]) -> list[str]:
    return [skill for item in layout["services"] for skill in item.get("skills", ())]


def service_ranks(activities: Activities) -> tuple[np.ndarray, list[str]]:
    """Service of each row's person, as a position in the list of services; -1 if none.

    A person who answers to several declarations takes the first one, on every row: a general
    practitioner whose second site only shows a capacity stays one there.
    """
    layout = entry("layouts", "rpps")
    declared = layout["services"]
    services = [item["service"] for item in declared]
    last = len(services)
    professions, skills = activities.values["profession"], activities.values["skill"]
    lut = np.full((max(len(professions), 1), max(len(skills), 1)), last, "int64")
    for rank in range(last - 1, -1, -1):
        item = declared[rank]
        rows = np.flatnonzero(professions == item["profession"])
        wanted = item.get("skills")
        cols = np.arange(len(skills)) if wanted is None else np.flatnonzero(np.isin(skills, wanted))
        lut[np.ix_(rows, cols)] = rank
    row = lut[activities.columns["profession"], activities.columns["skill"]]
    count = int(activities.person.max()) + 1 if len(activities.person) else 0
    best = np.full(count, last, "int64")
    np.minimum.at(best, activities.person, row)
    chosen = best[activities.person]
    return np.where(chosen == last, -1, chosen), services


def apart(activities: Activities) -> np.ndarray:
    """What keeps a row out of the supply: 0 nothing, 1 substitute, 2 student."""
    rules = entry("layouts", "rpps")["apart"]
    substitute = activities.take(
        "genre", dict.fromkeys(rules["substitute_genres"], True), False, bool
    )
    student = activities.take(
        "category", dict.fromkeys(rules["student_categories"], True), False, bool
    )
    return np.where(student, 2, np.where(substitute, 1, 0))


def ages_of(activities: Activities, reference_date: date) -> tuple[np.ndarray, np.ndarray, int]:
    """Birth year and completed years of each row (-1 unknown), and how many dates are unreadable."""
    years, ages = {}, {}
    odd = 0
    for value in activities.values["birth_date"]:
        try:
            birth = day(value)
        except Unreadable:
            birth, odd = None, odd + 1
        if birth is None or birth > reference_date or completed_years(birth, reference_date) > 110:
            odd += birth is not None
            continue
        years[value], ages[value] = birth.year, completed_years(birth, reference_date)
    return (
        activities.take("birth_date", years, -1, "int64"),
        activities.take("birth_date", ages, -1, "int64"),
        odd,
    )
