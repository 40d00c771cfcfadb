"""Each rule of a published page is broken on purpose and must be found."""

from __future__ import annotations

import re

import pytest

from demomed.cli import main
from demomed.rendering.check import HEAVIEST, PER_COMMUNE, check_files, check_site, heaviest
from demomed.rendering.coded_texts import unfold
from demomed.rendering.columns import decode_numbers, encode_numbers
from demomed.rendering.publish import site_files


@pytest.fixture(scope="session")
def site(portal):
    documents, index, files, sheets = portal
    return site_files(documents, index, files, sheets=sheets)


def found(site, name, before, after, count=1):
    text = site[name].decode()
    assert before in text
    broken = {**site, name: text.replace(before, after, count).encode()}
    return [f"{f}" for f in check_files(broken) if "contenu modifié" not in f.found]


def test_a_sound_portal_has_no_finding(site):
    assert check_files(site) == []


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('<html lang="fr">', "<html>", "aucune langue"),
        ("<title>", "<title></title><meta name='x' content='", "aucun titre"),
        ("initial-scale=1", "initial-scale=1, user-scalable=no", "agrandissement interdit"),
        ("</main>", "<h5>x</h5></main>", "aucun niveau sauté"),
        ("</main>", "<h1>x</h1></main>", "un seul h1"),
        ("</main>", "<table><tr><td>1</table></main>", "sans légende"),
        ("</main>", '<p id="tableau">x</p></main>', "identifiant répété"),
        ("</main>", '<img alt="" src="https://exemple.fr/a.png"></main>', "exemple.fr"),
        ("</main>", '<img alt="" src="//exemple.fr/a.png"></main>', "exemple.fr"),
        ("</main>", '<iframe title="a" src="http://exemple.fr"></iframe></main>', "exemple.fr"),
        ("</main>", '<p onclick="a()">x</p></main>', "onclick"),
        ("</main>", '<p style="color:red">x</p></main>', "style"),
        ("</main>", '<a href="absent.html">x</a></main>', "absent.html"),
        ("</main>", '<a href="#absent">x</a></main>', "#absent"),
        ("</main>", '<a href="javascript:alert(1)">x</a></main>', "javascript"),
        ("</style>", "a{background:url(https://exemple.fr/a)}</style>", "url(https"),
        ("</style>", "@import 'https://exemple.fr/a.css';</style>", "@import"),
        ('"use strict";', '"use strict";fetch("a");', "fetch"),
        ('"use strict";', '"use strict";new XMLHttpRequest();', "XMLHttpRequest"),
        ('"use strict";', '"use strict";localStorage.a = 1;', "localStorage"),
        ('<th scope="col"', "<th", "sans portée"),
    ],
)
def test_broken_page_is_found(site, before, after, said):
    findings = found(site, "offre.html", before, after)
    assert any(said in text for text in findings), findings


def test_heavy_page_is_found(site):
    findings = found(site, "offre.html", "</main>", f"<p>{'x' * 500_000}</p></main>")
    assert any("500 ko au plus" in text for text in findings)


def test_geometry_written_twice_is_found(site):
    text = site["offre.html"].decode()
    arcs = re.search(r'"arcs":"([^";]+)', text)[1]
    findings = found(site, "offre.html", '"arcs":"', f'"arcs":"{arcs};')
    assert any("contours écrits plusieurs fois" in text for text in findings)


def test_table_that_differs_from_the_map_is_found(site):
    cell = re.search(r'<tr data-z="200000001">.*?<td>([^<]+)<td>', site["offre.html"].decode())[1]
    row = re.search(
        rf'<tr data-z="200000001">.*?<td>{re.escape(cell)}', site["offre.html"].decode()
    )[0]
    findings = found(site, "offre.html", row, row[: -len(cell)] + "123456")
    assert any("123456" in text and "sur la carte" in text for text in findings)
    assert any("123456" in text and "indicateurs.csv" in text for text in findings)


def test_masked_value_in_the_page_is_found(site):
    text = site["age.html"].decode()
    assert re.search(r'"s":"[^"]*k', text)
    between = r'"t":\{[^}]*\},(?:"[ip]":\{[^}]*\},)*'
    code = re.search(rf'"v":"([^"]*)",{between}"s":"([^"]*k[^"]*)"', text)
    statuses = unfold(code[2])
    numbers = decode_numbers(code[1], len(statuses))
    numbers[statuses.index("k")] = 33.0
    broken = code[0].replace(f'"v":"{code[1]}"', f'"v":"{encode_numbers(numbers)}"')
    findings = found(site, "age.html", code[0], broken)
    assert any("secret" in text for text in findings)


def test_masked_value_in_the_csv_is_found(site):
    text = site["indicateurs.csv"].decode("utf-8-sig")
    line = next(line for line in text.splitlines() if ";secret;" in line)
    cells = line.split(";")
    cells[8] = "3"
    broken = {**site, "indicateurs.csv": text.replace(line, ";".join(cells)).encode("utf-8-sig")}
    assert any("secret" in f.found for f in check_files(broken))


def test_manifest_is_verified(site):
    changed = {**site, "classement.csv": site["classement.csv"] + b"x"}
    assert [f.found for f in check_files(changed)] == ["un contenu modifié"]
    more = {**site, "autre.csv": b""}
    assert [f.found for f in check_files(more)] == ["un fichier non listé"]
    less = {k: v for k, v in site.items() if k != "offre.svg"}
    assert "un fichier absent" in [f.found for f in check_files(less)]
    none = {k: v for k, v in site.items() if k != "manifest.json"}
    assert "pas de liste des fichiers" in [f.found for f in check_files(none)]
    odd = {**site, "manifest.json": b"{"}
    assert "une liste illisible" in [f.found for f in check_files(odd)]


def test_absent_folder_is_told(tmp_path):
    assert [f.found for f in check_site(tmp_path / "rien")] == ["aucun dossier de ce nom"]


def test_a_missing_file_is_told_once_with_the_number_of_pages(site, tmp_path, capsys):
    for name, content in site.items():
        if name != "offre.html":
            (tmp_path / name).write_bytes(content)
    with pytest.raises(SystemExit) as left:
        main(["check", str(tmp_path), "--no-attack"])
    assert left.value.code == 1
    said = capsys.readouterr().out.splitlines()
    lines = [line for line in said if "un lien vers « offre.html »" in line]
    assert len(lines) == 1
    pages = {f.file for f in check_site(tmp_path) if "« offre.html »" in f.found}
    assert len(pages) > 3 and lines[0].startswith(f"{len(pages)} fichiers, dont ")


def test_a_page_may_weigh_more_where_communes_are_many():
    def rows(count):
        return {("commune", f"{i:05}", "densite|"): {} for i in range(count)}

    assert heaviest(rows(450)) == HEAVIEST
    assert heaviest(rows(890)) == HEAVIEST + 440 * PER_COMMUNE
    assert heaviest({("epci", str(i), "densite|"): {} for i in range(900)}) == HEAVIEST
