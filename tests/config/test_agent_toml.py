"""agent.toml, as it is shown and written, against the settings there are."""

import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from agent.config import Config, load
from agent.config.names import kinds
from agent.config.settings import Secret
from agent.config.template import template

FILE = Path(__file__).parents[2] / "agent.toml"


def comment(name: str) -> str:
    """What agent.toml says about a setting, on one line."""
    section, _, key = name.partition(".")
    body = FILE.read_text("utf-8").split(f"\n[{section}]\n")[1]
    lines = re.split(rf"^{key} = .*$", body, maxsplit=1, flags=re.MULTILINE)[
        0
    ].splitlines()
    about: list[str] = []
    for line in reversed(lines):
        if not line.startswith("#"):
            break
        about.insert(0, line.removeprefix("#").strip())
    return " ".join(about)


def limits(name: str) -> list[float]:
    """The least and the most that a number may be."""
    kind = msgspec.inspect.type_info(kinds()[name])
    ends = ("ge", "gt", "le", "lt")
    return [end for e in ends if (end := getattr(kind, e, None)) is not None]


def test_it_is_exactly_the_defaults() -> None:
    assert load(FILE, {}).config == Config()


def test_it_holds_every_setting_in_order() -> None:
    written = tomllib.loads(FILE.read_text("utf-8"))
    assert [f"{s}.{k}" for s, keys in written.items() for k in keys] == [*kinds()]


@pytest.mark.parametrize("name", kinds())
def test_it_says_one_sentence_about_each(name: str) -> None:
    said = comment(name)
    assert said.endswith(".")
    assert not re.search(r"\. [A-Z]", said)


@pytest.mark.parametrize("name", [name for name in kinds() if limits(name)])
def test_it_says_from_where_to_where_a_number_may_be(name: str) -> None:
    said = re.findall(r"-?\d+(?:\.\d+)?", comment(name))
    assert all(f"{limit:.12g}" in said for limit in limits(name))


@pytest.mark.parametrize("name", kinds())
def test_it_names_everything_that_a_choice_may_be(name: str) -> None:
    kind = msgspec.inspect.type_info(kinds()[name])
    if isinstance(kind, msgspec.inspect.LiteralType):
        assert all(f'"{value}"' in comment(name) for value in kind.values)


def test_it_holds_no_secret() -> None:
    written = tomllib.loads(FILE.read_text("utf-8"))
    secrets = [name for name, kind in kinds().items() if kind is Secret]
    assert len(secrets) == 7
    for section, _, key in (name.partition(".") for name in secrets):
        assert written[section][key] == ""


def test_it_is_what_is_installed() -> None:
    assert template() == FILE.read_text("utf-8")
