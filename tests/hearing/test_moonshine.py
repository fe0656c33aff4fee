import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import Refused, Unavailable
from agent.hearing.beam import LOOP, Beam, loop
from agent.hearing.moonshine import Moonshine, muttered
from agent.hearing.moonshine_model import (
    LONGEST,
    PEAK,
    SHORTEST,
    MoonshineModel,
    levelled,
    read_vocabulary,
    split,
)
from agent.ports import RATE, Transcript
from agent.utterance import Recording
from tests.hearing import sound

SENTENCES = (
    "What is the capital of France?",
    "Please turn on the lights in the kitchen.",
    "Good morning, how are you today?",
)
NO_SPEECH = {
    "silence": sound.silence(2),
    "white noise": sound.white(3, -30),
    "pink noise": sound.pink(2, -24),
    "a tone": sound.tone(2, -15),
    "a click": sound.silence(0.5) + sound.white(0.05, -12) + sound.silence(0.5),
}


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def whole(pcm: bytes) -> Recording:
    recording = Recording(1)
    recording.append(pcm)
    recording.finish()
    return recording


async def heard(pcm: bytes, ear: Moonshine | None = None) -> Transcript:
    return await (ear or Moonshine("en")).transcribe(whole(pcm), lambda _: None)


@pytest.mark.parametrize("sentence", SENTENCES)
async def test_what_is_said_is_written_down(models: Path, sentence: str) -> None:
    found = await heard(sound.spoken(sentence))
    assert words(found.text) == words(sentence)
    assert found.language == "en"
    assert found.confidence is not None
    assert 0.5 < found.confidence <= 1


@pytest.mark.parametrize("decibels", [12, 30])
async def test_who_speaks_softly_is_understood_as_well(
    models: Path, decibels: float
) -> None:
    found = await heard(sound.quieter(sound.spoken(SENTENCES[0]), decibels))
    assert words(found.text) == words(SENTENCES[0])


async def test_more_than_the_networks_take_at_once_is_written_down_too(
    models: Path,
) -> None:
    one = sound.spoken(SENTENCES[2]) + sound.silence(0.7)
    times = int(35 * RATE * 2 / len(one)) + 1
    found = await heard(one * times)
    assert words(found.text).count("morning") == pytest.approx(times, abs=1)


@pytest.mark.parametrize("pcm", NO_SPEECH.values(), ids=NO_SPEECH.keys())
async def test_nobody_is_believed_to_have_said_what_was_no_speech(
    models: Path, pcm: bytes
) -> None:
    assert (await heard(pcm)).confidence == 0


@pytest.mark.parametrize("pcm", [b"", b"\x01\x00", sound.silence(0.05)])
async def test_hardly_any_sound_is_no_problem(models: Path, pcm: bytes) -> None:
    confidence = (await heard(pcm)).confidence
    assert confidence is not None
    assert 0 <= confidence <= 1


async def test_partial_texts_come_while_the_user_speaks_and_not_after(
    models: Path,
) -> None:
    recording = Recording(1)
    pcm = sound.spoken(" ".join(SENTENCES))
    told: list[str] = []
    news, collect = trio.open_memory_channel[str](100)
    found: list[Transcript] = []

    def partial(text: str) -> None:
        assert not recording.finished
        told.append(text)
        news.send_nowait(text)

    async def transcribe() -> None:
        found.append(await Moonshine("en").transcribe(recording, partial))

    with trio.fail_after(20):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(transcribe)
            half = len(pcm) // 4 * 2
            recording.append(pcm[:half])
            first = await collect.receive()
            recording.append(pcm[half:])
            second = await collect.receive()
            recording.finish()
    assert words(first)[:5] == words(SENTENCES[0])[:5]
    assert len(second) > len(first)
    assert told == [first, second]
    assert len(words(found[0].text)) >= len(words(second))


async def test_a_cancelled_call_leaves_it_ready_for_the_next(models: Path) -> None:
    ear = Moonshine("en")
    unfinished = Recording(1)
    unfinished.append(sound.spoken(SENTENCES[0]))
    with trio.CancelScope() as scope:
        await ear.transcribe(unfinished, lambda _: scope.cancel())
    assert scope.cancelled_caught
    assert words((await heard(sound.spoken(SENTENCES[1]), ear)).text) == words(
        SENTENCES[1]
    )


async def test_another_language_is_refused_with_what_knows_it() -> None:
    with pytest.raises(Refused, match="WhisperLiveKit"):
        await heard(b"", Moonshine("de"))


async def test_without_its_files_it_is_unavailable_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TONNY_MODELS_DIR", str(tmp_path))
    with pytest.raises(Unavailable, match="tonny-agent models fetch"):
        await heard(b"")


def test_files_that_are_no_networks_are_told_with_the_remedy(tmp_path: Path) -> None:
    for name in ("encoder_model.ort", "decoder_model_merged.ort", "tokenizer.bin"):
        (tmp_path / name).write_bytes(b"nothing of the kind")
    with pytest.raises(Unavailable, match="tonny-agent models fetch"):
        MoonshineModel(tmp_path)


