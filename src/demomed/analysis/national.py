"""Access to care over the whole country at once: no department is an island."""

from __future__ import annotations

import pandas as pd

from demomed.analysis.indicators.access import CUMULATED, GATES
from demomed.analysis.indicators.inputs import TIMES, prepared
from demomed.core.territory import Territory


def national_times(country: Territory) -> pd.DataFrame:
    """Estimated minutes to the nearest site of each service, for every commune of the country.

    A department worked out alone sees the sites around it; here every site of the country counts,
    however far, so that nothing depends on where a department ends.

    Parameters
    ----------
    country
        All departments as one territory.

    Returns
    -------
    DataFrame
        Index ``commune_code``; columns (service, ``minutes``, ``low`` or ``high``).
    """
    gates = tuple(dict.fromkeys([*GATES, *CUMULATED]))
    return prepared(country, gates, gates).extra[TIMES]
