"""Tells a running agent what to do.

A key that is pressed is answered in a few hundredths of a second: so nothing is
imported here but a little of the standard library.
"""

import os
import socket
import sys

from agent.control import zmtp
from agent.control.place import is_private, places
from agent.errors import AgentError, Unavailable, translating

ANSWER_WITHIN = 15.0
ANSWERED_WITHIN = 700.0
"""Seconds of silence after which the agent hangs: it takes 10 for an answer at most,
and as long as a workflow may for that to a question."""

NOT_RUNNING = 3
_UNAVAILABLE = 69

_DONE = b'{"reply":"done","detail":""}'


class NotRunning(Unavailable):
    """Nobody is there to be told anything."""


class Ended(Unavailable):
    """It was there, and left before it had answered."""


def ask(folder: str, line: bytes) -> bytes:
    """The reply, as a line, of the agent that uses the data *folder*, to a command.

    Raises `NotRunning`, or `Unavailable` when the agent does not reply.
    """
    asks = b'"command":"ask"' in line
    within = ANSWERED_WITHIN if asks else ANSWER_WITHIN
    for private, path in places(folder):
        if (reply := call(private, path, line, within)) is not None:
            return reply
    raise NotRunning(
        f"no tonny-agent is running with {folder}. Start one: tonny-agent run"
    )


def call(private: str, path: str, line: bytes, within: float) -> bytes | None:
    """The reply of whoever listens at *path*, in the folder *private*, and is not silent
    for *within* seconds (`Unavailable`); None where nobody listens."""
    if not is_private(private):
        return None
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stream:
        stream.settimeout(within)
        return _converse(stream, line) if _connect(stream, path) else None


def drive(folder: str, line: bytes) -> int:
    """Give the running agent the command in *line* and print what came of it; the
    exit status."""
    try:
        reply = ask(folder, line)
    except AgentError as exc:
        print(f"tonny-agent: {exc}", file=sys.stderr)
        return NOT_RUNNING if isinstance(exc, NotRunning) else _UNAVAILABLE
    if reply.rstrip() == _DONE:
        return 0
    from agent.control.outcome import outcome  # with what it takes to understand more

    return outcome(reply)


def usual_folder() -> str | None:
    """As `agent.config.folders.data_dir`, where that is plain: what it imports takes
    longer than all the rest."""
    if named := os.environ.get("TONNY_DATA_DIR"):
        return named
    home = os.environ.get("HOME", "")
    base = os.environ.get("XDG_DATA_HOME") or f"{home}/.local/share"
    if sys.platform != "linux" or not home or not base.startswith("/"):
        return None
    return f"{base}/tonny-agent"


def _connect(stream: socket.socket, path: str) -> bool:
    """Whether someone listens at *path*; a dead agent leaves a file behind."""
    with translating({OSError: Unavailable}, "tonny-agent does not answer: "):
        try:
            stream.connect(path)
        except (FileNotFoundError, ConnectionRefusedError):
            return False
    return True


def _converse(stream: socket.socket, line: bytes) -> bytes:
    with translating({OSError: Unavailable}, "tonny-agent does not answer: "):
        try:
            return zmtp.ask(stream, line)
        except (EOFError, ConnectionError):
            raise Ended("tonny-agent ended before it had answered") from None
