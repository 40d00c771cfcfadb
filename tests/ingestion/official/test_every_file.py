"""Every official file at hand loads through a reader: those of the bundle, and all the others."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from demomed.core.faults import Report
from demomed.ingestion.boundaries import read_outlines
from demomed.ingestion.bulk import read_published
from demomed.ingestion.official import open_official
from demomed.ingestion.population_estimates import read_population_estimates
from demomed.ingestion.zonings import read_membership

pytestmark = pytest.mark.real
Loaded = Callable[[Path], int]


def outlines(*fields: str) -> Loaded:
    """Rows of an outline file."""
    return lambda path: len(read_outlines(open_official(path), fields))


def published(sheet: str | None = None, **columns: str) -> Loaded:
    """Rows of a published table; every wanted column must be found, and filled somewhere."""

    def load(path: Path) -> int:
        report = Report(path.name)
        table = read_published(path, columns, report, sheet=sheet)
        report.raise_if_faulty()
        assert table.notna().any().all()
        return len(table)

    return load


# Files that the bundle does not read: pattern, reader, fewest rows.
OTHERS: dict[str, tuple[Loaded, int]] = {
    "cog/appartenance_geo_communes_*": (
        published(code="CODGEO", name="LIBGEO", epci="EPCI"),
        34_900,
    ),
    "cog/banatic_siren_insee_*": (published(siren="siren", insee="insee", name="nom_com"), 34_900),
    "cog/cog2026_communes*": (published(kind="TYPECOM", code="COM", name="LIBELLE"), 37_000),
    "cog/cog_arrondissements*": (published(code="ARR", name="LIBELLE"), 330),
    "cog/laposte_hexasmal_*": (
        published(code="Code_commune_INSEE", postcode="Code_postal", name="Nom_commune"),
        39_000,
    ),
    "cog/libelles_zonages_*": (published(level="NIVGEO", code="CODGEO", name="LIBGEO"), 9_000),
    "limites/communes_2024_[0-9][0-9].geojson": (outlines("INSEE_COM"), 240),
    "limites/communes_2024_53_41_61_et_voisins*": (outlines("INSEE_COM"), 5_000),
    "limites/departements_2018_*": (outlines("code"), 96),
    "limites/departements_2025_*": (outlines("DEP"), 101),
    "limites/epci_2025_53_41_61*": (outlines("EPCI"), 38),
    "limites/epci_2025_france*": (outlines("EPCI"), 1_255),
    "offre/bpe2021_dictionnaire*": (published(code="COD_VAR", label="LIB_VAR"), 42),
    "population/insee_estim-pop-*": (
        lambda path: len(read_population_estimates(path)[0]),
        47 * 96,
    ),
    "territoires/zonages_etude_*": (published(code="DEPCOM", zone="BV2022"), 34_800),
}
NOT_DATA = ("README.md",)


def of_bundle(shipped) -> set[str]:
    return {entry["name"] for raw in shipped.manifest.sources.values() for entry in raw["inputs"]}


def test_every_file_has_a_reader(real_official, shipped):
    """A file that appears in the folder without a reader is named here."""
    read = of_bundle(shipped)
    names = [p.relative_to(real_official).as_posix() for p in real_official.rglob("*.*")]
    assert len(names) > len(read)
    unread = [
        name
        for name in names
        if name not in read
        and name not in NOT_DATA
        and not any(fnmatchcase(name, pattern) for pattern in OTHERS)
    ]
    assert unread == []


@pytest.mark.parametrize("pattern", sorted(OTHERS))
def test_files_out_of_the_bundle_load(real_official, pattern):
    load, fewest = OTHERS[pattern]
    paths = sorted(real_official.glob(pattern))
    assert paths, "the official folder no longer has this file"
    for path in paths:
        assert load(path) >= fewest, path.name


def test_files_of_the_bundle_gave_rows(real_official, shipped):
    """Each input of the shipped bundle is in the folder, unchanged, and gave rows."""
    for raw in shipped.manifest.sources.values():
        for entry in raw["inputs"]:
            file = open_official(real_official / entry["name"])
            assert file.sha256 == entry["sha256"], entry["name"]
            assert entry["rows"] > 0


@pytest.mark.parametrize("kind", ["bassin_de_vie", "canton"])
def test_study_zones_lose_no_commune(real_official, shipped, kind):
    path = next(real_official.glob("territoires/zonages_etude_*"))
    zoning = read_membership(path, kind, codes=shipped.codes)
    for code in ("53", "41", "61"):
        expected = shipped.communes.loc[
            shipped.communes["departement_code"] == code, "commune_code"
        ]
        assert expected.isin(zoning.members.index).all()
