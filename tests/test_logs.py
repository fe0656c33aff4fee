import logging
import stat
from pathlib import Path

import pytest

from agent.config.settings import Log
from agent.events import Entry, Heard, Lost, Measured
from agent.logs import FILE, describe, log_event, logging_to

CANARY = "the code is four two"


def logged(folder: Path) -> str:
    return (folder / FILE).read_text()


def test_the_file_is_its_owners_alone_and_has_what_happened(tmp_path: Path) -> None:
    with logging_to(tmp_path, Log()):
        log_event(Entry(1, "s", Lost("n8n", "refused", retry_in=3)), transcripts=False)
    assert "WARNING agent.journal: Lost name='n8n' reason='refused'" in logged(tmp_path)
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


@pytest.mark.parametrize("wanted", [False, True])
def test_what_was_said_is_logged_only_when_asked_for(
    tmp_path: Path, wanted: bool
) -> None:
    with logging_to(tmp_path, Log(transcripts=wanted)):
        entry = Entry(1, "s", Heard(1, CANARY, "typist"))
        log_event(entry, transcripts=wanted)
    assert (CANARY in logged(tmp_path)) is wanted
    assert "Heard turn=1" in logged(tmp_path)


def test_a_message_cannot_forge_another(tmp_path: Path) -> None:
    with logging_to(tmp_path, Log()):
        logging.getLogger("x").warning("bad\x1b[2J \u202e text\nERROR root: forged")
    text = logged(tmp_path)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert not any(line.startswith("ERROR") for line in text.splitlines())


def test_events_are_not_repeated_on_the_console(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with logging_to(tmp_path, Log()):
        log_event(Entry(1, "s", Lost("n8n", "refused", retry_in=3)), transcripts=False)
        logging.getLogger("agent.x").warning("something else")
    err = capsys.readouterr().err
    assert "something else" in err
    assert "refused" not in err


def test_levels_are_set_by_module(tmp_path: Path) -> None:
    settings = Log(level="warning", levels={"agent.loud": "debug"})
    with logging_to(tmp_path, settings):
        logging.getLogger("agent.loud").debug("whisper")
        logging.getLogger("agent.quiet").info("nothing")
    assert "whisper" in logged(tmp_path)
    assert "nothing" not in logged(tmp_path)


def test_nothing_is_left_behind_afterwards(tmp_path: Path) -> None:
    before = list(logging.getLogger().handlers)
    with logging_to(tmp_path, Log()):
        pass
    assert logging.getLogger().handlers == before


def test_without_a_file_there_is_none(tmp_path: Path) -> None:
    with logging_to(tmp_path, Log(file=False)):
        logging.getLogger("x").warning("to the console")
    assert not (tmp_path / FILE).exists()


def test_an_event_is_described_by_its_fields() -> None:
    told = describe(Measured("health.n8n", 1.0), transcripts=False)
    assert told == "Measured name='health.n8n' value=1.0 detail={}"
