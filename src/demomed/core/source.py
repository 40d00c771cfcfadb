"""Where a figure comes from: the declaration of a dataset and of one of its vintages."""

from __future__ import annotations

from dataclasses import dataclass

from demomed.core.display import facts_table, small


@dataclass(frozen=True)
class Source:
    """One vintage of one dataset, as declared in ``catalogue/sources/*.toml``.

    Parameters
    ----------
    id
        Stable identifier, written on every row the dataset fed.
    title, producer, licence, page
        What the public is told (French); ``page`` is the producer's public page.
    vintage
        Vintage in words, for instance ``"2021"`` or ``"1er janvier 2025"``.
    as_of
        Date that the figures describe, ISO ``AAAA-MM-JJ``.
    field
        Who or what is counted (champ), in French; never mixed with another field.
    max_age_days
        Age over which the dataset counts as stale; ``None`` = never.
    note
        Known traps, in French.
    """

    id: str
    title: str
    producer: str
    licence: str
    page: str
    vintage: str
    as_of: str
    field: str = ""
    max_age_days: int | None = None
    note: str = ""

    def credit(self) -> str:
        """Producer, title, vintage and licence as one French line.

        Examples
        --------
        >>> Source("bpe", "Base permanente des équipements", "Insee", "Licence Ouverte 2.0",
        ...        "", "2021", "2021-01-01").credit()
        'Insee, Base permanente des équipements, 2021 (Licence Ouverte 2.0)'
        """
        return f"{self.producer}, {self.title}, {self.vintage} ({self.licence})"

    def _repr_html_(self) -> str:
        rows = (
            ("Producteur", self.producer),
            ("Millésime", self.vintage),
            ("État au", self.as_of),
            ("Champ", self.field),
            ("Licence", self.licence),
            ("Page", self.page),
        )
        return facts_table(self.title, rows) + small(self.note)
