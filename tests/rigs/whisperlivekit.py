"""The real WhisperLiveKit server as a child process of a test."""

import os
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
import trio

ROOT = Path(__file__).parents[2]
UP_WITHIN = 60.0
PEER = "TONNY_WLK_PYTHON"

needs_peer = pytest.mark.skipif(
    not os.environ.get(PEER), reason=f"{PEER} names no Python that has whisperlivekit"
)


@asynccontextmanager
async def running(
    model: Path, *flags: str, port: int = 0, path: str | None = None
) -> AsyncIterator[tuple[str, trio.Process]]:
    """Its address and its process, once it listens; for tests marked `needs_peer`.

    *model* is the folder of Moonshine tiny, *flags* are those of
    ``whisperlivekit-server``; *path* is its PATH, where that should not be ours.
    """
    port = port or free_port()
    where = ["--host", "127.0.0.1", "--port", str(port), "--warmup-file", ""]
    server = [os.environ[PEER], "-m", "tests.rigs.whisperlivekit_server"]
    command = [*server, model, *where, *flags]
    start = partial(
        trio.run_process,
        command,
        cwd=ROOT,
        env=os.environ if path is None else {**os.environ, "PATH": path},
        check=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    async with trio.open_nursery() as nursery:
        process: trio.Process = await nursery.start(start)
        assert process.stderr is not None
        with trio.fail_after(UP_WITHIN):
            await _read_until(b"Uvicorn running on", process.stderr)
        nursery.start_soon(_read_until, None, process.stderr)
        scheme = "wss" if "--ssl-certfile" in flags else "ws"
        yield f"{scheme}://127.0.0.1:{port}", process
        nursery.cancel_scope.cancel()


async def _read_until(news: bytes | None, log: trio.abc.ReceiveStream) -> None:
    """Read *log* until it says *news*, or to its end."""
    said = b""
    async for line in log:
        said = (said + line)[-10_000:]
        if news is not None and news in said:
            return
    assert news is None, f"it did not start: {said.decode()}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
