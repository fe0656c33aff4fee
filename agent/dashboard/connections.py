"""HTTP/1.1 on loopback, spoken by hypercorn over connections whose cost is bounded:
so many at a time, so long for a request to come, so long for a reply to be taken.

Not hypercorn's own connection: that one waits for ever, shielded, for whoever does not
read, changes to HTTP/2 for whoever asks, and counts nobody.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import h11
import trio
from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.config import Config
from hypercorn.events import Closed, Event, RawData, Updated
from hypercorn.protocol.h11 import H11Protocol
from hypercorn.trio.task_group import TaskGroup
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ConnectionState
from starlette.types import ASGIApp

from agent.errors import Unavailable, translating

logger = logging.getLogger(__name__)

HOST = "127.0.0.1"
AT_A_TIME = 64
REQUEST_WITHIN = 10.0
"""Seconds that a connection may be open without a whole request head."""
TAKEN_WITHIN = 20.0
"""Seconds that a browser may take for what it is sent."""
LINGER = 1.0
"""Seconds for which more is read, and thrown away, after the last reply."""
LONGEST_HEAD = 16 * 1024

_LETTERS = 64 * 1024


async def serve(
    port: int,
    app_on: Callable[[int], ASGIApp],
    *,
    task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve the app that *app_on* makes for the *port* that is open then, which is
    another one where 0 is asked for. Raises `Unavailable` when it cannot be had."""
    taken = f"{HOST}:{port} cannot be listened on (dashboard.port): "
    with translating({OSError: Unavailable}, taken):
        (listener,) = await trio.open_tcp_listeners(port, host=HOST, backlog=AT_A_TIME)
    async with listener:
        actual = int(listener.socket.getsockname()[1])
        room = trio.CapacityLimiter(AT_A_TIME)
        welcome = partial(_welcome, app_on(actual), _settings(), room)
        task_status.started(actual)
        await trio.serve_listeners(welcome, [listener])


def _settings() -> Config:
    settings = Config()
    settings.accesslog = settings.errorlog = None
    settings.include_server_header = False
    settings.h11_max_incomplete_size = LONGEST_HEAD
    return settings


async def _welcome(
    app: ASGIApp,
    settings: Config,
    room: trio.CapacityLimiter,
    stream: trio.SocketStream,
) -> None:
    """Whatever goes wrong is the end of this connection only."""
    try:
        room.acquire_nowait()
    except trio.WouldBlock:
        await trio.aclose_forcefully(stream)
        return
    try:
        await _Connection(app, settings, stream).run()
    except (OSError, trio.BrokenResourceError, trio.ClosedResourceError):
        pass  # it went away
    except Exception:  # a bug in one reply must not end the others
        logger.exception("a connection to the dashboard went wrong")
    finally:
        room.release()
        with trio.CancelScope(shield=True):
            await trio.aclose_forcefully(stream)


class _Http1(H11Protocol):
    """Nothing but requests with a plain body or none: what else HTTP/1.1 can turn into
    is refused before any of it is believed."""

    async def _check_protocol(self, event: h11.Request) -> None:
        """Here hypercorn would change to HTTP/2."""

    async def _create_stream(self, request: h11.Request) -> None:
        names = [name for name, _ in request.headers]
        if (
            request.http_version != b"1.1"
            or {b"upgrade", b"transfer-encoding", b"http2-settings"} & {*names}
            or names.count(b"content-length") > 1
        ):
            await self._send_error_response(400)
            await self.send(Closed())
        else:
            await super()._create_stream(request)


class _Connection:
    """*stream* as hypercorn's protocol wants to see it."""

    def __init__(
        self, app: ASGIApp, settings: Config, stream: trio.SocketStream
    ) -> None:
        self._stream = stream
        self._sending = trio.Lock()
        self._patience = trio.CancelScope()
        self._tasks = TaskGroup()
        self._over = False
        address: Any = stream.socket.getsockname()
        self._protocol = _Http1(
            ASGIWrapper(app),  # type: ignore[arg-type]  # both are the same ASGI
            settings,
            WorkerContext(None),
            self._tasks,
            ConnectionState({}),
            False,
            None,
            (address[0], address[1]),
            self._told,
        )

    async def run(self) -> None:
        """Until the other side goes, or is too slow."""
        async with self._tasks:
            self._patience.deadline = trio.current_time() + REQUEST_WITHIN
            try:
                with self._patience:
                    while more := await self._stream.receive_some(_LETTERS):
                        if not self._over:
                            await self._protocol.handle(RawData(more))
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                pass
            await self._protocol.handle(Closed())

    async def _told(self, event: Event) -> None:
        """What the protocol has for us."""
        match event:
            case RawData(data):
                await self._send(data)
            case Updated(idle):
                # No request is under way: then there is a limit to waiting for one.
                limit = trio.current_time() + REQUEST_WITHIN if idle else float("inf")
                self._patience.deadline = limit
            case Closed():
                await self._bid_farewell()

    async def _bid_farewell(self) -> None:
        """To close with something unread would take back the last reply."""
        self._over = True
        self._patience.deadline = trio.current_time() + LINGER
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            async with self._sending:
                await self._stream.send_eof()

    async def _send(self, data: bytes) -> None:
        async with self._sending:
            try:
                with trio.fail_after(TAKEN_WITHIN):
                    await self._stream.send_all(data)
            except (
                trio.TooSlowError,
                trio.BrokenResourceError,
                trio.ClosedResourceError,
            ):
                await trio.aclose_forcefully(self._stream)
