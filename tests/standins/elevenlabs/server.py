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
