"""Every public type shows itself in a notebook, and shows no text of the data as HTML."""

import dataclasses
import inspect
import typing

import pandas as pd
import pytest

import demomed
from demomed.core import catalogue
from demomed.core.faults import Fault, InputError
from demomed.core.indicator import get_indicator

HOSTILE = "<script>alert('x')</script>"


def public_types():
    """Types among the public names, and those that a public function returns."""
    found = set()
    for name in demomed.__all__:
        thing = getattr(demomed, name)
        if inspect.isclass(thing) and not issubclass(thing, Exception):
            found.add(thing)
        elif inspect.isfunction(thing):
            returned = typing.get_type_hints(thing).get("return")
            if inspect.isclass(returned) and returned.__module__.startswith("demomed"):
                found.add(returned)
    return sorted(found, key=lambda one: one.__name__)


def test_public_types_are_found():
    names = {one.__name__ for one in public_types()}
    assert {"Territory", "Indicators", "Ranking", "Publication", "Scenario", "MapDocument"} <= names


@pytest.mark.parametrize("kind", public_types(), ids=lambda one: one.__name__)
def test_every_public_type_shows_itself(kind):
    assert callable(getattr(kind, "_repr_html_", None))


def hostile(thing):
    """The same thing with every text replaced by an attack, tables included."""
    if isinstance(thing, str):
        return HOSTILE
    if isinstance(thing, pd.DataFrame):
        table = pd.DataFrame(thing).copy()
        for column in table.columns:
            if pd.api.types.is_string_dtype(table[column]) or table[column].dtype == object:
                table[column] = HOSTILE
        return table
    if isinstance(thing, tuple):
        return tuple(hostile(one) for one in thing)
    if dataclasses.is_dataclass(thing):
        return dataclasses.replace(
            thing,
            **{
                one.name: hostile(getattr(thing, one.name))
                for one in dataclasses.fields(thing)
                if one.init and one.name not in KEPT
            },
        )
    return thing


KEPT = {"priority_when", "nature", "kind", "level", "objective", "law", "status"}


@pytest.fixture(scope="module")
def mayenne():
    return demomed.load_territory("53")


def examples(territory, folder):
    ranking = demomed.rank_territory(territory)
    publication = demomed.publish(territory, folder / "p")
    return {
        "Territory": territory,
        "Ranking": ranking,
        "Recipe": ranking.recipe,
        "Publication": publication,
        "MapDocument": publication.documents["offre"],
        "PublicIndicators": publication.indicators.select("density", level="epci"),
        "Scenario": demomed.read_scenario("exemple"),
        "Department": territory.department,
        "Source": territory.sources["insee_bpe"],
        "Indicator": get_indicator("density"),
    }


def test_what_is_shown_is_told_and_escaped(mayenne, tmp_path):
    shown = examples(mayenne, tmp_path)
    assert {one.__name__ for one in public_types()} - set(shown) <= {"Indicators", "Siting"}
    for name, thing in shown.items():
        told = thing._repr_html_()
        assert "<table" in told, name
        if name == "PublicIndicators":
            attacked = dataclasses.replace(thing, table=thing.table.assign(zone_name=HOSTILE))
        else:
            attacked = hostile(thing)
        html = attacked._repr_html_()
        assert "<script" not in html, name
        assert "&lt;script" in html, name


def test_departments_of_the_catalogue_show_themselves():
    assert "52" in catalogue.department("53")._repr_html_()


def test_an_error_in_a_notebook_is_its_faults_and_no_inside():
    error = InputError([Fault("a.csv", "vide", "un tableau", "vérifier l'export")])
    assert error._render_traceback_() == [
        "- a.csv : vide ; attendu : un tableau ; à faire : vérifier l'export."
    ]


def test_show_refuses_an_unknown_level(mayenne):
    with pytest.raises(InputError, match="epci"):
        demomed.show(mayenne, "density", level="epcy")
