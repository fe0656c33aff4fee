"""A stand-in for a model: the part of OpenAI's API that n8n's agent needs."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PIECES = ("It is ", "five. ", "Or ", "six, perhaps.")
PAUSE = 0.4
"""Seconds between two pieces."""


class Model:
    """What it was *asked*: each time all the messages."""

    def __init__(self) -> None:
        self.asked: list[list[dict[str, Any]]] = []


@contextmanager
def model(port: int) -> Iterator[Model]:
    """Says its pieces, whatever it is asked."""
    playing = Model()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            playing.asked.append(json.loads(self.rfile.read(length))["messages"])
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            pause = threading.Event()
            for piece in PIECES:
                self._send({"content": piece})
                pause.wait(PAUSE)
            self._send({}, "stop")
            self.wfile.write(b"data: [DONE]\n\n")

        def _send(self, delta: dict[str, str], reason: str | None = None) -> None:
            choice = {"index": 0, "delta": delta, "finish_reason": reason}
            chunk = {
                "id": "chat-1",
                "object": "chat.completion.chunk",
                "created": 0,
                "model": "stand-in",
                "choices": [choice],
            }
            self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield playing
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
