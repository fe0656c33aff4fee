"""Tells a running agent what to do, and `tonny-agent ptt` without the command line.

A key that is pressed is answered in a few hundredths of a second: so nothing is
imported here but a little of the standard library.
"""

import os
import socket
import sys
from contextlib import suppress

from agent.control.place import is_private, places
from agent.errors import AgentError, Unavailable, translating

ANSWER_WITHIN = 15.0
"""Seconds of silence after which the agent hangs: it takes 10 for an answer at most."""

LONGEST_REPLY = 1 << 20

NOT_RUNNING = 3
_UNAVAILABLE = 69

_DONE = b'{"reply":"done","detail":""}'
_ACTIONS = ("press", "release", "toggle")


class NotRunning(Unavailable):
    """Nobody is there to be told anything."""


def ask(folder: str, line: bytes) -> bytes:
    """The reply, as a line, of the agent that uses the data *folder*, to a command.

    Raises `NotRunning`, or `Unavailable` when the agent does not reply.
    """
    for private, path in places(folder):
        if is_private(private):
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stream:
                stream.settimeout(ANSWER_WITHIN)
                if _connect(stream, path):
                    return _converse(stream, line)
    raise NotRunning(
        f"no tonny-agent is running with {folder}. Start one: tonny-agent run"
    )


def drive(folder: str, line: bytes, *, json: bool = False) -> int:
    """Give the running agent the command in *line* and print what came of it, as JSON
    where it is more than a sentence; the exit status."""
    try:
        reply = ask(folder, line)
    except AgentError as exc:
        print(f"tonny-agent: {exc}", file=sys.stderr)
        return NOT_RUNNING if isinstance(exc, NotRunning) else _UNAVAILABLE
    if reply.rstrip() == _DONE:
        return 0
    from agent.control.outcome import outcome  # with what it takes to understand more

    return outcome(reply, json=json)


def ptt(arguments: list[str]) -> int | None:
    """`tonny-agent ptt` with these *arguments*: the exit status, or None where they
    are for the whole command line to understand."""
    match arguments:
        case [action]:
            folder = _usual_folder()
        case [action, "--data-dir", folder] | ["--data-dir", folder, action]:
            pass
        case _:
            return None
    if action not in _ACTIONS or not folder or folder.startswith("-"):
        return None
    line = f'{{"command":"ptt","action":"{action}","version":1}}\n'
    return drive(folder, line.encode())


def _usual_folder() -> str | None:
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
    reply = bytearray()
    with translating({OSError: Unavailable}, "tonny-agent does not answer: "):
        with suppress(ConnectionError):  # it may have replied without listening
            stream.sendall(line)
        while not reply.endswith(b"\n") and len(reply) < LONGEST_REPLY:
            if not (more := stream.recv(65536)):
                break
            reply += more
    if not reply.endswith(b"\n"):
        raise Unavailable("tonny-agent ended before it had answered")
    return bytes(reply)
