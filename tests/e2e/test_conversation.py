"""The whole program, from a WAV to a WAV, with nothing configured."""

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from tests.e2e.agent_process import (
    RATE,
    events,
    run_agent,
    silence,
    word_errors,
    write_wav,
)

SENTENCES = [
    "Please remind me to call my sister tomorrow.",
    "The train to London leaves at seven.",
    "What can you do?",
]


@pytest.fixture(scope="module")
def conversation(
    tmp_path_factory: pytest.TempPathFactory, models: Path
) -> tuple[Path, list[dict[str, object]], Path]:
    folder = tmp_path_factory.mktemp("conversation")
    pieces = [silence(0.7)]
    for sentence in SENTENCES:
        pieces += [_pico(sentence, models), silence(2)]
    question = write_wav(folder / "question.wav", pieces)
    answer = folder / "answer.wav"
    done = run_agent(
        "run", "--microphone", question, "--speaker", answer,
        "--data-dir", folder / "data", "--pace", "fast", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    assert done.stderr == b""
    return folder / "data", events(done.stdout), answer


def _pico(text: str, models: Path) -> bytes:
    ttspico = pytest.importorskip("ttspico")
    pcm: bytes = ttspico.TtsEngine("en-US", str(models) + "/").speak(text)
    return pcm


def test_three_utterances_two_seconds_apart_are_three_turns(
    conversation: tuple[Path, list[dict[str, object]], Path],
) -> None:
    _, happened, _ = conversation
    heard = [event for event in happened if event["event"] == "heard"]
    assert [event["turn"] for event in heard] == [1, 2, 3]
    errors = sum(
        word_errors(said, str(event["text"]))
        for said, event in zip(SENTENCES, heard, strict=True)
    )
    words = sum(len(sentence.split()) for sentence in SENTENCES)
    assert errors / words <= 0.15


def test_each_is_answered_once_in_order(
    conversation: tuple[Path, list[dict[str, object]], Path],
) -> None:
    _, happened, _ = conversation
    replies = [event for event in happened if event["event"] == "replied"]
    assert [event["turn"] for event in replies] == [1, 2, 3]
    assert len([e for e in happened if e["event"] == "timed"]) == 3


def test_the_answers_can_be_heard_in_the_file(
    conversation: tuple[Path, list[dict[str, object]], Path],
) -> None:
    _, happened, answer = conversation
    replies = " ".join(str(e["text"]) for e in happened if e["event"] == "replied")
    done = run_agent("transcribe", answer)
    heard = done.stdout.decode().replace("\n", " ")
    assert word_errors(replies, heard) / len(replies.split()) <= 0.35


def test_the_three_queries_of_the_record_work(
    conversation: tuple[Path, list[dict[str, object]], Path],
) -> None:
    folder, happened, _ = conversation
    with sqlite3.connect(folder / "tonny.db") as db:
        ((session,),) = db.execute("SELECT DISTINCT session_id FROM conversations")
        latest = db.execute(
            f"SELECT * FROM conversations WHERE session_id = '{session}'"  # noqa: S608
            " ORDER BY timestamp DESC LIMIT 10"
        ).fetchall()
        assert len(latest) == 10
        health = db.execute(
            "SELECT * FROM metrics WHERE metric_name = 'health.microphone'"
            " ORDER BY timestamp DESC LIMIT 100"
        ).fetchall()
        assert health
        counts = {
            kind: (count, confidence)
            for kind, count, confidence in db.execute(
                "SELECT type, COUNT(*) AS count,"
                " AVG(json_extract(metadata, '$.confidence')) AS avg_confidence"
                " FROM conversations GROUP BY type"
            )
        }
        assert counts["transcription"][0] == 3
        assert 0.5 < counts["transcription"][1] <= 1
        assert counts["response"] == (3, None)
        spoken = len([e for e in happened if e["event"] == "spoken"])
        assert counts["tts"][0] == spoken
        ((journalled,),) = db.execute("SELECT COUNT(*) FROM events")
        assert journalled == len(happened)
    db.close()


def test_only_its_owner_can_read_the_record(
    conversation: tuple[Path, list[dict[str, object]], Path],
) -> None:
    folder, _, _ = conversation
    modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    assert set(modes.values()) == {0o600}, modes
    assert folder.stat().st_mode & 0o777 == 0o700


def tone(seconds: float) -> bytes:
    at = np.arange(round(seconds * RATE)) / RATE
    return (8000 * np.sin(2 * np.pi * 440 * at)).astype("<i2").tobytes()


def white_noise(seconds: float) -> bytes:
    rng = np.random.default_rng(7)
    return rng.normal(0, 1000, round(seconds * RATE)).astype("<i2").tobytes()


@pytest.mark.parametrize("sound", [silence, white_noise, tone])
def test_what_is_no_speech_makes_no_turn(
    sound: object, tmp_path: Path, models: Path
) -> None:
    assert callable(sound)
    room = write_wav(tmp_path / "room.wav", [silence(0.5), sound(6), silence(0.5)])
    done = run_agent(
        "run", "--microphone", room, "--speaker", "none",
        "--data-dir", tmp_path / "data", "--pace", "fast", "--json",
    )  # fmt: skip
    assert done.returncode == 0
    assert events(done.stdout, "heard") == []
    assert events(done.stdout)[-1] == {"event": "session_ended", "reason": "done"}
