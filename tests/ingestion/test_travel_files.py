"""Files of travel times: the mission's own, those made here, and what is wrong with them."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

import demomed
from demomed.core.faults import InputError
from demomed.core.source import Source
from demomed.core.travel import TravelTable
from demomed.ingestion.travel_files import read_travel_table, travel_key, write_travel_table
from demomed.ingestion.travel_tables import read_travel_times

TODAY = date(2025, 1, 1)
ROWS = "53130;53147;20\n53147;53130;28\n53130;53130;0\n"


def write(path, text):
    path.write_text(f"origine;destination;minutes\n{text}", encoding="utf-8")
    return path


def test_a_table_of_the_mission(tmp_path):
    made = read_travel_table(write(tmp_path / "t.csv", ROWS + "53147;99999;NA\n"), as_of=TODAY)
    assert made.nature == "provided"
    assert made.limit_min == 28
    assert len(made.pairs) == 3
    assert made.source.as_of == "2025-01-01"
    assert made.source.producer == "Mission santé du département"
    told = " ".join(made.notices)
    assert "laissés inconnus : 1" in told
    assert "plus d'une minute : 1" in told
    assert "absents" in told


def test_parquet_is_read_like_csv(tmp_path):
    frame = pd.DataFrame(
        {"code_origine": ["53130", "53147"], "code_destination": ["53147", "53130"], "duree": [20.0, None]}
    )  # fmt: skip
    frame.to_parquet(tmp_path / "t.parquet")
    table, notices = read_travel_times(tmp_path / "t.parquet")
    assert table["minutes"].tolist()[0] == 20
    assert any("laissés inconnus : 1" in notice for notice in notices)
    frame.drop(columns="duree").to_parquet(tmp_path / "t.parquet")
    with pytest.raises(InputError, match="« minutes » absente"):
        read_travel_times(tmp_path / "t.parquet")
    frame.iloc[:0].to_parquet(tmp_path / "t.parquet")
    with pytest.raises(InputError, match="aucune ligne"):
        read_travel_times(tmp_path / "t.parquet")
    frame.assign(code_origine=[1004, 1005]).to_parquet(tmp_path / "t.parquet")
    with pytest.raises(InputError, match="1004"):
        read_travel_times(tmp_path / "t.parquet")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("53130;53147;-3\n", "au moins 0"),
        ("53130;53147;\n53147;53130;NA\n", "aucun trajet avec un temps"),
        ("53130;53147;0.3\n53147;53130;0.4\n", "convertir les heures"),
        ("53130;53147;3000\n53147;53130;3600\n", "plus de 24 heures"),
        ("53130;53130;0\n", "aucun trajet avec un temps"),
    ],
)
def test_times_that_cannot_be(tmp_path, rows, words):
    with pytest.raises(InputError) as caught:
        read_travel_table(write(tmp_path / "t.csv", rows), as_of=TODAY)
    assert words in str(caught.value)


def test_a_table_made_here_keeps_what_it_says_of_itself(tmp_path):
    source = Source("travel_times", "Réseau", "P", "L", "", "extrait", "2024-05-01")
    pairs = pd.DataFrame({"origin": ["53130"], "destination": ["53147"], "minutes": [20.0]})
    table = TravelTable(pairs, "routed", 60.0, source, ("un lieu loin de tout",))
    first = write_travel_table(table, tmp_path / "a.parquet", {"limit": 60})
    again = read_travel_table(first, as_of=TODAY)
    assert (again.nature, again.limit_min, again.source) == ("routed", 60.0, source)
    assert again.notices == table.notices
    pd.testing.assert_frame_equal(again.pairs, pairs, check_dtype=False)
    second = write_travel_table(table, tmp_path / "b.parquet", {"limit": 60})
    assert first.read_bytes() == second.read_bytes()
    assert not list(tmp_path.glob("*.partial"))


def test_the_key_holds_parameters_and_tables():
    table = pd.DataFrame({"lon": [1.0]}, index=["a"])
    base = travel_key({"limit": 60}, {"origins": table})
    assert base == travel_key({"limit": 60}, {"origins": table.copy()})
    others = [
        travel_key({"limit": 61}, {"origins": table}),
        travel_key({"limit": 60}, {"origins": table + 1}),
        travel_key({"limit": 60}, {"destinations": table}),
    ]
    assert len({base, *others}) == 4


def test_codes_unknown_on_either_side_are_said(tmp_path):
    path = write(tmp_path / "t.csv", ROWS + "01001;53130;50\n53130;01002;50\n53130;01003;50\n")
    mayenne = demomed.load_territory("53", travel=path)
    told = " ".join(mayenne.notices)
    assert "codes de départ hors du territoire, laissés de côté : 1 (01001)" in told
    assert "codes d'arrivée hors du territoire, laissés de côté : 2 (01002, 01003)" in told
    assert (
        "sans aucun trajet au départ, temps estimés à vol d'oiseau : 238 (53001, 53002, 53003…)"
        in told
    )
    assert "sans aucun trajet à l'arrivée" in told
    assert mayenne.travel is not None
    assert len(mayenne.travel.pairs) == 3
    assert mayenne.sources["travel_times"].producer == "Mission santé du département"


def test_a_table_of_elsewhere_is_refused_with_the_other_faults(tmp_path):
    with pytest.raises(InputError, match="aucun trajet entre des communes du territoire"):
        demomed.load_territory("53", travel=write(tmp_path / "t.csv", "01001;01002;20\n"))
    bad = write(tmp_path / "t.csv", "53130;53147;-3\n")
    with pytest.raises(InputError) as caught:
        demomed.load_territory("53", travel=bad, register=tmp_path / "absent.csv")
    files = {fault.file for fault in caught.value.faults}
    assert files == {"t.csv", "absent.csv"}
