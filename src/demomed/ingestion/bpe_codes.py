"""One vocabulary over the renumberings of the Base permanente des équipements."""

from __future__ import annotations

from collections.abc import Sequence

from demomed.core.catalogue import services
from demomed.core.faults import Report


def bpe_services(year: str, report: Report, wanted: Sequence[str] = ()) -> dict[str, str]:
    """Service of each equipment code of a vintage.

    Codes are never carried from one vintage to the next: general practitioners were D201 and are
    D265, so that an old code on a new file would read as zero.

    Parameters
    ----------
    year
        Vintage of the base.
    report
        Receives a fault if the catalogue does not know the vintage, or a wanted service in it.
    wanted
        Services asked for; all those known by default.

    Examples
    --------
    >>> report = Report("bpe.csv")
    >>> bpe_services("2021", report)["D201"], bpe_services("2024", report)["D265"]
    ('gp', 'gp')
    >>> bpe_services("1999", report), len(report.faults)
    ({}, 1)
    """
    known = {s.bpe[year]: s.id for s in services().values() if year in s.bpe}
    vintages = sorted({vintage for s in services().values() for vintage in s.bpe})
    if not known:
        report.fault(
            f"millésime {year}, dont les codes d'équipement ne sont pas déclarés",
            f"un millésime connu : {', '.join(vintages)}",
            "ajouter les codes de ce millésime au vocabulaire des services (services.toml)",
        )
        return {}
    absent = sorted(set(wanted) - set(known.values()))
    for service in absent:
        report.fault(
            f"« {service} » n'a pas de code dans le millésime {year}",
            "un service déclaré pour ce millésime",
            "ajouter son code au vocabulaire des services (services.toml)",
        )
    return {code: service for code, service in known.items() if not wanted or service in wanted}


def check_presence(
    services_of: dict[str, str], present: set[str], year: str, *, national: bool, report: Report
) -> dict[str, str]:
    """Codes that the file does hold; a code it never mentions is unknown, never zero everywhere.

    Parameters
    ----------
    services_of
        Code → service, from :func:`bpe_services`.
    present
        Equipment codes of the file.
    national
        Whether the file covers France: a code absent from it is then a fault, since a whole
        country without one such equipment means that the code has changed. In a smaller file the
        service is left out, with a notice.
    """
    absent = sorted(set(services_of) - present)
    if services_of and len(absent) == len(services_of):
        health = sorted(code for code in present if code.startswith("D2")) or sorted(present)
        report.fault(
            f"aucun code connu du millésime {year} ; le fichier porte {', '.join(health[:8])}",
            f"des codes comme {', '.join(absent[:4])}",
            "vérifier le millésime : les codes changent d'une année à l'autre (services.toml)",
        )
    elif absent and national:
        for code in absent:
            report.fault(
                f"code {code} ({services_of[code]}) absent de tout le fichier",
                f"ce code dans le millésime {year}",
                "chercher le nouveau code dans le dictionnaire du millésime et corriger services.toml",
            )
    elif absent:
        listed = ", ".join(f"{code} ({services_of[code]})" for code in absent)
        report.notice(f"codes absents du fichier, laissés inconnus : {listed}")
    return {code: service for code, service in services_of.items() if code in present}


def tell_unknown(present: set[str], year: str, report: Report) -> None:
    """Name the health equipment codes of a file that the vocabulary of the vintage does not know."""
    known = {s.bpe[year] for s in services().values() if year in s.bpe}
    unknown = sorted(code for code in present - known if code[:2] in {"D1", "D2", "D3"})
    if unknown:
        report.notice(f"codes de santé hors du vocabulaire, non lus : {', '.join(unknown)}")
