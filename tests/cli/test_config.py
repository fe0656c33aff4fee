import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.cli.config import app
from agent.config import Config, load
from agent.config.template import template
from agent.errors import Misconfigured

Output = pytest.CaptureFixture[str]

CANARY = "sk-canary-0451"


@pytest.fixture(autouse=True)
def usual(tmp_path: Path) -> Iterator[Path]:
    """Where agent.toml is looked for, and nothing in the environment."""
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("TONNY_CONFIG", raising=False)
        environment.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
        yield tmp_path / "home/tonny-agent/agent.toml"


def config(*arguments: str | Path) -> int:
    """The exit status of ``tonny-agent config`` with these arguments."""
    status: int = app(
        [str(argument) for argument in arguments],
        exit_on_error=False,
        result_action="return_value",
    )
    return status


@pytest.mark.parametrize("command", ["init", "show", "check", "import"])
def test_each_command_shows_how_it_is_used(command: str, capsys: Output) -> None:
    config(command, "--help")
    shown = re.sub(r"\s+", " ", capsys.readouterr().out)
    assert f"For example: tonny-agent config {command}" in shown


def test_init_writes_every_setting_where_it_is_looked_for(
    usual: Path, capsys: Output
) -> None:
    assert config("init") == 0
    assert capsys.readouterr().out == f"{usual} is written.\n"
    assert usual.read_text("utf-8") == template()
    assert usual.stat().st_mode & 0o777 == 0o600
    assert load(None, {}).path == usual


def test_init_writes_where_it_is_told_to(
    tmp_path: Path, usual: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TONNY_CONFIG", str(tmp_path / "a.toml"))
    assert config("init") == 0
    assert config("init", "--config", tmp_path / "b.toml") == 0
    assert (tmp_path / "a.toml").is_file()
    assert (tmp_path / "b.toml").is_file()
    assert not usual.exists()


def test_what_is_there_is_only_written_over_by_force(
    tmp_path: Path, capsys: Output
) -> None:
    file = tmp_path / "agent.toml"
    file.write_text("mine")
    assert config("init", "--config", file) == 1
    assert f"{file} is there already, and was left as it is" in capsys.readouterr().err
    assert file.read_text() == "mine"
    assert config("init", "--config", file, "--force") == 0
    assert file.read_text("utf-8") == template()


def test_show_prints_what_is_in_force_and_where_it_comes_from(
    usual: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual.parent.mkdir(parents=True)
    usual.write_text('[stt]\nlanguage = "de"\nurl = ""\n')
    monkeypatch.setenv("TONNY_LOG__LEVELS", '{ "agent.hub" = "debug" }')
    assert config("show") == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"# {usual}\n")
    commented = [line.split("  # ") for line in shown.splitlines() if "  # " in line]
    assert [(text.strip(), origin) for text, origin in commented] == [
        ('language = "de"', "line 2"),
        ('levels = { "agent.hub" = "debug" }', "TONNY_LOG__LEVELS"),
    ]
    again = usual.with_name("again.toml")
    again.write_text(shown, "utf-8")
    assert load(again, {}).config == load(usual).config


def test_show_without_a_file_says_how_to_make_one(capsys: Output) -> None:
    assert config("show") == 0
    shown = capsys.readouterr().out
    assert shown.startswith("# There is no agent.toml yet: tonny-agent config init\n")
    assert tomllib.loads(shown) == tomllib.loads(template())


def test_show_as_json_is_for_programs(
    tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TONNY_VAD__THRESHOLD", "0.6")
    assert config("show", "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["file"] is None
    assert shown["settings"]["vad"]["threshold"] == 0.6
    assert shown["origins"] == {"vad.threshold": "TONNY_VAD__THRESHOLD"}


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_show_masks_every_secret(
    tmp_path: Path, capsys: Output, form: tuple[str, ...]
) -> None:
    file = tmp_path / "agent.toml"
    file.write_text(
        f"""
        stt.token = "{CANARY}"
        stt.url = "ws://host/asr?token={CANARY}"
        workflow.token = "{CANARY}"
        workflow.secret = "{CANARY}"
        workflow.api_key = "{CANARY}"
        tts.api_key = "{CANARY}"
        """
    )
    assert config("show", "--config", file, *form) == 0
    shown = capsys.readouterr()
    assert CANARY not in shown.out + shown.err
    assert shown.out.count('"***"') == 5
    assert "ws://host/asr?token=***" in shown.out


def test_check_says_ok_or_what_is_wrong(tmp_path: Path, capsys: Output) -> None:
    assert config("check") == 0
    assert capsys.readouterr().out == "ok\n"
    file = tmp_path / "agent.toml"
    file.write_text("[stt]\nlanguage = 'xx'")
    with pytest.raises(Misconfigured, match=r'toml:2:12: stt\.language is "xx"'):
        config("check", "--config", file)


def test_check_warns_of_secrets_that_others_can_read(
    tmp_path: Path, capsys: Output
) -> None:
    file = tmp_path / "agent.toml"
    file.write_text(f"[tts]\napi_key = '{CANARY}'")
    file.chmod(0o644)
    assert config("check", "--config", file) == 0
    shown = capsys.readouterr()
    assert shown.out == f"ok: {file}\n"
    assert f"others can read the secrets in {file}" in shown.err


def test_import_writes_what_the_earlier_service_was_told(
    tmp_path: Path, usual: Path, capsys: Output
) -> None:
    old = tmp_path / "config.json"
    old.write_text(
        json.dumps(
            {
                "n8n_webhook_url": "http://localhost:5678/webhook/tonny",
                "elevenlabs_api_key": CANARY,
                "rabbitmq_url": f"amqp://guest:{CANARY}@localhost/",
            }
        )
    )
    assert config("import", old) == 0
    shown = capsys.readouterr()
    assert CANARY not in shown.out + shown.err
    assert usual.stat().st_mode & 0o777 == 0o600
    written = load(None, {}).config
    assert written.workflow.url == "http://localhost:5678/webhook/tonny"
    assert written.tts.api_key.reveal() == CANARY
    assert written.rabbitmq.url.reveal() == f"amqp://guest:{CANARY}@localhost/"
    assert written.stt == Config().stt


def test_import_writes_over_a_file_only_by_force(tmp_path: Path, usual: Path) -> None:
    old = tmp_path / "config.json"
    old.write_text('{"whisper_language": "fr"}')
    assert config("init") == 0
    assert config("import", old) == 1
    assert load(None, {}).config == Config()
    assert config("import", old, "--force") == 0
    assert load(None, {}).config.stt.language == "fr"


def test_import_of_something_wrong_writes_nothing(tmp_path: Path, usual: Path) -> None:
    old = tmp_path / "config.json"
    old.write_text('{"whisper_language": "frz"}')
    with pytest.raises(Misconfigured, match=r"whisper_language: stt\.language is"):
        config("import", old)
    assert not usual.exists()
