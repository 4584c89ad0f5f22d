"""One hypothesis profile: no deadline (kernels compile on their first call), derandomised, nothing kept."""

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("noncommit", deadline=None, derandomize=True, database=None, max_examples=60)
settings.load_profile("noncommit")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT
