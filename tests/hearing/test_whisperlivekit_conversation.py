"""What is said on the wire and when, over streams in memory and in virtual time."""

from collections.abc import Callable
from contextlib import suppress

import msgspec
import pytest
import trio
import trio_websocket
from trio.testing import MockClock

from agent.errors import Unavailable
from agent.hearing.whisperlivekit.connection import telling
from agent.hearing.whisperlivekit.conversation import Conversation, Late
from agent.ports import RATE, Transcript
from agent.utterance import Recording
from tests.standins.in_memory import NOBODY, greeted_by
from tests.standins.recogniser import HEARD, Recogniser, Serving
from tests.standins.recorded import RECORDINGS, SAID, Replay, recorded

SECOND = b"\1\0" * RATE
GREETING = '{"type":"config","useAudioWorklet":true,"mode":"full"}'
READY = '{"type":"ready_to_stop"}'


def finished(seconds: int = 1) -> Recording:
    utterance = Recording(turn=1)
    utterance.append(seconds * SECOND)
    utterance.finish()
    return utterance


def ignore(text: str) -> None:
    """For who is not interested in partial texts."""


async def converse(
    serving: Serving,
    utterance: Recording | None = None,
    finish: str = "auto",
    partial: Callable[[str], None] = ignore,
) -> Transcript:
    with telling(NOBODY):
        async with greeted_by(serving) as session:
            conversation = Conversation(session, finish, partial)
            return await conversation.about(utterance or finished())


def state(text: str) -> str:
    line = {"speaker": 1, "text": text}
    return msgspec.json.encode({"lines": [line]}).decode()


@pytest.mark.parametrize("name", SAID)
async def test_real_sessions_played_back_give_their_texts(
    name: str, autojump_clock: MockClock
) -> None:
    happened = recorded(RECORDINGS / f"{name}.jsonl")
    partials: list[str] = []
    found = await converse(Replay(happened), finished(17), partial=partials.append)
    assert found.text == SAID[name]
    assert partials[-1:] == [SAID[name]][: bool(SAID[name])]


@pytest.mark.parametrize("name", SAID)
async def test_they_may_also_be_played_as_fast_as_they_go(
    name: str, autojump_clock: MockClock
) -> None:
    happened = [
        msgspec.structs.replace(each, t=0.0)
        for each in recorded(RECORDINGS / f"{name}.jsonl")
    ]
    assert (await converse(Replay(happened), finished(4))).text == SAID[name]


class Old:
    """Too old to say what it is: its text follows the sound at a distance of a second,
    and what has not been said at the end is forgotten. *then* is its last message."""

    def __init__(self, *texts: str, then: str | None = READY) -> None:
        self.texts = texts
        self.then = then
        self.silence = 0

    async def __call__(self, request: trio_websocket.WebSocketRequest) -> None:
        socket = await request.accept()
        await socket.send_message('{"type":"session_info","session_id":"1"}')
        with suppress(trio_websocket.ConnectionClosed):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._work, socket)
                while frame := await socket.get_message():
                    self.silence += not any(frame)
                nursery.cancel_scope.cancel()
            if self.then is not None:
                await socket.send_message(self.then)
            await socket.get_message()

    async def _work(self, socket: trio_websocket.WebSocketConnection) -> None:
        for text in self.texts:
            await trio.sleep(0.9)
            await socket.send_message(state(text))


async def test_an_old_server_is_left_time_to_work_everything_out(
    autojump_clock: MockClock,
) -> None:
    server = Old(" Play", " Play some", " Play some jazz.")
    began = trio.current_time()
    found = await converse(server, finished(5))
    assert found.text == "Play some jazz."
    # three times its work, and a second to be sure of it
    assert trio.current_time() - began == pytest.approx(3 * 0.9 + 1, abs=0.2)
    # but for its introduction, silence all that time
    assert server.silence == pytest.approx(10 * (3.7 - 0.5), abs=3)


@pytest.mark.parametrize("then", [None, READY, state(" Play"), state("")])
async def test_what_an_old_server_drops_at_the_end_is_kept(
    then: str | None, autojump_clock: MockClock
) -> None:
    found = await converse(Old(" Play jazz.", then=then), finished(4))
    assert found.text == "Play jazz."


async def test_what_it_corrects_at_the_end_is_taken(autojump_clock: MockClock) -> None:
    server = Old(" Play chess", then=state(" Play jazz."))
    assert (await converse(server, finished(4))).text == "Play jazz."


async def test_one_that_settles_by_itself_is_believed(
    autojump_clock: MockClock,
) -> None:
    async def hurry(request: trio_websocket.WebSocketRequest) -> None:
        socket = await request.accept()
        await socket.send_message(state(""))
        for _ in range(3):  # header, a second of speech, silence
            await socket.get_message()
        for message in (state(" Play jazz."), READY):
            await socket.send_message(message)

    assert (await converse(hurry)).text == "Play jazz."


