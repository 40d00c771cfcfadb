"""Options shared by the commands: one declaration, the same words and the same reading everywhere."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated

import pytest
import typer

from demomed import pipeline
from demomed.cli import app
from demomed.cli.grouped import DatedFiles, MissionTables, OwnFiles, ScopedFiles, grouped
from demomed.core.faults import InputError

READS_FILES = {
    "build": {"travel", "reference_date"},
    "check": set(),
    "plan": {"travel"},
    "publish": {"travel", "reference_date"},
    "rank": {"travel"},
    "report": {"travel", "reference_date"},
    "scenario": {"travel"},
    "snapshot": set(),
    "sources inventory": set(),
}


def commands(parsed=None, path=()):
    """Every command of the program, by the words that call it."""
    parsed = parsed or typer.main.get_command(app)
    if path:
        yield " ".join(path), parsed
    for name, inner in getattr(parsed, "commands", {}).items():
        yield from commands(inner, (*path, name))


PARSED = dict(commands())


def declared(parsed):
    return {one.name: (one.opts, one.help, one.metavar) for one in parsed.params}


@pytest.mark.parametrize("name", READS_FILES)
def test_commands_that_read_files_take_all_of_them_with_the_same_words(name):
    mine, whole = declared(PARSED[name]), declared(PARSED["publish"])
    wanted = {field.name for field in fields(ScopedFiles)} | READS_FILES[name]
    assert wanted <= set(mine)
    assert {one: mine[one] for one in wanted} == {one: whole[one] for one in wanted}
    assert {"travel", "reference_date"} & set(mine) == READS_FILES[name]


def test_no_other_command_reads_a_list_of_structures():
    taking = {name for name, parsed in PARSED.items() if "structures_mapping" in declared(parsed)}
    assert taking == set(READS_FILES)


def test_options_keep_the_place_of_their_group():
    order = [one.name for one in PARSED["rank"].params if one.name != "help"]
    files = ["data", "register", "structures", "mapping", "structures_mapping", "travel", "scope"]
    assert order == ["department", "recipe", *files, "out_file"]


@dataclass(frozen=True)
class Place:
    town: Annotated[str, typer.Option("--town")] = "Laval"
    miles: Annotated[float, typer.Option("--miles")] = 2.5


def test_a_command_receives_its_groups_whole():
    @grouped
    def told(*, name: str, place: Place, loud: bool = False) -> object:
        """Tell."""
        return name, place, loud

    assert list(inspect.signature(told).parameters) == ["name", "town", "miles", "loud"]
    assert told.__doc__ == "Tell."
    assert told(name="a", miles=4.0) == ("a", Place("Laval", 4.0), False)
    assert told(name="a", town="Mayenne", loud=True) == ("a", Place("Mayenne", 2.5), True)
    with pytest.raises(TypeError, match="county"):
        told(name="a", county="53")


def test_every_file_reaches_the_reading(monkeypatch):
    asked = {}
    monkeypatch.setattr(pipeline, "load_territory", lambda code, **given: asked.update(given))
    files = DatedFiles(
        data=Path("a"), register=Path("b"), structures=Path("c"), mapping=Path("d"),
        structures_mapping=Path("e"), travel=Path("f"), scope="department",
        reference_date="2024-01-31",
    )  # fmt: skip
    files.territory("53", progress=str)
    assert asked.pop("progress") is str
    assert asked.pop("trial") is None
    assert str(asked.pop("reference_date")) == "2024-01-31"
    assert asked == {
        field.name: getattr(files, field.name) for field in fields(files) if field.name in asked
    }
    assert len(asked) == len(fields(files)) - 1


def test_a_wrong_date_is_refused_before_any_reading():
    with pytest.raises(InputError, match="--date"):
        DatedFiles(reference_date="31/01/2024").territory("53", progress=str)


def test_what_was_given_is_named_as_it_was_typed():
    assert OwnFiles().given() == {}
    assert OwnFiles(data=Path("d"), register=Path("r")).given(besides=("data",)) == {
        "--register": Path("r")
    }
    assert MissionTables(zones=["cls"], states_root=Path("s")).given() == {
        "--states": Path("s"),
        "--zoning": ["cls"],
    }


@pytest.mark.parametrize(
    ("option", "value"),
    [("--register", "r.csv"), ("--states", "s"), ("--zoning", "cls"), ("--same-scale", "maps/53")],
)
def test_what_holds_for_one_department_is_refused_for_several(command, option, value):
    code, _, told = command("publish", "-d", "53", "-d", "61", option, value)
    assert code == 2
    assert option in told and "un seul" in told
