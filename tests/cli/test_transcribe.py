import io
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
import trio

from agent.app.transcription import AHEAD, Scribe, Segment
from agent.cli.texts import Format, writing, written
from agent.cli.transcribe import transcribe
from agent.config.settings import Config, Stt, Vad
from agent.core.segments import Pacing
from agent.errors import Misconfigured, Refused, Unavailable
from agent.hearing.microphones.file import FileMicrophone
from agent.ports import Listening, Transcriber, Transcript, Utterance
from tests import fakes
from tests.e2e.agent_process import silence, write_wav
from tests.fakes import Failing
from tests.hearing.sound import mixed, spoken, white

CONFIG = Config(vad=Vad(engine="webrtc"), stt=Stt(min_confidence=0.4))
PACING = Pacing()


class Listener:
    """Tells how much there was to hear, and is as sure as it is told to be."""

    name = "listener"

    def __init__(self, confidence: float = 0.9) -> None:
        self._confidence = confidence

    async def transcribe(self, utterance: Utterance, partial: object) -> Transcript:
        await trio.lowlevel.checkpoint()
        return Transcript(f"{len(utterance.pcm)} bytes", "en", self._confidence)


def meeting(folder: Path, times: int = 2) -> FileMicrophone:
    """Someone says the same in a quiet room, every 6 s from the first on."""
    speech = silence(1) + spoken("What can you do for me, my friend?")
    pcm = speech.ljust(12 * 16_000, b"\0") * times
    return FileMicrophone(
        write_wav(folder / "meeting.wav", [mixed(pcm, white(6 * times, -70))]),
        fast=True,
    )


async def segments(
    recording: FileMicrophone, *ears: Transcriber, done: list[float] | None = None
) -> list[Segment]:
    found: list[Segment] = []
    scribe = Scribe(fakes.ears(*ears), CONFIG, PACING)
    passed = (done if done is not None else []).append
    await scribe.write_down(recording, found.append, passed)
    return found


async def test_each_stretch_of_speech_is_a_segment_with_its_times(
    tmp_path: Path,
) -> None:
    done: list[float] = []
    first, second = await segments(meeting(tmp_path), Listener(), done=done)
    assert 1 <= first.start < 1.5
    assert 2 < first.end < 4
    assert abs(second.start - first.start - 6) <= 0.05
    assert (first.engine, first.language, first.confidence) == ("listener", "en", 0.9)
    assert first.file.endswith("meeting.wav")
    assert [round(seconds, 3) for seconds in done] == [first.end, second.end]


async def test_the_next_engine_takes_over(tmp_path: Path) -> None:
    away = Failing("away", Unavailable("gone"))
    found = await segments(meeting(tmp_path, 5), away, Listener())
    assert [each.engine for each in found] == ["listener"] * 5
    assert away.calls == 3  # then it is left alone for a while


async def test_without_any_the_place_is_told(tmp_path: Path) -> None:
    deaf = Failing("deaf", Refused("English only"))
    with pytest.raises(Unavailable, match=r"meeting\.wav, at 0:00:01: deaf: English"):
        await segments(meeting(tmp_path), deaf)


async def test_what_an_engine_is_not_sure_of_is_left_out(tmp_path: Path) -> None:
    done: list[float] = []
    assert await segments(meeting(tmp_path), Listener(0.3), done=done) == []
    assert len(done) == 2


async def test_a_slow_engine_holds_up_the_reading(tmp_path: Path) -> None:
    """What is read ahead is all that is in memory."""
    recording = meeting(tmp_path, times=20)
    read = 0.0
    ahead: list[float] = []

    class Slow(Listener):
        async def transcribe(self, utterance: Utterance, partial: object) -> Transcript:
            await trio.sleep(0.02)
            ahead.append(read - 6 * len(ahead))
            return await super().transcribe(utterance, partial)

    class Counted:
        name, live = recording.name, recording.live

        def open(
            self, block: int, heard: Callable[[bytes], None], idle: Callable[[], bool]
        ) -> AbstractAsyncContextManager[Listening]:
            def count(frame: bytes) -> None:
                nonlocal read
                read += len(frame) / 32_000
                heard(frame)

            return recording.open(block, count, idle)

    scribe = Scribe(fakes.ears(Slow()), CONFIG, PACING)
    found: list[Segment] = []
    await scribe.write_down(Counted(), found.append, lambda _: None)
    assert len(found) == 20
    assert max(ahead) <= 6 * (AHEAD + 2)


SAID = Segment("a.wav", 0.5, 1.25, 'He said "no" & left', "moonshine", "en", 0.9)


def text(form: Format, *said: Segment) -> str:
    out = io.StringIO()
    with writing(out, form) as write:
        for each in said:
            write(each)
    return out.getvalue()


def test_each_form_is_as_it_should_be() -> None:
    assert text("text", SAID, SAID) == 'He said "no" & left\n' * 2
    assert text("srt", SAID, SAID).startswith("1\n00:00:00,500 --> 00:00:01,250\n")
    assert "\n\n2\n" in text("srt", SAID, SAID)
    assert text("vtt", SAID) == (
        'WEBVTT\n\n00:00:00.500 --> 00:00:01.250\nHe said "no" &amp; left\n\n'
    )
    assert (
        json.loads(text("json", SAID, SAID))
        == [
            {
                "file": "a.wav",
                "start": 0.5,
                "end": 1.25,
                "text": 'He said "no" & left',
                "engine": "moonshine",
                "language": "en",
                "confidence": 0.9,
            }
        ]
        * 2
    )
    assert json.loads(text("json")) == []


@pytest.mark.parametrize("said", [0, 1, 2])
def test_json_is_whole_though_it_was_interrupted(said: int) -> None:
    def interrupted(out: io.StringIO) -> None:
        with writing(out, "json") as write:
            for _ in range(said):
                write(SAID)
            raise KeyboardInterrupt

    out = io.StringIO()
    with pytest.raises(KeyboardInterrupt):
        interrupted(out)
    assert len(json.loads(out.getvalue())) == said


def test_what_is_done_so_far_is_in_the_file(tmp_path: Path) -> None:
    place = tmp_path / "new" / "a.txt"
    with written(place, "text") as write:
        write(SAID)
        assert place.read_text() == SAID.text + "\n"


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    told = pytest.raises(Misconfigured, match="cannot be written: ")
    with told, written(tmp_path, "text"):
        pass


@pytest.mark.parametrize(
    ("files", "output"),
    [(["a.wav"], "a.wav"), (["a.wav", "b.wav", "c/a.wav"], "texts")],
    ids=["itself", "one for two"],
)
def test_nothing_is_written_over(
    files: list[str], output: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    first, *more = map(Path, files)
    with pytest.raises(Misconfigured, match="would be written over"):
        transcribe(first, *more, output=Path(output))


def test_a_wrong_language_is_told_before_anything_is_done() -> None:
    with pytest.raises(Misconfigured, match='"english" is no language'):
        transcribe(Path("a.wav"), language="english")


def test_captions_of_two_recordings_are_two_files(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert transcribe(Path("a.wav"), Path("b.wav"), format="srt") == 2
    assert "--output FOLDER" in capsys.readouterr().err
