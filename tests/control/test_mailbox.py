"""A ZeroMQ socket in Trio: nothing is lost, and nobody sleeps for ever."""

import random
import threading
from pathlib import Path

import pytest
import trio
import trio.lowlevel
import zmq

from agent.control.mailbox import open_mailbox

EACH = 400


@pytest.mark.parametrize("most", [1000, 20_000])
async def test_under_stress_every_message_is_answered_once(
    most: int, tmp_path: Path
) -> None:
    """Several clients at once, replies from other tasks than the one that receives, and
    a receiver that is cancelled at random."""
    path, chance = tmp_path / "x.sock", random.Random(7)
    answered: list[list[bytes]] = []

    def talk(name: int) -> None:
        with zmq.Context() as context, context.socket(zmq.DEALER) as client:
            client.linger, client.rcvtimeo = 0, 10_000
            client.sndhwm = client.rcvhwm = 0
            client.connect(f"ipc://{path}")
            for number in range(EACH):
                client.send(f"{name}.{number}".encode())
            answered.append([client.recv() for _ in range(EACH)])

    async with (
        open_mailbox(path, "ROUTER", longest=1000, most=most) as mailbox,
        trio.open_nursery() as nursery,
    ):
        send, receive = trio.open_memory_channel[list[bytes]](10_000)

        async def take_in() -> None:
            while True:
                with trio.move_on_after(chance.random() * 0.003):
                    while True:
                        frames = await mailbox.receive()
                        send.send_nowait(frames)

        async def answer() -> None:
            async for frames in receive:
                while not mailbox.send(frames):  # it takes no more
                    await trio.lowlevel.checkpoint()
                if chance.random() < 0.1:
                    await trio.lowlevel.checkpoint()

        nursery.start_soon(take_in)
        for _ in range(3):
            nursery.start_soon(answer)
        threads = [threading.Thread(target=talk, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        with trio.fail_after(30):
            for thread in threads:
                await trio.to_thread.run_sync(thread.join, abandon_on_cancel=True)
        nursery.cancel_scope.cancel()
    assert len(answered) == 4
    for replies in answered:
        name = replies[0].partition(b".")[0].decode()
        wanted = {f"{name}.{number}".encode() for number in range(EACH)}
        assert {*replies} == wanted
