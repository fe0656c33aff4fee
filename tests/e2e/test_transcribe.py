"""The real program writes down real speech."""

import json
import re
import signal
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e.agent_process import (
    RATE,
    command,
    run_agent,
    silence,
    word_errors,
    write_wav,
)
from tests.standins.together import standing_in

SENTENCES = [
    "Please remind me to call my sister tomorrow.",
    "The train to London leaves at seven.",
    "What can you do?",
]
NOWHERE = {"TONNY_STT__URL": "ws://127.0.0.1:1/asr"}


def said(text: str, models: Path) -> bytes:
    """In the voice of Pico, without the silence that it adds."""
    ttspico = pytest.importorskip("ttspico")
    pcm: bytes = ttspico.TtsEngine("en-GB", f"{models / 'pico'}/").speak(text)
    levels = [
        max(map(abs, memoryview(pcm)[at : at + 320].cast("h")))
        for at in range(0, len(pcm) - 319, 320)
    ]
    loud = [n for n, level in enumerate(levels) if level > max(levels) / 20]
    return pcm[320 * loud[0] : 320 * (loud[-1] + 1)]


@pytest.fixture(scope="module")
def recording(
    tmp_path_factory: pytest.TempPathFactory, models: Path
) -> tuple[Path, list[tuple[float, float]]]:
    """Three sentences, and from when to when each is said."""
    pcm, times = silence(0.7), []
    for sentence in SENTENCES:
        speech = said(sentence, models)
        times.append((len(pcm) / 2 / RATE, (len(pcm) + len(speech)) / 2 / RATE))
        pcm += speech + silence(1.5)
    return write_wav(tmp_path_factory.mktemp("files") / "three.wav", [pcm]), times


def test_segments_say_what_was_said_and_when(
    recording: tuple[Path, list[tuple[float, float]]],
) -> None:
    file, times = recording
    done = run_agent("transcribe", file, "--json")
    assert done.returncode == 0, done.stderr.decode()
    segments = json.loads(done.stdout)
    for segment, (start, end) in zip(segments, times, strict=True):
        assert abs(segment["start"] - start) <= 0.05
        assert abs(segment["end"] - end) <= 0.05
        assert segment["engine"] == "moonshine"
        assert segment["language"] == "en"
        assert 0.5 < segment["confidence"] <= 1
    heard = " ".join(segment["text"] for segment in segments)
    assert word_errors(" ".join(SENTENCES), heard) <= 3


def test_a_bad_file_is_told_and_the_others_go_on(
    recording: tuple[Path, list[tuple[float, float]]], tmp_path: Path
) -> None:
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"no sound")
    folder = tmp_path / "captions"
    done = run_agent(
        "transcribe", tmp_path / "gone.wav", bad, recording[0],
        "--format", "srt", "--output", folder,
    )  # fmt: skip
    assert done.returncode == 1
    told = done.stderr.decode()
    assert "gone.wav" in told
    assert "bad.wav" in told
    assert "Traceback" not in told
    assert [path.name for path in folder.iterdir()] == ["three.srt"]
    cues = (folder / "three.srt").read_text().removesuffix("\n\n").split("\n\n")
    assert [cue.split("\n")[0] for cue in cues] == ["1", "2", "3"]


def test_without_an_engine_the_exit_status_is_69(
    recording: tuple[Path, list[tuple[float, float]]], tmp_path: Path
) -> None:
    file, _ = recording
    done = run_agent("transcribe", file, "--engine", "whisperlivekit", env=NOWHERE)
    assert done.returncode == 69
    assert "three.wav, at 0:00:00: whisperlivekit" in done.stderr.decode()
    done = run_agent(
        "transcribe", file, "--json", env={"TONNY_MODELS_DIR": str(tmp_path)}
    )
    assert done.returncode == 69
    assert "to mend it: " in done.stderr.decode()
    assert json.loads(done.stdout) == []


def test_a_server_hears_where_there_is_one(
    recording: tuple[Path, list[tuple[float, float]]],
) -> None:
    with ExitStack() as stack:
        env = standing_in(stack)
        done = run_agent("transcribe", recording[0], "--json", env=env)
    assert done.returncode == 0, done.stderr.decode()
    segments = json.loads(done.stdout)
    assert [segment["engine"] for segment in segments] == ["whisperlivekit"] * 3
    assert [segment["confidence"] for segment in segments] == [None] * 3


def test_when_the_server_is_away_the_embedded_engine_hears(
    recording: tuple[Path, list[tuple[float, float]]],
) -> None:
    done = run_agent("transcribe", recording[0], env=NOWHERE)
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 3


def test_another_language_than_the_engines_is_refused(
    recording: tuple[Path, list[tuple[float, float]]],
) -> None:
    done = run_agent("transcribe", recording[0], "--language", "de")
    assert done.returncode == 69
    assert "English only" in done.stderr.decode()


def test_ctrl_c_leaves_what_is_done_so_far(
    recording: tuple[Path, list[tuple[float, float]]], tmp_path: Path
) -> None:
    pcm = recording[0].read_bytes()[44:]
    long = write_wav(tmp_path / "long.wav", [pcm] * 100)
    with subprocess.Popen(
        command("transcribe", long, "--json"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as agent:
        assert agent.stdout is not None
        assert agent.stderr is not None
        begun = b"".join(agent.stdout.readline() for _ in range(4))
        agent.send_signal(signal.SIGINT)
        text = begun + agent.stdout.read()
        told = agent.stderr.read()
    assert agent.returncode == 130
    assert b"Traceback" not in told
    assert 3 <= len(json.loads(text)) < 300


def test_of_a_long_file_it_is_told_how_far_it_is(
    recording: tuple[Path, list[tuple[float, float]]], tmp_path: Path
) -> None:
    pcm = recording[0].read_bytes()[44:]
    long = write_wav(tmp_path / "long.wav", [pcm] * 6)
    done = run_agent("transcribe", long)
    assert len(done.stdout.splitlines()) == 18
    shares = [int(share) for share in re.findall(rb"long\.wav: (\d+)%\n", done.stderr)]
    assert shares == sorted(shares)
    assert len(shares) >= 7
