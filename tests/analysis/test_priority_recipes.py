"""Recipes: what ships loads and reads well; what is wrong is refused, all faults at once."""

import pytest

from demomed.analysis.recipes import load_recipe, parse_recipe
from demomed.core.catalogue import entries
from demomed.core.faults import InputError

SHIPPED = ("installation", "infirmiers", "dentaire_mobile", "telesante", "sante_mentale_jeunes")


def declaration(**changes):
    raw = {
        "title": "Titre",
        "question": "Où ?",
        "criteria": [
            {"indicator": "a", "priority_when": "low", "weight": 0.6, "label": "a"},
            {"indicator": "b", "priority_when": "high", "weight": 0.4, "label": "b"},
        ],
    }
    return raw | changes


def test_the_five_recipes_ship():
    assert set(SHIPPED) <= set(entries("recipes"))


@pytest.mark.parametrize("name", sorted(entries("recipes")))
def test_shipped_recipes_are_whole(name):
    recipe = load_recipe(name)
    assert sum(c.weight for c in recipe.criteria) == pytest.approx(1)
    assert recipe.question.endswith("?") and recipe.title and len(recipe.caveat) > 80
    assert all(criterion.label for criterion in recipe.criteria)
    assert all("why" in criterion for criterion in entries("recipes")[name]["criteria"])


@pytest.mark.parametrize("name", sorted(entries("recipes")))
def test_every_shipped_criterion_says_how_it_varies(name):
    for criterion in entries("recipes")[name]["criteria"]:
        assert "law" in criterion or "relative_error" in criterion, criterion["indicator"]
        if criterion["indicator"] == "density":
            assert criterion["law"] == "rate" and criterion["priority_when"] == "low"


@pytest.mark.parametrize("name", sorted(entries("recipes")))
def test_shipped_recipes_do_not_use_the_register(name):
    personal = {"share_55_plus", "share_over_55", "share_60_plus", "share_65_plus", "mean_age"}
    assert not personal & {criterion.indicator for criterion in load_recipe(name).criteria}


def test_an_analyst_file_is_read(tmp_path):
    path = tmp_path / "ma_recette.toml"
    path.write_text(
        'title = "T"\nquestion = "Q ?"\n[[criteria]]\nindicator = "apl"\nprofession = "gp"\n'
        'priority_when = "low"\nweight = 1\nlabel = "APL"\n',
        encoding="utf-8",
    )
    recipe = load_recipe(path)
    assert recipe.id == "ma_recette"
    assert recipe.criteria[0].column == "apl_gp" and recipe.criteria[0].direction == -1


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"title = ", "illisible"), (b"\xff\xfe", "illisible"), (None, "introuvable")],
)
def test_unreadable_files_are_refused(tmp_path, content, words):
    path = tmp_path / "recette.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=words):
        load_recipe(path)


def test_unknown_name_is_refused_with_the_closest():
    with pytest.raises(InputError, match="installation"):
        load_recipe("instalation")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"title": " "}, "title"),
        ({"normalisation": "minmax"}, "min-max"),
        ({"aggregation": "lineaire"}, "linear"),
        ({"normalisation": "z", "aggregation": "geometric"}, "positives"),
        ({"criteria": []}, "aucun critère"),
        ({"top": 0}, "top"),
        ({"missing_share": 2}, "missing_share"),
        ({"weight": 1}, "weight"),
        ({"normalisation": "target"}, "cible"),
        ({"normalisation": "goalposts"}, "bornes"),
        ({"parameters": {"epsilon": 0}}, "epsilon"),
        ({"parameters": {"winsorise": [0.9, 0.1]}}, "winsorise"),
        ({"parameters": {"concentration": -1}}, "concentration"),
        ({"parameters": {"espilon": 0.1}}, "epsilon"),
    ],
)
def test_faulty_declarations_are_refused(changes, words):
    with pytest.raises(InputError, match=words):
        parse_recipe("essai", declaration(**changes))


def test_a_wrong_weight_is_told_once_without_a_sum_that_misleads():
    raw = declaration()
    raw["criteria"][0]["weight"] = -0.4
    with pytest.raises(InputError, match="poids positif") as refused:
        parse_recipe("essai", raw)
    assert len(refused.value.faults) == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"weight": -0.6}, "poids positif"),
        ({"weight": "0,6"}, "poids positif"),
        ({"weight": 0.7}, "la somme des poids vaut 1,100.*a 0,636, b 0,364"),
        ({"priority_when": "bas"}, "high.*low"),
        ({"label": ""}, "libellé"),
        ({"indicator": ""}, "indicateur absent"),
        ({"indicator": "b"}, "deux fois"),
        ({"relative_error": 3}, "relative_error"),
        ({"law": "taux"}, "loi « taux »"),
        ({"law": "rate", "relative_error": 0.1}, "avec elle seule"),
        ({"law": "relative"}, "avec elle seule"),
        ({"law": "rate", "least_error": 0.1}, "least_error"),
        ({"least_error": -0.1}, "least_error"),
        ({"limits": [1, 0]}, "limits"),
        ({"cap": -1}, "cap"),
        ({"poids": 1}, "poids"),
    ],
)
def test_faulty_criteria_are_refused(change, words):
    raw = declaration()
    raw["criteria"][0] = raw["criteria"][0] | change
    with pytest.raises(InputError, match=words):
        parse_recipe("essai", raw)


def test_every_fault_is_told_at_once():
    raw = declaration(title="", normalisation="x", top=0)
    raw["criteria"][0]["priority_when"] = "?"
    with pytest.raises(InputError) as caught:
        parse_recipe("essai", raw, file="essai.toml")
    assert len(caught.value.faults) == 4
    assert all(fault.file == "essai.toml" for fault in caught.value.faults)
