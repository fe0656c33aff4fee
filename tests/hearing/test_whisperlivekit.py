"""Against the stand-in, on loopback sockets with a clock that skips the waiting."""

import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest
import trio
import trio_websocket
from trio.testing import MockClock

from agent.config.settings import Secret
from agent.errors import AgentError, Refused, Unavailable
from agent.hearing.whisperlivekit import WhisperLiveKit, session_url
from agent.ports import RATE
from agent.utterance import Recording
from tests.standins.recogniser import HEARD, Recogniser, Serving, serve_recogniser

CANARY = "canary-token-5261"
SECOND = struct.pack(f"<{RATE}h", *(n % 3000 for n in range(RATE)))


@pytest.fixture
def hasty_clock() -> MockClock:
    """Skips only waits that outlast what may still be under way on loopback."""
    return MockClock(autojump_threshold=0.02)


def finished(pcm: bytes = 4 * SECOND) -> Recording:
    utterance = Recording(turn=1)
    utterance.append(pcm)
    utterance.finish()
    return utterance


def ignore(text: str) -> None:
    """For who is not interested in partial texts."""


@asynccontextmanager
async def listening(recogniser: Recogniser) -> AsyncIterator[WhisperLiveKit]:
    async with trio.open_nursery() as nursery:
        url = await nursery.start(serve_recogniser, recogniser)
        yield WhisperLiveKit(url, Secret(CANARY), "en")
        nursery.cancel_scope.cancel()


async def failure(engine: WhisperLiveKit) -> AgentError:
    with pytest.raises(AgentError) as failed:
        await engine.transcribe(finished(), ignore)
    assert CANARY not in repr(failed.value)
    return failed.value


async def test_the_text_grows_and_is_then_final() -> None:
    partials: list[str] = []
    async with listening(Recogniser()) as engine:
        found = await engine.transcribe(finished(), partials.append)
    assert found.text == HEARD
    assert partials[-1] == HEARD
    assert partials == sorted(partials, key=len)
    assert len(partials) > 1


async def test_an_utterance_is_sent_while_it_is_spoken() -> None:
    recogniser = Recogniser()
    utterance = Recording(turn=1)
    utterance.append(SECOND)

    def go_on(_: str) -> None:
        if not utterance.finished:
            utterance.append(b"\1\0" * 100)
            utterance.finish()

    async with listening(recogniser) as engine:
        found = await engine.transcribe(utterance, go_on)
    assert recogniser.frames == [SECOND, b"\1\0" * 100, b""]
    assert found.text == HEARD


async def test_a_finished_utterance_is_replayed_a_second_at_a_time() -> None:
    recogniser = Recogniser()
    utterance = finished(3 * SECOND + SECOND[:640])
    async with listening(recogniser) as engine:
        for _ in range(2):
            recogniser.frames.clear()
            await engine.transcribe(utterance, ignore)
            *audio, end = recogniser.frames
            assert audio == [SECOND, SECOND, SECOND, SECOND[:640]]
            assert end == b""


@pytest.mark.parametrize("pcm", [True, False])
async def test_a_text_frame_is_never_sent(*, pcm: bool) -> None:
    recogniser = Recogniser(pcm=pcm)
    async with listening(recogniser) as engine:
        await engine.transcribe(finished(), ignore)
    assert {type(frame) for frame in recogniser.frames} == {bytes}


@pytest.mark.parametrize("pcm", [False, None])
async def test_a_server_that_wants_a_container_gets_one(
    pcm: bool | None, hasty_clock: MockClock
) -> None:
    recogniser = Recogniser(pcm=pcm)
    async with listening(recogniser) as engine:
        found = await engine.transcribe(finished(SECOND), ignore)
    header, audio, end = recogniser.frames
    assert header == b".snd" + struct.pack(">5I", 24, 0xFFFFFFFF, 3, RATE, 1)
    assert isinstance(audio, bytes)
    assert struct.unpack(f">{RATE}h", audio) == struct.unpack(f"<{RATE}h", SECOND)
    assert end == b""
    assert found.text == HEARD


async def test_the_token_and_the_language_reach_the_server() -> None:
    recogniser = Recogniser()
    async with listening(recogniser) as engine:
        await engine.transcribe(finished(), ignore)
    assert recogniser.paths == ["/asr?mode=full&language=en"]
    assert recogniser.headers[0][b"authorization"] == f"Bearer {CANARY}".encode()


@pytest.mark.parametrize(
    ("manner", "kind", "within"),
    [
        ("refuse", Refused, 0.1),
        ("fail", Refused, 0.1),
        ("babble", Unavailable, 0.1),
        ("vanish", Unavailable, 0.1),
        ("late", Unavailable, 8.1),
    ],
)
async def test_each_fault_is_told_in_time(
    manner: str, kind: type[AgentError], within: float, hasty_clock: MockClock
) -> None:
    async with listening(Recogniser(manner=manner)) as engine:
        began = trio.current_time()
        assert type(await failure(engine)) is kind
        assert trio.current_time() - began <= within