@pytest.mark.parametrize("text", ["", "You", "you.", " You! "])
def test_a_word_that_noise_makes_is_muttered(text: str) -> None:
    assert muttered(text)


@pytest.mark.parametrize("text", ["You are late.", "Stop.", "Yes", "Thank you."])
def test_what_people_say_is_not_muttered(text: str) -> None:
    assert not muttered(text)


@given(st.integers(0, round(100 * RATE)), st.integers(0, 9))
def test_splitting_loses_nothing_and_keeps_to_what_the_networks_take(
    size: int, seed: int
) -> None:
    samples = np.random.default_rng(seed).random(size, np.float32)
    pieces = split(samples)
    assert all(SHORTEST * RATE <= piece.size <= LONGEST * RATE for piece in pieces)
    joined = np.concatenate(pieces)
    assert (joined[:size] == samples).all()
    assert not joined[size:].any()
    assert joined.size - size <= SHORTEST * RATE


def test_a_cut_is_made_where_it_is_quiet() -> None:
    samples = np.ones(round(40 * RATE), np.float32)
    samples[20 * RATE : 20 * RATE + 960] = 0
    first, _ = split(samples)
    assert 20 * RATE <= first.size < 20 * RATE + 960


@given(st.lists(st.integers(-32768, 32767), max_size=50))
def test_everything_is_brought_to_one_level_but_silence_stays(
    values: list[int],
) -> None:
    samples = np.array(values, np.float32)
    loudest = np.abs(levelled(samples)).max(initial=0)
    assert loudest == pytest.approx(PEAK if samples.any() else 0, rel=1e-3)


@given(
    st.lists(st.integers(0, 99), max_size=20),
    st.lists(st.integers(100, 200), min_size=1, max_size=8),
)
def test_a_loop_is_cut_to_its_first_round(start: list[int], again: list[int]) -> None:
    tokens = (*start, *again * LOOP)
    length = loop(tokens)
    assert length is not None
    assert tokens[:length] == (*start, *again)[:length]
    assert len(start) < length <= len(start) + len(again)


@given(st.lists(st.integers(), unique=True, max_size=40))
def test_what_never_repeats_is_no_loop(tokens: list[int]) -> None:
    assert loop(tuple(tokens)) is None


def test_the_better_sentence_wins_though_it_began_with_the_less_likely_word() -> None:
    end, trap, good, rest = 0, 1, 2, 3
    after = {
        (): {trap: 0.55, good: 0.45},
        (trap,): {rest: 0.5, end: 0.5},
        (good,): {rest: 1.0},
        (trap, rest): {end: 0.6, rest: 0.4},
        (good, rest): {end: 1.0},
    }

    def decode(width: int) -> tuple[int, ...]:
        beam = Beam(width, end)
        rows = [0]
        while rows:
            logits = np.full((len(beam.live), 4), -30, np.float32)
            logits[:, end] = -60
            for row, guess in zip(logits, beam.live, strict=True):
                for token, likelihood in after.get(guess.tokens, {end: 1.0}).items():
                    row[token] = np.log(likelihood)
            rows = beam.grow(logits)
        return beam.best().tokens

    assert decode(1)[0] == trap
    assert decode(2) == (good, rest)


@given(
    st.lists(st.one_of(st.binary(max_size=40), st.binary(min_size=120, max_size=300)))
)
def test_a_vocabulary_is_read_as_it_was_written(texts: list[bytes]) -> None:
    written = b"".join(_length(len(text)) + text for text in texts)
    assert read_vocabulary(written) == texts


def _length(length: int) -> bytes:
    low, high = length % 128, length // 128
    return bytes([length]) if length < 128 else bytes([low + 128, high])


@given(st.binary(max_size=200))
def test_a_strange_vocabulary_is_read_or_told_with_the_remedy(content: bytes) -> None:
    told = ""
    tokens: list[bytes] = []
    try:
        tokens = read_vocabulary(content)
    except Unavailable as exc:
        told = str(exc)
    assert not told or "tonny-agent models fetch" in told
    assert sum(map(len, tokens)) <= len(content)


def test_the_library_that_runs_it_tells_nobody(models: Path, tmp_path: Path) -> None:
    """Left alone, onnxruntime keeps a number for this computer, and reports."""
    program = (
        "from agent.hearing.moonshine_model import MoonshineModel as Model\n"
        "from agent.models import folder\n"
        "Model(folder('moonshine-tiny-en'))\n"
    )
    environment = {
        "HOME": str(tmp_path),
        "TONNY_MODELS_DIR": str(models),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LD_LIBRARY_PATH": os.environ.get("LD_LIBRARY_PATH", ""),
    }
    subprocess.run([sys.executable, "-c", program], env=environment, check=True)
    assert not list(tmp_path.iterdir())
