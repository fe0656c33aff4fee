"""The session that is connected before anyone needs it, on loopback sockets."""

import re
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from hashlib import sha1

import msgspec
import pytest
import trio
import trio_websocket
from trio.testing import MockClock, wait_all_tasks_blocked

from agent.config.settings import Stt
from agent.errors import Refused, Unavailable
from agent.hearing.whisperlivekit import WhisperLiveKit, open_whisperlivekit
from agent.ports import RATE
from agent.utterance import Recording
from tests.standins.recogniser import HEARD, Recogniser, Serving, serve_recogniser

SECOND = b"\1\0" * RATE


@pytest.fixture
def hasty_clock() -> MockClock:
    """Skips only waits that outlast what may still be under way on loopback."""
    return MockClock(autojump_threshold=0.02)


def finished() -> Recording:
    utterance = Recording(turn=1)
    utterance.append(SECOND)
    utterance.finish()
    return utterance


def ignore(text: str) -> None:
    """For who is not interested in partial texts."""


def settings(url: str, **more: object) -> Stt:
    return msgspec.convert({"url": url, **more}, Stt)


class Door:
    """Notes who knocks, and can be shut; *inside* is who is there now."""

    def __init__(self, recogniser: Serving | None = None) -> None:
        self.recogniser = recogniser or Recogniser()
        self.shut = False
        self.knocks: list[float] = []
        self.inside: list[trio_websocket.WebSocketRequest] = []
        self._scopes: list[trio.CancelScope] = []
        self._changed = trio.Event()

    def _tell(self) -> None:
        self._changed.set()
        self._changed = trio.Event()

    async def until(self, true: Callable[[], bool]) -> None:
        """And until everyone has seen that it is."""
        with trio.fail_after(60):
            while not true():
                await self._changed.wait()
        await wait_all_tasks_blocked(0.02)

    async def occupied(self) -> None:
        await self.until(lambda: len(self.inside) == 1)

    @property
    def came(self) -> int:
        return len(self.knocks)

    async def __call__(self, request: trio_websocket.WebSocketRequest) -> None:
        self.knocks.append(trio.current_time())
        self._tell()
        if self.shut:
            await request.reject(502)
            return
        self.inside.append(request)
        self._tell()
        with trio.CancelScope() as scope:
            self._scopes.append(scope)
            try:
                await self.recogniser(request)
            finally:
                self.inside.remove(request)
                self._tell()

    def throw_out(self) -> None:
        """Everyone who is inside."""
        for scope in self._scopes:
            scope.cancel()


@asynccontextmanager
async def behind(door: Door, **more: object) -> AsyncIterator[WhisperLiveKit]:
    async with trio.open_nursery() as nursery:
        url = await nursery.start(serve_recogniser, door)
        async with open_whisperlivekit(settings(url, **more)) as engine:
            yield engine
        nursery.cancel_scope.cancel()


async def test_it_is_there_before_anyone_speaks_and_again_afterwards(
    hasty_clock: MockClock,
) -> None:
    door = Door()
    async with behind(door) as engine:
        for count in (1, 2, 3):
            await door.occupied()
            assert door.came == count
            assert (await engine.transcribe(finished(), ignore)).text == HEARD


async def test_whoever_speaks_twice_at_once_gets_two_sessions(
    hasty_clock: MockClock,
) -> None:
    door = Door()
    texts: list[str] = []

    async def hear(engine: WhisperLiveKit) -> None:
        texts.append((await engine.transcribe(finished(), ignore)).text)

    async with behind(door) as engine:
        await door.occupied()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(hear, engine)
            nursery.start_soon(hear, engine)
    assert texts == [HEARD, HEARD]


async def test_a_call_that_is_cancelled_leaves_the_next_one_a_spare(
    hasty_clock: MockClock,
) -> None:
    door = Door()
    speaking = Recording(turn=1)
    speaking.append(SECOND)
    async with behind(door) as engine:
        await door.occupied()
        with trio.move_on_after(1) as interrupted:
            await engine.transcribe(speaking, ignore)
        assert interrupted.cancelled_caught
        speaking.finish()
        await door.occupied()
        came = door.came
        assert (await engine.transcribe(speaking, ignore)).text == HEARD
        assert door.came - came <= 1  # the next spare, not this call


async def test_one_that_is_lost_is_replaced(hasty_clock: MockClock) -> None:
    door = Door()
    async with behind(door) as engine:
        await door.occupied()
        door.throw_out()
        await door.until(lambda: door.came == 2 and len(door.inside) == 1)
        assert (await engine.transcribe(finished(), ignore)).text == HEARD


async def test_an_absent_server_is_asked_less_and_less_often(
    hasty_clock: MockClock,
) -> None:
    door = Door()
    door.shut = True
    async with behind(door):
        await door.until(lambda: door.came == 1)
        await trio.sleep(300)
        pauses = [
            round(later - one, 1)
            for one, later in zip(door.knocks, door.knocks[1:], strict=False)
        ]
    assert pauses[:7] == pytest.approx([0.5, 1, 2, 4, 8, 16, 30], abs=0.3)


