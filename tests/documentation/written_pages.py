"""Blocks and commands of the written pages, and what each shell line must satisfy."""

import re
import shlex
import tomllib
from pathlib import Path
from typing import NamedTuple

import typer

from demomed import pipeline
from demomed.cli import app
from demomed.core import catalogue

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^( *)```(\w*)[^\n]*\n(.*?)^\1```\s*$", re.M | re.S)
SHELL = {"sh", "bash", "console"}
SILENT = {"", "text", "toml", "csv", "json", "yaml"}
INLINE = re.compile(r"`((?:demomed|make) [^`\n]+)`")
MODULES = {"venv", "pip", "pytest", "build", "http.server", "demomed"}


class Block(NamedTuple):
    """One fenced block: its page, language, first line and text."""

    page: str
    language: str
    line: int
    text: str

    def commands(self):
        """Lines of a shell block without comments; a backslash joins two of them."""
        joined = self.text.replace("\\\n", " ")
        lines = (shlex.split(line, comments=True) for line in joined.splitlines())
        return [words for words in lines if words]


def pages():
    """Written pages of the root and of the documentation."""
    found = [ROOT / name for name in ("README.md", "LISEZMOI.md", "CONTRIBUTING.md")]
    return [*found, *sorted((ROOT / "docs").rglob("*.md"))]


def name(page):
    return page.relative_to(ROOT).as_posix() if page.is_relative_to(ROOT) else page.name


def blocks(page):
    """Fenced blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(name(page), found.group(2), text[: found.start()].count("\n") + 1, found.group(3))
        for found in FENCE.finditer(text)
    ]


def inline(page):
    """Commands quoted in the sentences and tables of a page."""
    return [shlex.split(found) for found in INLINE.findall(FENCE.sub("", page.read_text("utf-8")))]


def split(words):
    """Simple commands of a line joined by « && »."""
    parts, last = [], []
    for word in words:
        if word == "&&":
            parts.append(last)
            last = []
        else:
            last.append(word)
    return [*parts, last]


def check_line(words, *, whole=True):
    """Refuse a line that could not be typed: unknown program, command, option, target or value."""
    for part in split(words):
        program, rest = part[0].removeprefix(".venv/bin/"), part[1:]
        if program == "demomed":
            check_demomed(rest, whole=whole)
        elif program == "make":
            check_make(rest)
        elif program in {"python", "python3"}:
            assert rest[:1] == ["-m"] and rest[1] in MODULES, part
        elif program == "pip":
            check_pip(rest)
        else:
            raise AssertionError(f"unknown program: {' '.join(part)}")


def check_demomed(words, *, whole=True):
    """Parse the words as the program itself does; check the values it would look up."""
    command = typer.main.get_command(app)
    options = {one for parameter in command.params for one in parameter.opts}
    if words and words[0].startswith("-"):
        assert words[0] in options | {"--help"}, f"unknown option: {words[0]}"
        return
    words = list(words)
    while hasattr(command, "commands"):
        if command.invoke_without_command and words and words[0].startswith("-"):
            break
        if not whole and not words:
            return
        assert words and words[0] in command.commands, f"unknown command: {' '.join(words)}"
        command = command.commands[words.pop(0)]
    if not whole:
        options = {one for parameter in command.params for one in parameter.opts} | {"--help"}
        for word in words:
            assert not word.startswith("-") or word in options, f"unknown option: {word}"
        return
    given = command.make_context("demomed", words).params
    codes = given.get("department") or given.get("departments") or ()
    for code in [codes] if isinstance(codes, str) else codes:
        catalogue.department(code)
    pipeline.check_options(
        **{key: given[key] for key in ("recipe", "threshold", "mode") if key in given}
    )


def check_make(words):
    """Targets and variables must be those of the Makefile."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    for word in words:
        if "=" in word:
            variable = word.partition("=")[0]
            assert f"$({variable})" in text, f"unknown variable of make: {word}"
        else:
            assert re.search(rf"^{re.escape(word)}:", text, re.M), f"unknown target: {word}"


def check_pip(words):
    """Files named must exist, and so must the optional sets."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"][
        "optional-dependencies"
    ]
    assert words[0] == "install", words
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word == "-c":
            assert (ROOT / following).is_file(), following
        named = re.search(r"\[([\w,]+)\]", word)
        if named:
            assert set(named.group(1).split(",")) <= set(extras), word
