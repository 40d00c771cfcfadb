"""Everything declared is complete: indicators, departments, pages, recipes, sources, commands."""

import re
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import demomed
from demomed.core import catalogue
from demomed.core.indicator import indicators
from demomed.core.territory import LEVELS

ROOT = Path(__file__).parent.parent
demomed.compute  # noqa: B018  registers the indicators
DECLARED = indicators()


@pytest.fixture(scope="module")
def mayenne():
    return demomed.load_territory("53")


@pytest.fixture(scope="module")
def values(mayenne):
    return demomed.compute(mayenne, level=LEVELS)


@pytest.mark.parametrize("id_", DECLARED)
def test_indicator_is_told(id_):
    one = DECLARED[id_]
    for text in (one.label, one.short_label, one.description, one.caveat):
        assert text.strip(), f"{id_}: a French text is missing"
    is_median = "médian" in one.label.lower()  # no ratio: it has no numerator
    assert bool(one.numerator.strip()) != is_median, f"{id_}: numerator"
    assert one.sources
    assert one.kind in {"count", "ratio", "time", "score", "category"}
    assert one.measure.__doc__ or one.description
    for profession in one.professions:
        assert profession in catalogue.services()
    if one.breaks:
        assert list(one.breaks) == sorted(one.breaks)


@pytest.mark.parametrize("id_", DECLARED)
def test_indicator_values_are_sound(id_, values, mayenne):
    table = values.select(id_).table
    assert len(table), "computed for no zone"
    numbers = pd.to_numeric(table["value"]).astype(float)
    assert not np.isinf(numbers.to_numpy()).any()
    told = table["status"].isin(["value", "unstable"])
    assert numbers[told].notna().all(), "a value without number"
    assert numbers[~told].isna().all(), "a number without value"
    for level in table["level"].unique():
        zones = mayenne.zones(level).index
        here = table.loc[table["level"] == level]
        assert set(here["zone_code"]) == set(zones)
        assert not here.duplicated(["zone_code", "profession"]).any()
    if DECLARED[id_].kind == "ratio" and DECLARED[id_].scale == 100:
        assert numbers[told].between(0, 1).all()
    bounded = told & table["low"].notna() & table["high"].notna()
    low, high = table.loc[bounded, "low"].astype(float), table.loc[bounded, "high"].astype(float)
    assert (low <= numbers[bounded] + 1e-9).all()
    assert (numbers[bounded] <= high + 1e-9).all()


@pytest.mark.parametrize("id_", DECLARED)
def test_every_row_carries_its_source(id_, values, mayenne):
    table = values.select(id_).table
    for cell in table.loc[table["status"] == "value", "sources"].unique():
        names = [name for name in str(cell).split(";") if name]
        assert names
        for name in names:
            assert name in mayenne.sources, f"{id_}: source {name} is not declared"
            assert mayenne.sources[name].as_of


@pytest.mark.parametrize("code", catalogue.departments())
def test_department_is_told(code):
    one = catalogue.department(code)
    assert re.match(r"(de |du |de la |de l'|des |d')", one.of), one.of
    assert re.match(r"(en |dans |à )", one.in_), one.in_
    assert one.name in one.of or one.name.lower() in one.of.lower()
    assert one.region_code and one.region_name


@pytest.mark.parametrize("id_", catalogue.entries("recipes"))
def test_recipe_asks_for_declared_indicators(id_):
    raw = catalogue.entry("recipes", id_)
    criteria = raw["criteria"]
    assert abs(sum(c["weight"] for c in criteria) - 1) < 1e-9
    for criterion in criteria:
        assert criterion["indicator"] in DECLARED


@pytest.mark.parametrize("id_", catalogue.entries("sources"))
def test_source_is_told(id_):
    raw = catalogue.entry("sources", id_)
    for key in ("id", "title", "producer", "licence"):
        assert raw[key], f"{id_}: {key}"
    assert "page" in raw, "the public page, or an empty text where none is known"
    assert raw["id"] == id_
    assert {v["status"] for v in raw["vintages"]} <= {"current", "kept", "withdrawn"}


def test_every_file_of_the_catalogue_is_toml():
    for path in (ROOT / "src/demomed/catalogue").rglob("*.*"):
        if path.suffix not in {".pyc"}:
            assert path.suffix == ".toml", path
            tomllib.loads(path.read_text(encoding="utf-8"))


def test_readme_names_what_exists():
    for name in ("README.md", "LISEZMOI.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        for path in re.findall(r"\]\(([\w./-]+)\)", text):
            assert (ROOT / path).exists(), f"{name}: {path}"
        for path in re.findall(r"`((?:notebooks|docs|data)/[\w./-]+)`", text):
            if "<" not in path and "raw" not in path:
                assert (ROOT / path).exists(), f"{name}: {path}"


PRIVATE = re.compile(
    r"(?<![\w.:/])/(?:home|root|Users|mnt|srv|opt)/\w|[\w.]+@[\w-]+\.(?:fr|com|org)"
)


def test_no_path_of_a_machine_nor_mail_address_in_the_tree():
    """Absolute paths and mail addresses do not belong in a published project."""
    for folder in ("src", "docs", "tests", "benchmarks", "notebooks"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix not in {".py", ".md", ".toml", ".html", ".js", ".css", ".ipynb"}:
                continue
            if path.name == Path(__file__).name:
                continue
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                found = PRIVATE.search(line)
                allowed = found and (
                    "exemple" in line or "example" in line or path.parts[-3:-1].count("bad")
                )
                assert not found or allowed, f"{path.relative_to(ROOT)}:{number}: {found.group()}"
