import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.errors import Unavailable
from agent.ports import Passage
from agent.speaking import picochild
from agent.speaking.pico import LONGEST_WORD, RATE, Pico, clean, open_pico

HOSTILE = [
    "\x00",
    "one\x00two",
    "".join(map(chr, range(32))) + "\x7f\x80\x9f",
    "😀 👩‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "\u202eright to left\u202c مرحبا שלום",
    "你好, мир, ありがとう",
    "</speak><break time='9999s'/><pitch level='999'>",
    "<phoneme ph='xyz'/>&lt;&amp;&#0;\\pau=99999\\",
    "'\"`%s%n%x",
    "1e309 999999999999999999999999 1/0 $€£ 12:99",
    ". . . , , ; : ! ? - — …",
    "a" * 10_000,
    "word " * 2_000,
]
TEXTS = st.one_of(
    st.text(max_size=60),
    st.text(st.characters(max_codepoint=0x24F), max_size=60),
    st.text("<>&\\/='\"\x00\x1b pitch1", max_size=60),
)


@pytest.fixture
async def pico(models: Path) -> AsyncIterator[Pico]:
    async with open_pico("en-GB") as voice:
        yield voice


async def said(voice: Pico, text: str) -> bytes:
    async with voice.speak(Passage(text)) as sound:
        return b"".join([pcm async for pcm in sound])


def process(voice: Pico) -> trio.Process:
    assert voice._child is not None
    return voice._child.process


async def test_a_sentence_becomes_about_as_much_sound_as_it_takes_to_say(
    pico: Pico,
) -> None:
    pcm = await said(pico, "The weather is nice today.")
    assert 1.0 < len(pcm) / 2 / RATE < 4.0
    assert len(pcm) % 2 == 0


async def test_a_text_without_words_says_nothing_and_starts_nothing() -> None:
    async with open_pico("en-GB") as voice:
        for text in ("", " \n", "…!?", "😀", "\x00"):
            assert await said(voice, text) == b""
        assert voice._child is None


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:16]))
async def test_no_text_silences_it(pico: Pico, text: str) -> None:
    await said(pico, "Before.")
    first = process(pico)
    async with pico.speak(Passage(text)) as sound:
        async for pcm in sound:
            assert len(pcm) % 2 == 0
    assert await said(pico, "After.")
    assert process(pico) is first


@settings(
    max_examples=1,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(TEXTS, min_size=300, max_size=300))
def test_three_hundred_strange_texts_leave_the_child_alive(
    models: Path, texts: list[str]
) -> None:
    async def say_them_all() -> None:
        async with open_pico("en-GB") as voice:
            expected = await said(voice, "Ready.")
            first = process(voice)
            for text in texts:
                await said(voice, text)
            # As long, if not to the sample: its noise depends on what it said before.
            again = await said(voice, "Ready.")
            assert len(again) == pytest.approx(len(expected), rel=0.05)
            assert process(voice) is first

    trio.run(say_them_all)


async def test_a_child_killed_mid_sentence_is_unavailable_and_then_replaced(
    pico: Pico,
) -> None:
    expected = await said(pico, "Once more.")
    killed = process(pico)

    async def listen_and_kill() -> None:
        async with pico.speak(Passage("A sentence that goes on. " * 100)) as sound:
            await sound.receive()
            killed.send_signal(signal.SIGKILL)
            async for _ in sound:
                pass

    with pytest.raises(Unavailable, match="embedded voice"):
        await listen_and_kill()
    assert await said(pico, "Once more.") == expected
    assert process(pico) is not killed


async def test_a_child_that_died_between_two_texts_is_replaced(pico: Pico) -> None:
    expected = await said(pico, "Once more.")
    killed = process(pico)
    killed.send_signal(signal.SIGKILL)
    await killed.wait()
    assert await said(pico, "Once more.") == expected


async def test_what_was_abandoned_is_not_said_with_the_next_text(pico: Pico) -> None:
    expected = await said(pico, "Once more.")
    async with pico.speak(Passage("A sentence that goes on. " * 100)) as sound:
        await sound.receive()
    assert await said(pico, "Once more.") == expected


async def test_a_cancelled_text_is_not_said_with_the_next_one(pico: Pico) -> None:
    expected = await said(pico, "Once more.")
    with trio.CancelScope() as scope:
        async with pico.speak(Passage("A sentence that goes on. " * 100)) as sound:
            async for _ in sound:
                scope.cancel()
    assert scope.cancelled_caught
    assert await said(pico, "Once more.") == expected


async def test_no_process_outlives_the_voice(models: Path) -> None:
    async with open_pico("en-US") as voice:
        await said(voice, "Good bye.")
        child = process(voice)
    assert child.returncode is not None


async def test_without_its_files_it_is_unavailable_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TONNY_MODELS_DIR", str(tmp_path))
    async with open_pico("en-GB") as voice:
        with pytest.raises(Unavailable, match="tonny-agent models fetch"):
            await said(voice, "Hello.")


async def test_a_lookalike_in_the_current_folder_is_not_run(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ttspico.py").write_text("raise SystemExit(1)")
    monkeypatch.chdir(tmp_path)
    async with open_pico("en-GB") as voice:
        assert await said(voice, "Hello.")


async def test_without_the_library_that_speaks_it_says_so(models: Path) -> None:
    bare = [sys.executable, "-S", picochild.__file__]  # without what was installed
    async with open_pico("en-GB", bare) as voice:
        with pytest.raises(Unavailable, match="ttspico, which is not installed"):
            await said(voice, "Hello.")


@pytest.mark.parametrize(
    "code",
    ["raise SystemExit", r"import os; os.write(1, b'\xff' * 64); input()"],
    ids=["ends at once", "is out of step"],
)
async def test_a_child_that_is_not_ours_is_unavailable(models: Path, code: str) -> None:
    async with open_pico("en-GB", [sys.executable, "-c", code]) as voice:
        with pytest.raises(Unavailable, match="embedded voice"):
            await said(voice, "Hello.")


async def test_a_program_that_is_not_there_is_unavailable(
    models: Path, tmp_path: Path
) -> None:
    async with open_pico("en-GB", [str(tmp_path / "gone")]) as voice:
        with pytest.raises(Unavailable, match="cannot start"):
            await said(voice, "Hello.")


@given(TEXTS)
def test_cleaning_leaves_one_printable_line_without_markup(text: str) -> None:
    found = clean(text)
    assert found == " ".join(found.split())
    assert found.isprintable()
    assert not set("<>&\\") & set(found)
    assert not found or any(c.isalnum() for c in found)


@given(TEXTS)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


PLAIN = st.text("abcXYZ019äéß'", min_size=1, max_size=LONGEST_WORD)


@given(st.lists(PLAIN, min_size=1).map(" ".join))
def test_plain_words_are_said_as_they_are(text: str) -> None:
    assert clean(text) == (text if any(c.isalnum() for c in text) else "")
