"""Speech over HTTP at a fixed pace, by a process of its own: what a first byte is
measured from must not wait for those who are measured.

Prints its port, and for every answer when its first byte was sent (monotonic, s).
"""

import socket
import sys
import time
from contextlib import suppress
from threading import Event, Thread

PIECE, PAUSE = 1_920, 0.02
"""Bytes at a time, and the seconds between: twice as fast as 24 kHz are heard."""

THINKS = 0.15
"""Seconds from a request to its first byte, as the real one at its best."""

SOUND = (b"\x00\x10" * 60 + b"\x00\xf0" * 60) * 200  # a second of a square wave

_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: audio/mpeg\r\ncontent-length: %d\r\n\r\n"
    % len(SOUND)
)


def main() -> None:
    server = socket.create_server(("127.0.0.1", 0))
    print(server.getsockname()[1], flush=True)
    while True:
        client, _ = server.accept()
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        Thread(target=_serve, args=(client,), daemon=True).start()


def _serve(client: socket.socket) -> None:
    with client, suppress(ConnectionError):  # who has heard enough hangs up
        while _request(client):
            clock = Event()  # that nobody sets
            clock.wait(THINKS)
            client.sendall(_HEAD)
            clock.wait(PAUSE)
            began = time.monotonic()
            for n, at in enumerate(range(0, len(SOUND), PIECE)):
                clock.wait(max(0.0, began + n * PAUSE - time.monotonic()))
                sent = time.monotonic()
                client.sendall(SOUND[at : at + PIECE])
                if not at:
                    print(sent, flush=True)


def _request(client: socket.socket) -> bool:
    """Whether there was another one, read to its end."""
    got = b""
    while b"\r\n\r\n" not in got:
        if not (more := client.recv(65_536)):
            return False
        got += more
    head, _, body = got.partition(b"\r\n\r\n")
    fields = dict(
        line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if line
    )
    left = int(fields.get(b"content-length", b"0")) - len(body)
    while left > 0:
        left -= len(client.recv(left))
    return True


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(0)
