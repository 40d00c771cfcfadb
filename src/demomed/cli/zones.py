"""Commands of the zones beyond the intercommunality: list, indicators, coverage, template."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from demomed.cli.options import DataOption, DepartmentOption, RegisterOption, parse_date
from demomed.cli.report import plural, say, say_path, show_table, status_line, steps, warn
from demomed.core.faults import Fault, InputError

if TYPE_CHECKING:
    from demomed.core.territory import Territory
    from demomed.core.zoning import Zoning

app = typer.Typer(
    help="Les zones au-delà de l'EPCI : CLS, CPTS, GHT, territoires de vie-santé, bassins de vie, "
    "cantons.",
    no_args_is_help=True,
)
KindOption = Annotated[
    str,
    typer.Option(
        "--zoning",
        help="Sorte : cls, cpts, ght, tvs, bassin_de_vie ou canton.",
        metavar="SORTE",
    ),
]
FileOption = Annotated[
    Path | None,
    typer.Option(
        "--file",
        help="Liste de communes (CSV, XLSX, ODS, TOML), ou table d'appartenance de l'Insee.",
        metavar="FICHIER",
    ),
]
AtOption = Annotated[
    str | None,
    typer.Option("--at", help="Jour où les contrats doivent être en vigueur.", metavar="DATE"),
]
OutOption = Annotated[
    Path | None, typer.Option("--out", "-o", help="Fichier CSV à écrire.", metavar="FICHIER")
]


@app.command("list")
def zones_list(
    department: Annotated[
        str | None, typer.Option("--department", "-d", help="Code du département.")
    ] = None,
    kind: Annotated[
        str | None, typer.Option("--zoning", help="Sorte de zones ; toutes par défaut.")
    ] = None,
    file: FileOption = None,
    data: DataOption = None,
    at: AtOption = None,
) -> None:
    """Liste les sortes de zones ; d'un département, les zones avec communes et population."""
    from demomed.ingestion.zonings import zoning_kinds

    if department is None:
        rows = [
            (id_, row.label, "table de l'Insee" if row.is_official else "catalogue ou liste")
            for id_, row in zoning_kinds().iterrows()
        ]
        show_table({"Sorte": "left", "Zone": "left", "Vient de": "left"}, rows)
        return
    territory, (zoning,), notices = _read(department, kind or "cls", file, data, at)
    _show_zones(territory, zoning)
    warn(notices)


@app.command("indicators")
def zones_indicators(
    department: DepartmentOption,
    kind: KindOption,
    file: FileOption = None,
    indicator: Annotated[
        str | None, typer.Option("--indicator", help="Un seul indicateur.")
    ] = None,
    profession: Annotated[
        str | None, typer.Option("--profession", help="Une seule profession.")
    ] = None,
    data: DataOption = None,
    register: RegisterOption = None,
    at: AtOption = None,
    internal: Annotated[
        bool,
        typer.Option("--internal", help="Valeurs non masquées, pour usage interne."),
    ] = False,
    out_file: OutOption = None,
) -> None:
    """Calcule tous les indicateurs dans ces zones, sans rien révéler par différence avec les EPCI."""
    with steps(3) as step:
        step("Lecture des données")
        from demomed import pipeline
        from demomed.analysis import compute
        from demomed.analysis.zone_indicators import zone_indicators, zone_values
        from demomed.core.indicator import get_indicator, indicators
        from demomed.core.territory import LEVELS

        territory, zonings, notices = _read(department, kind, file, data, at, register)
        if indicator is not None:
            get_indicator(indicator)
        step("Calcul des indicateurs")
        if internal:
            table = zone_values(territory, zonings[0]).table
        else:
            published = pipeline.protected(territory, compute(territory, level=LEVELS))
            step("Protection des données personnelles")
            table = zone_indicators(territory, zonings, published).table
    known = indicators()
    shown = table.loc[
        (table["indicator"] == (indicator or "density"))
        & ((table["profession"] == (profession or "gp")) | (table["profession"] == ""))
    ]
    one = known[indicator or "density"]
    say(f"{one.short_label}, {one.unit or 'sans unité'} — {territory.department.name}")
    show_table({"Zone": "left", "Valeur": "right"}, [_line(row, one) for row in shown.itertuples()])
    say(f"Tous les indicateurs : {status_line(table)}")
    if out_file is not None:
        content = table.to_csv(index=False, sep=";", lineterminator="\n", decimal=",")
        pipeline.write_bytes(out_file, ("\ufeff" + content).encode("utf-8"))
        say_path("Écrit", out_file, " (usage interne, non masqué)" if internal else "")
    warn(notices)


