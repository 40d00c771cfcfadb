"""The declared indicators: what each is called, what it means, and how it is measured.

The order of declaration is the order in which indicators are shown: official supply first.
"""

from demomed.analysis.indicators import supply  # isort: skip
from demomed.analysis.indicators import ages  # isort: skip
from demomed.analysis.indicators import apl  # isort: skip
from demomed.analysis.indicators import apl_like  # isort: skip
from demomed.analysis.indicators import access  # isort: skip
from demomed.analysis.indicators import poles  # isort: skip

__all__ = ["access", "ages", "apl", "apl_like", "poles", "supply"]
