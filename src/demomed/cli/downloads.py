"""Command that fetches the official files: one line a file, and what has to be fetched by hand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from demomed.cli.options import TodayOption, day_of
from demomed.cli.report import byte_bar, plural, say, show_faults
from demomed.core.faults import Fault, InputError

if TYPE_CHECKING:
    from demomed.ingestion.downloads import Download

DONE: Mapping[str, str] = {
    "present": "déjà là",
    "fetched": "téléchargé",
    "mirrored": "copié du miroir",
    "no_address": "à prendre à la main",
}


def fetch(
    sources: Annotated[
        list[str] | None,
        typer.Argument(help="Sources à prendre (toutes par défaut).", metavar="[SOURCE]..."),
    ] = None,
    into: Annotated[
        Path, typer.Option("--into", help="Dossier où ranger les fichiers.", metavar="DOSSIER")
    ] = Path("data/raw/officiel"),
    mirror: Annotated[
        Path | None,
        typer.Option(
            "--mirror",
            help="Dossier de fichiers déjà pris, à la place du réseau.",
            metavar="DOSSIER",
        ),
    ] = None,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Reprendre même ce qui est à jour.")
    ] = False,
    today: TodayOption = None,
) -> None:
    """Prend les fichiers officiels qui manquent ou sont périmés. Code de sortie 1 s'il en manque encore."""
    from demomed.ingestion.downloads import downloads
    from demomed.ingestion.fetch import fetch_sources

    wanted = downloads(sources or ())
    if mirror is not None and not mirror.is_dir():
        raise InputError(
            Fault(mirror.name, "dossier miroir introuvable", "un dossier", "vérifier le chemin")
        )
    now = day_of(today)
    faults: list[Fault] = []
    counts: dict[str, int] = {}
    with byte_bar() as progress:
        for item in wanted:
            try:
                (outcome,) = fetch_sources(
                    (item,),
                    into / item.folder,
                    today=now,
                    mirror=mirror if item.is_named else None,
                    refresh=refresh,
                    progress=progress,
                )
            except InputError as error:
                faults.extend(error.faults)
                continue
            counts[outcome.status] = counts.get(outcome.status, 0) + 1
            say(_line(item, outcome.status, outcome.size))
    say(", ".join(f"{DONE[status]} : {counts[status]}" for status in DONE if status in counts))
    say_readiness(into)
    if faults:
        show_faults(f"{plural(len(faults), 'fichier manque', 'fichiers manquent')}.", faults)
        raise typer.Exit(1)


def say_readiness(folder: Path) -> None:
    """Whether ``publish --data`` will work from a folder of official files, and what it lacks."""
    from demomed.ingestion.readiness import lacking_files

    lacks = lacking_files(folder)
    needed = [lack for lack in lacks if lack.is_required]
    if not needed:
        say(f"« demomed publish --data {folder} » a tous les fichiers qu'il lui faut.")
    else:
        count = plural(len(needed), "source manque", "sources manquent")
        say(f"« demomed publish --data {folder} » ne marchera pas encore : {count}.")
    for lack in lacks:
        told = "" if lack.is_required else " (facultatif)"
        link = " ou " if lack.is_any_enough else " et "
        place = link.join(f"« {folder / pattern} »" for pattern in lack.files)
        say(
            f"  {lack.producer}, {lack.title}{told} : {lack.page or 'sans page'} ; ranger en {place}"
        )


def _line(item: Download, status: str, size: int) -> str:
    if status == "no_address":
        return f"{item.source_id}, {item.vintage} : {DONE[status]} — {item.page}"
    weight = f"{size / 1e6:.1f}".replace(".", ",")
    place = f"{item.folder}/{item.file}, {weight} Mo"
    return f"{item.source_id}, {item.vintage} : {DONE[status]} ({place})"
