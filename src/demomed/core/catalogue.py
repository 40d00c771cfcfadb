"""Reads the TOML files an analyst may edit without knowing Python."""

from __future__ import annotations

import difflib
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from demomed.core.display import facts_table
from demomed.core.faults import Fault, InputError, closest


def _folder() -> Traversable:
    return files("demomed") / "catalogue"


def _read(resource: Traversable) -> dict[str, Any]:
    return tomllib.loads(resource.read_text(encoding="utf-8"))


@cache
def _read_folder(name: str) -> Mapping[str, dict[str, Any]]:
    found = {
        item.name.removesuffix(".toml"): _read(item)
        for item in (_folder() / name).iterdir()
        if item.name.endswith(".toml")
    }
    return dict(sorted(found.items()))


def sections() -> tuple[str, ...]:
    """Folders and files of the catalogue, in alphabetical order.

    Examples
    --------
    >>> {"recipes", "services.toml"} <= set(sections())
    True
    """
    return tuple(sorted(item.name for item in _folder().iterdir()))


@dataclass(frozen=True)
class Department:
    """A department as its readers call it.

    Parameters
    ----------
    code, name
        Official code and name.
    of, in_
        Name with its French prepositions: « de la Mayenne », « en Mayenne ».
    region_code, region_name
        Region of the department.
    towns
        Codes of the communes named on the maps; the most populous ones if none is declared.
    theme
        Identifier of the publishing theme used by default.
    """

    code: str
    name: str
    of: str
    in_: str
    region_code: str
    region_name: str
    towns: tuple[str, ...] = ()
    theme: str = "neutre"

    def _repr_html_(self) -> str:
        rows = (("Code", self.code), ("Région", f"{self.region_name} ({self.region_code})"))
        return facts_table(self.name, rows)


@dataclass(frozen=True)
class Service:
    """A profession or a kind of structure, with its names in the official files.

    Parameters
    ----------
    id
        English identifier, for instance ``"gp"``.
    label, singular, short
        French plural, French singular, French short label.
    kind
        ``"profession"`` or ``"structure"``.
    bpe
        Code in each vintage of Insee's Base permanente des équipements.
    ameli_part
        Label, in the counts of the Cnam, of a narrower field of the same profession; or empty.
    """

    id: str
    label: str
    singular: str
    short: str
    kind: str
    bpe: Mapping[str, str]
    ameli_part: str = ""


def departments() -> dict[str, Department]:
    """All departments the catalogue declares, by code.

    Examples
    --------
    >>> departments()["53"].of
    'de la Mayenne'
    """
    return {
        code: Department(
            code=code,
            name=raw["name"],
            of=raw["of"],
            in_=raw["in"],
            region_code=raw["region_code"],
            region_name=raw["region_name"],
            towns=tuple(raw.get("towns", ())),
            theme=raw.get("theme", "neutre"),
        )
        for code, raw in _read_folder("departments").items()
    }


def department(code: str) -> Department:
    """One department by its code; a name, or an unknown code, is refused with the closest ones.

    Examples
    --------
    >>> department("53").name
    'Mayenne'
    >>> department("Mayene")
    Traceback (most recent call last):
    demomed.core.faults.InputError: ...
    """
    known = departments()
    overseas = _overseas()
    if code in overseas["names"]:
        raise InputError(
            Fault(
                "catalogue des départements",
                f"« {code} » ({overseas['names'][code]}) n'est pas encore servi",
                "un département de métropole",
                overseas["why"],
            )
        )
    if code not in known:
        raise InputError(
            Fault(
                "catalogue des départements",
                f"département « {code} » inconnu",
                f"le code d'un des {len(known)} départements de métropole, de 01 à 95, 2A et 2B",
                _meant(code, known.values()),
            )
        )
    return known[code]


def nation() -> Department:
    """All the departments together, called as a department is.

    Examples
    --------
    >>> nation().in_
    'en France métropolitaine'
    """
    raw = _read(_folder() / "nation.toml")
    return Department(
        code=raw["code"],
        name=raw["name"],
        of=raw["of"],
        in_=raw["in"],
        region_code="",
        region_name="",
    )


def _meant(typed: str, known: Iterable[Department]) -> str:
    """Department that was probably meant, by its code or by its name, in French."""
    folded = _folded(typed)
    by_word = {_folded(one.name): one for one in known}
    by_word |= {_folded(one.code): one for one in by_word.values()}
    padded = {folded, folded.zfill(2)}
    found = [by_word[word] for word in sorted(padded) if word in by_word]
    if not found:
        begun = [one for word, one in sorted(by_word.items()) if folded and word.startswith(folded)]
        near = difflib.get_close_matches(folded, sorted(by_word), n=2, cutoff=0.6)
        found = begun[:3] or [by_word[word] for word in near]
    if not found:
        return "vérifier le code ; en Corse, 2A ou 2B"
    told = " ou ".join(dict.fromkeys(f"« {one.code} » ({one.name})" for one in found))
    return f"vouliez-vous dire {told} ?"


def _folded(text: str) -> str:
    """Letters and digits without case or accents."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(mark for mark in plain if mark.isalnum())


@cache
def _overseas() -> dict[str, Any]:
    """Overseas departments, and why they are not served yet."""
    return _read(_folder() / "overseas.toml")


@cache
def services() -> Mapping[str, Service]:
    """All professions and structures of the vocabulary, by identifier, in catalogue order."""
    raw = _read(_folder() / "services.toml")
    return {
        id_: Service(
            id=id_,
            label=item["label"],
            singular=item["singular"],
            short=item["short"],
            kind=item["kind"],
            bpe=item.get("bpe", {}),
            ameli_part=item.get("ameli_part", ""),
        )
        for id_, item in raw.items()
    }


def sources() -> Mapping[str, dict[str, Any]]:
    """Declarations of the datasets (one TOML each), by identifier."""
    return {raw["id"]: raw for raw in _read_folder("sources").values()}


def entry(kind: str, name: str) -> dict[str, Any]:
    """One declaration of a folder of the catalogue, with a hint if it is unknown.

    Parameters
    ----------
    kind
        Folder of the catalogue.
    name
        File name without ``.toml``.

    Raises
    ------
    InputError
        If there is no such declaration; the closest known one is named.
    """
    known = _read_folder(kind)
    if name not in known:
        raise InputError(
            Fault(
                f"catalogue « {kind} »",
                f"« {name} » n'est pas déclaré",
                "un nom du catalogue",
                closest(name, known),
            )
        )
    return known[name]


def declaration_text(kind: str, name: str) -> str:
    """One declaration as it is written, comments included, for someone to copy and change.

    Parameters
    ----------
    kind, name
        As for :func:`entry`.
    """
    entry(kind, name)
    return (_folder() / kind / f"{name}.toml").read_text(encoding="utf-8")


def entries(kind: str) -> Mapping[str, dict[str, Any]]:
    """All declarations of one folder of the catalogue, by file name, sorted."""
    return _read_folder(kind)


@cache
def texts(language: str = "fr") -> Mapping[str, Any]:
    """Texts of pages and messages in one language (nested tables of ``texts/<language>.toml``)."""
    return entry("texts", language)
