"""FINESS, JSON since 2026: legal persons read one at a time, so that the file is never whole in memory."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from demomed.core.catalogue import entry
from demomed.core.faults import Fault, InputError, Report
from demomed.ingestion.container import Container, reading
from demomed.ingestion.finess_csv import SITE_COLUMNS

CHUNK_BYTES = 1 << 20
_SPACE = " \t\r\n"


class _Text:
    """Rolling window on a stream of UTF-8: what has been parsed is forgotten."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._json = json.JSONDecoder()
        self.text = ""
        self.at = 0
        self.ended = False

    def more(self) -> None:
        """Read one more chunk, at least as large as what is waiting."""
        block = self._stream.read(max(CHUNK_BYTES, len(self.text) - self.at))
        self.ended = not block
        self.text = self.text[self.at :] + self._decoder.decode(block, final=self.ended)
        self.at = 0

    def peek(self) -> str:
        """Next character that is no space; ``""`` at the end."""
        while True:
            while self.at < len(self.text) and self.text[self.at] in _SPACE:
                self.at += 1
            if self.at < len(self.text) or self.ended:
                return self.text[self.at : self.at + 1]
            self.more()

    def take(self, expected: str) -> str:
        """Next character, which must be one of those expected."""
        found = self.peek()
        if not found or found not in expected:
            raise ValueError(f"{expected!r} expected")
        self.at += 1
        return found

    def value(self) -> Any:
        """Next complete value."""
        self.peek()
        while True:
            try:
                value, end = self._json.raw_decode(self.text, self.at)
            except json.JSONDecodeError:
                if self.ended:
                    raise
                self.more()
                continue
            if end == len(self.text) and not self.ended:
                self.more()
                continue
            self.at = end
            return value


def stream_items(stream: Any, key: str) -> Iterator[Any]:
    """Items of the array under a root key, one at a time; the other keys are skipped.

    Raises
    ------
    ValueError
        If the text is not the JSON of an object, or stops before its end.

    Examples
    --------
    >>> import io
    >>> list(stream_items(io.BytesIO(b'{"a": {"b": [1]}, "items": [1, {"c": 2}]}'), "items"))
    [1, {'c': 2}]
    """
    text = _Text(stream)
    text.take("{")
    while text.peek() != "}":
        name = text.value()
        text.take(":")
        if name == key and text.peek() == "[":
            text.take("[")
            while text.peek() != "]":
                yield text.value()
                if text.peek() != "]":
                    text.take(",")
            text.take("]")
        else:
            text.value()
        if text.peek() != "}":
            text.take(",")
    text.take("}")


def read_json_sites(box: Container, report: Report) -> pd.DataFrame:
    """Open sites of the JSON; same columns as the CSV, index = rank of the site in the file."""
    rules = entry("layouts", "finess")["json"]
    rows: list[dict[str, Any]] = []
    index: list[int] = []
    seen = closed = 0
    try:
        with reading(report), box.open() as stream:
            for person in stream_items(stream, "pmej"):
                for site in _get(person, rules["sites"]) or ():
                    seen += 1
                    row = _site(site, rules)
                    closed += row is None
                    if row is not None:
                        rows.append(row)
                        index.append(seen)
    except InputError as error:
        if isinstance(error.__cause__, ValueError):
            raise InputError(
                Fault(
                    report.file,
                    f"JSON interrompu ou mal formé après {seen} sites",
                    "un fichier entier",
                    "le télécharger à nouveau",
                )
            ) from error
        raise
    if not seen:
        report.fault(
            "aucun site sous la clé « pmej »",
            "le fichier « finess-structures » du producteur",
            "vérifier que c'est le bon fichier",
        )
    if closed:
        report.notice(f"sites fermés ou inactifs, écartés : {closed}")
    frame = pd.DataFrame(rows, index=pd.Index(index, dtype="int64"), columns=list(SITE_COLUMNS))
    for name in ("x", "y", "x2", "y2"):
        frame[name] = pd.to_numeric(frame[name], errors="coerce")
    text = [name for name in SITE_COLUMNS if name not in ("x", "y", "x2", "y2")]
    return frame.astype(dict.fromkeys(text, "str"))


def _get(record: Any, names: Sequence[str]) -> Any:
    """First value that is neither null nor empty among several spellings of a key."""
    if isinstance(record, Mapping):
        for name in names:
            value = record.get(name)
            if value not in (None, ""):
                return value
    return None


def _text(value: Any) -> str | None:
    """Text of a flat value, or the code of an object that wraps it."""
    if isinstance(value, Mapping):
        value = _get(value, ("code", "valeur"))
    return None if value in (None, "") else str(value).strip()


def _site(site: Any, rules: Mapping[str, Any]) -> dict[str, Any] | None:
    info = _get(site, rules["site_info"])
    row: dict[str, Any] = {name: _text(_get(info, keys)) for name, keys in rules["info"].items()}
    if row.pop("closed") or _text(_get(site, rules["state"])) != rules["active"]:
        return None
    addresses = [a for a in _get(site, rules["addresses"]) or () if isinstance(a, Mapping)]
    practice = [a for a in addresses if _text(_get(a, rules["usage"])) == rules["practice"]]
    address = practice[0] if practice else {}
    at = _get(address, rules["coordinates"])
    row["commune"] = _text(_get(address, ("cogCommune",)))
    row["category"] = _text(_get(site, rules["category"]))
    row["category_label"] = None
    row["x"], row["y"] = (_text(_get(at, (f"coordonnee{axis}",))) for axis in "XY")
    row["x2"] = _text(_get(at, ("directionLongitude",)))
    row["y2"] = _text(_get(at, ("directionLatitude",)))
    return row
