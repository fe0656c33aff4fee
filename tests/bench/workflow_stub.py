"""A workflow that answers at once, in a process of its own: prints its port.

``python -m tests.bench.workflow_stub``; the monotonic time at which each request was
read is told by a GET of ``/times``, in the order of their texts' numbers.
"""

import socket
import threading
import time

ANSWER = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 13\r\n\r\n"
    b'{"text":"OK"}'
)


def converse(stream: socket.socket, times: list[float]) -> None:
    waiting = b""
    while chunk := stream.recv(65536):
        waiting += chunk
        while (whole := _request(waiting)) is not None:
            if waiting.startswith(b"GET"):
                told = ",".join(map(str, times)).encode()
                times.clear()
                head = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(told)
                stream.sendall(head + told)
            else:
                times.append(time.monotonic())
                stream.sendall(ANSWER)
            waiting = waiting[whole:]


def _request(data: bytes) -> int | None:
    """The length of the first request in *data*, if all of it is there."""
    head = data.find(b"\r\n\r\n")
    if head < 0:
        return None
    length = 0
    for line in data[:head].lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    whole = head + 4 + length
    return whole if len(data) >= whole else None


def main() -> None:
    times: list[float] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        print(server.getsockname()[1], flush=True)
        while True:
            stream, _ = server.accept()
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=converse, args=(stream, times), daemon=True).start()


if __name__ == "__main__":
    main()
