"""What a type shows in a notebook: two columns of words, everything that comes from data escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape


def facts_table(caption: str, rows: Iterable[tuple[str, object]]) -> str:
    """HTML table of names and values under a caption; rows without value are left out.

    Parameters
    ----------
    caption
        What is shown, in French.
    rows
        Name and value of each line; ``None`` and empty text are left out, zero is told.

    Examples
    --------
    >>> facts_table("Zone", [("Nom", "<b>"), ("Note", "")])
    "<table><caption>Zone</caption><tr><th scope='row'>Nom</th><td>&lt;b&gt;</td></tr></table>"
    """
    body = "".join(
        f"<tr><th scope='row'>{escape(name)}</th><td>{escape(str(value))}</td></tr>"
        for name, value in rows
        if value is not None and value != ""
    )
    return f"<table><caption>{escape(caption)}</caption>{body}</table>"


def small(text: str) -> str:
    """A note under a table, escaped."""
    return f"<p><small>{escape(text)}</small></p>"
