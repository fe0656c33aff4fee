"""Against a server of real WebSockets on loopback."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
import trio
import trio_websocket

from agent.commands import Command, Listen, Say, Unknown
from agent.config.settings import Secret, Workflow
from agent.core.signature import sign
from agent.errors import AgentError, Refused, Unavailable
from agent.ports import Part, Question
from agent.thinking import connection
from agent.thinking.asking import AskingMind
from agent.thinking.websocket import open_websocket
from tests.fakes import Remembering

QUESTION = Question(id="q-1", turn=1, session="s", text="hello", asked_at=1.0)


class Talk:
    """The server's end of a connection."""

    def __init__(self, socket: trio_websocket.WebSocketConnection) -> None:
        self._socket = socket

    async def asked(self) -> dict[str, Any]:
        return dict(msgspec.json.decode(await self._socket.get_message()))

    async def say(self, **message: object) -> None:
        await self._socket.send_message(msgspec.json.encode(message).decode())

    async def hang_up(self) -> None:
        await self._socket.aclose()


Part_ = Callable[[Talk], Awaitable[None]]


class Server:
    """Plays one of *parts* for each connection, the last one for all that follow."""

    def __init__(self, *parts: Part_, token: str = "") -> None:
        self.parts = list(parts)
        self.token = token
        self.connections = 0

    async def serve(
        self, *, task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED
    ) -> None:
        async with trio.open_nursery() as nursery:
            server = await nursery.start(
                trio_websocket.serve_websocket, self._greet, "127.0.0.1", 0, None
            )
            task_status.started(f"ws://127.0.0.1:{server.port}/ws")

    async def _greet(self, request: trio_websocket.WebSocketRequest) -> None:
        if self.token and (b"authorization", f"Bearer {self.token}".encode()) not in (
            request.headers
        ):
            await request.reject(401)
            return
        part = self.parts[min(self.connections, len(self.parts) - 1)]
        self.connections += 1
        socket = await request.accept()
        try:
            await part(Talk(socket))
        except trio_websocket.ConnectionClosed:
            return


@asynccontextmanager
async def connected(
    server: Server,
    settings: Workflow | None = None,
    pushed: Callable[[Command | Unknown], None] = lambda _command: None,
) -> AsyncIterator[AskingMind]:
    async with trio.open_nursery() as nursery:
        url = await nursery.start(server.serve)
        settings = msgspec.structs.replace(settings or Workflow(), websocket_url=url)
        async with open_websocket(settings, Remembering(), pushed) as mind:
            yield mind
        nursery.cancel_scope.cancel()


async def answer(mind: AskingMind, question: Question = QUESTION) -> list[Part]:
    async with mind.answer(question) as parts:
        return [part async for part in parts]


async def failure(mind: AskingMind) -> AgentError:
    with pytest.raises(AgentError) as failed:
        await answer(mind)
    return failed.value


async def helpful(talk: Talk) -> None:
    while True:
        asked = await talk.asked()
        if asked["type"] != "request":
            continue
        await talk.say(type="ack", id=asked["id"])
        await talk.say(type="chunk", id=asked["id"], text="You said ")
        text = asked["data"]["text"]
        await talk.say(type="chunk", id=asked["id"], text=f"{text}.")
        whole = {"text": f"You said {text}.", "commands": ["listen"]}
        await talk.say(type="response", id=asked["id"], success=True, data=whole)


async def test_an_answer_comes_in_pieces_and_is_not_said_twice() -> None:
    async with connected(Server(helpful)) as mind:
        assert await answer(mind) == ["You said ", "hello.", Listen()]


async def test_the_envelopes_of_the_earlier_service_are_understood() -> None:
    async def earlier(talk: Talk) -> None:
        asked = await talk.asked()
        assert set(asked) >= {"type", "id", "method", "data"}
        await talk.say(
            type="response",
            id=asked["id"],
            success=True,
            data={"response": "As before."},
            error=None,
        )
        await talk.asked()

    async with connected(Server(earlier)) as mind:
        assert await answer(mind) == ["As before."]


async def test_a_workflow_that_fails_is_not_asked_again() -> None:
    async def failing(talk: Talk) -> None:
        asked = await talk.asked()
        await talk.say(type="response", id=asked["id"], success=False, error="no model")
        await talk.asked()

    async with connected(Server(failing)) as mind:
        error = await failure(mind)
    assert isinstance(error, Refused)
    assert "no model" in str(error)


async def test_one_that_goes_away_is_connected_again() -> None:
    async def rude(talk: Talk) -> None:
        await talk.asked()
        await talk.hang_up()

    server = Server(rude, helpful)
    async with connected(server) as mind:
        error = await failure(mind)
        assert isinstance(error, Unavailable)
        assert error.unsure  # nobody knows whether it was done
        with trio.fail_after(5):
            while True:
                try:
                    assert await answer(mind) == ["You said ", "hello.", Listen()]
                except Unavailable:
                    await trio.sleep(0.05)
                else:
                    break
    assert server.connections == 2


async def test_what_others_would_have_acknowledged_was_not_done() -> None:
    async def busy(talk: Talk) -> None:
        asked = await talk.asked()
        await talk.say(type="ack", id=asked["id"])
        await talk.say(type="response", id=asked["id"], success=True, data="Fine.")
        await talk.asked()
        await talk.hang_up()

    async with connected(Server(busy)) as mind:
        assert await answer(mind) == ["Fine."]
        error = await failure(mind)
    assert isinstance(error, Unavailable)
    assert not error.unsure