async def test_an_old_server_that_heard_nothing_says_so(
    autojump_clock: MockClock,
) -> None:
    began = trio.current_time()
    assert (await converse(Old())).text == ""
    assert trio.current_time() - began < 3 + 0.6
    with pytest.raises(Late):
        await converse(Old(then=None))


async def test_a_text_that_never_comes_to_rest_is_late(
    autojump_clock: MockClock,
) -> None:
    began = trio.current_time()
    with pytest.raises(Late):
        await converse(Old(*(f" {n}" for n in range(99))), finished(2))
    assert trio.current_time() - began == pytest.approx(0.5 + 4, abs=0.2)


@pytest.mark.parametrize(
    ("finish", "pcm", "silent"),
    [("eof", None, False), ("quiet", True, True), ("auto", True, False)],
)
async def test_how_to_finish_can_be_told(
    finish: str, pcm: bool | None, silent: bool, autojump_clock: MockClock
) -> None:
    server = Recogniser(pcm=pcm)
    await converse(server, finish=finish)
    assert any(frame and not any(frame) for frame in server.frames) is silent
    assert server.frames[-1] == b""


@pytest.mark.parametrize(("seconds", "patience"), [(1, 3), (5, 10)])
async def test_the_end_may_take_three_seconds_or_twice_the_audio(
    seconds: int, patience: int, autojump_clock: MockClock
) -> None:
    began = trio.current_time()
    with pytest.raises(Late):
        await converse(Recogniser(manner="late"), finished(seconds))
    assert trio.current_time() - began == pytest.approx(patience)


async def _hang(request: trio_websocket.WebSocketRequest) -> None:
    """Like a process that was stopped: once its buffers are full, nothing answers."""
    socket = await request.accept()
    await socket.send_message(GREETING)
    await trio.sleep_forever()


async def test_a_server_that_hangs_is_noticed_while_one_speaks(
    autojump_clock: MockClock,
) -> None:
    speaking = Recording(turn=1)
    speaking.append(2 * SECOND)
    began = trio.current_time()
    with pytest.raises(Unavailable, match="does not answer"):
        await converse(_hang, speaking)
    assert trio.current_time() - began <= 10.5


async def test_one_that_only_thinks_is_waited_for(autojump_clock: MockClock) -> None:
    async def think(request: trio_websocket.WebSocketRequest) -> None:
        socket = await request.accept()
        await socket.send_message(GREETING)
        while await socket.get_message():
            pass
        await trio.sleep(30)
        for message in (state(" At last."), READY):
            await socket.send_message(message)
        await socket.get_message()

    assert (await converse(think, finished(20))).text == "At last."


async def _settle_early(request: trio_websocket.WebSocketRequest) -> None:
    socket = await request.accept()
    for message in (GREETING, state(" half of"), READY):
        await socket.send_message(message)
    await trio.sleep_forever()


async def test_half_an_utterance_is_never_a_transcript(
    autojump_clock: MockClock,
) -> None:
    speaking = Recording(turn=1)
    speaking.append(SECOND)
    with pytest.raises(Unavailable, match="before the end"), trio.fail_after(1):
        await converse(_settle_early, speaking)


async def test_a_flood_is_read_no_faster_than_we_like(
    autojump_clock: MockClock,
) -> None:
    async def flood(request: trio_websocket.WebSocketRequest) -> None:
        socket = await request.accept()
        await socket.send_message(GREETING)
        for _ in range(5_000):
            await socket.send_message('{"type":"pong"}')
        await trio.sleep_forever()

    async with greeted_by(flood) as session:
        began = trio.current_time()
        while session.messages < 5_000:
            await session.news()
        assert trio.current_time() - began == pytest.approx(4, abs=0.5)


async def test_being_cancelled_takes_no_time(autojump_clock: MockClock) -> None:
    speaking = Recording(turn=1)
    speaking.append(SECOND)
    with trio.move_on_after(1) as interrupted:
        await converse(Recogniser(), speaking)
    assert interrupted.cancelled_caught
    assert trio.current_time() == pytest.approx(1)


async def test_the_text_is_told_as_it_grows(autojump_clock: MockClock) -> None:
    speaking = Recording(turn=1)
    speaking.append(SECOND)
    partials: list[str] = []

    def go_on(text: str) -> None:
        partials.append(text)
        if len(partials) < 3:
            speaking.append(SECOND)
        else:
            speaking.finish()

    assert (await converse(Recogniser(), speaking, partial=go_on)).text == HEARD
    assert partials == ["what", "what time", "what time is", HEARD]
