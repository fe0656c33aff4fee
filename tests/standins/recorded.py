"""Sessions of real WhisperLiveKits, recorded, and a server that plays them back.

A recording is lines of JSON: *t* is seconds since the connection, *ev* what happened;
of ``rx``, *msg* is what the server sent, and ``eof`` is the client's empty frame.
Those beside this module are excerpts: what did not change the text is left out.
"""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import trio
import trio_websocket

RECORDINGS = Path(__file__).with_name("recordings")

JAZZ = "Play some relaxing jazz music in the living room."
PORTUGAL = "What is the capital of Portugal?"

SAID = {
    "localagreement": JAZZ,
    "simulstreaming": JAZZ,
    "short": "Stop.",
    "localagreement-diff": f"{JAZZ} {PORTUGAL} turn on the kitchen lights.",
    "diff": f"{JAZZ} {PORTUGAL} Turn on the kitchen lights.",
    "0.2.8": "Play some relaxing jazz music.",
    "ffmpeg-raw": "",
}
"""What each of the excerpts ends with."""


class Happening(msgspec.Struct, frozen=True):
    ev: str | None = None
    t: float = 0.0
    msg: msgspec.Raw = msgspec.Raw()


def recorded(path: Path) -> list[Happening]:
    """What happened in the session at *path*, as far as the server is concerned."""
    rows = path.read_bytes().splitlines()
    happened = [msgspec.json.decode(row, type=Happening) for row in rows]
    return [each for each in happened if each.ev in {"rx", "eof"}]


def messages(path: Path) -> list[bytes]:
    return [bytes(each.msg) for each in recorded(path) if each.ev == "rx"]


class Replay:
    """Plays *happened* to a client in time, its end when the client's has come."""

    def __init__(self, happened: Sequence[Happening]) -> None:
        self._happened = happened

    async def __call__(self, request: trio_websocket.WebSocketRequest) -> None:
        socket = await request.accept()
        ended = trio.Event()
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_listen, socket, ended)
                await self._play(socket, ended)
        except* trio_websocket.ConnectionClosed:
            pass  # the client has what it wanted

    async def _play(
        self, socket: trio_websocket.WebSocketConnection, ended: trio.Event
    ) -> None:
        began = trio.current_time()
        for each in self._happened:
            await trio.sleep_until(began + each.t)
            if each.ev == "rx":
                await socket.send_message(bytes(each.msg).decode())
            else:
                await ended.wait()
                began = max(began, trio.current_time() - each.t)


async def _listen(
    socket: trio_websocket.WebSocketConnection, ended: trio.Event
) -> None:
    while await socket.get_message():
        pass
    ended.set()
    await socket.get_message()
