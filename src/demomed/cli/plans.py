"""Commands of the action plans: list, show, check of the follow-up values, template."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from demomed.cli.options import DataOption, DepartmentOption, TodayOption, day_of
from demomed.cli.report import plural, say, show_table, warn
from demomed.cli.zones import free
from demomed.core.faults import Fault, InputError, closest

if TYPE_CHECKING:
    import pandas as pd

app = typer.Typer(
    help="Les plans d'action publics du département et leur suivi.", no_args_is_help=True
)


@app.command("list")
def plans_list(department: DepartmentOption, data: DataOption = None) -> None:
    """Liste les plans : actions, montants, et ce qui diffère de ce qui a été annoncé."""
    from demomed.analysis.plans import budget_totals, plan_notices

    plans = _plans(department, data)
    titles = plans.drop_duplicates("plan_id").set_index("plan_id")["plan_title"]
    rows = [
        (
            str(id_),
            str(titles[id_]),
            str(row["actions_count"]),
            str(row["budgeted_count"]),
            _euros(row["whole_eur"]),
        )
        for id_, row in budget_totals(plans).iterrows()
    ]
    show_table(
        {
            "Plan": "left",
            "Titre": "left",
            "Actions": "right",
            "Chiffrées": "right",
            "Montant": "right",
        },
        rows,
    )
    warn(plan_notices(plans))


@app.command("show")
def plans_show(
    department: DepartmentOption,
    plan: Annotated[
        str | None, typer.Argument(help="Identifiant du plan ; tous par défaut.", metavar="PLAN")
    ] = None,
    followup: Annotated[
        Path | None,
        typer.Option("--followup", help="Valeurs de suivi (CSV, XLSX, ODS).", metavar="FICHIER"),
    ] = None,
    data: DataOption = None,
    today: TodayOption = None,
) -> None:
    """Montre les actions : échéance, état au jour dit, montant, page qui la sert, suivi."""
    from demomed.analysis.plans import action_links, action_states, followed
    from demomed.dossiers.suivi import PAGE
    from demomed.ingestion.followup import read_followup
    from demomed.rendering.reports import dossier_words

    plans, day = _plans(department, data), day_of(today)
    if plan is not None:
        known = list(dict.fromkeys(plans["plan_id"]))
        if plan not in known:
            raise InputError(
                Fault("plan", f"« {plan} »", "un plan du département", closest(plan, known))
            )
        plans = plans.loc[plans["plan_id"] == plan]
    words = dossier_words(PAGE)["states"]
    states = action_states(plans, day)
    links = action_links(plans).set_index(["plan_id", "action_id"])
    values: pd.DataFrame | None = None
    notices: tuple[str, ...] = ()
    if followup is not None:
        entered, notices = read_followup(followup, _plans(department, data))
        values = followed(plans, entered, day)
    titles = plans.drop_duplicates("plan_id").set_index("plan_id")["plan_title"]
    rows: dict[str, list[tuple[str, ...]]] = {str(id_): [] for id_ in titles.index}
    for index, row in plans.iterrows():
        key = (row["plan_id"], row["action_id"])
        link = links.loc[key] if key in links.index else None
        rows[str(row["plan_id"])].append(
            (
                f"{row['action_id']}. {row['title']}",
                _text(row["deadline_text"]),
                words[states.at[index, "state"]],
                _euros(row["budget_eur"]),
                "" if link is None else _served_by(link),
                _entered(values, key),
            )
        )
    headings = {
        "Action": "left",
        "Échéance": "left",
        f"État au {day:%d/%m/%Y}": "left",
        "Montant": "right",
        "Page ou recette": "left",
        "Suivi": "left",
    }
    for id_, mine in rows.items():
        say(f"{id_} — {titles[id_]}")
        show_table(headings, mine)
    warn(notices)


@app.command("check")
def plans_check(
    file: Annotated[Path, typer.Argument(help="Valeurs de suivi à contrôler.", metavar="FICHIER")],
    department: DepartmentOption,
    data: DataOption = None,
) -> None:
    """Contrôle un fichier de suivi ; tous ses défauts d'un coup, code de sortie 2 s'il y en a."""
    from demomed.ingestion.followup import read_followup

    table, notices = read_followup(file, _plans(department, data))
    known = int(table["value"].notna().sum())
    say(
        f"{file.name} : {plural(len(table), 'ligne', 'lignes')}, "
        f"{plural(known, 'valeur', 'valeurs')}, "
        f"{plural(table['action_id'].nunique(), 'action suivie', 'actions suivies')}"
    )
    warn(notices)


@app.command("template")
def plans_template(
    out_file: Annotated[
        Path, typer.Option("--out", "-o", help="Fichier CSV à écrire.", metavar="FICHIER")
    ],
) -> None:
    """Écrit le modèle du fichier de suivi, avec quelques valeurs fictives."""
    from demomed.ingestion.followup import write_followup_template

    free(out_file)
    write_followup_template(out_file)
    say(f"Écrit : {out_file}")


def _plans(department: str, data: Path | None) -> pd.DataFrame:
    from demomed import pipeline

    plans = pipeline.load_territory(department, data=data).plans
    if plans.empty:
        raise InputError(
            Fault(
                f"département {department}",
                "aucun plan public connu",
                "un département dont le catalogue a un plan",
                "déclarer le plan dans catalogue/sources/department_plans.toml",
            )
        )
    return plans


def _served_by(link: Any) -> str:
    return f"recette {link['recipe']}" if link["recipe"] else f"{link['page']}.html"


def _entered(values: pd.DataFrame | None, key: tuple[str, str]) -> str:
    if values is None:
        return ""
    mine = values.loc[(values["plan_id"] == key[0]) & (values["action_id"] == key[1])]
    told = mine.loc[mine["status"] != "missing"]
    return f"{len(told)} sur {len(mine)}" if len(mine) else ""


def _euros(value: Any) -> str:
    import pandas as pd

    return "n.d." if pd.isna(value) else f"{int(value):,} €".replace(",", "\u202f")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "n.d."
