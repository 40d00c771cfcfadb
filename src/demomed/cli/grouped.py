"""Groups of options: declared once as a dataclass, given to every command that names the group."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

from demomed.cli.options import (
    ROOT,
    CohortsOption,
    DataOption,
    DateOption,
    FollowupOption,
    MappingOption,
    RegisterOption,
    RootOption,
    ScopeOption,
    StructuresMappingOption,
    StructuresOption,
    TravelOption,
    ZonesOption,
    parse_date,
)

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from demomed.core.territory import Territory

R = TypeVar("R")
KEYWORD = inspect.Parameter.KEYWORD_ONLY


def grouped(command: Callable[..., R]) -> Callable[..., R]:
    """Give a command the options of its groups, each in the place where it names the group.

    A parameter of the command whose type is a dataclass stands for the fields of that dataclass:
    the parser sees the fields, the command receives the group.

    Examples
    --------
    >>> @grouped
    ... def build(department: str, files: ScopedFiles) -> str:
    ...     return f"{department}, {files.scope}"
    >>> list(inspect.signature(build).parameters)[:3]
    ['department', 'data', 'register']
    >>> build(department="53", scope="department")
    '53, department'
    """
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, type[Any]] = {}
    seen: list[inspect.Parameter] = []
    for name, parameter in inspect.signature(command).parameters.items():
        if is_dataclass(hints[name]):
            groups[name] = hints[name]
            seen += _fields(hints[name])
        else:
            seen.append(parameter.replace(kind=KEYWORD, annotation=hints[name]))

    @functools.wraps(command)
    def run(**given: Any) -> R:
        for name, group in groups.items():
            mine = [field.name for field in fields(group) if field.name in given]
            given[name] = group(**{field: given.pop(field) for field in mine})
        return command(**given)

    run.__signature__ = inspect.Signature(seen)  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in seen}
    return run


def _fields(group: type[Any]) -> Iterator[inspect.Parameter]:
    """Parameters of the parser, one a field of the group, in the order of the fields."""
    hints = get_type_hints(group, include_extras=True)
    for field in fields(group):
        yield inspect.Parameter(
            field.name, KEYWORD, default=field.default, annotation=hints[field.name]
        )


@dataclass(frozen=True)
class Group:
    """Options that go together."""

    def given(self, *, besides: tuple[str, ...] = ()) -> dict[str, Any]:
        """Options that were given, as they are typed, besides those that are named."""
        hints = get_type_hints(type(self), include_extras=True)
        return {
            hints[field.name].__metadata__[0].default: getattr(self, field.name)
            for field in fields(self)
            if field.name not in besides and getattr(self, field.name) != field.default
        }


@dataclass(frozen=True)
class OwnFiles(Group):
    """What a territory is read from: the reference data, and the files of the mission."""

    data: DataOption = None
    register: RegisterOption = None
    structures: StructuresOption = None
    mapping: MappingOption = None
    structures_mapping: StructuresMappingOption = None

    @property
    def day(self) -> date | None:
        """Day at which ages are reached, where one was given."""
        return None

    def territory(
        self,
        department: str,
        *,
        progress: Callable[[str], None],
        reference_date: date | None = None,
        trial: Path | None = None,
    ) -> Territory:
        """Read the territory of a department from what was given.

        Parameters
        ----------
        department
            Code of the department.
        progress
            Called with a French line at each step.
        reference_date
            Date at which ages are reached; the one that was given, or that of the data, by default.
        trial
            Folder that takes what would otherwise be kept for the next time.
        """
        from demomed.pipeline import load_territory

        given = {field.name: getattr(self, field.name) for field in fields(self)}
        given["reference_date"] = reference_date or self.day
        return load_territory(department, progress=progress, trial=trial, **given)


@dataclass(frozen=True)
class ScopedFiles(OwnFiles):
    """The same, and which communes of an intercommunality across the border count."""

    scope: ScopeOption = "whole"


@dataclass(frozen=True)
class TravelledFiles(OwnFiles):
    """The same, and travel times in place of the estimated ones."""

    travel: TravelOption = None
    scope: ScopeOption = "whole"


@dataclass(frozen=True)
class DatedFiles(TravelledFiles):
    """The same, and the day at which ages are reached."""

    reference_date: DateOption = None

    @property
    def day(self) -> date | None:
        """Day that was given, or none."""
        return parse_date(self.reference_date)


@dataclass(frozen=True)
class MissionTables(Group):
    """What a mission keeps besides its register: states, follow-up, zones, cohorts."""

    states_root: RootOption = ROOT
    followup: FollowupOption = None
    zones: ZonesOption = None
    cohorts: CohortsOption = None
