"""The nodes of ``packaging/n8n`` in a real n8n, message by message."""

import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import trio
import trio_websocket

from tests.live.servers import TOKEN, Ports, Server

WITHIN = 10.0


class Client:
    def __init__(self, socket: trio_websocket.WebSocketConnection) -> None:
        self._socket = socket

    async def send(self, **message: object) -> None:
        await self._socket.send_message(json.dumps(message))

    async def ask(self, id: str, text: str = "hello") -> None:
        await self.send(type="request", id=id, method="ask", data={"text": text})

    async def get(self) -> dict[str, Any]:
        """The next message, out of its signature where it has one."""
        with trio.fail_after(WITHIN):
            message = json.loads(await self._socket.get_message())
        return dict(json.loads(message["body"]) if "body" in message else message)

    async def all(self) -> list[dict[str, Any]]:
        """Up to the end of an answer."""
        found = [await self.get()]
        while found[-1]["type"] != "response":
            found.append(await self.get())
        return found


def url(ports: Ports, path: str = "/ws") -> str:
    return f"ws://127.0.0.1:{ports.socket}{path}"


@asynccontextmanager
async def connected(url: str, token: str = TOKEN) -> AsyncIterator[Client]:
    parts = urlsplit(url)
    # The library's own way leaves the socket open of a connection that is turned away.
    async with (
        await trio.open_tcp_stream("127.0.0.1", parts.port or 0) as stream,
        trio.open_nursery() as nursery,
    ):
        headers = [(b"authorization", f"Bearer {token}".encode())]
        async with await trio_websocket.wrap_client_stream(
            nursery, stream, parts.netloc, parts.path, extra_headers=headers
        ) as socket:
            yield Client(socket)


def kinds(messages: list[dict[str, Any]]) -> list[str]:
    return [message["type"] for message in messages]


async def test_an_answer_comes_in_pieces_with_the_name_of_its_run(
    real_n8n: Server, ports: Ports
) -> None:
    async with connected(url(ports)) as client:
        await client.ask("pieces")
        ack, chunk, response = await client.all()
    assert ack == {"type": "ack", "id": "pieces"}
    assert (chunk["type"], chunk["text"]) == ("chunk", "You said: hello. ")
    assert response["success"] is True
    assert response["data"]["text"] == "And that is all there is to it."
    assert response["data"]["execution_id"] == chunk["execution_id"]


async def test_what_is_asked_twice_is_run_once(real_n8n: Server, ports: Ports) -> None:
    async with connected(url(ports)) as one, connected(url(ports)) as other:
        await one.ask("twice")
        assert kinds([await one.get(), await one.get()]) == ["ack", "chunk"]
        await other.ask("twice")
        joined = await other.all()
        last = await one.get()
        assert kinds(joined) == ["ack", "chunk", "response"]
        assert joined[-1] == last
        await other.ask("twice")
        assert await other.all() == joined


async def test_who_was_cut_off_asks_again_and_misses_nothing(
    real_n8n: Server, ports: Ports
) -> None:
    async with connected(url(ports)) as client:
        await client.ask("cut")
        ack, chunk = await client.get(), await client.get()
    async with connected(url(ports)) as client:
        await client.ask("cut")
        assert (await client.all())[:2] == [ack, chunk]


async def test_what_nobody_waits_for_any_more_is_stopped(
    real_n8n: Server, ports: Ports
) -> None:
    async with connected(url(ports)) as client:
        await client.ask("dropped")
        _, chunk = await client.get(), await client.get()
        await client.send(type="cancel", id="dropped")
        with trio.fail_after(WITHIN):
            while _status(real_n8n, chunk["execution_id"]) != "canceled":  # noqa: ASYNC110 - another process's database
                await trio.sleep(0.1)
        await client.ask("dropped")
        assert kinds(await client.all()) == ["ack", "chunk", "response"]


def _status(server: Server, execution: str) -> str:
    with closing(sqlite3.connect(server.folder / ".n8n" / "database.sqlite")) as db:
        ((status,),) = db.execute(
            "SELECT status FROM execution_entity WHERE id = ?", (execution,)
        )
    return str(status)


async def test_a_failure_is_told_and_not_remembered(
    real_n8n: Server, ports: Ports
) -> None:
    async with connected(f"ws://127.0.0.1:{ports.signed}/ws") as client:
        for _ in range(2):
            await client.ask("failing", "fail")
            *_, response = await client.all()
            assert response["success"] is False
            assert response["error"]


async def test_pings_are_answered_and_nonsense_is_told_off(
    real_n8n: Server, ports: Ports
) -> None:
    async with connected(url(ports)) as client:
        await client.send(type="ping")
        assert await client.get() == {"type": "pong"}
        for nonsense in ({"type": "request"}, {"type": "request", "id": 3}, {}):
            await client.send(**nonsense)
            assert (await client.get())["type"] == "error"


@pytest.mark.parametrize(("path", "status"), [("/ws", 401), ("/elsewhere", 404)])
async def test_strangers_are_turned_away(
    real_n8n: Server, ports: Ports, path: str, status: int
) -> None:
    def says_so(exc: trio_websocket.ConnectionRejected) -> bool:
        return bool(exc.status_code == status)

    rejected = pytest.RaisesExc(trio_websocket.ConnectionRejected, check=says_so)
    with pytest.RaisesGroup(rejected):
        async with connected(url(ports, path), token="wrong"):
            pass


async def test_too_long_a_message_ends_the_connection(
    real_n8n: Server, ports: Ports
) -> None:
    async with connected(url(ports)) as client:
        await client.ask("long", "x" * (1 << 20))
        with pytest.raises(trio_websocket.ConnectionClosed):
            await client.get()
    async with connected(url(ports)) as client:
        await client.send(type="ping")
        assert await client.get() == {"type": "pong"}


async def test_a_workflow_speaks_up_by_itself(real_n8n: Server, ports: Ports) -> None:
    async with connected(url(ports)) as client, httpx.AsyncClient() as http:
        pushed = await http.post(
            f"{real_n8n.url}/webhook/tonny-pushing", json={"text": "Dinner is ready."}
        )
        assert await client.get() == {
            "type": "event",
            "event_type": "say",
            "data": {"text": "Dinner is ready."},
        }
    assert pushed.json()["told"] >= 1
