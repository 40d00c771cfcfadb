"""Faults made by the dozen in a good file of each text layout: refused in French, or said.

Each layout is damaged in some sixty ways or more: whole file, header, columns, cells. A damaged file
is refused with its name and a remedy, or read as the good one is, or read with something more to
say. A
value that becomes openly unknown (n.d.) is said too. It is never read differently in silence, but for the columns named in ``OTHERS``, where an
unknown code is another population, told apart by the reader's own tests.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from demomed.core.faults import InputError
from demomed.ingestion.ameli import read_ameli
from demomed.ingestion.bpe_detail import read_bpe_detail
from demomed.ingestion.bpe_long import read_bpe_counts
from demomed.ingestion.insee_tables import read_filosofi
from demomed.ingestion.population_age import read_population_by_age
from demomed.ingestion.rpps import read_rpps
from demomed.ingestion.travel_tables import read_travel_times
from demomed.ingestion.zoning_tables import read_zoning

LEAST = 60
"""Faulty files that each layout must at least have."""
CODES = pd.DataFrame(
    [("53130", "53130", "53"), ("53147", "53147", "53"), ("61001", "61001", "61")],
    columns=["old_code", "commune_code", "departement_code"],
).assign(commune_name="Ville", is_ambiguous=False)
COORD = "(coord. structure)"
Result = tuple[pd.DataFrame, tuple[str, ...]]


@dataclass(frozen=True)
class Layout:
    """A good file of a layout, how it is read, and what it cannot know to be a fault.

    Parameters
    ----------
    others
        Columns where an unknown code is another population, or an identifier that is not kept.
    optional
        Columns without which the file is another published form of the layout.
    knows_codes
        Whether the reader is given the communes; otherwise a well-formed code is checked later.
    """

    lines: tuple[str, ...]
    read: Callable[[Path], Result]
    mark: str = ";"
    others: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    knows_codes: bool = False


def _with_codes(reader: Callable[..., Any], **options: Any) -> Callable[[Path], Result]:
    return lambda path: reader(path, codes=CODES, **options)[:2]


RPPS = (
    "Type d'identifiant PP|Identifiant PP|Identification nationale PP|Code civilité|Code profession|"
    "Code catégorie professionnelle|Code type savoir-faire|Code savoir-faire|Code mode exercice|"
    f"Numéro FINESS site|Code postal {COORD}|Code commune {COORD}|Libellé commune {COORD}|"
    "Code secteur d'activité|Code genre activité"
)
LAYOUTS = {
    "rpps": Layout(
        (
            RPPS,
            "8|99000000001|899000000001|MME|10|C|S|SM54|L||53000|53130|Laval|SA07|GENR01",
            "8|99000000002|899000000002|M|10|C|S|SM26|L||53100|53147|Mayenne|SA08|GENR01",
        ),
        _with_codes(read_rpps),
        mark="|",
        knows_codes=True,
        others=("Identification nationale PP", "Numéro FINESS site", "Code profession", "Code catégorie professionnelle", "Code savoir-faire",
                "Code mode exercice", "Code secteur d'activité", "Code genre activité",
                "Code civilité"),
    ),
    "bpe_counts": Layout(
        (
            "GEO;GEO_OBJECT;FACILITY_DOM;FACILITY_SDOM;FACILITY_TYPE;BPE_MEASURE;TIME_PERIOD;OBS_VALUE",
            "53130;COM;D;D2;D265;FACILITIES;2024;38",
            "53147;COM;D;D2;D265;FACILITIES;2024;12",
        ),
        _with_codes(read_bpe_counts),
        knows_codes=True,
        others=("GEO_OBJECT", "FACILITY_DOM", "FACILITY_SDOM", "FACILITY_TYPE", "BPE_MEASURE"),
    ),
    "bpe_detail": Layout(
        (
            "AN;DEPCOM;TYPEQU;LAMBERT_X;LAMBERT_Y;QUALITE_GEOLOC;EPSG",
            "2024;53130;D265;421000;6780000;11;2154",
            "2024;53147;D265;430000;6800000;11;2154",
        ),
        _with_codes(read_bpe_detail),
        knows_codes=True,
        others=("TYPEQU",),
    ),
    "ameli": Layout(
        (
            "annee;profession_sante;region;departement;libelle_classe_age;libelle_sexe;effectif",
            "2024;Ensemble des médecins généralistes;52;53;Tout âge;tout sexe;180",
            "2024;Ensemble des médecins généralistes;52;72;Tout âge;tout sexe;260",
        ),
        lambda path: read_ameli(path)[:2],
        others=("profession_sante",),
    ),
    "zoning": Layout(
        ("com_code;zmed_niveau;zide_niveau;zmed_date_arrete",
         "53130;1_ZIP;3_Intermediaire;02/04/2024",
         "53147;2_ZAC;5_Sur_dotee;02/04/2024"), lambda path: read_zoning(path)[:2],
        optional=("zmed_niveau", "zide_niveau"),
    ),
    "population_age": Layout(
        (
            "CODGEO;P22_POP;P22_POP0014;P22_POP1589;P22_POP90P",
            "53130;49000;9000;39000;1000",
            "53147;13000;2000;10800;200",
        ),
        lambda path: read_population_by_age(path)[:2],
        optional=("P22_POP",),
    ),
    "filosofi": Layout(
        (
            "FILOSOFI_MEASURE;GEO;GEO_OBJECT;UNIT_MEASURE;CONF_STATUS;OBS_STATUS;UNIT_MULT;TIME_PERIOD;OBS_VALUE",
            "MED_SL;53130;COM;EUR;F;A;0;2023;22810",
            "MED_SL;53147;COM;EUR;F;A;0;2023;21000",
        ),
        lambda path: read_filosofi(path)[:2],
        others=("FILOSOFI_MEASURE", "GEO_OBJECT"),
    ),
    "travel": Layout(
        ("origine;destination;minutes;km", "53130;53147;28;30", "53147;53130;28;30"),
        lambda path: read_travel_times(path)[:2],
    ),
}  # fmt: skip

NONSENSE = ("", "???", "-5", "1e400", "12,5,3", "#REF!", "=1+1", "NaN", "5313O", "abc def")
CODE, FALSE_CODES, UNKNOWN_CODES = "53130", ("1004", "5313", "531300"), ("53000", "99999")


def text_of(lines: tuple[str, ...] | list[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode()


def whole_file(layout: Layout) -> Iterator[tuple[str, bytes]]:
    """Damages of the file as a whole."""
    good, lines, mark = text_of(layout.lines), list(layout.lines), layout.mark
    yield "vide", b""
    yield "blanc", b"\n \n\n"
    yield "binaire", bytes(range(256)) * 12
    yield "ancien classeur", b"\xd0\xcf\x11\xe0" + b"x" * 600
    yield "archive 7z", b"7z\xbc\xaf\x27\x1c" + b"x" * 600
    yield "gzip coupé", gzip.compress(good * 400, mtime=0)[:60]
    yield "zip coupé", b"PK\x03\x04" + b"y" * 300
    yield "page d'erreur", b"<!DOCTYPE html><html><body>503</body></html>"
    yield "pdf", b"%PDF-1.7\n" + b"x" * 400
    yield "json d'erreur", b'{"error": "not found"}'
    yield "caractères nuls", good[:40] + b"\x00" * 8 + good[40:]
    yield "en-tête seul", text_of(lines[:1])
    yield "en-tête perdu", text_of(lines[1:])
    yield "lignes vides", text_of([lines[0], "", lines[1], "", "", lines[2]])
    yield "fins de ligne de Windows", good.replace(b"\n", b"\r\n")
    yield "marque d'ordre des octets", b"\xef\xbb\xbf" + good
    yield "fin coupée", good[:-4]
    yield "dernière ligne coupée", text_of([*lines[:2], lines[2][: len(lines[2]) // 2]])
    yield "champ de trop", text_of([lines[0], lines[1] + mark + "x", lines[2]])
    yield "champ en moins", text_of([lines[0], lines[1].rsplit(mark, 2)[0], lines[2]])
    yield "guillemet perdu", text_of([lines[0], '"' + lines[1], lines[2]])
    yield "total au bas", text_of([*lines, mark.join(["Total"] + [""] * lines[0].count(mark))])


def columns_lost(layout: Layout) -> Iterator[tuple[str, str, bytes]]:
    """Each column away, misspelt, or twice."""
    table = [line.split(layout.mark) for line in layout.lines]
    for at, name in enumerate(table[0]):
        yield (
            name,
            f"sans « {name} »",
            text_of([layout.mark.join(r[:at] + r[at + 1 :]) for r in table]),
        )
        spelt = [[*table[0][:at], name + "zz", *table[0][at + 1 :]], *table[1:]]
        yield name, f"« {name}zz »", text_of([layout.mark.join(r) for r in spelt])
        yield name, f"deux fois « {name} »", text_of([layout.mark.join([*r, r[at]]) for r in table])


def cells_spoilt(layout: Layout) -> Iterator[tuple[str, str, bytes]]:
    """Each cell of the first row in turn replaced by what cannot be true."""
    table = [line.split(layout.mark) for line in layout.lines]
    for at, name in enumerate(table[0]):
        codes = FALSE_CODES + (UNKNOWN_CODES if layout.knows_codes else ())
        for value in (*NONSENSE, *(codes if table[1][at] == CODE else ())):
            row = [*table[1][:at], value, *table[1][at + 1 :]]
            lines = [layout.mark.join(r) for r in (table[0], row, table[2])]
            yield name, f"« {value} » dans « {name} »", text_of(lines)


def is_only_unknown(table: pd.DataFrame, good: pd.DataFrame) -> bool:
    """Whether a table is the good one, some of its values being openly unknown."""
    if len(table) != len(good) or list(table) != list(good):
        return False
    differs = (table.astype("object") != good.astype("object")) & ~(table.isna() & good.isna())
    told = [name for name in table if not name.endswith("_source")]
    return bool((~differs | table.isna())[told].all(axis=None))


def corpus(layout: Layout) -> list[tuple[str, str, bytes]]:
    """Every faulty file of a layout: the column that is spoilt, what was done, the bytes."""
    lost = [one for one in columns_lost(layout) if one[0] not in layout.optional]
    return [*(("", *one) for one in whole_file(layout)), *lost, *cells_spoilt(layout)]


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def outcome(layout: Layout, path: Path, content: bytes) -> InputError | Result:
    try:
        return layout.read(written(path, content))
    except InputError as refusal:
        return refusal


@pytest.mark.parametrize("name", LAYOUTS)
def test_each_layout_has_its_corpus(name):
    found = corpus(LAYOUTS[name])
    assert len({content for *_, content in found}) >= LEAST


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_fault_is_refused_or_said(name, tmp_path):
    layout, path = LAYOUTS[name], tmp_path / "fichier.csv"
    good, told = layout.read(written(path, text_of(layout.lines)))
    silent, mute = [], []
    refused = 0
    for column, what, content in corpus(layout):
        got = outcome(layout, path, content)
        if isinstance(got, InputError):
            refused += 1
            if not all(fault.file and fault.remedy for fault in got.faults):
                mute.append(what)
            assert str(tmp_path) not in str(got)
            continue
        table, notices = got
        if is_only_unknown(table, good) or set(notices) - set(told) or column in layout.others:
            continue
        silent.append(what)
    assert not mute
    assert not silent, silent
    assert refused >= 20