@app.command("coverage")
def zones_coverage(
    department: DepartmentOption,
    kind: KindOption,
    file: FileOption = None,
    data: DataOption = None,
    at: AtOption = None,
    out_file: OutOption = None,
) -> None:
    """Dit quelle part des communes et des habitants un programme couvre, et lesquels il ne couvre pas."""
    from demomed import pipeline
    from demomed.analysis.zones import coverage_of_programme

    territory, (zoning,), notices = _read(department, kind, file, data, at)
    inside = territory.members("commune").index
    members = territory.members("epci")
    members = members.loc[members.index.isin(inside)]
    told = coverage_of_programme(
        zoning.members, members, territory.communes["population"].astype(float)
    )
    names = territory.zones("epci")["short_name"]
    rows = [(str(names[zone]), *_coverage(row)) for zone, row in told.by_zone.iterrows()]
    rows.append((territory.department.name, *_coverage(told.total)))
    show_table(
        {
            "Intercommunalité": "left",
            "Communes": "right",
            "Habitants couverts": "right",
            "Part": "right",
        },
        rows,
    )
    say(plural(len(told.uncovered), "commune non couverte", "communes non couvertes"))
    if out_file is not None:
        listed = told.uncovered.assign(
            commune_name=territory.communes["commune_name"].reindex(told.uncovered.index)
        )
        content = listed.to_csv(sep=";", lineterminator="\n")
        pipeline.write_bytes(out_file, ("\ufeff" + content).encode("utf-8"))
        say_path("Écrit", out_file)
    warn(notices)


@app.command("template")
def zones_template(
    out_file: Annotated[
        Path, typer.Option("--out", "-o", help="Fichier CSV à écrire.", metavar="FICHIER")
    ],
) -> None:
    """Écrit le modèle d'une liste de communes par zone."""
    from demomed.ingestion.zonings import write_zoning_template

    free(out_file)
    write_zoning_template(out_file)
    say_path("Écrit", out_file)


def free(path: Path) -> None:
    """Refuse to write a model over a file that exists."""
    if path.exists():
        raise InputError(
            Fault(
                path.name,
                "un fichier porte déjà ce nom",
                "un nom libre, pour ne rien effacer",
                "choisir un autre nom",
            )
        )


def _read(
    department: str,
    kind: str,
    file: Path | None,
    data: Path | None,
    at: str | None,
    register: Path | None = None,
) -> tuple[Territory, tuple[Zoning, ...], tuple[str, ...]]:
    from demomed import mission, pipeline

    day = parse_date(at, "--at")
    territory = pipeline.load_territory(department, data=data, register=register)
    wanted = kind if file is None else f"{kind}={file}"
    zonings, notices = mission.read_zonings(territory, (wanted,), data=data, at=day)
    return territory, zonings, notices


def _show_zones(territory: Territory, zoning: Zoning) -> None:
    from demomed.analysis.zones import zone_summary

    members = zoning.members
    held = members.loc[members.index.isin(territory.members("commune").index)]
    zones = zoning.zones.loc[zoning.zones.index.isin(held.unique())]
    counted = members.loc[members.isin(zones.index) & members.index.isin(territory.communes.index)]
    told = zone_summary(counted, territory.communes["population"].astype(float), zones)
    rows = [
        (
            str(zone),
            str(row["zone_name"]),
            str(int(row["communes_count"])),
            _whole(row["population"]),
            str(row["announced_text"] or ""),
            " ; ".join(
                f"{what} {_whole(row[difference], signed=True)}"
                for what, difference in (
                    ("communes", "communes_difference"),
                    ("habitants", "population_difference"),
                )
                if row[difference] == row[difference]
            ),
        )
        for zone, row in told.iterrows()
    ]
    show_table(
        {
            "Code": "left",
            "Zone": "left",
            "Communes": "right",
            "Habitants": "right",
            "Annoncé": "left",
            "Écart": "left",
        },
        rows,
    )


def _line(row: Any, one: Any) -> tuple[str, str]:
    from demomed.rendering.french import number

    if row.value == row.value:
        return str(row.zone_name), number(row.value * one.scale, one.decimals)
    hidden = getattr(row, "coarse", "") or ("secret" if row.status == "masked" else "n.d.")
    return str(row.zone_name), hidden


def _coverage(row: Any) -> tuple[str, str, str]:
    share = row["population_share"]
    return (
        f"{int(row['covered_communes_count'])} sur {int(row['communes_count'])}",
        f"{_whole(row['covered_population'])} sur {_whole(row['population'])}",
        "n.d." if share != share else f"{100 * share:.0f} %",
    )


def _whole(value: float, *, signed: bool = False) -> str:
    if value != value:
        return "n.d."
    sign = "+" if signed and value > 0 else ""
    return sign + f"{value:,.0f}".replace(",", "\u202f").replace("-", "−")
