"""Tables of few persons told at several dates: told again only if no small difference appears."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Counts = Mapping[str, int | None]
"""Number told in each cell of a table, by its name; ``None`` where it is secret."""


def may_be_told_again(now: Counts, before: Iterable[Counts], *, threshold: int = 5) -> bool:
    """Whether a table can stand beside those published earlier without telling of a few persons.

    The whole table is told, or nothing of it: cells withheld one by one would tell which changed.

    Parameters
    ----------
    now
        Cells of today, as they would be told.
    before
        The same table at each earlier date it was published.
    threshold
        Smallest difference told, in persons.

    Returns
    -------
    bool
        ``False`` as soon as one cell differs by less than the threshold, is secret at one date
        only, or is not there at both unless it holds the threshold at least.

    Examples
    --------
    >>> may_be_told_again({"2022": 21}, [{"2022": 22}])
    False
    >>> may_be_told_again({"2022": 22, "2023": None}, [{"2022": 22, "2023": None}])
    True
    >>> may_be_told_again({"2022": 27, "2023": 8}, [{"2022": 22}])
    True
    """
    return all(
        _alike(now.get(cell, 0), then.get(cell, 0), threshold)
        for then in before
        for cell in {*now, *then}
    )


def _alike(now: int | None, then: int | None, threshold: int) -> bool:
    if now is None or then is None:
        return now is then
    return now == then or abs(now - then) >= threshold
