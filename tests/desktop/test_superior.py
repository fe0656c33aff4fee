"""What a service manager is told, on both kinds of sockets that it may have."""

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.desktop.superior import Superior, called

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="systemd's protocol")


@pytest.fixture(params=["path", "abstract"])
def heard(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[tuple[str, socket.socket]]:
    name = f"@tonny-{os.getpid()}" if request.param == "abstract" else f"{tmp_path}/n"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as stream:
        stream.bind(name.replace("@", "\0", 1))
        stream.settimeout(5)
        yield name, stream


def test_it_is_told_line_by_line(heard: tuple[str, socket.socket]) -> None:
    address, stream = heard
    Superior(address).tell(READY=1, STATUS="two\nlines  of it: ünïcode")
    assert stream.recv(999).decode() == "READY=1\nSTATUS=two lines of it: ünïcode"


def test_nobody_there_is_nothing_to_worry_about(tmp_path: Path) -> None:
    Superior(f"{tmp_path}/nobody").tell(READY=1)
    Superior("@nobody-at-all").tell(READY=1)
    Superior(f"{tmp_path}/{'x' * 200}").tell(READY=1)


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, None),
        ({"NOTIFY_SOCKET": "vsock:2:1234"}, None),
        ({"NOTIFY_SOCKET": "/run/n"}, Superior("/run/n")),
        ({"NOTIFY_SOCKET": "@n", "WATCHDOG_USEC": "30000000"}, Superior("@n", 30.0)),
        ({"NOTIFY_SOCKET": "@n", "WATCHDOG_USEC": "often"}, Superior("@n")),
        ({"NOTIFY_SOCKET": "@n", "WATCHDOG_USEC": "0"}, Superior("@n")),
    ],
)
def test_what_the_environment_says(
    environ: dict[str, str], expected: Superior | None
) -> None:
    assert called(environ) == expected
    assert environ == {}, "our children would answer for us"


@pytest.mark.parametrize(
    ("pid", "every"), [(os.getpid(), 2.0), (os.getppid(), 2.0), (1 << 22, None)]
)
def test_a_watchdog_for_another_process_is_not_ours(
    pid: int, every: float | None
) -> None:
    environ = {
        "NOTIFY_SOCKET": "/run/n",
        "WATCHDOG_USEC": "2000000",
        "WATCHDOG_PID": str(pid),
    }
    assert called(environ) == Superior("/run/n", every)
