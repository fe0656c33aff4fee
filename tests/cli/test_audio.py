import io
import os
import stat
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.app.loopback import Loop
from agent.cli.interpret import interpret
from agent.cli.loops import told
from agent.cli.meter import MeterLine, drawn
from agent.events import Level
from tests.e2e.agent_process import write_wav
from tests.hearing.sound import silence, tone

LEVEL = Level(-30, -18, -60)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_bar_shows_level_noise_and_peak() -> None:
    bar = drawn(LEVEL, 100).split(" ")[0]
    filled = bar.count("█") / len(bar)
    assert filled == pytest.approx(1 - 30 / 72, abs=0.05)
    assert bar.index("│") < bar.index("▏")
    assert bar.index("▏") / len(bar) == pytest.approx(1 - 18 / 72, abs=0.05)


def test_the_numbers_and_what_they_mean_are_beside_it() -> None:
    assert "-30.0 dBFS" in drawn(LEVEL, 100)
    assert drawn(Level(-30, -18, -60, voiced=True), 100).endswith("voice")
    assert drawn(Level(-3, 0, -60, clipping=True, voiced=True), 100).endswith(
        "CLIPPING"
    )


levels = st.floats(-100, 0)


@given(st.builds(Level, levels, levels, levels, st.booleans(), st.booleans()))
@pytest.mark.parametrize("columns", [20, 40, 60, 79, 200])
def test_it_never_is_wider_than_the_terminal(columns: int, level: Level) -> None:
    assert len(drawn(level, columns)) <= columns


def test_on_a_terminal_it_is_redrawn_in_place() -> None:
    out = Terminal()
    line = MeterLine(out, 10)
    for _ in range(3):
        line.show(LEVEL)
    line.end()
    assert out.getvalue().count("\r") == 3
    assert out.getvalue().count("\n") == 1


def test_elsewhere_it_is_a_line_a_second() -> None:
    out = io.StringIO()
    line = MeterLine(out, 10)
    for _ in range(35):
        line.show(LEVEL)
    line.end()
    assert out.getvalue().count("\n") == 3
    assert "\r" not in out.getvalue()


def test_a_loop_is_told_with_what_follows_from_it() -> None:
    text = told(Loop("mic", "box", True, -60.0, 81.4, -32.2, -20.0))
    assert "Yes: mic heard box after 81 ms, at -32 dBFS (-20 dB)" in text
    assert "(+0 dB)" in told(Loop("mic", "box", True, -60.0, 81.4, -12.2, -0.3))
    assert 'audio.duplex = "full"' in text
    assert "turned down" in told(Loop("mic", "box", True, -60.0, 81.4, -12.2, 0.0))
    assert "headphones" in told(Loop("mic", "box", False, -60.0))


def test_a_recording_can_be_recorded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tape = write_wav(tmp_path / "tape.wav", [tone(0.5, -20)])
    copy = tmp_path / "copy.wav"
    assert interpret(["audio", "record", str(copy), "--microphone", str(tape)]) == 0
    assert "-20 dBFS, peak -17" in capsys.readouterr().out
    assert copy.stat().st_mode & 0o777 == 0o600
    assert tape.read_bytes()[44:] in copy.read_bytes()


def test_a_file_that_is_there_is_replaced_only_by_force(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tape = write_wav(tmp_path / "tape.wav", [tone(0.3, -20)])
    dear = tmp_path / "dear.wav"
    dear.write_bytes(b"dear")
    record = ["audio", "record", str(dear), "--microphone", str(tape)]
    assert interpret(record) == 78
    assert "--force" in capsys.readouterr().err
    assert dear.read_bytes() == b"dear"
    assert interpret([*record, "--force"]) == 0
    assert dear.read_bytes()[:4] == b"RIFF"


def test_what_cannot_be_recorded_costs_no_file_even_by_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULSE_SERVER", "unix:/nonexistent")
    dear = tmp_path / "dear.wav"
    dear.write_bytes(b"dear")
    record = ["audio", "record", str(dear), "--microphone", "nobody's", "--force"]
    assert interpret(record) == 69
    assert dear.read_bytes() == b"dear"


def test_what_is_no_file_is_never_replaced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tape = write_wav(tmp_path / "tape.wav", [tone(0.3, -20)])
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o644)
    record = ["audio", "record", str(pipe), "--microphone", str(tape), "--force"]
    assert interpret(record) == 78
    assert "no file" in capsys.readouterr().err
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert stat.S_IMODE(pipe.stat().st_mode) == 0o644


def test_a_recording_that_others_could_read_no_longer_is(tmp_path: Path) -> None:
    tape = write_wav(tmp_path / "tape.wav", [tone(0.3, -20)])
    out = tmp_path / "out.wav"
    out.touch(0o644)
    record = ["audio", "record", str(out), "--microphone", str(tape), "--force"]
    assert interpret(record) == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


def test_the_microphone_itself_is_never_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tape = write_wav(tmp_path / "tape.wav", [tone(0.3, -20)])
    before = tape.read_bytes()
    record = ["audio", "record", str(tape), "--microphone", str(tape), "--force"]
    assert interpret(record) == 78
    assert "would be overwritten" in capsys.readouterr().err
    assert tape.read_bytes() == before


def test_what_cannot_be_recorded_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULSE_SERVER", "unix:/nonexistent")
    out = tmp_path / "out.wav"
    assert interpret(["audio", "record", str(out), "--microphone", "nobody's"]) == 69
    assert not out.exists()


def test_the_meter_ends_with_the_recording_that_it_is_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tape = write_wav(tmp_path / "tape.wav", [silence(0.5), tone(1, -20)])
    assert interpret(["audio", "meter", "--microphone", str(tape), "--json"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert 12 <= len(lines) <= 15
    assert '"rms":-100' in lines[0]
    assert '"rms":-20' in lines[-1]


@pytest.mark.parametrize("command", [["meter", "--json"], ["record", "out.wav"]])
def test_a_recording_that_ends_earlier_is_not_waited_for(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tape = write_wav(tmp_path / "tape.wav", [tone(0.3, -20)])
    begun = time.monotonic()
    ends = ["--microphone", str(tape), "--seconds", "30"]
    assert interpret(["audio", *command, *ends]) == 0
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize("command", ["meter", "record", "loopback", "devices"])
def test_every_one_of_them_is_explained_by_an_example(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert interpret(["audio", command, "--help"]) == 0
    _, _, examples = capsys.readouterr().out.partition("For example:")
    assert "tonny-agent" in examples


def test_a_file_neither_hears_nor_is_heard(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tape = write_wav(tmp_path / "tape.wav", [silence(0.5)])
    assert interpret(["audio", "loopback", "--microphone", str(tape)]) == 78
    assert "give devices" in capsys.readouterr().err
