"""Against the stand-in, on loopback sockets with a clock that skips the waiting."""

import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import msgspec
import pytest
import trio
import trio_websocket
from trio.testing import MockClock

from agent.config.settings import Secret, Stt
from agent.core.transcript import LONGEST_TEXT
from agent.errors import AgentError, Misconfigured, Refused, Unavailable
from agent.hearing.whisperlivekit import WhisperLiveKit
from agent.hearing.whisperlivekit.peers import session_url
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
        yield WhisperLiveKit(Stt(url=url, token=Secret(CANARY)))
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
    header, audio, *silence, end = recogniser.frames
    assert not any(any(frame) for frame in silence)
    # a moment until it says how old it is; or time for it to work everything out
    assert len(silence) <= 1 if pcm is False else len(silence) >= 10
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
        assert isinstance(await failure(engine), kind)
        assert trio.current_time() - began <= within


async def test_nobody_there_is_unavailable() -> None:
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listener.socket.getsockname()[1]
    await listener.aclose()
    engine = WhisperLiveKit(Stt(url=f"ws://127.0.0.1:{port}", token=Secret(CANARY)))
    error = await failure(engine)
    assert type(error) is Unavailable
    assert "refused" in str(error)


async def test_an_address_is_shown_without_its_secrets() -> None:
    url = f"ws://me:{CANARY}@127.0.0.1:9/asr?token={CANARY}"
    assert "127.0.0.1:9/asr" in str(
        await failure(WhisperLiveKit(Stt(url=url, token=Secret(CANARY))))
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
        engine = WhisperLiveKit(Stt(url=f"127.0.0.1:{port}", token=Secret(CANARY)))
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
        yield WhisperLiveKit(Stt(url=url, token=Secret(CANARY)))
        nursery.cancel_scope.cancel()


GREETING = '{"type":"config","useAudioWorklet":true,"mode":"full"}'


async def _stop_reading(request: trio_websocket.WebSocketRequest) -> None:
    socket = await request.accept()
    await socket.send_message(GREETING)
    await trio.sleep_forever()


async def _be_restarted(request: trio_websocket.WebSocketRequest) -> None:
    await request.reject(502)


@pytest.mark.parametrize("server", [_stop_reading, _be_restarted])
async def test_a_server_that_does_not_take_it_all_is_unavailable(
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


class Hostile:
    """Says *message* again and again, as fast as it is read."""

    def __init__(self, message: str) -> None:
        self.message = message

    async def __call__(self, request: trio_websocket.WebSocketRequest) -> None:
        socket = await request.accept()
        await socket.send_message(GREETING)
        with suppress(trio_websocket.ConnectionClosed):
            while True:
                await socket.send_message(self.message)


def _state(text: str) -> str:
    return msgspec.json.encode({"lines": [{"speaker": 1, "text": text}]}).decode()


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (_state("a" * (LONGEST_TEXT + 1)), Unavailable),
        (_state("a" * (1 << 20)), Unavailable),
        ("[" * 100_000, Unavailable),
        (f'{{"type":"error","error":"Bearer {CANARY}"}}', Refused),
    ],
    ids=["text", "message", "depth", "secret"],
)
async def test_too_much_is_not_taken(message: str, kind: type[AgentError]) -> None:
    async with serving(Hostile(message)) as engine:
        with trio.fail_after(1):
            error = await failure(engine)
    assert type(error) is kind
    assert len(str(error)) < 250


def engine_of(**stt: object) -> WhisperLiveKit:
    return WhisperLiveKit(msgspec.convert(stt, Stt))


SERVERS = {
    "small": {"url": "ws://one:8000"},
    "english": {"url": "ws://two:8000", "languages": ["en"]},
}


def test_the_server_can_be_named() -> None:
    assert engine_of(servers=SERVERS).server == "small"
    assert engine_of(servers=SERVERS, server="english").server == "english"
    engine = engine_of(servers=SERVERS, url="ws://three:8000")
    assert engine.server == ""
    engine.use("english")
    assert engine.server == "english"
    engine.use("")
    assert engine.server == ""


def test_a_name_that_nobody_has_is_answered_with_those_there_are() -> None:
    engine = engine_of(servers=SERVERS)
    for name in ("large", ""):
        with pytest.raises(Misconfigured, match="small, english"):
            engine.use(name)
    assert engine.server == "small"
    with pytest.raises(Misconfigured, match='"large"'):
        engine_of(servers=SERVERS, server="large")
    with pytest.raises(Misconfigured, match=r"stt\.url"):
        engine_of()


@pytest.mark.parametrize(
    ("setting", "server"),
    [
        ("stt.servers.one.url", {"url": "ws://one:port"}),
        ("stt.servers.one.url", {"url": "ws://[::1"}),
        ("stt.servers.one.token", {"url": "ws://one", "token": f"{CANARY}\n"}),
        ("stt.servers.one.token", {"url": "ws://one", "token": f"{CANARY}ä"}),
    ],
)
def test_what_cannot_be_sent_is_told_without_it(
    setting: str, server: dict[str, str]
) -> None:
    servers = {"one": server}
    with pytest.raises(Misconfigured, match=setting) as wrong:
        WhisperLiveKit(msgspec.convert({"servers": servers}, Stt, dec_hook=_secret))
    assert CANARY not in repr(wrong.value)


def _secret(kind: type, value: str) -> object:
    return kind(value)


async def test_a_language_that_the_server_lacks_is_refused() -> None:
    engine = engine_of(servers=SERVERS, server="english", language="de")
    with pytest.raises(Refused, match='"english" does not know "de": it has en'):
        await engine.transcribe(finished(), ignore)


async def test_the_language_is_asked_for_with_each_utterance() -> None:
    recogniser = Recogniser()
    async with listening(recogniser) as engine:
        for language in ("de", "auto"):
            engine.set_language(language)
            await engine.transcribe(finished(), ignore)
        with pytest.raises(Misconfigured, match='"xx"'):
            engine.set_language("xx")
    assert recogniser.paths == ["/asr?mode=full&language=de", "/asr?mode=full"]


async def test_switching_leaves_an_utterance_under_way_where_it_is() -> None:
    one, two = Recogniser(text="this is one"), Recogniser(text="this is two")
    async with trio.open_nursery() as nursery:
        urls = [await nursery.start(serve_recogniser, each) for each in (one, two)]
        servers = {"one": {"url": urls[0]}, "two": {"url": urls[1]}}
        engine = engine_of(servers=servers)
        found = await engine.transcribe(finished(), lambda _: engine.use("two"))
        assert found.text == "this is one"
        found = await engine.transcribe(finished(), ignore)
        assert found.text == "this is two"
        nursery.cancel_scope.cancel()


async def test_the_last_good_transcript_is_remembered(hasty_clock: MockClock) -> None:
    async with listening(Recogniser()) as engine:
        assert engine.silent_for is None
        await engine.transcribe(finished(), ignore)
        await trio.sleep(7)
        assert engine.silent_for == pytest.approx(7, abs=0.5)
