"""Zone sheets: the portrait of each intercommunality and of the department."""

from __future__ import annotations

from collections.abc import Sequence

from demomed.core.document import Link, MapDocument
from demomed.core.indicator import PublicIndicators
from demomed.core.portrait import PortraitSection, Sheet
from demomed.core.ranking import Ranking
from demomed.core.territory import Territory
from demomed.rendering.french import typeset
from demomed.rendering.internal import licence_of
from demomed.rendering.language import spoken
from demomed.rendering.portrait_lead import portrait_lead
from demomed.rendering.portrait_material import Portraits
from demomed.rendering.portrait_rows import portrait_figure, portrait_row
from demomed.rendering.portrait_tables import portrait_tables
from demomed.rendering.portraits import (
    DEPARTMENT_SHEET,
    SHEET,
    Told,
)
from demomed.rendering.scene import Scene
from demomed.rendering.surroundings import navigation


@spoken
def compose_sheets(
    territory: Territory,
    public: PublicIndicators,
    documents: Sequence[MapDocument],
    *,
    scene: Scene,
    version: str,
    language: str = "fr",
    ranking: Ranking | None = None,
) -> tuple[Sheet, ...]:
    """One sheet for the department, then one per intercommunality, in alphabetical order.

    Parameters
    ----------
    territory
        The department.
    public
        Indicators after the gate; nothing else can be published.
    documents
        Pages of the portal, to which the sheets lead.
    scene
        Shapes and names of its zones.
    version
        Version of the package.
    language
        Language of the texts.
    ranking
        Ranking of the intercommunalities: each sheet tells its rank and where it would fall under
        other choices.

    Returns
    -------
    tuple of Sheet
        An indicator without any row is « n.d. » on every sheet.

    Raises
    ------
    TypeError
        If ``public`` did not come through the gate.
    """
    if not isinstance(public, PublicIndicators):
        raise TypeError(
            "compose_sheets() publie : il n'accepte que des PublicIndicators, rendus par protect()"
        )
    shared = Portraits(territory, public, documents, scene, version, language)
    return tuple(_sheet(shared, place, ranking) for place in (None, *range(len(shared.zones))))


def _is_for(told: Told, place: int | None) -> bool:
    """Whether a line is of a sheet: what is only public of the department is not « n.d. » below."""
    level = "departement" if place is None else "epci"
    return told.indicator is None or told.indicator.is_public_at(level)


def _sheet(shared: Portraits, place: int | None, ranking: Ranking | None) -> Sheet:
    department = shared.territory.department
    code = department.code if place is None else str(shared.zones.index[place])
    name = department.name if place is None else str(shared.zones["zone_name"].iloc[place])
    members = (
        shared.territory.members("departement").index
        if place is None
        else shared.member.index[shared.member == code]
    )
    return Sheet(
        page_id=DEPARTMENT_SHEET if place is None else SHEET.format(code=code),
        language=shared.language,
        department_code=department.code,
        department_name=department.name,
        zone_code=code,
        zone_name=name,
        level="departement" if place is None else "epci",
        title=typeset(shared.words["title"].format(zone=name)),
        lead=portrait_lead(shared, place, members, ranking),
        key_figures=tuple(
            portrait_figure(shared, told, place) for told in shared.keys if told.zones
        ),
        shapes=shared.shapes,
        box=shared.box,
        sections=tuple(
            PortraitSection(
                title,
                tuple(portrait_row(shared, told, place) for told in part if _is_for(told, place)),
            )
            for title, part in shared.sections
        ),
        tables=portrait_tables(shared, place, members),
        caveats=(
            *(typeset(text) for text in shared.words["caveats"]),
            *(shared.drawn.caveats if place is None else ()),
        ),
        sources=shared.behind if place is None else shared.sources,
        navigation=navigation("", shared.texts),
        banner=shared.banner,
        licence=licence_of(shared.public.internal, shared.texts),
        contact=typeset(shared.texts["compose"]["contact"]),
        version=shared.version,
        theme=department.theme,
        internal=shared.public.internal,
        pyramids=shared.drawn.pyramids if place is None else (),
        series=shared.drawn.series if place is None else (),
    )


def sheet_links(sheets: Sequence[Sheet]) -> tuple[Link, ...]:
    """Links to the sheets, as the index lists them."""
    return tuple(Link(f"{sheet.page_id}.html", sheet.zone_name) for sheet in sheets)
