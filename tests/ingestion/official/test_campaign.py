"""Several departments in one run: resume, faults kept apart, the same bytes on a cluster."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from demomed.cli import main
from demomed.core.faults import Fault, InputError
from demomed.national import campaign, portals
from demomed.national.campaign import Nation, chosen, order, publish_departments, read_nation
from demomed.national.cluster import DaskEngine
from demomed.national.engine import LocalEngine, Lost
from demomed.national.page import country_files, national_values
from demomed.national.portals import Options, Outcome, is_current, publish_one
from demomed.rendering.raster import png_of

ANSWER = "tcp://"


@pytest.fixture(scope="module")
def nation(untouched, tmp_path_factory) -> Nation:
    """The fictional official folder as a country: 53 and 72, and Paris without an outline."""
    return read_nation(untouched, cache=tmp_path_factory.mktemp("lots"))


@pytest.fixture(scope="module")
def alone(nation) -> dict[str, Outcome]:
    """Each department published in this process."""
    orders = [order(nation, code, Options()) for code in nation.departments]
    return {one.code: publish_one(one) for one in orders}


def test_one_faulty_department_does_not_stop_the_others(nation, alone):
    assert nation.departments == ("53", "72", "75")
    assert not nation.country.bundle.manifest.is_checked
    assert not alone["53"].faults
    assert not alone["72"].faults
    assert "departements" in str(alone["75"].faults[0])
    assert alone["75"].files == {}


def test_campaign_writes_resumes_and_repairs(nation, alone, tmp_path, monkeypatch):
    calls: list[str] = []

    def made(one):
        calls.append(one.code)
        return alone[one.code]

    monkeypatch.setattr(campaign, "publish_one", made)

    def run(**more):
        calls.clear()
        told: list[str] = []
        report = publish_departments(
            nation, nation.departments, tmp_path, LocalEngine(1), Options(),
            told=lambda report, line: told.append(f"{report.done} {line}"), **more,
        )  # fmt: skip
        assert len(told) == report.done == 3
        return report

    first = run()
    assert (first.written, first.kept, list(first.faults)) == (["53", "72"], [], ["75"])
    assert not (tmp_path / "75").exists()
    again = run()
    assert (again.written, again.kept, calls) == ([], ["53", "72"], ["75"])
    (tmp_path / "53" / "indicateurs.csv").write_bytes(b"altered")
    mended = run()
    assert (mended.written, mended.kept) == (["53"], ["72"])
    assert run(fresh=True).written == ["53", "72"]
    contents = {p.name for p in tmp_path.iterdir()}
    assert contents == {"53", "72"}, "nothing unfinished is left"


def test_inputs_change_with_what_a_portal_depends_on_and_with_nothing_else(nation):
    one = order(nation, "53", Options())
    assert one.inputs == order(nation, "53", Options()).inputs
    assert order(nation, "72", Options()).inputs != one.inputs
    assert order(nation, "53", Options(threshold=6)).inputs != one.inputs
    assert replace(one, program="other").inputs != one.inputs
    communes = nation.country.bundle.communes
    people = communes["population"].where(communes["commune_code"] != "53001", 77)
    bundle = replace(nation.country.bundle, communes=communes.assign(population=people))
    changed = replace(nation, country=replace(nation.country, bundle=bundle))
    assert order(changed, "53", Options()).inputs != one.inputs
    assert order(changed, "75", Options()).inputs == order(nation, "75", Options()).inputs


def test_a_portal_without_whole_files_is_not_current(tmp_path):
    assert not is_current(tmp_path, "x")
    (tmp_path / "manifest.json").write_text('{"inputs": "x", "files": {"a": {"sha256": "0"}}}')
    assert not is_current(tmp_path, "x")
    (tmp_path / "manifest.json").write_text("[]")
    assert not is_current(tmp_path, "x")


def test_another_program_and_an_unforeseen_error_are_faults(nation, monkeypatch):
    one = order(nation, "53", Options())
    assert "autre version" in str(publish_one(replace(one, program="other")).faults[0])
    monkeypatch.setattr(portals, "make_portal", lambda *a, **k: {}["absent"])
    told = str(publish_one(one).faults[0])
    assert "KeyError" in told
    assert "53" not in publish_one(one).files


def test_a_lost_item_is_told(nation, tmp_path):
    class Dying:
        def map(self, task, items):
            yield from ((place, Lost("mort")) for place, _ in enumerate(items))

    report = publish_departments(nation, ["53"], tmp_path, Dying(), Options())
    assert "mort" in str(report.faults["53"][0])
    assert not (tmp_path / "53").exists()


def test_choice_of_departments(nation):
    assert chosen(nation, everything=True) == ("53", "72", "75")
    assert chosen(nation, departments=("72", "53", "72")) == ("53", "72")
    with pytest.raises(InputError) as refused:
        chosen(nation, departments=("5", "01"), regions=("99", "52"))
    told = " ".join(map(str, refused.value.faults))
    assert all(word in told for word in ("« 5 »", "« 99 »", "département 01", "département 44"))


def test_departments_take_their_part_of_the_national_access(nation):
    territory = campaign.department_territory(nation, "72")
    times = territory.extra["times"]
    whole = nation.access.times
    pd.testing.assert_frame_equal(times, whole.loc[times.index], check_names=False)
    assert {code[:2] for code in times.index} == {"53", "72"}


def test_page_of_the_country_adds_up(nation):
    table = national_values(nation).table
    mine = table.loc[(table["indicator"] == "density") & (table["profession"] == "gp")]
    of = mine.groupby("level")[["numerator", "denominator"]].sum()
    assert of.loc["departement"].tolist() == of.loc["pays"].tolist() == of.loc["commune"].tolist()


def test_command_line_tells_faults_and_stops_with_one(untouched, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    fault = Fault("75", "un défaut", "autre chose", "le mettre")
    monkeypatch.setattr(
        campaign,
        "publish_departments",
        lambda nation, wanted, out, engine, options, fresh, told: campaign.Report(
            tuple(wanted), written=["53"], faults={"75": (fault,)}
        ),
    )
    monkeypatch.setattr("demomed.national.page.write_country", lambda nation, out, *a, **k: out)
    with pytest.raises(SystemExit) as stopped:
        main(["publish", "--all", "--data", str(untouched), "--out", "m"])
    assert stopped.value.code == 1
    said = capsys.readouterr()
    assert "1 portail écrit" in said.out
    assert "un défaut" in said.err
    for wrong in (
        ["publish"],
        ["publish", "--all", "--register", "x.csv"],
        ["publish", "--region", "99", "--data", str(untouched)],
        ["publish", "--all", "--jobs", "0", "--data", str(untouched)],
    ):
        with pytest.raises(SystemExit) as stopped:
            main(wrong)
        assert stopped.value.code == 2


def _started(*words: str, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_scheduler" if words[0] == "scheduler" else "distributed.cli.dask_worker", *words[1:]],
        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, cwd=folder,
    )  # fmt: skip


def _address(scheduler: subprocess.Popen[str]) -> str:
    assert scheduler.stderr is not None
    for line in scheduler.stderr:
        if "Scheduler at:" in line:
            return ANSWER + line.split(ANSWER)[1].strip()
    raise AssertionError("the scheduler did not start")


@pytest.mark.filterwarnings("ignore")
def test_a_cluster_gives_the_same_bytes_though_a_worker_is_killed(nation, alone, tmp_path):
    pytest.importorskip("distributed")
    orders = [order(nation, code, Options()) for code in ("53", "72", "53")]
    running = [
        _started(
            "scheduler", "--port", "0", "--no-dashboard", "--host", "127.0.0.1", folder=tmp_path
        )
    ]
    try:
        address = _address(running[0])
        running += [
            _started(
                "worker",
                address,
                "--nthreads",
                "1",
                "--no-nanny",
                "--no-dashboard",
                folder=tmp_path,
            )
            for _ in range(2)
        ]
        made: dict[int, Outcome] = {}
        for place, outcome in DaskEngine(address).map(publish_one, orders):
            assert isinstance(outcome, Outcome)
            if not made:
                os.kill(running[1].pid, signal.SIGKILL)
            made[place] = outcome
        assert running[1].wait(10) == -signal.SIGKILL
        assert sorted(made) == [0, 1, 2]
        for place, one in enumerate(orders):
            assert made[place] == alone[one.code]
    finally:
        for process in running:
            process.kill()
            process.communicate()


def test_no_scheduler_is_told(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("demomed.national.cluster.PATIENCE", "1s")
    with pytest.raises(InputError) as refused:
        list(DaskEngine("tcp://127.0.0.1:1").map(eval, ["1"]))
    assert "ne répond pas" in str(refused.value.faults[0])


def test_page_of_the_country_in_one_file_or_with_its_communes(nation):
    alone_standing = country_files(nation, ("53",))
    split = country_files(nation, ("53", "72"), mode="split")
    assert b"demomedCommunes" not in alone_standing["index.html"]
    assert "assets/communes-53.js" in split
    assert b"../53/index.html" in alone_standing["index.html"]
    assert b"../72/index.html" not in alone_standing["index.html"]
    assert "Métropole" in alone_standing["index.html"].decode(), "told among what has no outline"


def test_page_of_the_country_has_its_drawing_and_tells_how_to_show_it(nation):
    made = {mode: country_files(nation, ("53",), mode=mode) for mode in ("single", "split", "csp")}
    for site in made.values():
        drawing = site["index.svg"].decode()
        assert site["index.png"] == png_of(drawing)
        assert {"index.svg", "index.png", "integration.txt"} <= set(
            json.loads(site["manifest.json"])["files"]
        )
        offered = set(re.findall(r'href="([^"/#:]+\.(?:svg|png|csv|json))"', page_of(site)))
        assert {"index.svg", "index.png"} <= offered <= set(site)
        assert '<iframe src="index.html"' in site["integration.txt"].decode()
    told = made["csp"]["integration.txt"].decode()
    (policy,) = re.findall(r"^Content-Security-Policy: (.+)$", told, re.M)
    assert policy.startswith("default-src 'none'")
    scripts = re.findall(r"<script>(.*?)</script>", page_of(made["csp"]), re.S)
    assert scripts
    for script in scripts:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert "Content-Security-Policy" not in made["single"]["integration.txt"].decode()


def test_page_of_the_country_refuses_a_mode_it_does_not_know(nation):
    with pytest.raises(InputError, match="cps"):
        country_files(nation, ("53",), mode="cps")


def page_of(site):
    return site["index.html"].decode()
