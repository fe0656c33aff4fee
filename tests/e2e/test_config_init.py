"""`tonny-agent config init` and `edit`, by a person at a terminal."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from agent.config import load
from agent.config.template import template
from tests.devices.heard import nobody_plays
from tests.e2e.agent_process import run_agent
from tests.e2e.terminal import on_terminal
from tests.standins.elevenlabs.account import KEY
from tests.standins.together import standing_in

ADDRESS, KEPT, ANEW = "Address", "Keep it all the same? [y/N]", "Write it anew? [y/N]"
UNSEEN = "Key (unseen):"


@pytest.fixture(scope="module")
def services() -> Iterator[dict[str, str]]:
    with ExitStack() as stack:
        yield standing_in(stack)


@pytest.fixture
def home(
    services: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """A person's own, where nothing is set and no microphone is."""
    nobody_plays(monkeypatch)
    return {
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "TONNY_TTS__BASE_URL": services["TONNY_TTS__BASE_URL"],
        "TONNY_CONFIG": "",
        "TONNY_DATA_DIR": "",
    }


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config/tonny-agent/agent.toml"


def test_each_answer_is_tried_and_all_of_them_are_written(
    services: dict[str, str], home: dict[str, str], file: Path
) -> None:
    with on_terminal("config", "init", env=home) as person:
        person.until("There is none now")
        person.answer(ADDRESS, "ftp://nowhere")
        person.until("it has to be an address that begins with ws://")
        person.answer(ADDRESS, "ws://127.0.0.1:1/asr")
        person.until("nobody listens at")
        person.answer(KEPT, "n")
        person.answer(ADDRESS, services["TONNY_STT__URL"])
        person.until(" hears")
        person.answer(ADDRESS, "http://127.0.0.1:1/webhook/tonny")
        person.answer(KEPT, "y")
        person.answer(UNSEEN, "canary-wrong")
        person.until("Invalid API key")
        person.answer(KEPT)
        person.answer(UNSEEN, KEY)
        person.until("elevenlabs speaks")
        assert not file.exists(), "nothing is written before the end"
        assert person.status() == 0
        assert KEY not in person.shown
        assert "canary" not in person.shown
    settings = load(file, {}).config
    assert settings.stt.url == services["TONNY_STT__URL"]
    assert settings.workflow.url == "http://127.0.0.1:1/webhook/tonny"
    assert settings.tts.api_key.reveal() == KEY
    assert KEY not in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600


def test_who_presses_enter_has_the_defaults(home: dict[str, str], file: Path) -> None:
    with on_terminal("config", "init", env=home) as person:
        person.answer(ADDRESS)
        person.answer(ADDRESS)
        person.answer(UNSEEN)
        assert person.status() == 0
    assert file.read_text("utf-8") == template()


def test_what_was_set_is_offered_again(home: dict[str, str], file: Path) -> None:
    file.parent.mkdir(parents=True)
    file.write_text(
        '[stt]\nlanguage = "de"\n[workflow]\nurl = "http://127.0.0.1:1/w"\n'
    )
    with on_terminal("config", "init", env=home) as person:
        person.answer(ANEW, "y")
        person.answer(ADDRESS)
        person.answer("Address [http://127.0.0.1:1/w]")
        person.answer(KEPT, "y")
        person.answer(UNSEEN)
        assert person.status() == 0
    settings = load(file, {}).config
    assert settings.stt.language == "de"
    assert settings.workflow.url == "http://127.0.0.1:1/w"


def test_what_is_there_is_left_unless_one_says_so(
    home: dict[str, str], file: Path
) -> None:
    file.parent.mkdir(parents=True)
    file.write_text("# mine\n")
    with on_terminal("config", "init", env=home) as person:
        person.answer(ANEW)
        assert person.status() == 1
    assert file.read_text() == "# mine\n"


@pytest.mark.parametrize("leave", ["\x03", "\x04"])
def test_who_leaves_has_changed_nothing(
    leave: str, services: dict[str, str], home: dict[str, str], file: Path
) -> None:
    with on_terminal("config", "init", env=home) as person:
        person.answer(ADDRESS, services["TONNY_STT__URL"])
        person.until(" hears")
        person.until(ADDRESS)
        person.type(leave)
        assert person.status(again=leave) == 130
        assert "Nothing was written." in person.shown
    assert not file.parent.exists()


def test_without_a_terminal_or_with_yes_nothing_is_asked(
    home: dict[str, str], file: Path
) -> None:
    assert run_agent("config", "init", env=home, stdin=b"").returncode == 0
    assert file.read_text("utf-8") == template()
    file.unlink()
    with on_terminal("config", "init", "--yes", env=home) as person:
        assert person.status() == 0
    assert file.read_text("utf-8") == template()


def editor(folder: Path, *edits: str) -> dict[str, str]:
    """One that does these `sed` scripts, one each time."""
    count = folder / "count"
    script = folder / "an editor"
    cases = "\n".join(f"{n}) sed -i '{edit}' \"$1\" ;;" for n, edit in enumerate(edits))
    script.write_text(
        f'#!/bin/sh\nn=$(cat "{count}" 2>/dev/null || echo 0)\n'
        f'echo $((n + 1)) >"{count}"\ncase $n in\n{cases}\nesac\n'
    )
    script.chmod(0o755)
    return {"VISUAL": f"'{script}'"}


RIGHT, WRONG = 's/^language = "en"/language = "de"/', 's/^language = "en"/language = 5/'
BETTER = 's/^language = 5/language = "fr"/'


def test_what_is_edited_is_put_in_place_if_it_is_right(
    home: dict[str, str], file: Path, tmp_path: Path
) -> None:
    done = run_agent("config", "edit", env={**home, **editor(tmp_path, RIGHT)})
    assert done.returncode == 0, done.stderr
    assert load(file, {}).config.stt.language == "de"
    assert [*file.parent.iterdir()] == [file]


def test_what_is_wrong_is_said_and_the_old_stays(
    home: dict[str, str], file: Path, tmp_path: Path
) -> None:
    file.parent.mkdir(parents=True)
    file.write_text(template())
    env = {**home, **editor(tmp_path, WRONG)}
    done = run_agent("config", "edit", env=env, stdin=b"")
    assert done.returncode == 78
    line = template().splitlines().index('language = "en"') + 1
    assert f"{file}:{line}:12: stt.language is 5" in done.stderr.decode()
    assert file.read_text() == template()
    assert [*file.parent.iterdir()] == [file]


def test_it_can_be_edited_again(
    home: dict[str, str], file: Path, tmp_path: Path
) -> None:
    env = {**home, **editor(tmp_path, WRONG, BETTER)}
    with on_terminal("config", "edit", env=env) as person:
        person.until("stt.language is 5")
        person.answer("Edit it again? [Y/n]")
        assert person.status() == 0
    assert load(file, {}).config.stt.language == "fr"


def test_an_editor_that_fails_or_changes_nothing_leaves_everything(
    home: dict[str, str], file: Path
) -> None:
    for name, status in (("false", 69), ("no-such-editor", 69), ("true", 0)):
        done = run_agent("config", "edit", env={**home, "VISUAL": name}, stdin=b"")
        assert done.returncode == status, done.stderr
        assert not file.exists()
