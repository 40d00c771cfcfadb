"""Travel times: cells of 200 m and origin – destination tables."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from demomed.core.faults import InputError
from demomed.ingestion.travel_tables import read_cell_times, read_travel_times


def cells(path, rows, **columns):
    names = ["idSrc", "depcom", "typeeq_id", "duree", "distance", "pop"]
    frame = pd.DataFrame(rows, columns=names).assign(
        X=1.0, Y=2.0, iris="531300101", domaine="D", deuclidienne=1.0, **columns
    )
    frame.to_parquet(path, row_group_size=2)
    return path


ROWS = [
    ("E1", "53130", "D265", 4.0, 2.0, 30.0), ("E2", "53130", "D265", 10.0, 5.0, 10.0), ("E1", "53130", "D307", 3.0, 1.0, 30.0),
    ("E3", "61001", "D265", 8.0, 4.0, 5.0), ("E4", "61001", "D265", None, None, 5.0), ("E5", "61001", "D265", 90.0, 60.0, 0.0),
    ("E1", "53130", "A101", 1.0, 1.0, 30.0),
]  # fmt: skip


def test_commune_time_is_weighted_by_inhabitants(tmp_path):
    path = cells(tmp_path / "donnees-2024-reg52.parquet", ROWS)
    table, notices = read_cell_times(path, "2024", services=["gp", "pharmacy"])
    found = table.set_index(["commune_code", "service"])
    assert found.loc[("53130", "gp")].tolist() == [5.5, 2.75, 40.0]
    assert found.loc[("53130", "pharmacy"), "minutes"] == 3.0
    assert found.loc[("61001", "gp")].tolist() == [8.0, 4.0, 5.0]
    assert any("écartés : 2" in notice for notice in notices)
    assert read_cell_times(path, "2024", services=["gp"], departments=["61"])[0][
        "commune_code"
    ].tolist() == ["61001"]


def test_bad_cells(tmp_path):
    path = cells(tmp_path / "a.parquet", ROWS)
    with pytest.raises(InputError, match="aucun code connu du millésime 2023"):
        read_cell_times(path, "2023", services=["gp"])
    with pytest.raises(InputError, match="millésime 1990"):
        read_cell_times(path, "1990")
    pd.read_parquet(path).drop(columns="duree").to_parquet(path)
    with pytest.raises(InputError, match="« duree » absente"):
        read_cell_times(path, "2024")
    path.write_bytes(b"PAR1" + b"x" * 90)
    with pytest.raises(InputError, match=r"forme attendue|abîmé"):
        read_cell_times(path, "2024")
    path.write_text("a;b\n1;2\n")
    with pytest.raises(InputError, match="Parquet"):
        read_cell_times(path, "2024")


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "text",
    [
        "origine;destination;minutes;km\n53130;53147;28,5;30\n53147;53130;28;30\n",
        "idSrc,idDst,duration,distance\n53130,53147,28.5,30\n53147,53130,28,30\n",
        "Temps de trajet\n\nCOM_DEP\tCOM_ARR\tTemps (min)\tDistance (km)\n53130\t53147\t28.5\t30\n53147\t53130\t28\t30\n",
    ],
)
def test_layouts(tmp_path, text):
    table, _ = read_travel_times(write(tmp_path / "t.csv", text))
    assert table["minutes"].tolist() == [28.5, 28.0]
    assert table["km"].tolist() == [30, 30]


def test_missing_pairs_and_asymmetry_are_said(tmp_path):
    table, notices = read_travel_times(
        write(
            tmp_path / "t.csv",
            "origine;destination;minutes\n53130;53147;20\n53147;53130;28\n53130;61001;NA\n",
        )
    )
    assert table["minutes"].isna().sum() == 1
    told = " ".join(notices)
    assert "absents : 3 sur 6" in told
    assert "laissés inconnus : 1" in told
    assert "plus d'une minute : 1" in told


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("53130;53147;-3", "au moins 0"), ("53130;53147;1710", "secondes"), ("53130;53147;x", "« x »"),
        ("1004;53147;3", "« 1004 »"), ("53130;53147;3\n53130;53147;4", "clé répétée"), ("", "aucune ligne"),
    ],
)  # fmt: skip
def test_bad_pairs(tmp_path, rows, words):
    with pytest.raises(InputError) as caught:
        read_travel_times(write(tmp_path / "t.csv", f"origine;destination;minutes\n{rows}\n"))
    assert words in str(caught.value)


@settings(
    max_examples=30, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=40), st.integers(0, 60))
def test_any_bytes_are_read_or_refused(tmp_path, junk, at):
    content = b"origine;destination;minutes\n53130;53147;20\n53147;53130;28\n"
    path = tmp_path / "fuzz.csv"
    path.write_bytes(content[:at] + junk + content[at:])
    try:
        read_travel_times(path)
    except InputError as error:
        assert error.faults
