import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.config import load
from agent.config.edit import assign, assigned
from agent.config.template import template
from agent.errors import Misconfigured


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '[tts]\nvoice = "x"\n'),
        ("[log]\nlevel = 1\n", '[log]\nlevel = 1\n\n[tts]\nvoice = "x"\n'),
        ("[tts]\n# mine\nvoice = 'a'\n", '[tts]\n# mine\nvoice = "x"\n'),
        (
            "[tts]\nspeed = 1\n\n[log]\nvoice = 2\n",
            '[tts]\nspeed = 1\nvoice = "x"\n\n[log]\nvoice = 2\n',
        ),
        (" [ tts ] # here\n", ' [ tts ] # here\nvoice = "x"\n'),
    ],
)
def test_the_rest_is_left_as_it_was(before: str, after: str) -> None:
    assert assigned(before, "tts", "voice", 'voice = "x"') == after


def test_a_file_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "new" / "agent.toml"
    assign(file, "tts.voice", "George")
    assert load(file, {}).config.tts.voice == "George"
    assert file.stat().st_mode & 0o777 == 0o600


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=50))
def test_any_text_comes_back_as_it_was(value: str) -> None:
    line = template()
    changed = assigned(line, "tts", "voice", f"voice = {_toml(value)}")
    assert tomllib.loads(changed)["tts"]["voice"] == value


def _toml(value: str) -> str:
    from agent.config.template import as_toml

    return as_toml(value)


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="cannot be read"):
        assign(tmp_path, "tts.voice", "George")
