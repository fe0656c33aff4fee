import json
from pathlib import Path

import pytest

from agent.cli.model import Choice, choices, list_
from agent.config.settings import Secret, Server, Stt

BASE = Server(url="ws://one/asr", model="base", languages=("en", "de"))
LARGE = Server(url="ws://two/asr", token=Secret("canary"))


def test_a_run_begins_with_the_one_that_is_named_or_the_first() -> None:
    servers = {"base": BASE, "large": LARGE}
    assert [c.first for c in choices(Stt(servers=servers))] == [True, False]
    named = Stt(servers=servers, server="large")
    assert [c.first for c in choices(named)] == [False, True]
    unnamed = Stt(url="ws://three", model="tiny", servers=servers)
    assert [*choices(unnamed)] == [
        Choice("", "ws://three", "tiny", (), first=True),
        Choice("base", "ws://one/asr", "base", ("en", "de"), first=False),
        Choice("large", "ws://two/asr", "", (), first=False),
    ]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "agent.toml"
    file.touch(mode=0o600)
    file.write_text(
        '[stt]\nserver = "large"\n'
        '[stt.servers.base]\nurl = "ws://one/asr"\nlanguages = ["en", "de"]\n'
        '[stt.servers.large]\nurl = "ws://two/asr"\ntoken = "canary"\nmodel = "large"\n'
    )
    return file


def test_the_list_shows_no_secrets(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert list_(config=config) == 0
    assert capsys.readouterr().out.splitlines() == [
        "  base           ws://one/asr  its own model, en, de",
        "* large          ws://two/asr  large, all languages",
    ]
    assert list_(config=config, json=True) == 0
    shown = capsys.readouterr().out
    assert [each["name"] for each in json.loads(shown)] == ["base", "large"]
    assert "canary" not in shown


def test_without_servers_it_says_how_to_name_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "agent.toml").touch()
    assert list_(config=tmp_path / "agent.toml") == 0
    assert "[stt.servers.base]" in capsys.readouterr().out