async def test_nobody_there_is_unavailable() -> None:
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listener.socket.getsockname()[1]
    await listener.aclose()
    engine = WhisperLiveKit(f"ws://127.0.0.1:{port}", Secret(CANARY), "en")
    error = await failure(engine)
    assert type(error) is Unavailable
    assert "refused" in str(error)


async def test_an_address_is_shown_without_its_secrets() -> None:
    url = f"ws://me:{CANARY}@127.0.0.1:9/asr?token={CANARY}"
    assert "127.0.0.1:9/asr" in str(
        await failure(WhisperLiveKit(url, Secret(CANARY), "en"))
    )


async def _say_nothing(stream: trio.SocketStream) -> None:
    await trio.sleep_forever()


async def _talk_nonsense(stream: trio.SocketStream) -> None:
    await stream.send_all(b"\0\1\2 220 hello\r\n\r\n" * 50)
    await stream.aclose()


async def _hang_up(stream: trio.SocketStream) -> None:
    await stream.aclose()


async def _be_some_website(stream: trio.SocketStream) -> None:
    await stream.receive_some()
    await stream.send_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")


@pytest.mark.parametrize(
    ("peer", "kind"),
    [
        (_say_nothing, Unavailable),
        (_talk_nonsense, Unavailable),
        (_hang_up, Unavailable),
        (_be_some_website, Refused),
    ],
)
async def test_what_speaks_no_websocket_is_given_up(
    peer: Callable[[trio.SocketStream], Awaitable[object]],
    kind: type[AgentError],
    hasty_clock: MockClock,
) -> None:
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listeners[0].socket.getsockname()[1]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, peer, listeners)
        engine = WhisperLiveKit(f"127.0.0.1:{port}", Secret(CANARY), "en")
        with trio.fail_after(7):
            assert type(await failure(engine)) is kind
        nursery.cancel_scope.cancel()


async def test_being_cancelled_is_no_failure(hasty_clock: MockClock) -> None:
    utterance = Recording(turn=1)
    utterance.append(SECOND)
    async with listening(Recogniser()) as engine:
        with trio.move_on_after(3) as interrupted:
            await engine.transcribe(utterance, ignore)
    assert interrupted.cancelled_caught


@pytest.mark.parametrize(
    ("given", "language", "made"),
    [
        ("box:8000", "en", "ws://box:8000/asr?mode=full&language=en"),
        ("http://box:8000/", "auto", "ws://box:8000/asr?mode=full"),
        ("https://box/stt/asr", "de", "wss://box/stt/asr?mode=full&language=de"),
        ("ws://box/asr?language=fr", "en", "ws://box/asr?language=fr&mode=full"),
    ],
)
def test_an_address_is_completed(given: str, language: str, made: str) -> None:
    assert session_url(given, language) == made


@asynccontextmanager
async def serving(server: Serving) -> AsyncIterator[WhisperLiveKit]:
    async with trio.open_nursery() as nursery:
        url = await nursery.start(serve_recogniser, server)
        yield WhisperLiveKit(url, Secret(CANARY), "en")
        nursery.cancel_scope.cancel()


GREETING = '{"type":"config","useAudioWorklet":true,"mode":"full"}'
HALF = '{"lines":[{"speaker":1,"text":" half of"}]}'


async def _settle_early(request: trio_websocket.WebSocketRequest) -> None:
    socket = await request.accept()
    for message in (GREETING, HALF, '{"type":"ready_to_stop"}'):
        await socket.send_message(message)
    with suppress(trio_websocket.ConnectionClosed):
        while True:
            await socket.get_message()


async def _stop_reading(request: trio_websocket.WebSocketRequest) -> None:
    socket = await request.accept()
    await socket.send_message(GREETING)
    await trio.sleep_forever()


async def _be_restarted(request: trio_websocket.WebSocketRequest) -> None:
    await request.reject(502)


@pytest.mark.parametrize("server", [_settle_early, _stop_reading, _be_restarted])
async def test_half_an_utterance_is_never_a_transcript(
    server: Serving, hasty_clock: MockClock
) -> None:
    utterance = Recording(turn=1)
    utterance.append(200 * SECOND)  # more than the network holds while nobody reads

    async def finish_later() -> None:
        await trio.sleep(2)
        utterance.finish()

    async with serving(server) as engine, trio.open_nursery() as nursery:
        nursery.start_soon(finish_later)
        began = trio.current_time()
        with pytest.raises(Unavailable):
            await engine.transcribe(utterance, ignore)
        assert trio.current_time() - began < 10
