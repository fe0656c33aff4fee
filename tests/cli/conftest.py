"""Commands that are run in the tests' own process."""

import os
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    """A command sets its own, for it is the whole process."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)
