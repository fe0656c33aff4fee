"""The service manager that started us, and wants to hear how we are: sd_notify(3)."""

import os
import socket
from collections.abc import MutableMapping

import msgspec


class Superior(msgspec.Struct, frozen=True):
    """*every*: seconds after which it takes us for dead, if it hears nothing."""

    address: str
    every: float | None = None

    def tell(self, **facts: object) -> None:
        """Such as ``READY=1``; never raises, for nothing can be done about it."""
        lines = (f"{name}={_one_line(f'{value}')}" for name, value in facts.items())
        where = self.address
        if where.startswith("@"):  # Linux's abstract sockets have no file
            where = "\0" + where[1:]
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as stream:
            stream.setblocking(False)
            try:
                stream.sendto("\n".join(lines).encode(), where)
            except OSError:
                return


def called(environ: MutableMapping[str, str] = os.environ) -> Superior | None:
    """Who started us, if that is a service manager; taken out of *environ*, for the
    programs that we start have nothing to tell it."""
    address = environ.pop("NOTIFY_SOCKET", "")
    limit = environ.pop("WATCHDOG_USEC", "")
    watched = environ.pop("WATCHDOG_PID", "")
    if not address.startswith(("/", "@")):
        return None
    # Of a single file, our parent is who was started.
    ours = watched in {"", str(os.getpid()), str(os.getppid())}
    every = int(limit) / 1_000_000 if limit.isdecimal() and ours else 0.0
    return Superior(address, every or None)


def _one_line(text: str) -> str:
    return " ".join(text.split())
