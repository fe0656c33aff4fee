"""`tonny-agent secrets` as it is typed."""

import io
import json
import sys
from pathlib import Path

import pytest

from agent.cli.interpret import interpret
from agent.config import load
from tests.config.test_secrets import Ring, ring

__all__ = ["ring"]


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    file = tmp_path / "agent.toml"
    file.write_text("")
    return file


def read(file: Path) -> str:
    return file.read_text() if file.exists() else ""


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_it_is_kept_listed_and_forgotten_and_never_shown(
    settings: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = ("--config", str(settings))
    typed(monkeypatch, "canary-key\n")
    assert interpret(["secrets", "set", "tts.api_key", *ours]) == 0
    assert load(settings, {}).config.tts.api_key.reveal() == "canary-key"
    assert interpret(["secrets", "list", *ours]) == 0
    assert interpret(["secrets", "list", "--json", *ours]) == 0
    out, err = capsys.readouterr()
    held = json.loads(out.splitlines()[-1])
    assert held["tts.api_key"].endswith("secrets.toml:2")
    assert held["workflow.token"] is None
    assert interpret(["secrets", "unset", "tts.api_key", *ours]) == 0
    assert not load(settings, {}).config.tts.api_key
    assert "canary" not in out + err + "".join(capsys.readouterr())


def test_the_keyring_keeps_it_if_asked_to(
    settings: Path, ring: Ring, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = ("--config", str(settings))
    typed(monkeypatch, "canary-key\n")
    assert interpret(["secrets", "set", "tts.api_key", "--keyring", *ours]) == 0
    assert "canary" not in settings.with_name("secrets.toml").read_text()
    assert load(settings, {}).config.tts.api_key.reveal() == "canary-key"
    assert interpret(["secrets", "unset", "tts.api_key", *ours]) == 0
    assert ring.kept == {}


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("tts.apikey", "x\n", "did you mean tts.api_key?"),
        ("tts.voice", "x\n", "there is no secret"),
        ("tts.api_key", "\n", "would be empty"),
        ("tts.api_key", "a\x1bb\n", "has to be one line"),
        ("tts.api_key", "x" * 20_000, "at most 10000 bytes"),
        ("tts.api_key", "schlüssel\n", "tts.api_key is wrong; it has to be letters"),
    ],
)
def test_what_can_be_no_secret_is_refused(
    name: str, text: str, told: str, settings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        typed(monkeypatch, text)
        status = interpret(["secrets", "set", name, "--config", str(settings)])
    assert status == 78
    assert told in capsys.readouterr().err
    assert "api_key" not in read(settings.with_name("secrets.toml"))


def test_it_takes_none_from_the_command_line(settings: Path) -> None:
    arguments = ["secrets", "set", "tts.api_key", "canary", "--config", str(settings)]
    assert interpret(arguments) == 2
