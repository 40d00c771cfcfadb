"""Whether a folder of official files is enough to publish, and what it still lacks."""

import gzip
import zipfile

import pytest

from demomed.core.catalogue import sources
from demomed.core.faults import InputError
from demomed.ingestion.official import OfficialFolder
from demomed.ingestion.population import read_population
from demomed.ingestion.readiness import held_sources, lacking_files
from demomed.ingestion.writing import SOURCES_OF


def fill(folder, pattern):
    path = folder / pattern.replace("*", "x")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x", encoding="utf-8")
    return path


@pytest.fixture
def full(tmp_path):
    """A folder with one file for every pattern that publishing reads."""
    for id_ in {id_ for ids in SOURCES_OF.values() for id_ in ids}:
        for block in (sources()[id_], *sources()[id_].get("vintages", ())):
            for pattern in (
                block.get("files", ())[:1] if block.get("is_any_enough") else block.get("files", ())
            ):
                fill(tmp_path, pattern)
    return tmp_path


def test_a_full_folder_lacks_nothing(full):
    assert lacking_files(full) == ()
    assert "insee_populations" in held_sources(full)


def test_an_empty_folder_lacks_every_source_and_says_where_to_take_it(tmp_path):
    lacks = lacking_files(tmp_path)
    assert [lack.is_required for lack in lacks] == sorted(
        (lack.is_required for lack in lacks), reverse=True
    )
    assert {lack.source_id for lack in lacks} == {id_ for ids in SOURCES_OF.values() for id_ in ids}
    assert all(lack.page.startswith("https://") for lack in lacks if lack.is_required)
    assert held_sources(tmp_path) == {}


@pytest.mark.parametrize(
    ("pattern", "source"),
    [("apl/apl_medecins*", "drees_apl_gp"), ("cog/cog_regions*", "insee_cog"), ("offre/bpe2021*", "insee_bpe")],
)  # fmt: skip
def test_one_missing_file_is_named(full, pattern, source):
    for path in full.glob(pattern):
        path.unlink()
    (lack,) = lacking_files(full)
    assert lack.source_id == source and lack.is_required
    assert source not in held_sources(full)


@pytest.mark.parametrize("pattern", ["plans/*", "offre/bpe2017_*", "offre/bpe2020_*"])
def test_what_is_kept_for_the_past_prevents_nothing(full, pattern):
    for path in full.glob(pattern):
        path.unlink()
    assert not any(lack.is_required for lack in lacking_files(full))


class Everywhere:
    """A geography that knows two communes."""

    def successor(self):
        import pandas as pd

        return pd.Series(["53001", "53130"], index=["53001", "53130"])


HEADER = "REG;Région;DEP;CODARR;CODCAN;CODCOM;COM;Commune;PMUN;PCAP;PTOT\r\n"
ROWS = "52;Pays;53;2;99;001;53001;A;100;1;101\r\n52;Pays;53;2;99;130;53130;B;200;2;202\r\n"


def archive(path, members):
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as bundle:
        for name, text in members.items():
            bundle.writestr(name, text)


def test_populations_are_read_from_the_archive_that_fetch_brings(tmp_path):
    archive(
        tmp_path / "population/ensemble.zip", {"donnees_communes.csv": HEADER + ROWS, "x.csv": "a"}
    )
    found = read_population(OfficialFolder(tmp_path), Everywhere())
    assert found.to_dict() == {"53001": 100, "53130": 200}
    path = tmp_path / "population/insee_populations_legales_2023.csv.gz"
    (tmp_path / "population/ensemble.zip").unlink()
    path.write_bytes(gzip.compress((HEADER + ROWS).encode()))
    assert read_population(OfficialFolder(tmp_path), Everywhere()).to_dict() == found.to_dict()


@pytest.mark.parametrize("what", ["absent member", "cut", "two files"])
def test_a_bad_archive_of_populations_is_refused_in_french(tmp_path, what):
    path = tmp_path / "population/ensemble.zip"
    archive(
        path, {"autre.csv" if what == "absent member" else "donnees_communes.csv": HEADER + ROWS}
    )
    if what == "cut":
        path.write_bytes(path.read_bytes()[:-40])
    if what == "two files":
        archive(tmp_path / "population/ensemble-1.zip", {"donnees_communes.csv": HEADER})
    with pytest.raises(InputError) as refused:
        read_population(OfficialFolder(tmp_path), Everywhere())
    assert "ensemble" in str(refused.value) and "à faire" in str(refused.value)