async def test_a_call_never_waits_for_it(hasty_clock: MockClock) -> None:
    door = Door()
    door.shut = True
    async with behind(door) as engine:
        await door.until(lambda: door.came == 6)  # and so it rests for half a minute
        with pytest.raises(Unavailable), trio.fail_after(1):
            await engine.transcribe(finished(), ignore)
        door.shut = False
        with trio.fail_after(1):
            assert (await engine.transcribe(finished(), ignore)).text == HEARD
        # and that one was heard, is reason to try again at once
        with trio.fail_after(1):
            await door.occupied()


async def _be_forgotten(stream: trio.SocketStream) -> None:
    """What is left when a firewall forgot a connection: it is open, and nothing comes
    through any more. (A greeting did.)"""
    key = re.search(
        rb"Sec-WebSocket-Key: (.+)\r\n", await stream.receive_some(), re.IGNORECASE
    )
    assert key is not None
    guid = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3
    accept = b64encode(sha1(key[1] + guid).digest())  # noqa: S324 # as it says
    await stream.send_all(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
        b"Connection: Upgrade\r\nSec-WebSocket-Accept: %b\r\n\r\n" % accept
    )
    greeting = b'{"type":"config","useAudioWorklet":true,"mode":"full"}'
    await stream.send_all(b"\x81%c%b" % (len(greeting), greeting))
    await trio.sleep_forever()


@asynccontextmanager
async def forgotten_once(door: Door) -> AsyncIterator[WhisperLiveKit]:
    """The first connection is; later ones come to *door*."""
    first = [_be_forgotten]

    async def serve(stream: trio.SocketStream) -> None:
        if first:
            await first.pop()(stream)
        async with trio.open_nursery() as nursery:
            await door(await trio_websocket.wrap_server_stream(nursery, stream))
            nursery.cancel_scope.cancel()

    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listeners[0].socket.getsockname()[1]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, serve, listeners)
        async with open_whisperlivekit(settings(f"127.0.0.1:{port}")) as engine:
            yield engine
        nursery.cancel_scope.cancel()


async def test_one_that_only_seems_to_be_there_is_not_used(
    hasty_clock: MockClock,
) -> None:
    door = Door()
    async with forgotten_once(door) as engine:
        await trio.sleep(4)
        assert door.came == 0
        with trio.fail_after(3):
            assert (await engine.transcribe(finished(), ignore)).text == HEARD


async def test_one_that_only_seems_to_be_there_is_found_out(
    hasty_clock: MockClock,
) -> None:
    door = Door()
    async with forgotten_once(door):
        await door.occupied()
        assert trio.current_time() < 15


async def test_none_grows_old(hasty_clock: MockClock) -> None:
    door = Door()
    async with behind(door):
        await trio.sleep(700)
    assert door.came == 2


async def test_it_follows_the_server_and_the_language(hasty_clock: MockClock) -> None:
    one, two = Door(), Door()
    async with trio.open_nursery() as nursery:
        urls = [await nursery.start(serve_recogniser, each) for each in (one, two)]
        servers = {
            "one": {"url": urls[0]},
            "two": {"url": urls[1], "languages": ["en", "de"]},
        }
        async with open_whisperlivekit(settings("", servers=servers)) as engine:
            await one.occupied()
            engine.use("two")
            await two.occupied()
            assert not one.inside
            engine.set_language("de")
            await two.until(lambda: two.came == 2 and len(two.inside) == 1)
            assert two.inside[0].path == "/asr?mode=full&language=de"
            engine.set_language("fr")
            await two.until(lambda: not two.inside)
            with pytest.raises(Refused):
                await engine.transcribe(finished(), ignore)
        nursery.cancel_scope.cancel()
    assert (one.came, two.came) == (1, 2)


async def _be_shy(request: trio_websocket.WebSocketRequest) -> None:
    """Let everyone in, and say nothing."""
    socket = await request.accept()
    with suppress(trio_websocket.ConnectionClosed):
        await socket.get_message()


async def test_one_that_is_wanted_no_more_before_it_is_there_is_left(
    hasty_clock: MockClock,
) -> None:
    one, two = Door(_be_shy), Door()
    async with trio.open_nursery() as nursery:
        urls = [await nursery.start(serve_recogniser, each) for each in (one, two)]
        servers = {"one": {"url": urls[0]}, "two": {"url": urls[1]}}
        async with open_whisperlivekit(settings("", servers=servers)) as engine:
            await one.occupied()
            engine.use("two")
            await two.occupied()
            await one.until(lambda: not one.inside)
            assert trio.current_time() < 5
        nursery.cancel_scope.cancel()


async def test_what_goes_wrong_inside_comes_out_as_it_is(
    hasty_clock: MockClock,
) -> None:
    with pytest.raises(KeyError, match="mine"):
        async with behind_nobody():
            raise KeyError("mine")


@asynccontextmanager
async def behind_nobody() -> AsyncIterator[WhisperLiveKit]:
    async with open_whisperlivekit(settings("ws://127.0.0.1:1")) as engine:
        await trio.sleep(1)
        yield engine
