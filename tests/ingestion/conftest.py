"""Communes of the toy files, shared by the tests of every reader: never write in them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def codes() -> pd.DataFrame:
    """Former and present codes of the toy communes."""
    frame = pd.read_csv(HERE / "toy_codes.csv", dtype=str)
    return frame.assign(is_ambiguous=frame["is_ambiguous"] == "true")


@pytest.fixture(scope="module")
def communes() -> pd.DataFrame:
    """Names, departments and postal codes of the toy communes."""
    return pd.read_csv(HERE / "toy_communes.csv", dtype={"commune_code": str, "postcodes": str})
