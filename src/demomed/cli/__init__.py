"""Command line: the same verbs as the notebooks, French messages, exit code 2 on bad input."""

from __future__ import annotations

import os
import sys

import typer

from demomed.cli import (
    checking,
    cohorts,
    computing,
    doctor,
    dossier,
    plan,
    plans,
    publishing,
    register,
    scenario,
    sources,
    states,
    travel,
    zones,
)
from demomed.cli.report import TRACE, err, own_up, refuse, say
from demomed.cli.usage import USAGE_ERROR, refusal_head, system_fault, usage_fault
from demomed.core.collection import collect_seldom
from demomed.core.faults import InputError

app = typer.Typer(
    name="demomed",
    help="Démographie médicale des départements : des fichiers officiels aux cartes publiées.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (publishing.publish, computing.build, computing.rank, checking.check):
    app.command()(command)
app.command()(plan.plan)
app.command()(dossier.report)
app.command()(doctor.doctor)
app.command()(doctor.init)
app.command()(states.snapshot)
app.add_typer(sources.app, name="sources")
app.add_typer(register.app, name="register")
app.add_typer(travel.app, name="travel")
app.add_typer(scenario.app, name="scenario")
app.add_typer(states.app, name="snapshots")
app.add_typer(zones.app, name="zones")
app.add_typer(plans.app, name="plans")
app.add_typer(cohorts.app, name="cohorts")


def main(arguments: list[str] | None = None) -> None:
    """Entry point: runs a command and turns every foreseeable fault into French and exit code 2."""
    collect_seldom()
    command = typer.main.get_command(app)
    given = arguments if arguments is not None else sys.argv[1:]
    head = refusal_head(given)
    try:
        code = command.main(args=arguments, prog_name="demomed", standalone_mode=False)
    except InputError as error:
        refuse(error, head)
    except USAGE_ERROR as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            say(str(error))
            sys.exit(2)
        refuse(InputError(usage_fault(error, given, command)), head)
    except (typer.Abort, KeyboardInterrupt):
        err.print("Interrompu : rien n'a été écrit.")
        sys.exit(130)
    except Exception as error:
        if isinstance(error, OSError) and error.filename is not None:
            refuse(InputError(system_fault(error)), head)
        if os.environ.get(TRACE):
            raise
        own_up(error)
    sys.exit(code if isinstance(code, int) else 0)
