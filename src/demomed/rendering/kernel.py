"""The reserve of a page whose effects come from the computed access, where that agrees badly."""

from __future__ import annotations

import math

from demomed.core.catalogue import entry
from demomed.rendering.french import number, typeset


def kernel_caveats(value: float, low: float, high: float, count: int) -> tuple[str, ...]:
    """What to say of the computation that shares care around, from its rank correlation.

    Parameters
    ----------
    value, low, high, count
        Rank correlation with the published access, its interval and the zones compared.

    Returns
    -------
    tuple of str
        One French sentence where the correlation is under a half or its interval holds 0 (or is
        not known); none where the agreement is good, or where nothing could be compared.

    Examples
    --------
    >>> kernel_caveats(0.9, 0.6, 0.98, 9)
    ()
    >>> len(kernel_caveats(0.01, -0.57, 0.59, 12)), len(kernel_caveats(0.6, -0.1, 0.9, 9))
    (1, 1)
    """
    if math.isnan(value):
        return ()
    words = entry("words", "kernel")
    is_weak, is_unsure = value < words["least"], not low > 0
    if not (is_weak or is_unsure):
        return ()
    ends = {"low": number(low, 2), "high": number(high, 2)}
    interval = "" if math.isnan(low) else words["interval"].format(**ends)
    text = words["weak" if is_weak else "unsure"]
    return (typeset(text.format(count=count, value=number(value, 2), interval=interval)),)
