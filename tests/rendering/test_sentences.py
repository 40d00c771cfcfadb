"""Findings: what may be opposed, what must be told with its parts, what must be admitted."""

import pytest

from demomed.core.catalogue import texts
from demomed.rendering.facts import ZoneFact, rank_values, zone_phrase
from demomed.rendering.french import NARROW, number, typeset
from demomed.rendering.sentences import finding
from demomed.rendering.subject import Subject
from demomed.rendering.text_alternative import text_alternative

FR = texts("fr")
LEVEL = FR["compose"]["levels"]["epci"]


def zone(name, value, low=None, high=None, **more):
    facts = {
        "numerator": None,
        "denominator": None,
        "status": "value" if value is not None else "missing",
        "text": number(value) if value is not None else "n.d.",
        "interval": f"{low} à {high}" if low is not None else "",
        "parts": "",
        "rank": None,
    }
    return ZoneFact(
        code=name, name=name, where=f"le {name}", value=value, low=low, high=high, **(facts | more)
    )


def subject(**more):
    says = "on compte {value} médecin{s} pour 100 000 habitants"
    return Subject(
        **{
            "says": says,
            "says_one": says,
            "unit": "pour 100 000 habitants",
            "favourable": "high",
            "nature": "official",
            "zero": "on ne compte pas de médecin",
            "level": LEVEL,
            "compares": True,
        }
        | more
    )


def told(zones, about=None, department=None):
    return finding(zones, about or subject(), FR, department).replace(NARROW, " ")


def test_zones_apart_are_opposed_with_their_ratio():
    text = told([zone("Nord", 41, 31, 54), zone("Sud", 84, 60, 110), zone("Est", 60, 45, 80)])
    assert text == (
        "Dans le Nord, on compte 41 médecins pour 100 000 habitants, deux fois moins que dans le"
        " Sud (84)."
    )


def test_overlapping_intervals_are_never_told_as_a_difference():
    text = told([zone("Nord", 41, 31, 65), zone("Sud", 84, 60, 110)])
    assert "moins que" not in text
    assert "contre" not in text
    assert "les intervalles se recoupent : cet écart n’est pas net" in text


@pytest.mark.parametrize(
    ("low", "high", "apart"), [(31, 59, True), (31, 60, False), (31, 61, False)]
)
def test_touching_intervals_overlap(low, high, apart):
    text = told([zone("Nord", 41, low, high), zone("Sud", 84, 60, 110)])
    assert ("se recoupent" not in text) is apart


def test_values_without_interval_are_opposed_only_if_they_differ():
    assert "contre 30 dans le Sud" in told([zone("Nord", 20), zone("Sud", 30)])
    assert told([zone("Nord", 20), zone("Sud", 20)]) == (
        "La valeur est la même partout : 20 pour 100 000 habitants."
    )


def test_few_people_are_told_with_their_parts_and_no_ratio():
    weak = zone("Nord", 22, 5, 50, weak=True, parts="3 médecins pour 13 834 habitants")
    text = told([weak, zone("Sud", 88, 70, 109)])
    assert "22 médecins pour 100 000 habitants, soit 3 médecins pour 13 834 habitants" in text
    assert "fois moins" not in text


def test_a_percentage_of_few_people_never_stands_alone():
    about = subject(
        says="{value} % ont 55 ans ou plus", says_one="{value} %", unit="%", favourable="low"
    )
    weak = zone("Nord", 75, 30, 95, weak=True, parts="3 sur 4 d'âge connu")
    assert "75 % ont 55 ans ou plus, soit 3 sur 4" in told([weak, zone("Sud", 10, 5, 20)], about)


def test_zones_at_the_same_extreme_are_told_together():
    same = [zone(n, 20) for n in ("Nord", "Sud")]
    assert told([*same, zone("Est", 30)]).startswith("Dans le Nord et dans le Sud,")
    many = [zone(f"Z{i}", 20) for i in range(4)]
    assert told([*many, zone("Est", 30)]).startswith("Dans quatre intercommunalités sur cinq,")


