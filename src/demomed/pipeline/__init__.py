"""The story in four chapters: load, measure and protect, draw and write, show.

:func:`load_territory` reads; :func:`protected` and :func:`ranked` say what may be published;
:func:`publish` writes the portal; :func:`show` draws one map in a notebook.
"""

from demomed.pipeline.loading import SCOPES, Step, check_scope, commune_names, load_territory
from demomed.pipeline.measuring import (
    measured,
    protected,
    protected_ranking,
    rank_territory,
    ranked,
    zones_elsewhere,
)
from demomed.pipeline.portal import (
    Portal,
    Publication,
    check_options,
    make_portal,
    memory_of,
    portal_folder,
    publish,
    scenario_folder,
)
from demomed.pipeline.showing import (
    print_report,
    published,
    show,
    write_bytes,
    write_internal,
    write_ranking,
)

__all__ = [
    "SCOPES",
    "Portal",
    "Publication",
    "Step",
    "check_options",
    "check_scope",
    "commune_names",
    "load_territory",
    "make_portal",
    "measured",
    "memory_of",
    "portal_folder",
    "print_report",
    "protected",
    "protected_ranking",
    "publish",
    "published",
    "rank_territory",
    "ranked",
    "scenario_folder",
    "show",
    "write_bytes",
    "write_internal",
    "write_ranking",
    "zones_elsewhere",
]
