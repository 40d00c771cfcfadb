"""A command line that cannot be understood, and what the system refuses, told in French."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from demomed.core.faults import Fault, closest

# The parent of every complaint about the command line, wherever this version of typer keeps it.
USAGE_ERROR: type[Exception] = typer.BadParameter.__mro__[1]

WHERE = "ligne de commande"
_HELP = "voir la même commande avec --help"
_WHOLE = ("un nombre entier", "écrire des chiffres seulement, par exemple 5")
_EXPECTED = {
    "int": _WHOLE,
    "integer": _WHOLE,
    "float": ("un nombre", "écrire le nombre avec un point, par exemple 2.5"),
}
READING = (
    "rank",
    "check",
    "doctor",
    "register check",
    "snapshots list",
    "snapshots show",
    "snapshots verify",
    "snapshots diff",
    "sources list",
    "sources check",
)
"""Commands that are asked for what they say: a refusal of theirs does not speak of writing."""
NOTHING_WRITTEN, NOTHING_READ = "Rien n'a été écrit", "Commande refusée"
_SYSTEM = {
    errno.EACCES: (
        "accès refusé par le système",
        "un fichier ou un dossier accessible",
        "fermer le fichier s'il est ouvert, ou choisir un autre dossier",
    ),
    errno.ENOENT: ("introuvable", "un fichier ou un dossier qui existe", "vérifier le chemin"),
    errno.ENOTDIR: ("ce n'est pas un dossier", "un dossier", "choisir un autre chemin"),
    errno.EISDIR: ("c'est un dossier", "un fichier", "ajouter le nom du fichier au chemin"),
    errno.EEXIST: (
        "un fichier porte déjà ce nom",
        "un dossier, ou un nom libre",
        "choisir un autre chemin",
    ),
    errno.ENOSPC: ("disque plein", "de la place sur le disque", "libérer de la place"),
    errno.EROFS: ("disque en lecture seule", "un disque où écrire", "choisir un autre dossier"),
    errno.ENAMETOOLONG: ("nom trop long", "un nom plus court", "choisir un autre chemin"),
}
_SYSTEM[errno.EPERM] = _SYSTEM[errno.EACCES]


def refusal_head(given: Sequence[str]) -> str:
    """First words of a refusal, by the command that was asked for.

    Examples
    --------
    >>> refusal_head(["rank", "-d", "53"]), refusal_head(["publish", "-d", "53"])
    ('Commande refusée', "Rien n'a été écrit")
    >>> refusal_head(["snapshots", "diff"])
    'Commande refusée'
    """
    asked = " ".join(given[:2])
    reads = any(asked == one or asked.startswith(f"{one} ") for one in READING)
    return NOTHING_READ if reads else NOTHING_WRITTEN


def usage_fault(error: Exception, given: Sequence[str], command: Any) -> Fault:
    """What is wrong on the command line, what was expected, and the closest known word.

    Parameters
    ----------
    error
        Complaint of the parser.
    given
        Words of the command line.
    command
        The parsed command, whose sub-commands are the known words.
    """
    kind = type(error).__name__
    option = getattr(error, "option_name", None)
    parameter = getattr(error, "param", None)
    if kind == "NoSuchOption" and option:
        near = getattr(error, "possibilities", None) or ["--help"]
        return Fault(
            WHERE, f"option « {option} » inconnue", "une option connue", closest(option, near)
        )
    if kind == "BadOptionUsage" and option:
        return Fault(WHERE, f"option « {option} » sans valeur", "une valeur après elle", _HELP)
    if kind == "MissingParameter" and parameter is not None:
        lacking = _lacking(error, given) or [parameter]
        found = "paramètre absent" if len(lacking) == 1 else "paramètres absents"
        return Fault(WHERE, found, ", ".join(map(_called, lacking)), _HELP)
    if kind == "BadParameter" and parameter is not None:
        return _bad_value(parameter, given)
    return _unknown_word(given, command)


def _lacking(error: Any, given: Sequence[str]) -> list[Any]:
    """Every required parameter that the command line does not give, in order."""
    context = getattr(error, "ctx", None)
    if context is None:
        return []
    words = list(given)[len(context.command_path.split()) - 1 :]
    found, _, _ = context.command.make_parser(context).parse_args(args=words)
    return [one for one in context.command.params if one.required and found.get(one.name) is None]


def _called(parameter: Any) -> str:
    """Longest name of an option, or the word that stands for an argument."""
    if getattr(parameter, "param_type_name", "") == "option":
        return str(max(parameter.opts, key=len))
    return str(parameter.metavar or parameter.human_readable_name)


def _bad_value(parameter: Any, given: Sequence[str]) -> Fault:
    expected, remedy = _EXPECTED.get(_type_name(parameter), ("une valeur permise", _HELP))
    return Fault(_called(parameter), f"« {_value(parameter, given)} »", expected, remedy)


def _type_name(parameter: Any) -> str:
    """Name of the type of a parameter, wherever this version of typer keeps it."""
    annotation = getattr(getattr(parameter, "type_descriptor", None), "annotation", None)
    if annotation is not None:
        return str(getattr(annotation, "__name__", annotation))
    return str(getattr(getattr(parameter, "type", None), "name", ""))


def _value(parameter: Any, given: Sequence[str]) -> str:
    """Last value written for an option, whether apart (« --seuil 3 ») or joined (« --seuil=3 »)."""
    found = ""
    for word, following in zip(given, [*given[1:], ""], strict=True):
        name, joined, value = word.partition("=")
        if name in parameter.opts:
            found = value if joined else following
    return found


def _unknown_word(given: Sequence[str], command: Any) -> Fault:
    """A word that is no command, or one word too many after a command that is known."""
    words = [word for word in given if not word.startswith("-")]
    known = dict(getattr(command, "commands", {}))
    while words and words[0] in known:
        known = dict(getattr(known[words.pop(0)], "commands", {}))
    if known:
        word = words[0] if words else ""
        return Fault(WHERE, f"« {word} »", "une commande connue", closest(word, known))
    extra = words[-1] if words else ""
    return Fault(WHERE, f"« {extra} » en trop", "des options connues", _HELP)


def system_fault(error: OSError) -> Fault:
    """What the system refused, told in French with the name of the file alone."""
    found, expected, remedy = _SYSTEM.get(
        error.errno or 0,
        (
            f"refus du système (erreur {error.errno})",
            "un fichier ou un dossier accessible",
            "essayer un autre dossier",
        ),
    )
    return Fault(Path(str(error.filename)).name or "fichier", found, expected, remedy)
