"""Dated states: whole or absent, never changed, one writer at a time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from demomed.core.faults import InputError
from demomed.core.indicator import COLUMNS, Indicators, PublicIndicators
from demomed.core.locks import writing
from demomed.ingestion.snapshots import (
    list_snapshots,
    provenance_of,
    read_snapshot,
    register_fingerprint,
    verify_snapshot,
    write_snapshot,
)

HASH = "0" * 63 + "a"
DAY = date(2026, 1, 1)
FILES = {"indicators.parquet", "public.parquet", "provenance.json", "SHA256SUMS"}


def made_indicators(rows=3, value=1.0):
    table = pd.DataFrame(
        {
            "level": "epci",
            "zone_code": [f"{n:09d}" for n in range(rows)],
            "zone_name": [f"CC n° {n}" for n in range(rows)],
            "indicator": "density",
            "profession": "gp",
            "date": "2021-01-01",
            "value": [value] * (rows - 1) + [None],
            "low": None,
            "high": None,
            "numerator": 2.0,
            "denominator": 3.0,
            "status": ["value"] * (rows - 1) + ["missing"],
            "nature": "official",
            "sources": "insee_bpe;insee_populations",
        }
    )[list(COLUMNS)].astype(dict.fromkeys(("low", "high", "value"), float))
    return Indicators(table)


def made_public(values=None):
    return PublicIndicators((values or made_indicators()).table.assign(coarse=""))


def made_provenance(**fields):
    counted = {"insee_bpe": "professionnels libéraux", "insee_populations": "population", **fields}
    return {"version": "0", "sources": {i: {"field": f} for i, f in counted.items()}}


def write(root, day=DAY, **options):
    made = made_indicators()
    given = {"indicators": made, "public": made_public(made), "provenance": made_provenance()}
    return write_snapshot(root, "53", day, register_hash=HASH, **{**given, **options})


def test_round_trip(tmp_path):
    path = write(tmp_path)
    assert path == tmp_path / "53" / "2026-01-01"
    assert {p.name for p in path.iterdir()} == FILES
    assert verify_snapshot(tmp_path, "53", DAY) == ()
    back = read_snapshot(tmp_path, "53", DAY)
    pd.testing.assert_frame_equal(back.indicators.table, made_indicators().table, check_dtype=False)
    assert back.register_hash == HASH
    assert back.fields["insee_populations"] == "population"
    assert "2026" in back._repr_html_()


def test_missing_stays_missing_and_columns_are_plain(tmp_path):
    import pyarrow.parquet as pq

    schema = pq.read_schema(write(tmp_path) / "indicators.parquet")
    assert {str(f.type) for f in schema} == {"string", "double"}
    assert schema.metadata is None
    assert read_snapshot(tmp_path, "53", DAY).indicators.table["value"].isna().sum() == 1


def test_same_state_same_bytes(tmp_path):
    one, two = write(tmp_path / "a"), write(tmp_path / "b")
    for name in FILES:
        assert (one / name).read_bytes() == (two / name).read_bytes()


def test_checksums_are_those_of_the_usual_command(tmp_path):
    path = write(tmp_path)
    done = subprocess.run(
        ["sha256sum", "-c", "SHA256SUMS"], cwd=path, capture_output=True, check=False
    )
    assert done.returncode == 0


def test_a_date_is_written_once(tmp_path):
    before = {p.name: p.read_bytes() for p in write(tmp_path).iterdir()}
    with pytest.raises(InputError, match="un état existe déjà"):
        write(tmp_path, indicators=made_indicators(value=9.0))
    after = {p.name: p.read_bytes() for p in (tmp_path / "53" / "2026-01-01").iterdir()}
    assert after == before
    assert [p.name for p in (tmp_path / "53").iterdir()] == ["2026-01-01"]


def test_list_is_in_order_and_ignores_the_rest(tmp_path):
    for day in (date(2026, 3, 1), date(2025, 3, 1)):
        write(tmp_path, day)
    (tmp_path / "53" / ".2027-01-01.partial").mkdir()
    (tmp_path / "53" / "brouillon").mkdir()
    (tmp_path / "notes.txt").write_text("")
    listed = list_snapshots(tmp_path)
    assert [s.date for s in listed] == [date(2025, 3, 1), date(2026, 3, 1)]
    assert list_snapshots(tmp_path, "41") == ()
    assert list_snapshots(tmp_path / "absent") == ()


@pytest.mark.parametrize("name", sorted(FILES))
def test_every_alteration_is_seen(tmp_path, name):
    path = write(tmp_path) / name
    sound = path.read_bytes()
    middle = len(sound) // 2
    flipped = sound[:middle] + bytes([sound[middle] ^ 1]) + sound[middle + 1 :]
    for broken in (sound[:-1], b"", flipped):
        path.write_bytes(broken)
        assert verify_snapshot(tmp_path, "53", DAY), name
        with pytest.raises(InputError):
            read_snapshot(tmp_path, "53", DAY)
    path.unlink()
    assert "fichier absent" in str(verify_snapshot(tmp_path, "53", DAY)[0])


def test_a_foreign_file_and_a_moved_folder_are_seen(tmp_path):
    path = write(tmp_path)
    path.rename(path.with_name("2026-02-02"))
    found = verify_snapshot(tmp_path, "53", date(2026, 2, 2))
    assert "état du 2026-01-01" in str(found[0])
    (tmp_path / "53" / "2026-02-02" / "registre.csv").write_text("x")
    assert "étranger" in str(verify_snapshot(tmp_path, "53", date(2026, 2, 2))[0])


def test_an_absent_date_names_the_nearest(tmp_path):
    write(tmp_path)
    with pytest.raises(InputError, match="2026-01-01"):
        read_snapshot(tmp_path, "53", date(2026, 1, 2))


def test_a_figure_without_field_is_refused(tmp_path):
    with pytest.raises(InputError, match="insee_bpe"):
        write(tmp_path, provenance=made_provenance(insee_bpe=""))
    assert list(tmp_path.iterdir()) == []


def test_all_refusals_at_once(tmp_path):
    with pytest.raises(InputError) as error:
        write_snapshot(
            tmp_path, "../x", DAY, made_indicators(), made_public(), {"sources": {}}, "abc"
        )
    assert len(error.value.faults) == 4


def test_fingerprint_follows_rows_not_their_order(toyland):
    rows = toyland.practitioners
    shuffled = rows.sample(frac=1, random_state=3)
    assert register_fingerprint(rows) == register_fingerprint(shuffled)
    older = rows.assign(age=rows["age"] + 1)
    assert register_fingerprint(rows) != register_fingerprint(older)


def test_no_row_of_the_register_is_stored(tmp_path, toyland):
    provenance = provenance_of(toyland, version="1", reference_date=DAY)
    told = provenance["sources"] | made_provenance()["sources"]
    path = write(tmp_path, provenance={**provenance, "sources": told})
    text = (path / "provenance.json").read_text(encoding="utf-8")
    assert json.loads(text)["register_kind"] == "example"
    for person in toyland.practitioners["practitioner_id"]:
        assert person not in text


def test_two_writers_one_is_refused(tmp_path):
    (tmp_path / "53").mkdir()
    inside, leave = threading.Event(), threading.Event()

    def hold():
        with writing(tmp_path / "53"):
            inside.set()
            leave.wait(20)

    other = threading.Thread(target=hold)
    other.start()
    try:
        assert inside.wait(20)
        with pytest.raises(InputError, match=r"une autre écriture est en cours \(processus"):
            write(tmp_path)
    finally:
        leave.set()
        other.join()
    assert write(tmp_path).is_dir()


def test_a_patient_writer_waits(tmp_path):
    inside = threading.Event()

    def hold():
        with writing(tmp_path / "53"):
            inside.set()
            time.sleep(0.2)

    other = threading.Thread(target=hold)
    other.start()
    assert inside.wait(20)
    assert write(tmp_path, patience=20).is_dir()
    other.join()


def test_a_dead_writer_is_said_and_removed(tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    with writing(tmp_path):
        (lock,) = tmp_path.iterdir()
    computer = lock.name.rsplit("-", 2)[0]
    (tmp_path / f"{computer}-{dead.pid}-{dead.pid}").touch()
    with writing(tmp_path) as notices:
        pass
    assert len(notices) == 1
    assert "interrompue" in notices[0]
    assert list(tmp_path.iterdir()) == []


def test_a_lock_of_another_computer_holds(tmp_path):
    (tmp_path / ".verrou-autre.poste-1-1").touch()
    with pytest.raises(InputError, match=r"autre\.poste"), writing(tmp_path):
        pass


CHILD = """
import sys
from datetime import date
sys.path.insert(0, {here!r})
import test_snapshots as t
day = int(sys.argv[2])
print("ready", flush=True)
for n in range(400):
    t.write(sys.argv[1], date.fromordinal(day + n))
