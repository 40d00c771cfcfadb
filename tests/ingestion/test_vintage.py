"""From one commune geography to another: totals to the unit, rates averaged, the rest listed."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demomed.core.faults import InputError
from demomed.ingestion.code_changes import passage, read_changes, vanished
from demomed.ingestion.vintage import _whole_parts, to_vintage

OFFICIAL = Path(os.environ.get("DEMOMED_OFFICIAL", Path(__file__).parents[3] / "shared" / "data"))
MOVES = "MOD,DATE_EFF,TYPECOM_AV,COM_AV,LIBELLE_AV,TYPECOM_AP,COM_AP,LIBELLE_AP"
ROWS = """
32,2019-01-01,COM,53062,A,COM,53062,B
32,2019-01-01,COM,53014,C,COM,53062,B
32,2019-01-01,COM,53014,C,COMD,53014,C
32,2019-01-01,COM,53062,A,COMD,53062,A
10,2012-05-01,COM,53130,Nom,COM,53130,Nouveau nom
33,1973-01-01,COM,53200,D,COM,53130,E
33,1973-01-01,COM,53200,D,COMA,53200,D
21,2014-01-01,COM,61100,F,COM,61100,F
21,2014-01-01,COM,61100,F,COM,61101,G
21,2022-06-01,COM,61200,H,COM,61200,H
21,2022-06-01,COM,61200,H,COM,61201,I
41,1976-01-01,COM,20004,Ajaccio,COM,2A004,Ajaccio
41,2018-01-01,COM,14513,J,COM,50649,J
32,2018-01-01,COM,50649,J,COM,50592,K
32,2018-01-01,COM,50592,L,COM,50592,K
50,2016-01-01,COM,14697,M,COM,14472,M
10,2026-01-01,COM,53130,Nouveau nom,COM,53130,Nom
""".strip()
COMMUNES = """TYPECOM,COM,LIBELLE,COMPARENT
COM,53062,B,
COM,53130,E,
COM,61100,F,
COM,61101,G,
COM,61200,H,
COM,61201,I,
COM,2A004,Ajaccio,
COM,50592,K,
COM,14472,M,
COM,75056,Paris,
COMD,53014,C,53062
COMD,53062,A,53062
COMA,53200,D,53130
COMA,53999,Z,53200
ARM,75101,Paris 1er,75056
ARM,75102,Paris 2e,75056
"""
RATIOS = """annee_debut,annee_fin,cod_debut,cod_fin,annee_modif,typemodif,ratio
2013,2014,61100,61100,2014-01-01,d,0.7
2013,2014,61100,61101,2014-01-01,d,0.3
2018,2019,53014,53062,2019-01-01,f,1
"""


@pytest.fixture(scope="module")
def changes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cog")
    for name, text in (("m.csv", f"{MOVES}\n{ROWS}\n"), ("c.csv", COMMUNES), ("r.csv", RATIOS)):
        (folder / name).write_text(text, encoding="utf-8")
    return read_changes(folder / "m.csv", folder / "c.csv", folder / "r.csv")


def counts(**values):
    return pd.DataFrame(
        {"commune_code": [c.strip("_") for c in values], "count": list(values.values())}
    )


def convert(changes, table, a, b, **options):
    return to_vintage(table, a, b, changes=changes, values=["count"], **options)


def as_dict(converted):
    return converted.table.set_index("commune_code")["count"].to_dict()


def test_mergers_renames_and_delegated_communes(changes):
    result = convert(changes, counts(_53014=2, _53062=5, _53130=40), 2018, 2025)
    assert as_dict(result) == {"53062": 7, "53130": 40}
    late = convert(changes, counts(_53014=2, _53062=5, _53200=1, _53999=4), 2022, 2025)
    assert as_dict(late) == {"53062": 7, "53130": 5}
    assert any("plus des communes en 2022" in notice for notice in late.notices)
    assert as_dict(convert(changes, counts(_53014=2), 2018, 2019)) == {"53062": 2}
    assert as_dict(convert(changes, counts(_53014=2), 2017, 2018)) == {"53014": 2}


def test_splits_use_the_ratio_and_keep_the_total(changes):
    result = convert(changes, counts(_61100=5), 2013, 2014)
    assert as_dict(result) == {"61100": 4, "61101": 1}
    assert any("réparties" in notice for notice in result.notices)
    shared = convert(changes, counts(_61100=5.0), 2013, 2014)
    assert as_dict(shared) == {"61100": 3.5, "61101": 1.5}


def test_splits_without_ratio_need_weights_or_are_listed(changes):
    refused = convert(changes, counts(_61200=9, _53130=1), 2022, 2023)
    assert as_dict(refused) == {"53130": 1}
    assert refused.unmapped["reason"].tolist() == [
        "commune divisée en 61200, 61201, sans part connue"
    ]
    assert refused.table["count"].sum() + refused.unmapped["count"].sum() == 10
    population = pd.Series({"61200": 100, "61201": 50})
    assert as_dict(convert(changes, counts(_61200=9), 2022, 2023, weights=population)) == {
        "61200": 6,
        "61201": 3,
    }
    partial = convert(changes, counts(_61200=9), 2022, 2023, weights=population.head(1))
    assert partial.table.empty


def test_backward(changes):
    population = pd.Series({"53014": 300, "53062": 700})
    assert as_dict(
        convert(changes, counts(_53062=10, _53130=3), 2025, 2018, weights=population)
    ) == {
        "53014": 3,
        "53062": 7,
        "53130": 3,
    }
    assert convert(changes, counts(_53062=10), 2025, 2018).unmapped["count"].tolist() == [10]
    assert as_dict(convert(changes, counts(_61100=7, _61101=3), 2025, 2013)) == {"61100": 10}
    assert as_dict(convert(changes, counts(**{"_2A004": 4}), 2025, 1975)) == {"20004": 4}


def test_corsica_department_changes_and_code_changes(changes):
    result = convert(changes, counts(_20004=4, _14513=1, _50592=2, _14697=8), 1975, 2025)
    assert as_dict(result) == {"14472": 8, "2A004": 4, "50592": 3}


def test_districts_go_to_their_city_once(changes):
    assert as_dict(convert(changes, counts(_75101=3, _75102=4), 2021, 2025)) == {"75056": 7}
    with pytest.raises(InputError, match="75056 à la fois entière et par arrondissement"):
        convert(changes, counts(_75101=3, _75056=7), 2021, 2025)


def test_what_cannot_be_mapped_is_listed_with_its_reason(changes):
    table = pd.DataFrame(
        {"commune_code": ["99999", "1004", "61101", "53130", None], "count": [1, 2, 3, 4, 5]}
    )
    result = convert(changes, table, 2010, 2025)
    assert as_dict(result) == {"53130": 4}
    reasons = dict(
        zip(result.unmapped["commune_code"].fillna(""), result.unmapped["reason"], strict=True)
    )
    assert "inconnu" in reasons["99999"]
    assert "5 caractères" in reasons["1004"]
    assert "n'existe pas encore" in reasons["61101"]
    assert reasons[""] == "code vide"
    assert result.table["count"].sum() + result.unmapped["count"].sum() == 15
    assert any(notice.endswith(": 4") for notice in result.notices)


@pytest.mark.parametrize(("a", "b"), [(1900, 2025), (2020, 2031)])
def test_years_out_of_the_history(changes, a, b):
    with pytest.raises(InputError, match="une année de 1972 à 2026"):
        convert(changes, counts(_53130=1), a, b)


def test_rates_are_weighted_means(changes):
    table = pd.DataFrame(
        {"commune_code": ["53014", "53062", "53130", "61100"], "count": [2.0, 4.0, 9.0, 7.0]}
    )
    weights = pd.Series({"53014": 100, "53062": 300})
    result = convert(changes, table, 2013, 2022, kind="rate", weights=weights)
    assert as_dict(result) == {"53062": 3.5, "53130": 9.0, "61100": 7.0, "61101": 7.0}
    silent = convert(changes, table, 2013, 2022, kind="rate")
    assert np.isnan(as_dict(silent)["53062"])
    assert any("sans poids" in notice for notice in silent.notices)
    assert as_dict(convert(changes, counts(_61200=7.0), 2022, 2022, kind="rate")) == {"61200": 7.0}


def test_missing_is_not_zero(changes):
    table = pd.DataFrame(
        {"commune_code": ["53014", "53062", "53130"], "count": pd.array([2, None, 4], "Int64")}
    )
    result = convert(changes, table, 2018, 2022).table
    assert result["count"].isna().tolist() == [True, False]
    rates = pd.DataFrame({"commune_code": ["53014", "53062"], "count": [np.nan, 4.0]})
    weights = pd.Series({"53014": 1, "53062": 1})
    assert (
        convert(changes, rates, 2018, 2022, kind="rate", weights=weights)
        .table["count"]
        .isna()
        .all()
    )


def test_other_columns_are_keys_and_order_never_matters(changes):
    table = pd.DataFrame(
        {
            "commune_code": ["53014", "53062"] * 2,
            "service": ["gp", "gp", "nurse", "nurse"],
            "count": [1, 2, 3, 4],
        }
    )
    result = convert(changes, table, 2018, 2022)
    assert result.table.to_dict("list") == {
        "commune_code": ["53062"] * 2,
        "service": ["gp", "nurse"],
        "count": [3, 7],
    }
    shuffled = convert(changes, table.iloc[::-1], 2018, 2022)
    pd.testing.assert_frame_equal(result.table, shuffled.table)


def test_empty_table(changes):
    assert convert(changes, counts(_53130=1).head(0), 2018, 2022).table.empty


@given(
    st.lists(
        st.tuples(st.integers(0, 500), st.lists(st.floats(0.01, 1), min_size=1, max_size=5)),
        min_size=1,
        max_size=8,
    )
)
def test_whole_parts_add_up(rows):
    row = np.concatenate([[i] * len(parts) for i, (_, parts) in enumerate(rows)])
    share = np.concatenate([np.array(parts) / sum(parts) for _, parts in rows])
    count = pd.Series(np.concatenate([[n] * len(parts) for n, parts in rows]))
    parts = _whole_parts(count, share, row)
    assert (parts >= 0).all()
    assert parts.groupby(row).sum().tolist() == [n for n, _ in rows]
    assert ((parts - count * share).abs() < 1 + 1e-6).all()


BAD = {
    "date illisible": (f"{MOVES}\n32,01/01/2019,COM,1,A,COM,2,B\n", COMMUNES, RATIOS, "AAAA-MM-JJ"),
    "colonne absente": ("MOD,DATE,COM_AV\n1,2,3\n", COMMUNES, RATIOS, "« DATE_EFF » absente"),
    "sans communes": (
        f"{MOVES}\n{ROWS}\n",
        "TYPECOM,COM,COMPARENT\nARM,75101,75056\n",
        RATIOS,
        "TYPECOM = COM",
    ),
    "part impossible": (
        f"{MOVES}\n{ROWS}\n",
        COMMUNES,
        RATIOS.replace("0.7", "1.7"),
        "entre 0 et 1",
    ),
    "parts incomplètes": (f"{MOVES}\n{ROWS}\n", COMMUNES, RATIOS.replace("0.7", "0.5"), "somme"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files(tmp_path, name):
    moves, communes, ratios, words = BAD[name]
    for file, text in (("m.csv", moves), ("c.csv", communes), ("r.csv", ratios)):
        (tmp_path / file).write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_changes(tmp_path / "m.csv", tmp_path / "c.csv", tmp_path / "r.csv")
    assert words in str(caught.value)


needs_files = pytest.mark.skipif(
    not (OFFICIAL / "cog").exists(), reason="official files are not there"
)


@pytest.fixture(scope="module")
def official():
    cog = OFFICIAL / "cog"
    return read_changes(
        cog / "cog2026_mouvements-communes.csv.gz",
        cog / "cog2026_communes.csv.gz",
        cog / "passage_communes_2008_2024.csv.gz",
    )


@pytest.fixture(scope="module")
def live(official):
    """Communes of each 1 January, walked back from the last list."""
    sets = {}
    for year in range(2008, 2027):
        links = passage(official, year, 2026)
        touched = set(links)
        arrived = {new for targets in links.values() for new in targets}
        sets[year] = sorted((set(official.communes) - arrived) | touched)
    return sets


def moving(official, codes):
    """Communes that some change since 2008 concerns; the others are copied as they are."""
    recent = {code for date, links in official.steps if date > "2008" for code in links}
    recent |= {
        new
        for date, links in official.steps
        if date > "2008"
        for to in links.values()
        for new in to
    }
    return sorted(recent & set(codes))


@pytest.mark.real
@needs_files
def test_the_communes_of_each_year_are_the_published_ones(official, live):
    table = pd.read_csv(
        OFFICIAL / "population" / "populations_communes_cog2018_2024.csv.gz", dtype=str
    )
    for year, rows in table.groupby("cog"):
        published = {official.districts.get(code, code) for code in rows["CODGEO"]}
        assert {c for c in published ^ set(live[int(year)]) if not c.startswith("976")} == set(), (
            year
        )


@pytest.mark.real
@needs_files
def test_every_pair_of_years_keeps_the_total_to_the_unit(official, live):
    pairs = [
        *itertools.combinations(live, 2),
        *((y, y - n) for y in live for n in (1, 7) if y - n in live),
    ]
    for a, b in pairs:
        table = pd.DataFrame({"commune_code": moving(official, live[a])})
        table["count"] = table["commune_code"].map(lambda c: sum(map(ord, c)) % 97)
        weights = pd.Series(1000, index=live[b])
        result = to_vintage(table, a, b, changes=official, values=["count"], weights=weights)
        assert result.unmapped.empty, (a, b, result.unmapped)
        assert int(result.table["count"].sum()) == int(table["count"].sum()), (a, b)
        assert result.table["commune_code"].is_unique
        assert set(result.table["commune_code"]) == set(moving(official, live[b])), (a, b)


@pytest.mark.real
@needs_files
def test_without_weights_only_splits_of_unknown_ratio_are_left(official, live):
    known = pd.read_csv(OFFICIAL / "cog" / "passage_communes_2008_2024.csv.gz", dtype=str)
    with_ratio = set(known.loc[known["typemodif"] == "d", "cod_debut"])
    for a, b in itertools.combinations(range(2008, 2025), 2):
        table = pd.DataFrame({"commune_code": moving(official, live[a]), "count": 3})
        result = to_vintage(table, a, b, changes=official, values=["count"])
        left = set(result.unmapped["commune_code"])
        assert not left & with_ratio
        assert not left, (a, b, left)
        assert result.table["count"].sum() + result.unmapped["count"].sum() == 3 * len(table)


@pytest.mark.real
@needs_files
def test_agrees_with_the_published_passage_to_2025(official):
    table = pd.read_csv(OFFICIAL / "cog" / "passage_codes_historiques_vers_2025.csv.gz", dtype=str)
    expected = dict(zip(table["DEPCOM_HIST"], table["DEPCOM"], strict=True))
    seen = wrong = 0
    for year in (2008, 2015, 2018, 2021, 2024):
        codes = [
            c
            for c in expected
            if c not in official.districts and vanished(official, c, year) is None
        ]
        links = passage(official, year, 2025)
        for code in codes:
            targets = links.get(code, {code: 1.0})
            seen += 1
            wrong += expected[code] not in targets
    assert seen > 170_000
    assert wrong <= 5 * 13
