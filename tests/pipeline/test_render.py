"""Sound that is made ahead of time."""

import struct

import trio
from trio.testing import MockClock

from agent.errors import Unavailable
from agent.pipeline.render import Rendering
from agent.ports import Passage
from tests.fakes import Failing, Letters, Shelved, voices


async def whole(rendering: Rendering, most: int = 100) -> bytes:
    heard = b""
    while pcm := await rendering.read(len(heard), most):
        heard += pcm
    return heard


async def test_it_can_be_read_while_it_grows_and_again(
    autojump_clock: MockClock,
) -> None:
    rendering = Rendering(Passage("abc"))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(rendering.run, voices(Letters()), None)
        await rendering.begun()
        assert trio.current_time() == 1
        assert await rendering.read(0, 100) == b"a "
    assert await whole(rendering) == b"a b c "
    assert rendering.voice == "letters"


async def test_what_was_heard_before_needs_no_voice() -> None:
    shelf = Shelved({"abc": (b"1234", 2)})
    rendering = Rendering(Passage("abc"))
    away = Failing("elevenlabs", Unavailable("away"))
    await rendering.run(voices(away), shelf)
    assert await whole(rendering) == b"1234"
    assert (rendering.voice, rendering.rate, away.calls) == ("elevenlabs", 2, 0)
    assert rendering.cached


async def test_another_voice_begins_where_the_first_could_not(
    autojump_clock: MockClock,
) -> None:
    rendering = Rendering(Passage("ab"))
    away = Failing("elevenlabs", Unavailable("away"))
    await rendering.run(voices(away, Letters("pico")), None)
    assert (rendering.voice, rendering.problem) == ("pico", None)


async def test_what_breaks_off_is_not_begun_again_and_fades_out(
    autojump_clock: MockClock,
) -> None:
    class Loud(Letters):
        def __init__(self) -> None:
            super().__init__("loud", breaks_after=20)
            self.rate = 1000

    rendering = Rendering(Passage("abcd" * 20))
    spare = Letters("pico")
    loud = Loud()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(rendering.run, voices(loud, spare), None)
        await rendering.begun()
        assert loud.rate == rendering.rate
        assert await rendering.read(0, 2)
    samples = struct.unpack("<20h", await whole(rendering))
    assert samples[-9] == samples[-17] > 4 * samples[-1]
    assert rendering.problem is not None
    assert rendering.voice == "loud"


async def test_what_breaks_off_before_anyone_heard_it_is_said_by_another(
    autojump_clock: MockClock,
) -> None:
    rendering = Rendering(Passage("abcd"))
    breaking = Letters("elevenlabs", breaks_after=2)
    await rendering.run(voices(breaking, Letters("pico")), None)
    assert await whole(rendering) == b"a b c d "
    assert (rendering.voice, rendering.problem) == ("pico", None)
    assert rendering.declined == "the voice broke"


async def test_without_any_voice_it_ends_with_the_reason() -> None:
    rendering = Rendering(Passage("ab"))
    await rendering.run(voices(Failing("pico", Unavailable("no files"))), None)
    assert await whole(rendering) == b""
    assert str(rendering.problem) == "pico: no files"


async def test_nobody_waits_for_what_was_cancelled() -> None:
    rendering = Rendering(Passage("ab"))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(rendering.run, voices(Letters()), None)
        await trio.testing.wait_all_tasks_blocked()
        rendering.cancel()
    assert rendering.over
    assert await whole(rendering) == b""
