"""Strangers who connect to sockets of an agent and speak something else."""

import os
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress

CROWD = 64
"""On each socket, at a time."""


class Crowd:
    """How often any of them has *connected*."""

    connected = 0


@contextmanager
def pestered(paths: Iterable[object]) -> Iterator[Crowd]:
    """A crowd on each of *paths*, which leaves and comes again four times a second."""
    stop, crowd = threading.Event(), Crowd()

    def pester(path: str) -> None:
        while not stop.wait(0.05):
            with ExitStack() as stack:
                for _ in range(CROWD):
                    stream = stack.enter_context(socket.socket(socket.AF_UNIX))
                    with suppress(OSError):  # turned away, or there is nobody any more
                        stream.connect(path)
                        crowd.connected += 1
                        stream.send(os.urandom(200))
                stop.wait(0.2)

    threads = [threading.Thread(target=pester, args=(str(path),)) for path in paths]
    for thread in threads:
        thread.start()
    try:
        yield crowd
    finally:
        stop.set()
        for thread in threads:
            thread.join()
