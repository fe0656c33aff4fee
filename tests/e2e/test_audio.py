"""How loud the microphone is, told by a whole agent; and a meter that is cut off."""

import json
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from tests.e2e.agent_process import command, events, run_agent, write_wav
from tests.hearing.sound import silence, tone


def test_those_who_watch_are_told_how_loud_it_is_and_the_record_is_not(
    tmp_path: Path, models: Path
) -> None:
    room = write_wav(tmp_path / "room.wav", [silence(1), tone(2, -30)])
    done = run_agent(
        *("run", "--json", "--data-dir", tmp_path / "data"),
        *("--microphone", room, "--speaker", "none"),
        env={"TONNY_AUDIO__LEVEL_HZ": "5", "TONNY_MODELS_DIR": str(models)},
    )
    assert done.returncode == 0, done.stderr
    levels = events(done.stdout, "level")
    assert 12 <= len(levels) <= 15
    assert levels[0]["rms"] == -100
    assert levels[-2]["rms"] == -30  # the last is filled up with silence
    with closing(sqlite3.connect(tmp_path / "data" / "tonny.db")) as record:
        kept = {kind for (kind,) in record.execute("SELECT type FROM events")}
    assert "session_ended" in kept
    assert "level" not in kept


def test_nobody_is_told_without_having_asked(tmp_path: Path, models: Path) -> None:
    room = write_wav(tmp_path / "room.wav", [tone(0.5, -30)])
    done = run_agent(
        *("run", "--json", "--data-dir", tmp_path / "data"),
        *("--microphone", room, "--speaker", "none"),
        env={"TONNY_MODELS_DIR": str(models)},
    )
    assert done.returncode == 0, done.stderr
    assert events(done.stdout, "session_ended")
    assert not events(done.stdout, "level")


def test_a_reader_of_the_meter_may_leave_when_it_has_seen_enough(
    tmp_path: Path,
) -> None:
    room = write_wav(tmp_path / "room.wav", [tone(20, -30)])
    with subprocess.Popen(
        command("audio", "meter", "--json", "--microphone", room),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        first = json.loads(child.stdout.readline())
        child.stdout.close()
        assert child.stderr is not None
        complaint = child.stderr.read()
        assert child.wait(timeout=10) == 0
    assert first["rms"] == -30
    assert b"Traceback" not in complaint
    assert b"bug" not in complaint
