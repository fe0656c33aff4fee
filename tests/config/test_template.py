import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.config import load
from agent.config.template import as_toml, filled, template, write
from agent.errors import Misconfigured

PLAIN = (
    st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
)


@given(
    PLAIN | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), PLAIN)
)
def test_what_is_written_is_read_again(value: object) -> None:
    assert tomllib.loads(f"value = {as_toml(value)}") == {"value": value}


def test_nothing_but_the_given_values_changes() -> None:
    before = template().splitlines()
    after = filled({"stt.url": 'ws://a"b', "log.file": False}, {}).splitlines()
    changed = [new for old, new in zip(before, after, strict=True) if new != old]
    assert changed == ['url = "ws://a\\"b"', "file = false"]


def test_leftovers_are_comments() -> None:
    text = filled({}, {"rabbitmq.url": "a\n[b]", "rabbitmq.enabled": True})
    assert tomllib.loads(text) == tomllib.loads(template())
    assert '\n# rabbitmq.url = "a\\n[b]"\n# rabbitmq.enabled = true\n' in text


def test_a_file_is_its_owners_alone_and_complete(tmp_path: Path) -> None:
    file = tmp_path / "new/agent.toml"
    write(template(), file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert load(file, {}).config == load(None, {"TONNY_CONFIG": str(file)}).config
    assert [*file.parent.iterdir()] == [file]


def test_writing_over_a_file_makes_it_private_and_keeps_a_link(tmp_path: Path) -> None:
    file, link = tmp_path / "dotfiles.toml", tmp_path / "agent.toml"
    file.write_text("old")
    link.symlink_to(file)
    write("new", link)
    assert link.is_symlink()
    assert file.read_text() == "new"
    assert file.stat().st_mode & 0o777 == 0o600


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "agent.toml").mkdir()
    with pytest.raises(Misconfigured, match=r"agent\.toml cannot be written: Is a dir"):
        write("new", tmp_path / "agent.toml")
    assert [path.name for path in tmp_path.iterdir()] == ["agent.toml"]
