"""A portal is put in place by one writer at a time, whole or not at all."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from demomed.core import durable
from demomed.core.faults import InputError
from demomed.core.locks import writing
from demomed.rendering.publish import MANIFEST, replace_folder


def site(word, pages=12):
    files = {f"page-{n}.html": f"{word} {n}".encode() * 50 for n in range(pages)}
    files["assets/style.css"] = word.encode()
    files[MANIFEST] = json.dumps({"files": dict.fromkeys(files)}).encode()
    return files


def contents(folder):
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


@pytest.fixture
def other(tmp_path):
    """Another writer of the portal 53: holds it until told to let go."""
    held, done = threading.Event(), threading.Event()

    def hold():
        with writing(tmp_path, of="53"):
            held.set()
            done.wait(30)

    writer = threading.Thread(target=hold)
    writer.start()
    held.wait(30)
    yield done
    done.set()
    writer.join()


def test_a_second_writer_is_refused_and_nothing_is_touched(tmp_path, other):
    with pytest.raises(InputError, match="une autre écriture est en cours"):
        replace_folder(tmp_path / "53", site("second"), patience=0)
    assert not (tmp_path / "53").exists()


def test_a_patient_writer_waits_and_other_portals_do_not(tmp_path, other):
    replace_folder(tmp_path / "41", site("autre"), patience=0)
    threading.Timer(0.3, other.set).start()
    replace_folder(tmp_path / "53", site("patient"), patience=30)
    assert contents(tmp_path / "53") == site("patient")
    assert contents(tmp_path / "41") == site("autre")


@pytest.mark.parametrize("can", [True, False])
def test_replaced_with_or_without_exchange_in_one_step(tmp_path, monkeypatch, can):
    if not can:
        monkeypatch.setattr("demomed.rendering.publish.exchanged", lambda *_: False)
    for word in ("un", "deux", "trois"):
        replace_folder(tmp_path / "53", site(word))
        assert contents(tmp_path / "53") == site(word)
    assert [p.name for p in tmp_path.iterdir()] == ["53"]


@pytest.mark.skipif(sys.platform != "linux", reason="renameat2")
def test_exchange_gives_each_the_name_of_the_other(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "quoi").write_text(name)
    if not durable.exchanged(tmp_path / "a", tmp_path / "b"):
        pytest.skip("the file system of the tests cannot exchange")
    assert (tmp_path / "a" / "quoi").read_text() == "b"
    assert (tmp_path / "b" / "quoi").read_text() == "a"
    assert not durable.exchanged(tmp_path / "a", tmp_path / "absent")


CHILD = """
import sys
from pathlib import Path
sys.path.insert(0, {here!r})
import test_two_writers as t
turn = 0
print("ready", flush=True)
while True:
    t.replace_folder(Path(sys.argv[1]), t.site(("un", "deux")[turn % 2]))
    turn += 1
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_killed_at_any_moment_one_whole_portal_is_there(tmp_path):
    out, draw = tmp_path / "53", random.Random(53)
    replace_folder(out, site("un"))
    script = CHILD.format(here=str(Path(__file__).parent))
    for _ in range(4):
        with subprocess.Popen(
            [sys.executable, "-c", script, str(out)], stdout=subprocess.PIPE
        ) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"ready\n"
            time.sleep(draw.uniform(0, 0.2))
            os.kill(child.pid, signal.SIGKILL)
        place = out if out.is_dir() else tmp_path / ".53.precedent"
        assert contents(place) in (site("un"), site("deux"))
    replace_folder(out, site("fin"), patience=0)
    assert [p.name for p in tmp_path.iterdir()] == ["53"]
