"""One question to a ROUTER of ZeroMQ over a Unix socket, without its library.

To import that takes longer than all the rest of a command, and whoever presses a key to
talk talks already. This is ZMTP 3.0 (https://rfc.zeromq.org/spec/23/) as far as a client
without security needs it; the agent's side is libzmq.
"""

import socket

_GREETING = (
    b"\xff" + bytes(8) + b"\x7f" + b"\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
)
_MORE, _LONG, _COMMAND = 1, 2, 4

LONGEST_REPLY = 1 << 20


def ask(stream: socket.socket, message: bytes) -> bytes:
    """The reply to *message*. Raises `OSError`, and `EOFError` when the other side
    leaves or says what makes no sense."""
    stream.sendall(_GREETING)
    greeting = _exactly(stream, 64)
    if greeting[0] != 0xFF or greeting[10] < 3 or greeting[12:17] != b"NULL\0":
        raise EOFError
    kind = b"\x0bSocket-Type" + (6).to_bytes(4, "big") + b"DEALER"
    stream.sendall(_frame(b"\x05READY" + kind, _COMMAND) + _frame(message))
    while True:
        flags, body = _read(stream)
        if not flags & (_COMMAND | _MORE):
            return body


def _frame(body: bytes, flags: int = 0) -> bytes:
    if len(body) > 255:
        return bytes([flags | _LONG]) + len(body).to_bytes(8, "big") + body
    return bytes([flags, len(body)]) + body


def _read(stream: socket.socket) -> tuple[int, bytes]:
    (flags,) = _exactly(stream, 1)
    size = int.from_bytes(_exactly(stream, 8 if flags & _LONG else 1), "big")
    if size > LONGEST_REPLY:
        raise EOFError
    return flags, _exactly(stream, size)


def _exactly(stream: socket.socket, size: int) -> bytes:
    received = bytearray()
    while len(received) < size:
        if not (more := stream.recv(size - len(received))):
            raise EOFError
        received += more
    return bytes(received)
