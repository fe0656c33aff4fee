"""What strangers can cost is bounded, and does not reach the conversation."""

from pathlib import Path

import pytest
import trio
from starlette.types import Receive, Scope, Send

from agent.dashboard import connections
from agent.dashboard.connections import AT_A_TIME, serve
from agent.errors import Unavailable
from tests.dashboard.opened import Opened, opened

GARBAGE = (
    b"",
    b"\0" * 100,
    b"GET / HT",
    b"POST /api/order HTTP/1.1\r\n",
    b"\xff\xfe\n",
)


async def garbage(page: Opened, number: int, until: trio.Event) -> None:
    """Connect again and again, say nonsense, and never read."""
    while not until.is_set():
        try:
            async with await page.connect() as stream:
                await stream.send_all(GARBAGE[number % len(GARBAGE)])
                with trio.move_on_after(0.2):
                    await until.wait()
        except OSError:
            await trio.sleep(0.05)
        except trio.BrokenResourceError:
            pass


async def test_garbage_does_not_hold_up_the_event_loop(tmp_path: Path) -> None:
    """What a turn waits for is the event loop: how late it is with the clients, beside
    how late it is without them."""
    async with opened(tmp_path) as page, trio.open_nursery() as nursery:
        until = trio.Event()
        before = await _lateness()
        for number in range(64):
            nursery.start_soon(garbage, page, number, until)
        await trio.sleep(0.5)
        during = await _lateness()
        until.set()
    assert during < 5 * before + 0.1


async def _lateness() -> float:
    """The median, in seconds, of a hundred short sleeps."""
    found = []
    for _ in range(100):
        began = trio.current_time()
        await trio.sleep(0.005)
        found.append(trio.current_time() - began - 0.005)
    return sorted(found)[50]


async def test_when_strangers_leave_there_is_room_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "REQUEST_WITHIN", 0.5)
    async with opened(tmp_path) as page:
        await page.enter()
        silent = [await page.connect() for _ in range(AT_A_TIME)]
        assert (await page.get("/api/state")).status == 0, "one too many"
        with trio.fail_after(10):
            for stream in silent:  # each is put out, though it never left
                while await stream.receive_some():
                    pass
            while (await page.get("/api/state")).status != 200:  # noqa: ASYNC110
                await trio.sleep(0.05)
        for stream in silent:
            await stream.aclose()


async def test_who_does_not_read_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without that, whoever never reads would hold a place, and the end of Tonny."""
    monkeypatch.setattr(connections, "TAKEN_WITHIN", 0.3)
    ended = trio.Event()

    async def patient(scope: Scope, receive: Receive, send: Send) -> None:
        async with trio.open_nursery() as nursery:
            gone = trio.Event()

            async def watch() -> None:
                while (await receive())["type"] != "http.disconnect":
                    pass
                gone.set()
                nursery.cancel_scope.cancel()

            nursery.start_soon(watch)
            await send({"type": "http.response.start", "status": 200, "headers": []})
            while not gone.is_set():
                await send(
                    {
                        "type": "http.response.body",
                        "body": bytes(1 << 20),
                        "more_body": True,
                    }
                )
        ended.set()

    async with trio.open_nursery() as nursery:
        port = await nursery.start(serve, 0, lambda _: patient)
        stream = await trio.open_tcp_stream("127.0.0.1", port)
        await stream.send_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        with trio.fail_after(10):
            await ended.wait()
        await stream.aclose()
        nursery.cancel_scope.cancel()


async def test_it_ends_at_once_whoever_is_connected(tmp_path: Path) -> None:
    with trio.fail_after(5):
        async with opened(tmp_path) as page:
            await page.enter()
            head = (
                f"GET /api/events HTTP/1.1\r\nHost: 127.0.0.1:{page.port}\r\n"
                f"Cookie: {page.cookie}\r\nX-Tonny-Key: {page.key}\r\n\r\n"
            )
            stream = await page.connect()
            await stream.send_all(head.encode())
            assert (await stream.receive_some()).startswith(b"HTTP/1.1 200")
        await stream.aclose()


async def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    async with opened(tmp_path) as page:
        with pytest.raises(Unavailable, match=rf"{page.port}.*dashboard\.port"):
            await serve(page.port, lambda _: pytest.fail("it was had"))
