"""What happens, to whoever subscribes."""

import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio
import trio.lowlevel
import zmq

from agent.control.feed import tell
from agent.events import Event, Heard, Replied, SpeechStarted
from agent.hub import Hub
from agent.wire import topics
from tests.control.pestering import CROWD, pestered

HEARD = Heard(1, "hi", "typist")


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that everyone may look into."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@asynccontextmanager
async def told(path: Path) -> AsyncIterator[Hub]:
    hub = Hub("s", lambda: 1.5)
    async with trio.open_nursery() as nursery:
        await nursery.start(tell, path, hub)
        yield hub
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def subscribed(
    path: Path, hub: Hub, to: bytes
) -> AsyncIterator[zmq.Socket[bytes]]:
    """Someone who is known to have subscribed."""
    with zmq.Context() as context, context.socket(zmq.SUB) as reader:
        reader.linger = 0
        reader.connect(f"ipc://{path}")
        for each in (to, b"life.measured"):
            reader.subscribe(each)
        from agent.events import Measured

        while not reader.poll(0):
            hub.publish(Measured("n", 1))
            await trio.sleep(0.01)
        while reader.poll(20):
            reader.recv_multipart()
        reader.unsubscribe(b"life.measured")
        await trio.sleep(0.05)
        yield reader


async def test_whoever_subscribes_gets_what_they_want(tmp_path: Path) -> None:
    path = tmp_path / "x.feed"
    async with told(path) as hub, subscribed(path, hub, b"hearing") as reader:
        events: list[Event] = [Replied(1, "no", "n8n"), SpeechStarted(2), HEARD]
        for event in events:
            hub.publish(event)
        await trio.sleep(0.1)
        found = []
        while reader.poll(0):
            found.append(reader.recv_multipart())
    assert [topic for topic, _ in found] == [
        b"hearing.speech_started",
        b"hearing.heard",
    ]
    entry = json.loads(found[1][1])
    assert (entry["at"], entry["session"]) == (1.5, "s")
    assert entry["event"]["text"] == "hi"


async def test_who_does_not_read_misses_some_and_holds_up_nobody(
    tmp_path: Path,
) -> None:
    path = tmp_path / "x.feed"
    async with (
        told(path) as hub,
        subscribed(path, hub, b"thinking"),
        subscribed(path, hub, b"hearing") as reader,
    ):
        large = Replied(1, "x" * 50_000, "n8n")
        for _ in range(4000):
            hub.publish(large)
            await trio.lowlevel.checkpoint()
        hub.publish(HEARD)
        with trio.fail_after(5):
            while not reader.poll(0):  # noqa: ASYNC110 # libzmq has threads of its own
                await trio.sleep(0.01)
        assert reader.recv_multipart()[0] == b"hearing.heard"


async def test_those_who_speak_something_else_cost_a_subscriber_nothing(
    tmp_path: Path,
) -> None:
    path, number = tmp_path / "x.feed", 300
    async with told(path) as hub, subscribed(path, hub, b"thinking") as reader:
        with pestered([path]) as crowd:
            found: list[int] = []
            for turn in range(number):
                hub.publish(Replied(turn, "no", "n8n"))
                await trio.sleep(0.005)
                while reader.poll(0):
                    entry = json.loads(reader.recv_multipart()[1])
                    found.append(entry["event"]["turn"])
            with trio.fail_after(5):
                while len(found) < number:
                    await trio.sleep(0.01)
                    while reader.poll(0):
                        entry = json.loads(reader.recv_multipart()[1])
                        found.append(entry["event"]["turn"])
    assert found == [*range(number)]
    assert crowd.connected > 2 * CROWD


def test_every_event_has_a_topic() -> None:
    found = topics()
    assert "hearing.heard" in found
    assert "life.session_started" in found
    assert len(found) == len({*found}) > 30


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be someone else")
async def test_another_user_hears_nothing_even_where_files_would_let_them_in(
    public: Path,
) -> None:
    program = (
        "import os, sys, zmq\n"
        "os.setuid(int(sys.argv[2]))\n"
        "s = zmq.Context().socket(zmq.SUB)\n"
        "s.linger, s.rcvtimeo = 0, 1500\n"
        "s.subscribe(b'')\n"
        "s.connect('ipc://' + sys.argv[1])\n"
        "try: print(s.recv_multipart()[0].decode())\n"
        "except zmq.Again: print('nothing')\n"
    )
    path, heard = public / "x.feed", {}
    async with told(path) as hub, trio.open_nursery() as nursery:
        path.chmod(0o666)

        async def chat() -> None:
            while True:
                hub.publish(HEARD)
                await trio.sleep(0.02)

        async def listen(user: str) -> None:
            command = [sys.executable, "-c", program, str(path), user]
            done = await trio.run_process(command, capture_stdout=True)
            heard[user] = done.stdout.decode().strip()

        nursery.start_soon(chat)
        async with trio.open_nursery() as listeners:
            for user in ("0", "65534"):
                listeners.start_soon(listen, user)
        nursery.cancel_scope.cancel()
    assert heard == {"0": "hearing.heard", "65534": "nothing"}
