"""Options that several commands share, and the words in which they are refused."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from demomed.core.faults import Fault, InputError

DepartmentOption = Annotated[
    str, typer.Option("--department", "-d", help="Code du département.", metavar="CODE")
]
DataOption = Annotated[
    Path | None,
    typer.Option(
        "--data",
        help="Dossier de fichiers officiels, ou lot déjà construit, à la place du lot livré.",
        metavar="DOSSIER",
    ),
]
RegisterOption = Annotated[
    Path | None,
    typer.Option(
        "--register",
        help="Registre des praticiens (CSV, XLSX, ODS) ou extraction de l'Annuaire Santé (RPPS).",
        metavar="FICHIER",
    ),
]
StructuresOption = Annotated[
    Path | None,
    typer.Option(
        "--structures",
        help="Liste des structures (CSV, XLSX, ODS) ou fichier FINESS.",
        metavar="FICHIER",
    ),
]
MappingOption = Annotated[
    Path | None,
    typer.Option(
        "--mapping",
        help="Vos noms de colonnes et vos mots pour le registre (TOML).",
        metavar="FICHIER",
    ),
]
StructuresMappingOption = Annotated[
    Path | None,
    typer.Option(
        "--structures-mapping",
        help="Vos noms de colonnes et vos mots pour les structures (TOML).",
        metavar="FICHIER",
    ),
]
TravelOption = Annotated[
    Path | None,
    typer.Option(
        "--travel",
        help="Table de temps origine – destination en minutes (Parquet, CSV), à la place des temps estimés.",
        metavar="FICHIER",
    ),
]
ScopeOption = Annotated[
    str,
    typer.Option(
        "--scope",
        help="EPCI à cheval sur la limite : « whole » (entiers) ou « department ».",
    ),
]
DateOption = Annotated[
    str | None,
    typer.Option("--date", help="Date de référence des âges, AAAA-MM-JJ.", metavar="DATE"),
]
RecipeOption = Annotated[str, typer.Option("--recipe", help="Recette du classement.")]
ThresholdOption = Annotated[
    int, typer.Option("--threshold", help="Seuil du secret, en personnes (5 au moins).")
]
RECIPE, THRESHOLD = "installation", 5
CsvOption = Annotated[
    Path | None, typer.Option("--out", "-o", help="Fichier CSV à écrire, en plus de l'écran.")
]
ROOT = Path("data/processed")
RootOption = Annotated[
    Path,
    typer.Option("--states", help="Dossier des états datés.", metavar="DOSSIER"),
]
FollowupOption = Annotated[
    Path | None,
    typer.Option(
        "--followup",
        help="Valeurs de suivi des plans (CSV, XLSX, ODS ; modèle : demomed plans template).",
        metavar="FICHIER",
    ),
]
ZonesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--zoning",
        help="Zonage : une sorte (cls, cpts, ght, tvs, bassin_de_vie, canton) ou sorte=fichier ; "
        "peut être répété.",
        metavar="SORTE[=FICHIER]",
    ),
]
CohortsOption = Annotated[
    Path | None,
    typer.Option(
        "--cohorts",
        help="Dossier des tables de cohortes (etudiants.csv, aides.csv, logements.csv, recrues.csv).",
        metavar="DOSSIER",
    ),
]


TodayOption = Annotated[
    str | None,
    typer.Option(
        "--today",
        help="Jour où l'âge des sources et les échéances sont comptés, AAAA-MM-JJ (aujourd'hui, ou celui de "
        "SOURCE_DATE_EPOCH).",
        metavar="DATE",
    ),
]
EPOCH = "SOURCE_DATE_EPOCH"
"""Environment variable of reproducible builds: seconds since 1970, read where no day is given."""


def day_of(text: str | None) -> date:
    """Day given by an option, else by the environment, else today."""
    given = parse_date(text, "--today")
    if given is not None:
        return given
    seconds = os.environ.get(EPOCH, "")
    if not seconds:
        return date.today()
    try:
        return datetime.fromtimestamp(int(seconds), UTC).date()
    except (ValueError, OverflowError, OSError):
        raise InputError(
            Fault(
                EPOCH,
                f"« {seconds} »",
                "des secondes depuis 1970",
                "la corriger, ou donner --today",
            )
        ) from None


def parse_date(text: str | None, option: str = "--date") -> date | None:
    """ISO date of an option, or a French fault."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(
            Fault(option, f"« {text} »", "une date AAAA-MM-JJ", "écrire par exemple 2026-01-01")
        ) from None