def test_nobody_is_told_as_nobody():
    nobody = zone("Nord", 0, 0, 20, status="zero")
    text = told([nobody, zone("Sud", 30, 20, 45)])
    assert text == "Dans le Nord, on ne compte pas de médecin."
    assert told([nobody]) == "Dans tout le département, on ne compte pas de médecin."


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ((10, 50), "une seule intercommunalité s’écarte nettement"),
        ((50, 62), "aucune des deux intercommunalités ne s’écarte nettement"),
        ((10, 110), "toutes les intercommunalités s’écartent nettement"),
        ((10, 110, 50), "deux des trois intercommunalités s’écartent"),
    ],
)
def test_distance_to_the_department(events, expected):
    zones = [
        zone(f"Z{i}", n, n - 9, n + 9, numerator=float(n), denominator=1e5)
        for i, n in enumerate(events)
    ]
    department = zone("Dép", 50, numerator=500.0, denominator=1e6)
    assert expected in told(zones, department=department).lower()


def test_a_zone_out_of_95_only_is_told_to_be_watched():
    """Exact Poisson for 50 expected: at most 35 has p < 0.025, at least 66 too; 50 does not."""
    zones = [
        zone(name, n, n - 9, n + 9, numerator=float(n), denominator=1e5)
        for name, n in (("Bas", 34), ("Centre", 50), ("Haut", 67))
    ]
    department = zone("Dép", 50, numerator=500.0, denominator=1e6)
    text = told(zones, department=department)
    assert "Aucune des trois" in text
    assert text.endswith(
        "À surveiller, entre les limites à 95 % et à 99,8 % : Bas (au-dessous) ; Haut (au-dessus)."
    )
    assert "surveiller" not in told([zones[1], zone("Est", 52, 40, 60)], department=department)
    out = [zone("Loin", 10, 5, 20, numerator=10.0, denominator=1e5), *zones[:2]]
    assert "99,8 % : Bas (au-dessous)." in told(out, department=department)


def test_estimates_say_so_and_are_not_tested_against_the_department():
    text = told(
        [zone("Nord", 20, 15, 25), zone("Sud", 30, 27, 35)],
        subject(nature="estimated"),
        zone("Dép", 26),
    )
    assert text.endswith("(valeurs estimées).")
    assert "s’écarte" not in text


def test_fictional_figures_begin_by_saying_so():
    text = told([zone("Nord", 20), zone("Sud", 30)], subject(nature="fictional"))
    assert text.startswith("Données d’exemple (fictives) : dans le Nord")


def test_a_zone_of_another_department_is_not_named_first():
    text = told([zone("Voisin", 5, is_own=False), zone("Nord", 20), zone("Sud", 30)])
    assert "Voisin" not in text


def test_a_zone_left_out_of_a_count_is_named_with_the_reason():
    zones = [
        zone("Voisin", 50, 40, 60, is_own=False),
        zone("Nord", 20, 5, 40),
        zone("Sud", 30, 9, 44),
    ]
    text = told(zones, department=zone("Dép", 26))
    assert text.endswith(
        "Aucune des deux intercommunalités (hors Voisin, surtout dans un autre département) ne"
        " s’écarte nettement de la valeur du département (26)."
    )
    assert "hors" not in told(zones[1:], department=zone("Dép", 26))
    apart = [
        zones[0],
        zone("Nord", 2, 0, 8, numerator=2.0, denominator=1e5),
        zone("Sud", 30, 9, 44, numerator=30.0, denominator=1e5),
    ]
    assert (
        "Une seule intercommunalité (hors Voisin, surtout dans un autre département) s’écarte"
        in told(apart, department=zone("Dép", 26, numerator=260.0, denominator=1e6))
    )


def test_what_is_not_published_is_not_spoken_for():
    hidden = zone("Île", None, status="masked", text="secret")
    same = [zone("Nord", 20), zone("Sud", 20)]
    assert told(same) == "La valeur est la même partout : 20 pour 100 000 habitants."
    assert told([*same, hidden]).startswith("La valeur est la même partout où elle est publiée")
    about = subject(says="on compte {value} médecins", counts=True)
    some = [zone("Nord", 20), zone("Sud", 30)]
    assert "le nombre le plus élevé" in told(some, about, zone("Dép", 50))
    assert "le plus élevé des nombres publiés" in told([*some, hidden], about, zone("Dép", 60))
    nobody = [zone(name, 0.0, status="zero") for name in ("Nord", "Sud")]
    assert told(nobody, about).startswith("Dans tout le département")
    assert "tout le département" not in told([*nobody, hidden], about)


