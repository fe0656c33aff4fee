"""Figures for Prometheus, in its text format: counted from what happens while the
dashboard is there, and looked up when someone asks."""

import os
from pathlib import Path
from secrets import token_urlsafe

import trio
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

from agent.control.standing import Standing
from agent.errors import Misconfigured, translating
from agent.events import (
    AudioDropped,
    Entry,
    Event,
    Heard,
    Lost,
    Timed,
    Unanswered,
    Unheard,
    Unspoken,
)

TOKEN = "metrics.token"  # noqa: S105 # the name of a file
"""Where in the data folder it is: a scraper is to send it as a bearer token."""
FORMAT = "text/plain; version=0.0.4; charset=utf-8"

_STAGES = ("transcript", "request", "first_answer", "first_audio", "first_sample")
_SECONDS = (0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0)


class Figures:
    """`follow` has to be running for what is counted."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()

        def gauge(name: str, what: str, *labels: str) -> Gauge:
            return Gauge(f"tonny_{name}", what, labels, registry=registry)

        def counter(name: str, what: str, *labels: str) -> Counter:
            return Counter(f"tonny_{name}", what, labels, registry=registry)

        self._stages = Histogram(
            "tonny_stage_seconds",
            "From the end of speech to each stage of a turn.",
            ("stage",),
            buckets=_SECONDS,
            registry=registry,
        )
        self._turns = counter("turns", "Turns, spoken or typed.", "source")
        self._errors = counter("errors", "What went wrong.", "kind")
        self._dropped = counter("audio_dropped_seconds", "Sound that was lost.")
        self._up = gauge("integration_up", "1 while it is well.", "name")
        self._calls = gauge("integration_requests", "Since it is used.", "name")
        self._failed = gauge("integration_requests_failed", "Of those.", "name")
        self._queue = gauge("queue_questions", "Without an answer.", "state")
        self._quota = gauge("quota_characters", "Of the plan at ElevenLabs.", "kind")
        self._memory = gauge("memory_bytes", "Held by the process.")
        self._uptime = gauge("uptime_seconds", "Since Tonny was started.")
        self._muted = gauge("muted", "1 while the microphone is closed.")
        self._info = gauge("info", "Which Tonny this is.", "version")

    async def follow(self, entries: trio.abc.ReceiveChannel[Entry]) -> None:
        """Count what happens, until *entries* end."""
        async for entry in entries:
            self._count(entry.event)

    def _count(self, event: Event) -> None:
        match event:
            case Heard(source=source):
                self._turns.labels(source).inc()
            case Timed():
                for stage in _STAGES:
                    if (seconds := getattr(event, stage)) is not None:
                        self._stages.labels(stage).observe(seconds)
            case Lost(name):
                self._errors.labels(f"lost {name}").inc()
            case Unheard() | Unanswered() | Unspoken():
                self._errors.labels(type(event).__name__.lower()).inc()
            case AudioDropped(seconds):
                self._dropped.inc(seconds)
            case _:
                pass

    def text(self, standing: Standing) -> bytes:
        """All of them, as things stand."""
        for each in standing.integrations:
            self._up.labels(each.name).set(each.state == "ok")
            self._calls.labels(each.name).set(each.calls)
            self._failed.labels(each.name).set(each.failed)
        self._queue.labels("waiting").set(standing.queue.waiting)
        self._queue.labels("dead").set(standing.queue.dead)
        if standing.quota is not None:
            self._quota.labels("used").set(standing.quota.used)
            self._quota.labels("limit").set(standing.quota.limit)
        self._memory.set(standing.memory)
        self._uptime.set(standing.uptime)
        self._muted.set(standing.muted)
        self._info.labels(standing.version).set(1)
        return bytes(generate_latest(self._registry))


def scrape_token(folder: Path) -> str:
    """The token in the data *folder*, made if need be; only its user can read it."""
    file = folder / TOKEN
    with translating({OSError: Misconfigured}, f"{file} cannot be used: "):
        try:
            new = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            file.chmod(0o600)
            found = file.read_text("utf-8", "replace").strip()
            if len(found) >= 32:
                return found
            file.unlink()
            return scrape_token(folder)
        token = token_urlsafe(32)
        with os.fdopen(new, "w", encoding="utf-8") as out:
            out.write(token + "\n")
    return token
