"""A value made of sources of different dates says them all, from the sources themselves."""

from dataclasses import replace

from demomed.rendering.compose import compose
from demomed.rendering.french import day


def caveat(toy, territory, layer="density_gp", page="offre"):
    document = compose(territory, toy.toy_public(), page, version="0")
    return next(one.caveat for one in document.layers if one.id == layer)


def test_numerator_and_denominator_of_different_dates_are_both_told(toy):
    territory = toy.toy_territory()
    sources = {
        **territory.sources,
        "insee_bpe": replace(territory.sources["insee_bpe"], as_of="2019-01-01"),
        "insee_populations": replace(territory.sources["insee_populations"], as_of="2022-01-01"),
    }
    told = caveat(toy, replace(territory, sources=sources))
    for id_ in ("insee_bpe", "insee_populations"):
        assert f"({day(sources[id_].as_of)})" in told
        assert sources[id_].title.split()[0] in told


def test_sources_of_one_date_are_not_repeated(toy):
    territory = toy.toy_territory()
    sources = {i: replace(s, as_of="2022-01-01") for i, s in territory.sources.items()}
    assert day("2022-01-01") not in caveat(toy, replace(territory, sources=sources))
