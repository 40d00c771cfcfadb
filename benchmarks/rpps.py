"""Counts of a made Annuaire Santé extraction: the reader against plain pandas, in one run.

python benchmarks/rpps.py [--lines 2300000] [--keep FILE]

Each reading runs in its own process, so that its time and its peak memory are its own. Every
person of the made file is fictional (national identifiers of a range that does not exist).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from measure import Measure, fresh_peak, memory_mb, tell

PROFESSIONS = [
    ("10", "SM54"),
    ("10", "SM26"),
    ("10", "SM04"),
    ("60", ""),
    ("70", ""),
    ("40", ""),
    ("50", ""),
    ("21", ""),
]
WEIGHTS = [0.10, 0.03, 0.07, 0.42, 0.12, 0.06, 0.04, 0.16]
HEADER = """Type d'identifiant PP|Identifiant PP|Identification nationale PP|Code civilité d'exercice|\
Libellé civilité d'exercice|Code civilité|Libellé civilité|Nom d'exercice|Prénom d'exercice|Code profession|\
Libellé profession|Code catégorie professionnelle|Libellé catégorie professionnelle|Code type savoir-faire|\
Libellé type savoir-faire|Code savoir-faire|Libellé savoir-faire|Code mode exercice|Libellé mode exercice|\
Numéro SIRET site|Numéro SIREN site|Numéro FINESS site|Numéro FINESS établissement juridique|\
Identifiant technique de la structure|Raison sociale site|Enseigne commerciale site|\
Complément destinataire (coord. structure)|Complément point géographique (coord. structure)|\
Numéro Voie (coord. structure)|Indice répétition voie (coord. structure)|Code type de voie (coord. structure)|\
Libellé type de voie (coord. structure)|Libellé Voie (coord. structure)|Mention distribution (coord. structure)|\
Bureau cedex (coord. structure)|Code postal (coord. structure)|Code commune (coord. structure)|\
Libellé commune (coord. structure)|Code pays (coord. structure)|Libellé pays (coord. structure)|\
Téléphone (coord. structure)|Téléphone 2 (coord. structure)|Télécopie (coord. structure)|\
Adresse e-mail (coord. structure)|Code Département (structure)|Libellé Département (structure)|\
Ancien identifiant de la structure|Autorité d'enregistrement|Code secteur d'activité|Libellé secteur d'activité|\
Code section tableau pharmaciens|Libellé section tableau pharmaciens|Code rôle|Libellé rôle|Code genre activité|\
Libellé genre activité"""
LINE = (
    "8|{rpps:011d}|8{rpps:011d}|DR|Docteur|MME|Madame|EXEMPLE{n}|PRENOM{n}|{profession}|Libellé de la profession|C|"
    "Civil|S|Spécialité ordinale|{skill}|Libellé du savoir-faire|{mode}|Libéral, indépendant, artisan, commerçant|"
    "{siret}||{finess}||R{rpps}|CABINET FICTIF {n}||||{n}||R|Rue|DES TILLEULS FICTIFS||{postcode} VILLE|{postcode}|"
    "{commune}|Ville fictive|99000|France|0200000000||||||||CNOM/CNOM/CNOM|SA07|Cabinet individuel|||||{genre}|"
    "Activité standard de soin ou de pharmacien|"
)


def communes(count: int = 35_000) -> list[str]:
    """Made commune codes over 95 departments."""
    numbers = [str(n).zfill(2) for n in range(1, 96) if n != 20]
    return [f"{numbers[i % len(numbers)]}{i // len(numbers) + 1:03d}" for i in range(count)]


def write(path: Path, lines: int, seed: int = 20260101) -> None:
    """Write a fictional extraction of that many lines, 56 columns and a trailing separator."""
    random = np.random.default_rng(seed)
    codes = communes()
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(HEADER + "|\n")
        for start in range(0, lines, 50_000):
            size = min(50_000, lines - start)
            kind = random.choice(len(PROFESSIONS), size, p=WEIGHTS)
            where = random.integers(0, len(codes), size)
            person = random.integers(0, int(lines * 0.72), size)
            empty = random.random(size)
            rows = []
            for k, w, n, e in zip(
                kind.tolist(), where.tolist(), person.tolist(), empty.tolist(), strict=True
            ):
                profession, skill = PROFESSIONS[k]
                code = codes[w] if e > 0.08 else ""
                rows.append(
                    LINE.format(
                        rpps=99_000_000_000 + n,
                        n=n,
                        profession=profession,
                        skill=skill,
                        mode="L" if e < 0.7 else "S",
                        siret="",
                        finess="" if e < 0.7 else f"{codes[w][:2]}9900001",
                        postcode=codes[w][:2] + "000" if code else "",
                        commune=code,
                        genre="GENR02" if e > 0.97 else "GENR01",
                    )
                )
            file.write("\n".join(rows) + "\n")


def gazetteer() -> pd.DataFrame:
    codes = communes()
    return pd.DataFrame(
        {
            "old_code": codes,
            "commune_code": codes,
            "commune_name": [f"Commune {c}" for c in codes],
            "departement_code": [c[:2] for c in codes],
            "is_ambiguous": False,
        }
    )


def with_reader(path: Path, level: str) -> pd.DataFrame:
    from demomed.ingestion.rpps import count_practitioners

    return count_practitioners(path, codes=gazetteer(), level=level)[0]


def with_pandas(path: Path, level: str) -> pd.DataFrame:
    """What one writes first: the whole file as text, then filters and a distinct count."""
    table = pd.read_csv(path, sep="|", dtype=str, index_col=False, keep_default_na=False, quoting=3)
    skill, profession = table["Code savoir-faire"], table["Code profession"]
    names = {"60": "nurse", "70": "physiotherapist", "40": "dentist", "50": "midwife"}
    table["service"] = profession.map(names)
    table.loc[(profession == "10") & skill.isin(["SM26", "SM53", "SM54"]), "service"] = "gp"
    table.loc[(profession == "10") & (skill == "SM04"), "service"] = "cardiologist"
    order = {
        name: i
        for i, name in enumerate(
            ["gp", "cardiologist", "dentist", "midwife", "nurse", "physiotherapist"]
        )
    }
    names_by_rank = dict(enumerate(order))
    best = (
        table["service"].map(order).groupby(table["Identification nationale PP"]).transform("min")
    )
    table["service"] = best.map(names_by_rank)
    table = table[~table["Code genre activité"].isin(["GENR02", "GENR03", "GENR07"])]
    code = table["Code commune (coord. structure)"]
    table["area"] = code.str[:2] if level == "departement" else code
    table = table[(code != "") & table["service"].notna()]
    counts = table.groupby(["area", "service"])["Identification nationale PP"].nunique()
    return counts.rename_axis([f"{level}_code", "service"]).rename("persons").reset_index()


def measure(way: str, path: Path, level: str) -> dict:
    """Run one reading in its own process: seconds, peak memory, and a digest of the counts."""
    done = subprocess.run(
        [sys.executable, __file__, "--worker", way, str(path), level],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def worker(way: str, path: Path, level: str) -> dict:
    import demomed.ingestion.rpps  # noqa: F401  (imports are not what is measured)

    fresh_peak()
    begin, worked = time.perf_counter(), time.process_time()
    table = with_reader(path, level) if way == "reader" else with_pandas(path, level)
    seconds, cpu = time.perf_counter() - begin, time.process_time() - worked
    peak = memory_mb("VmHWM")
    digest = int(pd.util.hash_pandas_object(table.astype(str), index=False).sum())
    return {
        "seconds": seconds,
        "cpu": cpu,
        "peak_mb": peak,
        "rows": len(table),
        "persons": int(table["persons"].sum()),
        "digest": digest,
    }


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--lines", type=int, default=2_300_000)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--worker", nargs=3)
    options = parser.parse_args()
    if options.worker:
        way, path, level = options.worker
        print(json.dumps(worker(way, Path(path), level)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        path = options.keep or Path(folder) / "activites.txt"
        if not path.exists():
            write(path, options.lines)
        print(f"made file: {options.lines:,} lines, {path.stat().st_size / 1e6:.0f} MB")
        same = True
        for level in ("departement", "commune"):
            ours, theirs = (measure(way, path, level) for way in ("reader", "pandas"))
            same &= ours["digest"] == theirs["digest"]
            tell(
                Measure(
                    f"annuaire read, counts by {level}, {options.lines:,} lines",
                    ours["cpu"],
                    theirs=theirs["cpu"],
                    peer="pandas",
                    wall=ours["seconds"],
                    memory=ours["peak_mb"],
                    their_memory=theirs["peak_mb"],
                    is_true=ours["digest"] == theirs["digest"],
                    note=f"{ours['persons']:,} persons counted; pandas {theirs['seconds']:.1f} s elapsed",
                )
            )
    return 0 if same else 1


if __name__ == "__main__":
    raise SystemExit(main())
