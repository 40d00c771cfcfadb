"""Publishing several departments, a region or the country: what the terminal says of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from demomed.cli.report import count_bar, plural, say, say_territory, show_faults, steps, warn
from demomed.cli.trial import TRIAL, trial_folder
from demomed.core.faults import Fault, InputError
from demomed.core.locks import check_writable

if TYPE_CHECKING:
    from demomed.national.campaign import Nation, Report
    from demomed.national.engine import Engine

INTERRUPTED = 130
FAULTY = 1


def refuse_single(given: dict[str, Any]) -> None:
    """Refuse, for several departments, the options that make sense for one only."""
    faults = [
        Fault(
            option,
            "donné pour plusieurs départements",
            "une option qui vaut pour un seul département",
            "publier ce département à part, avec un seul --department",
        )
        for option, value in given.items()
        if value is not None
    ]
    if faults:
        raise InputError(faults)


def engine_of(jobs: int | None, scheduler: str | None) -> Engine:
    """The engine asked for: a cluster, or so many processes of this machine."""
    if scheduler is not None:
        from demomed.national.cluster import DaskEngine

        return DaskEngine(scheduler)
    from demomed.national.engine import LocalEngine

    if jobs is None:
        return LocalEngine()
    if jobs < 1:
        raise InputError(
            Fault("--jobs", str(jobs), "au moins 1", "en laisser le choix au programme")
        )
    return LocalEngine(jobs)


def publish_many(
    *,
    departments: Sequence[str],
    regions: Sequence[str],
    everything: bool,
    out: Path,
    data: Path | None,
    engine: Engine,
    options: dict[str, Any],
    dry_run: bool,
    fresh: bool = False,
) -> None:
    """Publish what is asked for, say what came of it, and stop with 1 if something is missing."""
    from demomed import pipeline
    from demomed.national import campaign
    from demomed.national.portals import Options

    asked = Options(**options)
    pipeline.check_scope(asked.scope)
    pipeline.check_options(recipe=asked.recipe, threshold=asked.threshold, mode=asked.mode)
    check_writable(out)
    with steps(4) as step, trial_folder(dry_run) as trial:
        step("Lecture des données nationales")
        nation = campaign.read_nation(data, trial=trial, progress=step)
        wanted = campaign.chosen(
            nation, departments=departments, regions=regions, everything=everything
        )
    if dry_run:
        say(f"{plural(len(wanted), 'département', 'départements')} à publier dans {out}")
        _tell_trial(nation, wanted, out)
        return
    report = None
    try:
        with count_bar(len(wanted)) as advance:

            def told(now: Report, line: str) -> None:
                nonlocal report
                report = now
                advance(now.done, line)

            report = campaign.publish_departments(
                nation, wanted, out, engine, asked, fresh=fresh, told=told
            )
    except KeyboardInterrupt:
        say(
            "Interrompu : les portails déjà écrits restent ; la même commande reprend où elle en était."
        )
        raise typer.Exit(INTERRUPTED) from None
    if nation.is_whole:
        from demomed.national.page import published, write_country

        with steps(1) as step:
            step("Page nationale")
            page = write_country(nation, out, published(nation, out), mode=asked.mode)
        say(f"Page nationale : {page / 'index.html'}")
    _conclude(report, out)


def _tell_trial(nation: Nation, wanted: Sequence[str], out: Path) -> None:
    """What each portal would hold, and where it would go."""
    from demomed.core import catalogue
    from demomed.pipeline import portal_folder

    communes = nation.territory.communes
    for code in wanted:
        name = catalogue.department(code).name
        here = communes.loc[communes["departement_code"] == code]
        say_territory(name, code, here, here["epci_siren"].nunique())
        say(f"  irait dans {out / portal_folder(code).name}")
    say(TRIAL)


def _conclude(report: Report, out: Path) -> None:
    for code, notices in sorted(report.notices.items()):
        warn(tuple(f"{code} — {notice}" for notice in notices))
    say(
        f"{plural(len(report.written), 'portail écrit', 'portails écrits')} dans {out}, "
        f"{plural(len(report.kept), 'déjà à jour', 'déjà à jour')}, "
        f"{len(report.faults)} en défaut, sur {len(report.wanted)}"
    )
    for code, faults in sorted(report.faults.items()):
        show_faults(f"Département {code} : {plural(len(faults), 'défaut', 'défauts')}.", faults)
    if report.faults:
        raise typer.Exit(FAULTY)
