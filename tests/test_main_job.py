"""The main job on the shipped data: three departments, read, computed, protected, published."""

import csv
import hashlib
import io
import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import demomed
from demomed.core.territory import LEVELS

CONTROL = {
    # communes, EPCI, population 2023, GP, pharmacies, MSP (BPE 2021): published control figures
    "53": (240, 10, 305_468, 194, 86, 15),
    "41": (267, 12, 328_543, 258, 103, 18),
    "61": (381, 16, 275_201, 192, 97, 8),
}
PAGES = ("index.html", "offre.html", "age.html", "acces.html", "priorites.html")


@pytest.fixture(scope="session", params=sorted(CONTROL))
def territory(request):
    return demomed.load_territory(request.param)


@pytest.fixture(scope="session")
def site(territory, tmp_path_factory):
    out = tmp_path_factory.mktemp("site") / territory.department.code
    return out, demomed.publish(territory, out)


def rows(path):
    text = path.read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def test_control_figures(territory):
    communes, epci, population, gp, pharmacies, msp = CONTROL[territory.department.code]
    inside = territory.members("departement").index
    assert len(inside) == communes
    assert len(territory.epci) == epci
    assert territory.communes.loc[inside, "population"].sum() == population
    for service, expected in (("gp", gp), ("pharmacy", pharmacies), ("msp", msp)):
        assert territory.supply_of(service, 2021).reindex(inside).sum() == expected


def test_no_commune_is_lost(territory):
    inside = territory.members("departement").index
    assert (
        territory.communes.loc[inside, ["population", "epci_siren", "lon", "lat"]]
        .notna()
        .all(axis=None)
    )
    assert territory.supply_of("gp", 2021).reindex(inside).notna().all()
    for year in (2022, 2023):
        assert territory.apl_of("gp", year=year)["apl"].reindex(inside).notna().all()


def test_epci_values_recompute_from_parts(territory):
    """Density of an EPCI is the sum of its doctors over the sum of its inhabitants."""
    values = demomed.compute(territory, ["density"], level="epci", professions=["gp"]).table
    members = territory.members("epci")
    gp = territory.supply_of("gp").reindex(members.index)
    population = territory.communes["population"].reindex(members.index)
    expected = 1e5 * gp.groupby(members).sum() / population.groupby(members).sum()
    got = values.set_index("zone_code")["value"].astype(float)
    pd.testing.assert_series_equal(got.sort_index(), expected.sort_index(), check_names=False)


def test_scope(territory):
    """Restricted to the department, the EPCIs add up to the department exactly."""
    narrow = demomed.load_territory(territory.department.code, scope="department")
    values = demomed.compute(narrow, ["supply_count"], level=LEVELS, professions=["gp"]).table
    totals = values.groupby("level")["value"].sum()
    assert totals["commune"] == totals["epci"] == totals["departement"]


def test_every_page_is_there_and_light(site):
    out, result = site
    assert set(PAGES) | {"indicateurs.csv", "classement.csv", "manifest.json"} <= set(result.files)
    for name in PAGES:
        page = (out / name).read_bytes()
        assert len(page) <= 500_000, f"{name}: {len(page)} bytes"
        assert b'<html lang="fr"' in page


def test_manifest_tells_the_truth(site):
    out, _ = site
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert len(manifest["files"]) >= len(PAGES)
    for name, entry in manifest["files"].items():
        assert hashlib.sha256((out / name).read_bytes()).hexdigest() == entry["sha256"]


def test_check_finds_nothing(site):
    from demomed.rendering.check import check_site

    out, _ = site
    assert [str(finding) for finding in check_site(out)] == []


def test_csv_equals_public_indicators(site):
    """Every line of the CSV carries the public value, rounded as shown; nothing masked is there."""
    out, result = site
    table = result.indicators.table
    written = rows(out / "indicateurs.csv")
    assert len(written) == len(table)
    masked = table["status"].eq("masked").sum()
    for line in written:
        if line["statut"] == "secret":
            masked -= 1
            assert line["valeur"] == line["numerateur"] == line["denominateur"] == ""
            assert line["borne_basse"] == line["borne_haute"] == ""
    assert masked == 0


def test_example_register_says_so(site):
    out, _ = site
    fictional = [r for r in rows(out / "indicateurs.csv") if "55" in r["indicateur"]]
    assert fictional
    for line in fictional:
        assert line["nature"] == "données d'exemple (fictives)"
    assert "données d" in (out / "age.html").read_text(encoding="utf-8")


