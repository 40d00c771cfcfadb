"""« Cohortes »: students, aids, housing and recruits, as the public may read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd

from demomed.analysis.public_counts import public_counts
from demomed.core.document import SourceLine
from demomed.core.report import Report, Section
from demomed.core.retold import Counts
from demomed.core.state import EarlierState
from demomed.core.territory import Territory
from demomed.dossiers.cohortes_counts import (
    KINDS,
    PAGE,
    Tables,
    Words,
    retold_counts,
    whole_counts,
)
from demomed.dossiers.cohortes_tables import curve, public_table
from demomed.dossiers.material import Material
from demomed.rendering.french import day, join, plural, typeset
from demomed.rendering.reports import dossier_words, make_report

INPUT = "cohorts"


def dossier(material: Material) -> Report | None:
    """What becomes of those whom the mission helps.

    Returns
    -------
    Report or None
        ``None`` when no table was given, or no day at which to read them.
    """
    tables = material.inputs.get(INPUT)
    if not tables or material.today is None:
        return None
    words = dossier_words(PAGE)
    threshold = 1 if material.public.internal else material.public.threshold
    before = _before(material)
    kept = retold_counts(material.territory, tables, material.today, before, threshold=threshold)
    withheld = set() if material.public.internal else set(tables) - set(kept)
    sections = []
    for kind in KINDS:
        if kind not in tables:
            continue
        if kind in withheld:
            sections.append(
                Section(typeset(words[f"section_{kind}"]), paragraphs=(typeset(words["withheld"]),))
            )
            continue
        told = public_table(
            kind, words, material.territory, tables[kind], material.today, threshold
        )
        drawn = (
            curve(words, tables[kind], material.today, threshold) if kind == "recruits" else None
        )
        sections.append(
            Section(
                typeset(words[f"section_{kind}"]),
                figures=(drawn,) if drawn is not None else (),
                tables=(told,),
            )
        )
    return make_report(
        PAGE,
        material.territory,
        material.public,
        lead=_lead(
            words,
            material.territory,
            {kind: table for kind, table in tables.items() if kind not in withheld},
            material.today,
            threshold,
        ),
        sections=sections,
        nature="register",
        version=material.version,
        source_lines=tuple(_source(words, kind, material) for kind in KINDS if kind in tables),
        date_label=words["date_label"].format(day=day(material.today.isoformat())),
        language=material.language,
    )


def _source(words: Words, kind: str, material: Material) -> SourceLine:
    at = day(material.today.isoformat()) if material.today else ""
    return SourceLine(
        id=f"cohorts_{kind}",
        title=typeset(words[f"section_{kind}"]),
        producer=typeset(words["source_producer"]),
        vintage="",
        as_of=at,
        licence=typeset(words["source_licence"]),
        page="",
        field=typeset(words["source_field"]),
    )


def _before(material: Material) -> Sequence[Mapping[str, Counts]]:
    earlier = material.inputs.get("earlier")
    return earlier.cohorts if isinstance(earlier, EarlierState) else ()


def _lead(words: Words, territory: Territory, tables: Tables, at: date, threshold: int) -> str:
    parts = []
    for kind in KINDS:
        count = _told_count(kind, words, territory, tables, at, threshold)
        if count is not None:
            parts.append(words[f"lead_{kind}"].format(count=plural(count, *words[kind])))
    text = words["lead"].format(parts=join(parts)) if parts else words["lead_secret"]
    return str(text[0].upper() + text[1:])


def _told_count(
    kind: str, words: Words, territory: Territory, tables: Tables, at: date, threshold: int
) -> int | None:
    """Whole of a table when its own figures tell it."""
    if kind not in tables:
        return None
    if kind == "housing":
        return int(tables[kind]["places_count"].sum())
    counts = whole_counts(kind, words, territory, tables[kind], at)
    total = public_counts(counts, threshold=threshold).iloc[-1, -1]
    return None if pd.isna(total) else int(total)
