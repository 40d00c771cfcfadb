"""Every metropolitan department published from one folder of official files, in one process.

Run: ``python benchmarks/departments.py --data DOSSIER`` (about 30 minutes of CPU); ``--only 2A 75``
for some of them, ``--out DOSSIER`` to keep the portals. One line per department: communes, intercommunalities, GPs, pages, CPU seconds, findings of the check, and whether a ranking could be
made. Exits 1 if one is refused or has a finding.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from demomed import pipeline
from demomed.core import catalogue
from demomed.core.faults import InputError
from demomed.ingestion.lots import CACHE
from demomed.national.campaign import Nation, department_territory, read_nation
from demomed.rendering.check import check_site

HEADINGS = ("dép.", "communes", "EPCI", "MG", "pages", "CPU s", "défauts", "classement")
LINE = "{:>4} {:>9} {:>5} {:>6} {:>6} {:>6} {:>8}  {}"


def one(code: str, nation: Nation, out: Path) -> tuple[tuple[object, ...], list[str]]:
    """Publish one department and check it: its line, and its findings in words."""
    start = time.process_time()
    try:
        territory = department_territory(nation, code)
        result = pipeline.publish(territory, out / code)
    except InputError as refusal:
        seconds = time.process_time() - start
        return (code, "", "", "", "", f"{seconds:.1f}", 1, "refusé"), [str(refusal)]
    seconds = time.process_time() - start
    table = result.indicators.table
    found = (table["level"] == "departement") & (table["indicator"] == "supply_count")
    doctors = table.loc[found & (table["profession"] == "gp"), "value"].sum()
    findings = [str(finding) for finding in check_site(result.out)]
    line = (
        code,
        len(territory.members("commune")),
        len(territory.epci),
        f"{doctors:.0f}",
        sum(name.endswith(".html") for name in result.files),
        f"{seconds:.1f}",
        len(findings),
        "oui" if result.ranking is not None else "non",
    )
    return line, findings


def main() -> None:
    """Print the line of each department, then what was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", nargs="*", default=list(catalogue.departments()))
    parser.add_argument("--out", type=Path)
    parser.add_argument("--cache", type=Path, default=CACHE)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        start = time.process_time()
        nation = read_nation(wanted.data, cache=wanted.cache)
        print(f"lecture du pays : {time.process_time() - start:.1f} s CPU", flush=True)
        print(LINE.format(*HEADINGS))
        wrong: list[str] = []
        total = 0.0
        for code in wanted.only:
            line, findings = one(code, nation, wanted.out or Path(scratch))
            print(LINE.format(*line), flush=True)
            total += float(str(line[5]))
            wrong += [f"{code} : {finding}" for finding in findings]
    print(f"{len(wanted.only)} départements, {total:.0f} s CPU, {len(wrong)} défauts")
    for text in wrong:
        print(text)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