def test_ranking_csv(site, territory):
    out, _ = site
    written = rows(out / "classement.csv")
    assert len(written) == len(territory.epci)
    ranks = [int(r["rang"]) for r in written if r["rang"]]
    assert ranks == sorted(ranks)
    assert ranks[0] == 1


def test_two_builds_same_bytes(site, territory, tmp_path):
    out, result = site
    again = tmp_path / territory.department.code
    demomed.publish(demomed.load_territory(territory.department.code), again)
    for name in result.files:
        assert (out / name).read_bytes() == (again / name).read_bytes(), name


def test_a_portal_is_replaced_whole_and_a_stranger_is_spared(site, territory, tmp_path):
    """A second publication replaces the first; a folder with files of others is left alone."""
    from demomed.rendering.publish import replace_folder

    out, _ = site
    target = tmp_path / "portail"
    files = {p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*") if p.is_file()}
    replace_folder(target, files)
    replace_folder(target, files)
    assert {p.name for p in target.iterdir()} == set(files)
    (target / "notes-de-la-mission.txt").write_text("à garder", encoding="utf-8")
    with pytest.raises(demomed.InputError, match="notes-de-la-mission"):
        replace_folder(target, files)
    assert (target / "notes-de-la-mission.txt").read_text("utf-8") == "à garder"
    assert territory.department.code in (target / "manifest.json").read_text("utf-8")


def run(*args, cwd):
    return subprocess.run(
        [sys.executable, "-m", "demomed", *args],
        capture_output=True,
        text=True,
        cwd=cwd,
        check=False,
        timeout=120,
    )


def test_command_publishes(tmp_path):
    done = run("publish", "--department", "53", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "maps" / "53" / "index.html").is_file()
    assert "240 communes, 10 intercommunalités, 305\u202f468 habitants" in done.stdout
    assert str(tmp_path) not in (tmp_path / "maps" / "53" / "manifest.json").read_text("utf-8")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["publish", "--department", "99"], ["99", "96 départements de métropole"]),
        (["publish", "--department", "53", "--scope", "entier"], ["entier", "whole"]),
        (["publish", "--department", "53", "--register", "absent.csv"], ["absent.csv"]),
        (["publish", "--department", "53", "--data", "nulle-part"], ["nulle-part"]),
        (["publish", "--department", "53", "--threshold", "3"], ["3", "5"]),
        (["publish", "--department", "53", "--recipe", "instalation"], ["installation"]),
        (["publish", "--department", "53", "--mode", "simple"], ["single"]),
        (["publish", "--department", "53", "--date", "hier"], ["AAAA-MM-JJ"]),
        (["publish", "--department", "53", "--threshold", "cinq"], ["« cinq »", "entier"]),
        (["publish", "--department", "53", "--threshold=5,5"], ["« 5,5 »", "entier"]),
        (["publish", "--department", "53", "--threshold"], ["--threshold", "sans valeur"]),
        (["publish", "--department", "53", "41"], ["« 41 » en trop"]),
        (
            ["rank", "--department", "53", "--out", sys.executable + "/x.csv"],
            ["en choisir un autre"],
        ),
        (["sources", "lsit"], ["« lsit »", "« list »"]),
        (["check"], ["DOSSIER"]),
        (["publish"], ["--department"]),
        (["publsh"], ["publish"]),
        (["rank", "--department", "53", "--recipe", "dentair"], ["dentaire_mobile"]),
    ],
    ids=lambda value: "-".join(value)[:40],
)
def test_bad_input_is_french_and_leaves_nothing(args, words, tmp_path):
    done = run(*args, cwd=tmp_path)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("args", [[], ["sources"]], ids=["demomed", "sources"])
def test_without_a_command_the_known_ones_are_shown(args, tmp_path):
    done = run(*args, cwd=tmp_path)
    assert done.returncode == 2
    assert "list" in done.stdout or "publish" in done.stdout
    assert "Traceback" not in done.stderr


def test_rank_command(tmp_path):
    done = run("rank", "--department", "53", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Rang" in done.stdout


def test_sources_commands(tmp_path):
    listed = run("sources", "list", cwd=tmp_path)
    assert listed.returncode == 0
    assert "Licence Ouverte" in listed.stdout
    late = run("sources", "check", "--strict", "--today", "2040-01-01", cwd=tmp_path)
    assert late.returncode == 1
    assert "périmée" in late.stdout


def test_build_command_is_stamped_internal(tmp_path):
    done = run("build", "--department", "53", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "usage interne" in done.stdout
    table = pd.read_parquet(next((tmp_path / "data" / "processed" / "53").glob("*.parquet")))
    assert np.isfinite(table["value"].dropna()).all()
