import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from agent.control.commands import (
    Command,
    Done,
    Failed,
    Ptt,
    Reply,
    SetMode,
    Status,
    UseModel,
    decode_command,
    decode_reply,
    encode,
)
from agent.control.standing import Integration, Queue, Standing

WELL = Standing("ready", "voice", "Jabra", "base", (Integration("n8n", "ok", 1.5),))


@pytest.mark.parametrize(
    ("command", "line"),
    [
        (Ptt("press"), b'{"command":"ptt","action":"press","version":1}\n'),
        (SetMode("ptt"), b'{"command":"mode","mode":"ptt","version":1}\n'),
        (UseModel("base"), b'{"command":"model","name":"base","version":1}\n'),
        (Status(), b'{"command":"status","form":"struct","version":1}\n'),
    ],
)
def test_a_command_is_a_line_of_json(command: Command, line: bytes) -> None:
    assert encode(command) == line
    assert decode_command(line) == command


@pytest.mark.parametrize("reply", [Done(), Done("ok"), Failed("busy", "wait"), WELL])
def test_a_reply_comes_back_as_it_was(reply: Reply) -> None:
    assert decode_reply(encode(reply)) == reply


def test_what_a_newer_program_adds_is_ignored() -> None:
    line = b'{"version":1,"command":"ptt","action":"press","how":"gently"}'
    assert decode_command(line) == Ptt("press")
    assert decode_reply(b'{"reply":"done","more":[]}') == Done()


@pytest.mark.parametrize(
    ("line", "code", "reason"),
    [
        (b'{"version":2,"command":"fly"}', "version", "version 1, not 2"),
        (b'{"version":1,"command":"fly"}', "malformed", "fly"),
        (b'{"version":1,"command":"ptt","action":"x"}', "malformed", "action"),
        (b'{"version":1,"command":"mode","mode":1}', "malformed", "mode"),
        (b'{"version":1}', "malformed", "command"),
        (b'{"command":"status"}', "malformed", "version"),
        (b"status", "malformed", "no command"),
        (b"", "malformed", "no command"),
        (b'{"version":1,"command":"\xff"}', "malformed", "no command"),
        (b'{"version":1,"x":' + b"[" * 30_000, "malformed", "no command"),
        (
            b'{"version":1,"command":"model","name":"' + b"a" * 201 + b'"}',
            "malformed",
            "200",
        ),
    ],
)
def test_what_is_no_command_is_told_why(line: bytes, code: str, reason: str) -> None:
    found = decode_command(line)
    assert isinstance(found, Failed)
    assert found.code == code
    assert reason in found.reason


@settings(max_examples=200)
@given(st.binary(max_size=60) | st.text(alphabet='{}[]":,versioncmad1').map(str.encode))
def test_no_line_does_any_harm(line: bytes) -> None:
    found = decode_command(line)
    # Now and then it is a command: the generator reads constants of the program.
    assert isinstance(found, Failed) or decode_command(encode(found)) == found


def test_a_standing_reads_as_a_small_table() -> None:
    away = Integration("n8n", "away", 1.5, "connection refused")
    text = Standing("degraded", "ptt", "Jabra", "", (away,)).as_text()
    assert text.splitlines() == [
        "degraded",
        "  mode           ptt",
        "  microphone     Jabra",
        "  speaker",
        "  ears",
        "  n8n            away  connection refused",
    ]


def test_what_rests_and_what_waits_is_told() -> None:
    away = Integration(
        "n8n", "away", 1.5, "refused", "open", per_minute=60, limited=2, retry_in=11.2
    )
    text = Standing("ready", "ptt", "", "", (away,), Queue(3, 1, "2026")).as_text()
    assert text.splitlines()[5:] == [
        "  n8n            away  refused; its breaker is open",
        "                 next try in 11 s",
        "                 2 wait: 60 a minute",
        "  queue          3 waiting, 1 given up (tonny-agent queue list)",
    ]


def test_whoever_misses_something_is_not_well() -> None:
    away = Integration("n8n", "away", 1.5)
    assert WELL.well
    assert not Standing("ready", "voice", "Jabra", "base", (away,)).well
    assert not Standing("degraded", "voice", "Jabra", "base").well