async def test_who_is_not_let_in_is_told_why() -> None:
    async with connected(
        Server(helpful, token="right"), Workflow(token=Secret("wrong"))
    ) as mind:
        error = await failure(mind)
    assert isinstance(error, Unavailable)
    assert "401" in str(error)
    assert "workflow.token" in str(error)
    assert "wrong" not in str(error)
    async with connected(
        Server(helpful, token="right"), Workflow(token=Secret("right"))
    ) as mind:
        assert await answer(mind)


async def test_the_token_of_a_webhook_will_do() -> None:
    settings = Workflow(token=Secret("right"), header="X-Tonny-Token")
    async with connected(Server(helpful, token="right"), settings) as mind:
        assert await answer(mind)


async def test_an_answer_without_end_is_refused() -> None:
    async def endless(talk: Talk) -> None:
        asked = await talk.asked()
        while True:
            await talk.say(type="chunk", id=asked["id"], text="on " * 100_000)

    async with connected(Server(endless)) as mind:
        assert "longer" in str(await failure(mind))


async def test_nobody_there_is_unavailable_at_once() -> None:
    settings = Workflow(websocket_url="ws://127.0.0.1:9/ws")
    async with open_websocket(settings, Remembering(), lambda _command: None) as mind:
        assert isinstance(await failure(mind), Unavailable)


async def test_a_server_that_never_shakes_hands_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As n8n's own port 5678."""
    monkeypatch.setattr(connection, "OPEN_WITHIN", 0.2)
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listener.socket.getsockname()[1]
    settings = Workflow(websocket_url=f"ws://127.0.0.1:{port}/ws")
    opened = open_websocket(settings, Remembering(), lambda _command: None)
    async with listener, opened as mind:
        with trio.fail_after(5):
            assert "does not answer" in str(await failure(mind))


async def test_whoever_interrupts_says_so() -> None:
    told: list[dict[str, Any]] = []
    heard = trio.Event()

    async def endless(talk: Talk) -> None:
        asked = await talk.asked()
        await talk.say(type="chunk", id=asked["id"], text="On ")
        told.append(await talk.asked())
        heard.set()

    async with connected(Server(endless)) as mind:
        async with mind.answer(QUESTION) as parts:
            await parts.receive()
        with trio.fail_after(5):
            await heard.wait()
    assert told == [{"type": "cancel", "id": "q-1"}]


class Listener:
    """Whoever is told what a workflow wants by itself."""

    def __init__(self) -> None:
        self.wanted: list[Command | Unknown] = []
        self.news = trio.Event()

    def __call__(self, command: Command | Unknown) -> None:
        self.wanted.append(command)
        self.news.set()


async def test_a_workflow_may_speak_up_by_itself() -> None:
    async def pushing(talk: Talk) -> None:
        await talk.say(type="event", event_type="dance", data={})
        await talk.say(
            type="event", event_type="say", data={"text": "The tea is ready."}
        )
        await talk.asked()

    listener = Listener()
    async with connected(Server(pushing), pushed=listener):
        with trio.fail_after(5):
            while len(listener.wanted) < 2:
                await listener.news.wait()
                listener.news = trio.Event()
    unknown, say = listener.wanted
    assert isinstance(unknown, Unknown)
    assert say == Say("The tea is ready.")


def signed(secret: str, id: str, **message: object) -> dict[str, object]:
    body, now = msgspec.json.encode(message), int(time.time())
    return {
        "type": "signed",
        "headers": {
            "Webhook-Id": id,
            "webhook-timestamp": f"{now}",
            "webhook-signature": sign(secret, id, now, body),
        },
        "body": body.decode(),
    }


async def test_only_what_is_signed_is_believed_where_that_is_wanted() -> None:
    def event(text: str) -> dict[str, object]:
        return {"type": "event", "event_type": "say", "data": {"text": text}}

    async def pushing(talk: Talk) -> None:
        await talk.say(**event("Anyone."))
        await talk.say(**signed("other", "m1", **event("Someone else.")))
        await talk.say(**signed("secret", "m1", **event("Me.")))
        await talk.say(**signed("secret", "m1", **event("Me, once more.")))
        await talk.say(**signed("secret", "m2", **event("Me again.")))
        await talk.asked()

    listener = Listener()
    settings = Workflow(secret=Secret("secret"), verify=True)
    async with connected(Server(pushing), settings, listener):
        with trio.fail_after(5):
            while len(listener.wanted) < 2:
                await listener.news.wait()
                listener.news = trio.Event()
    assert listener.wanted == [Say("Me."), Say("Me again.")]


async def test_nonsense_is_ignored() -> None:
    async def babbling(talk: Talk) -> None:
        await talk.say(type="hello", server="n8n")
        await talk._socket.send_message("{" * 1000)
        await talk._socket.send_message(b"\xff\xfe")
        await talk.say(type="response", id="someone else's", data="No.")
        await helpful(talk)

    async with connected(Server(babbling)) as mind:
        assert await answer(mind) == ["You said ", "hello.", Listen()]


@pytest.mark.parametrize(
    ("chunks", "whole", "said"),
    [
        (["You said hello."], "You said hello.", "You said hello."),
        (["You said ", "hello. "], "You said hello.", "You said hello. "),
        (["One. "], "One. Two.", "One.  Two."),
        (["One."], "Two.", "One. Two."),
        (["One. ", "Two. "], "Two.", "One. Two. "),
        ([], "All of it.", "All of it."),
    ],
)
async def test_nothing_is_said_twice_and_nothing_is_left_out(
    chunks: list[str], whole: str, said: str
) -> None:
    async def speaking(talk: Talk) -> None:
        asked = await talk.asked()
        for chunk in chunks:
            await talk.say(type="chunk", id=asked["id"], text=chunk)
        await talk.say(type="response", id=asked["id"], success=True, data=whole)
        await talk.asked()

    async with connected(Server(speaking)) as mind:
        parts = await answer(mind)
    assert "".join(part for part in parts if isinstance(part, str)) == said
