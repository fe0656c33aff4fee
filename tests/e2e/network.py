"""A cable between the agent and a server on loopback, which can be pulled."""

import trio

_PIECE = 4096


class Cable:
    """Whoever connects to `url` reaches *target*, unless it is pulled: then whatever goes
    through breaks off, and nobody gets through."""

    def __init__(self, target: str) -> None:
        self._target = target.removeprefix("http://").partition(":")
        self._pulled = False
        self._through: set[trio.SocketStream] = set()
        self.url = ""

    async def run(self, *, task_status: trio.TaskStatus[None]) -> None:
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        port = listeners[0].socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        task_status.started()
        await trio.serve_listeners(self._connected, listeners)

    def pull(self) -> None:
        self._pulled = True
        for end in self._through:
            end.socket.close()

    def plug(self) -> None:
        self._pulled = False

    async def _connected(self, near: trio.SocketStream) -> None:
        if self._pulled:
            await trio.aclose_forcefully(near)
            return
        host, _, port = self._target
        far = await trio.open_tcp_stream(host, int(port))
        self._through |= {near, far}
        async with near, far, trio.open_nursery() as nursery:
            nursery.start_soon(self._carry, near, far, nursery.cancel_scope)
            await self._carry(far, near, nursery.cancel_scope)
        self._through -= {near, far}

    async def _carry(
        self,
        source: trio.SocketStream,
        sink: trio.SocketStream,
        either_ended: trio.CancelScope,
    ) -> None:
        try:
            while data := await source.receive_some(_PIECE):
                await sink.send_all(data)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            pass  # it was pulled, or one of them has gone
        either_ended.cancel()