def test_figures_derived_from_official_ones_say_about():
    about = subject(says="{value} % des consultations", unit="%", about="environ", compares=False)
    text = told([zone("Nord", 43, 40, 46), zone("Sud", 17, 15, 19)], about)
    assert text == "Dans le Sud, environ 17 % des consultations, contre environ 43 % dans le Nord."


def test_ages_of_few_people_without_interval_are_not_commented():
    about = subject(personal=True, unit="ans", compares=False)
    assert "cet écart ne se commente pas" in told([zone("Nord", 56), zone("Sud", 44)], about)


def test_counts_are_told_by_their_greatest_and_by_the_total():
    about = subject(says="on compte {value} médecins", counts=True)
    text = told(
        [zone("Nord", 73), zone("Sud", 8), zone("Est", 0, status="zero")], about, zone("D", 81)
    )
    assert text == (
        "Dans le Nord, on compte 73 médecins, le nombre le plus élevé ; le département en compte 81."
        " Dans le Est, on ne compte pas de médecin."
    )


def test_a_value_under_two_is_singular():
    about = subject(says="{value} consultation{s}", says_one="{value} consultation{s}")
    assert told([zone("Nord", 1.4, text="1,4"), zone("Sud", 1.4, text="1,4")], about)
    assert "1,4 consultation," in told([zone("Nord", 1.4, text="1,4"), zone("Sud", 3)], about)
    assert "3 consultations," in told([zone("Nord", 3), zone("Sud", 4)], about)


@pytest.mark.parametrize("zones", [[], [zone("Nord", None)]])
def test_nothing_to_read_is_admitted(zones):
    assert told(zones) == "Aucune valeur ne peut être lue à cette échelle."


def test_text_alternative_tells_range_ends_and_silences():
    zones = [
        zone("Nord", 41),
        zone("Sud", 84),
        zone("Est", 60),
        zone("Ouest", None),
        zone("Île", None, status="masked", text="secret"),
    ]
    text = text_alternative(
        zones,
        subject(),
        FR,
        label="Densité",
        date_label="1ᵉʳ janvier 2021",
        of_territory="du Toyland",
        department=zone("Dép", 64),
    ).replace(NARROW, " ")
    assert text == (
        "Carte du Toyland par intercommunalité : Densité, 1ᵉʳ janvier 2021. 5 intercommunalités ;"
        " valeurs publiées pour 3 d’entre elles, de 41 à 84 pour 100 000 habitants. Les moins favorables : Nord (41). Les plus"
        " favorables : Sud (84). Département : 64 pour 100 000 habitants. Donnée absente : 1 ;"
        " secret : 1."
    )


def test_low_is_worst_or_best_as_declared():
    zones = [zone("Nord", 41), zone("Sud", 84)]
    assert told(zones, subject(favourable="low")).startswith("Dans le Sud")
    assert told(zones, subject(favourable="high")).startswith("Dans le Nord")


def test_ranks_tie_and_skip_the_missing():
    assert rank_values([3, 1, None, 1], "high") == [3, 1, None, 1]
    assert rank_values([3, 1, None, 1], "low") == [1, 2, None, 2]


@pytest.mark.parametrize(
    ("full", "short", "expected"),
    [
        ("CC des Coëvrons", "Les Coëvrons", "les Coëvrons"),
        ("CC de la Vallée de la Haute Sarthe", "x", "la Vallée de la Haute Sarthe"),
        ("CC de l’Ernée", "L’Ernée", "l’Ernée"),
        ("CU d'Alençon", "Alençon", "la communauté urbaine d'Alençon"),
        ("CA de Blois « Agglopolys »", "Blois Agglopolys", "Blois Agglopolys"),
        ("CC du Romorantinais et du Monestois", "x", "le Romorantinais et le Monestois"),
        ("CC des Vallées d'Auge et du Merlerault", "x", "les Vallées d'Auge et du Merlerault"),
        ("CA Flers Agglo", "Flers Agglo", "Flers Agglo"),
        ("Métropole du Grand Paris", "Métropole", "la Métropole du Grand Paris"),
    ],
)
def test_articles_come_from_official_names(full, short, expected):
    assert zone_phrase(full, short, FR) == expected


def test_every_text_of_compose_is_typeset_without_change_on_second_pass():
    def walk(node):
        for value in node.values() if isinstance(node, dict) else node:
            if isinstance(value, dict | list):
                yield from walk(value)
            elif isinstance(value, str):
                yield value

    for text in walk(FR["compose"]):
        assert typeset(typeset(text)) == typeset(text)
