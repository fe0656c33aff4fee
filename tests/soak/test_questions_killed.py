"""Killed at any moment, while the workflow fails now and then: no question is lost, none
is done twice, and each run's are done in their order. 200 times with ``TONNY_SOAK=1``."""

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec

KILLS = 200 if os.environ.get("TONNY_SOAK") else 6
BATCH = 5
"""Questions that each run asks."""


class Stub(ThreadingHTTPServer):
    """A workflow that does what it is asked once for each key: one time in ten it says
    503, and one time in ten it does it and hangs up without an answer."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.chance = random.Random(4)
        self.lock = threading.Lock()
        self.done: dict[str, str] = {}  # by key, in the order of the effects
        self.repeated = 0


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Stub

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        key = self.headers["idempotency-key"]
        with self.server.lock:
            luck = self.server.chance.random()
            if luck >= 0.1:
                self.server.repeated += key in self.server.done
                text = msgspec.json.decode(body)["text"]
                self.server.done.setdefault(key, text)
        if luck < 0.1:
            self._answer(503, b"{}")
        elif luck < 0.2:
            self.close_connection = True
        else:
            self._answer(200, b'{"text":"Done."}')

    def do_GET(self) -> None:
        self._answer(404, b"{}")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", f"{len(body)}")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Silence."""


@contextmanager
def stub() -> Iterator[Stub]:
    with Stub() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def run(
    folder: Path, server: Stub, first: int, count: int
) -> "subprocess.Popen[bytes]":
    url = f"http://127.0.0.1:{server.server_port}/webhook/tonny"
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "tests.soak.questioner"),
            *(str(folder), url, str(first), str(count)),
        ],
        stdout=subprocess.PIPE,
    )


def test_killed_at_any_moment_no_question_is_lost_or_done_twice(tmp_path: Path) -> None:
    chance = random.Random(7)
    kept: list[str] = []
    pause = threading.Event()
    with stub() as server:
        began = time.monotonic()
        with run(tmp_path, server, 2 * 10**6, 1) as child:
            kept += child.communicate(timeout=1800)[0].decode().split()
        start = time.monotonic() - began  # of a child, on this machine now
        for number in range(KILLS):
            with run(tmp_path, server, number * BATCH, BATCH) as child:
                assert child.stdout is not None
                # Somewhere between its start and the end of its work.
                pause.wait(chance.uniform(0.7 * start, start + 0.7))
                child.kill()
                kept += child.stdout.read().decode().split()
        with run(tmp_path, server, 10**6, 1) as child:
            out, _ = child.communicate(timeout=1800)
    kept += out.decode().split()
    assert kept[-1] == "done"
    kept = [each for each in kept if each != "done"]  # some were done when killed
    done = list(server.done.values())
    assert set(kept) <= set(done)  # what was durable and not yet told may be done, too
    assert len(done) == len(set(done))
    for first in range(0, KILLS * BATCH, BATCH):
        ours = [int(text) for text in done if first <= int(text) < first + BATCH]
        assert ours == sorted(ours)
    assert len(kept) > KILLS / 2  # it was killed in its work
    assert server.repeated > 0  # and not only then