"""


def killed_while_writing(root: Path, start: date, delay: float) -> None:
    """Write state after state in a process, and kill it after a delay."""
    script = CHILD.format(here=str(Path(__file__).parent))
    arguments = [sys.executable, "-c", script, str(root), str(start.toordinal())]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        time.sleep(delay)
        os.kill(child.pid, signal.SIGKILL)


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_killed_at_any_moment_nothing_is_broken_nor_lost(tmp_path):
    earlier = {p.name: p.read_bytes() for p in write(tmp_path, date(2000, 1, 1)).iterdir()}
    for turn, delay in enumerate((0.002, 0.0137, 0.031, 0.0553)):
        start = date(2010 + 2 * turn, 1, 1)
        known = {s.date for s in list_snapshots(tmp_path)}
        killed_while_writing(tmp_path, start, delay)
        states = list_snapshots(tmp_path)
        assert known <= {s.date for s in states}
        for state in states:
            assert verify_snapshot(tmp_path, "53", state.date) == (), state
        write(tmp_path, date(2011 + 2 * turn, 12, 31))
    assert {p.name for p in (tmp_path / "53").iterdir()} == {
        s.date.isoformat() for s in list_snapshots(tmp_path)
    }
    kept = {p.name: p.read_bytes() for p in (tmp_path / "53" / "2000-01-01").iterdir()}
    assert kept == earlier


RACER = """
import sys
from datetime import date
sys.path.insert(0, {here!r})
import test_snapshots as t
from demomed.core.faults import InputError
print("ready", flush=True)
sys.stdin.readline()
done = []
for n in range(12):
    try:
        t.write(sys.argv[1], date(2020, 1, 1 + n), patience=30)
        done.append(str(n))
    except InputError as error:
        assert "existe" in str(error), error
print(*done)
"""


def test_two_processes_at_once_each_date_is_written_by_one(tmp_path):
    script = RACER.format(here=str(Path(__file__).parent))
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for racer in racers:
        assert racer.stdout is not None and racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    written = [racer.communicate(timeout=120)[0].split() for racer in racers]
    assert [racer.returncode for racer in racers] == [0, 0]
    assert sorted(int(n) for done in written for n in done) == list(range(12))
    for state in list_snapshots(tmp_path):
        assert verify_snapshot(tmp_path, "53", state.date) == ()
    assert len(list((tmp_path / "53").iterdir())) == 12
