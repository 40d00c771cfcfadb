"""What a portal has published, read back from its own table: all that an attacker needs."""

from __future__ import annotations

import csv
import io

import pandas as pd

from demomed.core.catalogue import services
from demomed.core.catalogue import texts as catalogue_texts
from demomed.core.disclosure import THRESHOLD
from demomed.core.indicator import (
    COLUMNS,
    NATURE_LABELS,
    STATUS_LABELS,
    PublicIndicators,
    get_indicator,
    indicators,
)
from demomed.rendering.french import NARROW

NUMBERS: tuple[str, ...] = ("value", "low", "high", "numerator", "denominator")


def read_published(
    content: bytes, *, threshold: int = THRESHOLD, language: str = "fr"
) -> PublicIndicators:
    """Public indicators as a reader of ``indicateurs.csv`` knows them.

    Parameters
    ----------
    content
        The table as published.
    threshold
        Smallest number of persons it was protected for.
    language
        Language of its heads and words.

    Returns
    -------
    PublicIndicators
        Values as they are written: a share has the decimals shown and no more, its numerator and
        denominator are exact. Indicators that this version does not know are left out.
    """
    words = catalogue_texts(language)["compose"]["csv"]
    heads = dict(
        zip(
            words["header"],
            (
                *COLUMNS[:4],
                "label",
                "profession",
                "unit",
                "date",
                *NUMBERS,
                "status",
                "nature",
                "sources",
                "coarse",
            ),
            strict=True,
        )
    )
    rows = pd.DataFrame(
        csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"), dtype=object
    ).rename(columns=heads)
    if rows.empty:
        return PublicIndicators(pd.DataFrame(columns=[*COLUMNS, "coarse"]), threshold=threshold)
    known = indicators()
    rows = rows.loc[rows["indicator"].isin(list(known))].reset_index(drop=True)
    for column, told in (
        ("level", words["levels"]),
        ("profession", {id_: _spaced(s.label) for id_, s in services().items()}),
        ("status", STATUS_LABELS),
        ("nature", NATURE_LABELS),
    ):
        back = {label: id_ for id_, label in told.items()}
        rows[column] = rows[column].map(lambda text, back=back: back.get(text, text))  # type: ignore[misc]
    for column in NUMBERS:
        plain = rows[column].str.replace(",", ".", regex=False).str.replace(" ", "", regex=False)
        rows[column] = pd.to_numeric(plain.str.replace(NARROW, "", regex=False), errors="coerce")
    scales = rows["indicator"].map(lambda id_: get_indicator(id_).scale).astype(float)
    rows[["value", "low", "high"]] = rows[["value", "low", "high"]].div(scales, axis=0)
    rows["coarse"] = rows["coarse"].map(lambda text: f"{text[:1].lower()}{text[1:]}")
    return PublicIndicators(rows[[*COLUMNS, "coarse"]], threshold=threshold)


def _spaced(text: str) -> str:
    return text.replace(NARROW, " ")
