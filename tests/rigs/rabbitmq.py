"""A private RabbitMQ, Debian's own, as a child of the tests: its own node, ports and
folders, and no service of the machine's."""

import logging
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import pika
import pytest
from pika.exceptions import AMQPError

PROGRAMS = Path("/usr/lib/rabbitmq/bin")
"""Debian's wrappers in the path want to be root, and to speak to the service."""

STARTED_WITHIN = 60.0

# It is knocked at until it starts, and each time would be ten lines.
logging.getLogger("pika").setLevel(logging.CRITICAL)


def skip_without_rabbitmq() -> None:
    missing = [name for name in ("epmd", "erl") if shutil.which(name) is None]
    if not (PROGRAMS / "rabbitmq-server").exists():
        missing.append("rabbitmq-server")
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")


class RabbitMQ:
    """From `start` to `stop`; what it has on disk stays until the end of the block."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="rabbit-"))
        self.port, *others = _free_ports(3)
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}/"
        self._names = {
            "HOME": str(self._folder),
            "LC_ALL": "C.UTF-8",
            "RABBITMQ_NODENAME": f"tonny{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(others[0]),
            "ERL_EPMD_PORT": str(others[1]),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_MNESIA_BASE": str(self._folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self._folder / "log"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_CONFIG_FILE": str(self._folder / "rabbitmq"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._folder / "plugins"),
        }
        (self._folder / "plugins").write_text("[].\n")
        # A disk that is nearly full, or a machine of little memory, is no matter here.
        (self._folder / "rabbitmq.conf").write_text("disk_free_limit.absolute = 1MB\n")
        self._log = self._folder / "server.log"
        self._names_daemon: subprocess.Popen[bytes] | None = None
        self._server: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        port = self._names["ERL_EPMD_PORT"]
        self._names_daemon = subprocess.Popen(
            ["epmd", "-port", port],
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()
        if self._names_daemon is not None:
            self._names_daemon.kill()
            self._names_daemon.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self) -> None:
        """Return once it takes connections."""
        with self._log.open("ab") as log:
            self._server = subprocess.Popen(
                [PROGRAMS / "rabbitmq-server"],
                cwd=self._folder,  # where it dumps what it dies of
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        pause = threading.Event()
        for _ in range(round(STARTED_WITHIN / 0.1)):
            with suppress(AMQPError):
                pika.BlockingConnection(pika.URLParameters(self.url)).close()
                return
            if self._server.poll() is not None:
                break
            pause.wait(0.1)
        self.kill()
        pytest.fail(f"RabbitMQ did not start: {self._log.read_text()[-2000:]}")

    def kill(self) -> None:
        """As a power failure would."""
        if self._server is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._server.pid, signal.SIGKILL)
            self._server.wait()
            self._server = None

    def control(self, *arguments: str) -> str:
        """What ``rabbitmqctl`` says."""
        return subprocess.run(
            [PROGRAMS / "rabbitmqctl", *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    @property
    def _environment(self) -> dict[str, str]:
        return {**os.environ, **self._names}


def _free_ports(number: int) -> list[int]:
    sockets = [socket.socket() for _ in range(number)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
