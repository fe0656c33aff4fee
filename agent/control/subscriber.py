"""Follows the feed of a running agent, outside of any event loop."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import zmq

_MOST = 1000


class Subscription:
    """`next` gives what comes: JSON of an entry."""

    def __init__(
        self, socket: "zmq.Socket[bytes]", monitor: "zmq.Socket[bytes]"
    ) -> None:
        self._socket = socket
        self._monitor = monitor

    def next(self, within: float) -> bytes | None:
        """The next one; None if none comes *within* so many seconds. Raises `EOFError`
        when the agent has ended."""
        if self._socket.poll(round(1000 * within)):
            return self._socket.recv_multipart()[-1]
        while self._monitor.poll(0):
            from zmq.utils.monitor import recv_monitor_message

            if recv_monitor_message(self._monitor)["event"] == zmq.EVENT_DISCONNECTED:
                raise EOFError
        return None


@contextmanager
def subscribed(endpoint: str, topics: Sequence[str]) -> Iterator[Subscription]:
    """To *topics*, each of which stands for all that begin with it."""
    with zmq.Context() as context, context.socket(zmq.SUB) as socket:
        socket.linger, socket.rcvhwm = 0, _MOST
        monitor = socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        for topic in topics:
            socket.subscribe(topic)
        socket.connect(endpoint)
        try:
            yield Subscription(socket, monitor)
        finally:
            socket.disable_monitor()
