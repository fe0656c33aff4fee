"""The judges, which nobody here wrote, and where they are; without them a test skips.

`just contract` installs them.
"""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with what judges ElevenLabs and its clients."""
    place = Path(os.environ.get("TONNY_SHARED", ROOT.parent / "shared"))
    folder = place / "peers" / "elevenlabs"
    if not folder.is_dir():
        pytest.skip(f"there are no judges in {folder} (TONNY_SHARED says where)")
    return folder


@pytest.fixture(scope="session")
def sdk() -> str:
    """A Python that has the official SDK."""
    return _installed("TONNY_ELEVENLABS_SDK")


@pytest.fixture(scope="session")
def prism() -> str:
    """The program that holds requests and answers against a description."""
    return _installed("TONNY_PRISM")


def _installed(variable: str) -> str:
    if not (path := os.environ.get(variable)):
        pytest.skip(f"{variable} names no judge (`just contract` installs it)")
    return path
