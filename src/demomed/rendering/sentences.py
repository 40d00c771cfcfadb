"""Findings and text alternatives, composed by rules that know intervals and small numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from demomed.core.chance import WATCH
from demomed.core.indicator import NATURE_LABELS
from demomed.rendering.apart import side_of, stands_out
from demomed.rendering.facts import ZoneFact
from demomed.rendering.french import (
    capitalised,
    count_word,
    join,
    sentence,
    times,
    typeset,
    with_unit,
)
from demomed.rendering.language import translated
from demomed.rendering.subject import Subject

MOST_NAMED = 3
"""Zones with the same extreme value that a finding names; more are counted."""


def finding(
    zones: Sequence[ZoneFact],
    subject: Subject,
    texts: Mapping[str, Any],
    department: ZoneFact | None = None,
) -> str:
    """One or two sentences that tell what a layer shows, and how sure it is.

    Rules: two zones are opposed only when their intervals are apart; zones that share an extreme
    value are told together; a value that rests on fewer than five people is told with its parts;
    the count of zones beyond the exact 99.8 % limits around the department's value is told when
    there are sampling intervals (ranges of an estimate move together and are not); zones of which
    most inhabitants live in another department are not named; estimated and fictional figures say so.

    Parameters
    ----------
    zones
        Facts of the zones of one level.
    subject
        What is measured and how it is said.
    texts
        Texts of the catalogue.
    department
        The same fact for the whole department.

    Returns
    -------
    str
        French text ending with a full stop.
    """
    words = texts["compose"]["finding"]
    readable = [zone for zone in zones if zone.readable]
    known = [zone for zone in readable if zone.is_own] or readable
    if not known:
        return sentence(typeset(words["none"]))
    complete = len(readable) == len(zones)
    if subject.counts:
        sentences = _greatest(known, subject, texts, department, complete=complete)
    else:
        sentences = _statements(known, subject, texts, complete=complete)
    if subject.nature == "estimated":
        sentences[0] = words["estimated"].format(text=sentences[0])
    elif not subject.counts:
        far = [zone for zone in readable if zone not in known]
        sentences += _against_department(known, far, subject, texts, department, complete=complete)
    told = " ".join(sentence(typeset(text)) for text in sentences)
    if subject.nature == "fictional":
        label = capitalised(translated(NATURE_LABELS["fictional"]))
        return typeset(words["fictional"].format(nature=label, text=_lowered(told)))
    return told


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]


def from_worst(known: Sequence[ZoneFact], favourable: str | None) -> list[ZoneFact]:
    """Least favourable first (greatest first without direction), then by code."""
    sign = 1 if favourable == "high" else -1
    return sorted(known, key=lambda zone: (sign * (zone.value or 0.0), zone.code))


def _statements(
    known: list[ZoneFact], subject: Subject, texts: Mapping[str, Any], *, complete: bool
) -> list[str]:
    """What is said of the zones themselves: nobody, one value, a contrast, or no clear one.

    Not ``complete``: some zones have no exact value, so that nothing is said of all of them.
    """
    words = texts["compose"]["finding"]
    ordered = from_worst(known, subject.favourable)
    empty = [zone for zone in ordered if zone.status == "zero"]
    if subject.zero and empty and len(empty) == len(known) and complete:
        return [words["zero_all"].format(zero=subject.zero)]
    if subject.zero and empty:
        return [
            words["zero"].format(
                where=_inside(empty, len(known), subject, texts), zero=subject.zero
            )
        ]
    worst, best = ordered[0], ordered[-1]
    if len(known) == 1:
        where = _inside([worst], len(known), subject, texts)
        return [words["one"].format(where=where, says=subject.told(worst, texts))]
    if worst.value == best.value:
        same = words["equal" if complete else "equal_known"]
        return [same.format(value=with_unit(worst.text, subject.unit))]
    apart = worst.differs_from(best)
    if not apart or (subject.personal and worst.low is None):
        return [
            words[_unclear(apart, subject)].format(
                where=_inside([worst], len(known), subject, texts),
                says=subject.told(worst, texts),
                elsewhere=_inside([best], len(known), subject, texts),
                value=subject.value(best),
            )
        ]
    return [_contrast(ordered, subject, texts)]


def _unclear(apart: bool, subject: Subject) -> str:
    if apart:
        return "small"
    return "unclear_estimated" if subject.nature == "estimated" else "unclear"


def _greatest(
    known: list[ZoneFact],
    subject: Subject,
    texts: Mapping[str, Any],
    department: ZoneFact | None,
    *,
    complete: bool,
) -> list[str]:
    """What is said of counts: where there are most, out of how many; where there is nobody."""
    words = texts["compose"]["finding"]
    ordered = sorted(known, key=lambda zone: (-(zone.value or 0.0), zone.code))
    top = [zone for zone in ordered if zone.value == ordered[0].value]
    empty = [zone for zone in known if zone.status == "zero"]
    if len(empty) == len(known) and complete:
        return [words["zero_all"].format(zero=subject.zero)]
    says = subject.bare(top[0])
    where = _inside(top, len(known), subject, texts)
    if department is None or not department.readable or len(known) == 1:
        told = [words["one"].format(where=where, says=says)]
    else:
        greatest = words["greatest" if complete else "greatest_known"]
        told = [greatest.format(where=where, says=says, value=department.text)]
    if empty:
        told.append(
            words["zero"].format(
                where=_inside(empty, len(known), subject, texts), zero=subject.zero
            )
        )
    return told


def _contrast(ordered: list[ZoneFact], subject: Subject, texts: Mapping[str, Any]) -> str:
    words = texts["compose"]["finding"]
    worst = [zone for zone in ordered if zone.value == ordered[0].value]
    best = [zone for zone in ordered if zone.value == ordered[-1].value]
    low, high = sorted((worst[0].value or 0.0, best[0].value or 0.0))
    weak = any(zone.weak for zone in (*worst, *best))
    ratio = times(high / low) if low > 0 and subject.compares and not weak else ""
    less = (worst[0].value or 0.0) < (best[0].value or 0.0)
    pattern = words["contrast"] if not ratio else words["times_less" if less else "times_more"]
    value = subject.value(best[0])
    if len(best) == 1 and best[0].weak and best[0].parts:
        value += f" ({best[0].parts})"
    says = subject.told(worst[0], texts) if len(worst) == 1 else subject.bare(worst[0])
    return str(
        pattern.format(
            where=_inside(worst, len(ordered), subject, texts),
            says=says,
            times=ratio,
            elsewhere=_inside(best, len(ordered), subject, texts),
            value=value,
        )
    )


def _against_department(
    known: list[ZoneFact],
    far: list[ZoneFact],
    subject: Subject,
    texts: Mapping[str, Any],
    department: ZoneFact | None,
    *,
    complete: bool,
) -> list[str]:
    words = texts["compose"]["finding"]
    with_interval = [zone for zone in known if zone.low is not None]
    if department is None or department.value is None or len(with_interval) < 2:
        return []
    apart = [zone for zone in with_interval if stands_out(zone, department, subject)]
    left_out = _left_out([zone for zone in far if zone.low is not None], words)
    values = {
        "total": count_word(len(with_interval), feminine=subject.level["feminine"]),
        "zones": subject.level["many"] + ("" if complete else f" {words['readable']}") + left_out,
        "value": subject.value(department),
        "count": count_word(len(apart), feminine=subject.level["feminine"]),
    }
    watched = _watched(with_interval, department, subject, words)
    if not apart:
        return [words["clear_none"].format(**values), *watched]
    if len(apart) == 1:
        one = subject.level["only"] + left_out
        return [words["clear_one"].format(where=apart[0].where, one=one, **values), *watched]
    if len(apart) == len(with_interval):
        return [words["clear_all"].format(**values)]
    return [words["clear_some"].format(**values), *watched]


def _watched(
    zones: Sequence[ZoneFact], department: ZoneFact, subject: Subject, words: Mapping[str, Any]
) -> list[str]:
    """Zones between the limits at 95 % and those of « nettement », on each side."""
    told = []
    for side, word in ((-1, "watched_below"), (1, "watched_above")):
        found = [
            zone
            for zone in zones
            if side_of(zone, department, subject.unit, level=WATCH) == side
            and not stands_out(zone, department, subject)
        ]
        count = count_word(len(found), feminine=subject.level["feminine"])
        names = join([zone.name for zone in found])
        if found:
            many = f"{count} {subject.level['many']}"
            told.append(words[word].format(zones=names if len(found) <= MOST_NAMED else many))
    return [words["watched"].format(zones=" ; ".join(told))] if told else []


def _left_out(far: Sequence[ZoneFact], words: Mapping[str, Any]) -> str:
    """Which zones a count leaves out, and why: most of their inhabitants live elsewhere."""
    if not far:
        return ""
    return " " + str(words["left_out"].format(zones=join([zone.name for zone in far])))


def _inside(
    zones: Sequence[ZoneFact], total: int, subject: Subject, texts: Mapping[str, Any]
) -> str:
    """« dans l'Ernée et dans les Coëvrons », « dans quatre intercommunalités sur neuf »."""
    inside = texts["compose"]["finding"]["inside"]
    if len(zones) <= MOST_NAMED:
        return join([inside.format(zone=zone.where) for zone in zones])
    count = count_word(len(zones), feminine=subject.level["feminine"])
    among = texts["compose"]["finding"]["among"]
    return str(
        inside.format(
            zone=among.format(
                count=count,
                zones=subject.level["many"],
                total=count_word(total, feminine=subject.level["feminine"]),
            )
        )
    )
