"""Whether this computer knows what time it is, as others see it."""

import time
from collections.abc import Sequence
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import trio

from agent.config import Config
from agent.doctor.findings import Finding, fault, ok
from agent.errors import AgentError, Unavailable, translating
from agent.record.history import open_history
from agent.record.sqlite import DATABASE

if TYPE_CHECKING:
    from agent.web import Client

APART = 60.0
"""Seconds; signatures of requests are good for 300."""

_ASKED_WITHIN = 5.0

_REMEDY = (
    "Set the clock, and keep it set: timedatectl set-ntp true (or your system's settings"
    " for date and time)."
)


async def check_clock(config: Config, folder: Path) -> Sequence[Finding]:
    """Beside the clocks of the servers that are configured, and beside the record, which
    holds nothing from the future. Nobody else is asked."""
    told = await _told(config)
    apart = {host: ahead for host, ahead in told.items() if abs(ahead) > APART}
    if told and len(apart) == len(told):
        host, ahead = min(apart.items(), key=lambda each: abs(each[1]))
        return [fault("clock", f"This computer's clock {_said(ahead, host)}.", _REMEDY)]
    if told and apart:
        host, ahead = next(iter(apart.items()))
        remedy = f"The other servers agree with this computer: set the clock of {host}."
        return [fault("clock", f"This computer's clock {_said(ahead, host)}.", remedy)]
    last = await trio.to_thread.run_sync(_last_event, folder / DATABASE)
    if last is not None and (ahead := last - time.time()) > APART:
        title = f"The record ends {_spelt(ahead)} from now: the clock was set back."
        return [fault("clock", title, _REMEDY)]
    return [
        ok("clock", "The clock agrees with the servers." if told else "The clock runs.")
    ]


async def _told(config: Config) -> dict[str, float]:
    """How far ahead of each server's clock ours is, in seconds, by their hosts."""
    urls = [config.workflow.url]
    if config.tts.api_key and config.tts.engine in {"auto", "elevenlabs"}:
        urls.append(config.tts.base_url)
    roots = {
        f"{parts.scheme}://{parts.netloc}/"
        for parts in map(urlsplit, urls)
        if parts.netloc
    }
    if not roots:
        return {}
    from agent.web import open_client

    told: dict[str, float] = {}

    async def ask(client: "Client", url: str) -> None:
        try:
            ahead = await _ahead(client, url)
        except AgentError:
            return  # others say so
        if ahead is not None:
            told[urlsplit(url).hostname or url] = ahead

    async with open_client() as client, trio.open_nursery() as nursery:
        for url in sorted(roots):
            nursery.start_soon(ask, client, url)
    return told


async def _ahead(client: "Client", url: str) -> float | None:
    from agent.web import ERRORS

    try:
        with trio.fail_after(_ASKED_WITHIN), translating(ERRORS):
            began = time.time()
            async with client.stream("GET", url) as response:
                here = (began + time.time()) / 2
                there = parsedate_to_datetime(response.headers.get("date", ""))
    except trio.TooSlowError:
        raise Unavailable("it does not answer") from None
    except ValueError:
        return None  # it does not tell
    return here - there.timestamp() - 0.5  # they tell whole seconds


def _last_event(path: Path) -> float | None:
    """When it happened, by the clock of then."""
    try:
        with open_history(path) as connection:
            if connection is None:
                return None
            row = connection.execute("SELECT max(at) FROM events").fetchone()
    except AgentError:
        return None  # others say so
    return float(row[0]) if row[0] is not None else None


def _said(ahead: float, host: str) -> str:
    side = "ahead of" if ahead > 0 else "behind"
    return f"is {_spelt(abs(ahead))} {side} that of {host}"


def _spelt(seconds: float) -> str:
    for unit, length in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
