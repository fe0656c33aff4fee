"""A stand-in for ElevenLabs: HTTP and WebSockets on one loopback port.

It keeps to the facts of the real one as far as they are known; the official SDK and the
official description of the API are its judges (see tests/contract).
"""

from functools import partial

import trio

from tests.standins.elevenlabs.account import Account
from tests.standins.elevenlabs.http import answer
from tests.standins.elevenlabs.sockets import accept
from tests.standins.web import serve_web


async def serve_elevenlabs(
    account: Account,
    *,
    port: int = 0,
    task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED,
) -> None:
    """On a loopback port (0: a free one), until cancelled; reports
    ``http://127.0.0.1:PORT``."""
    await serve_web(
        partial(answer, account),
        partial(accept, account),
        port=port,
        task_status=task_status,
    )


class Server:
    """One in *nursery* that goes, and comes back at its old address."""

    def __init__(self, account: Account, nursery: trio.Nursery) -> None:
        self.account = account
        self.url = ""
        self._nursery = nursery
        self._scope = trio.CancelScope()

    async def come(self) -> None:
        self._scope = trio.CancelScope()
        port = int(self.url.rpartition(":")[2] or 0)
        self.url = await self._nursery.start(self._serve, port)

    def go(self) -> None:
        self._scope.cancel()

    async def _serve(self, port: int, *, task_status: trio.TaskStatus[str]) -> None:
        with self._scope:
            await serve_elevenlabs(self.account, port=port, task_status=task_status)
