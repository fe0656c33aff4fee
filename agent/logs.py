"""Logs: a console and a rotating file, written from a thread of their own.

They never hold a secret (no code of ours formats one: see `Secret`), and what was
said only when `log.transcripts` asks for it.
"""

import logging
import logging.handlers
import os
import queue
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.config.settings import Log
from agent.events import (
    AudioDropped,
    Entry,
    Event,
    Heard,
    Lost,
    Measured,
    Overheard,
    Replied,
    Shown,
    Spoken,
    Unanswered,
    Unheard,
    Unspoken,
)

FILE = "tonny.log"
LIMIT = 2_000_000
KEPT = 3

_QUIET = (Overheard, Measured)
_WARNING = (AudioDropped, Lost, Unanswered, Unheard, Unspoken)
_SPOKEN_FIELDS = ("text",)

logger = logging.getLogger("agent.journal")


class OneLine(logging.Formatter):
    """One record, one line: control characters that could forge others are escaped."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        lines = text.splitlines()
        return "\n    ".join(
            line.encode("unicode_escape").decode() if not line.isprintable() else line
            for line in lines
        )


class PrivateFile(logging.handlers.RotatingFileHandler):
    """Readable by its owner alone, from the first byte on."""

    def _open(self):  # type: ignore[no-untyped-def] # the stream type is the base's
        return open(  # an opener is what this is about
            self.baseFilename,
            self.mode,
            encoding="utf-8",
            opener=lambda path, flags: os.open(path, flags, 0o600),
        )


@contextmanager
def logging_to(folder: Path | None, settings: Log) -> Iterator[None]:
    """Log while open: warnings (or *settings.level*) to stderr, all to a file.

    Records pass through a queue, so that a slow disk never holds up the event loop.
    """
    console = logging.StreamHandler(sys.stderr)
    console.setFormatter(OneLine("%(levelname)s %(name)s: %(message)s"))
    # What happens is shown in its own form; the file has it all.
    console.addFilter(lambda record: record.name != logger.name)
    console.setLevel(logging.WARNING if settings.level == "info" else logging.DEBUG)
    handlers: list[logging.Handler] = [console]
    if folder is not None and settings.file:
        file = PrivateFile(folder / FILE, maxBytes=LIMIT, backupCount=KEPT)
        file.setFormatter(OneLine("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        handlers.append(file)
    passing: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    listener = logging.handlers.QueueListener(
        passing, *handlers, respect_handler_level=True
    )
    root = logging.getLogger()
    entrance = logging.handlers.QueueHandler(passing)
    root.addHandler(entrance)
    root.setLevel(settings.level.upper())
    # Request lines of client libraries carry addresses and say nothing of use.
    for chatty in ("httpx", "httpcore", "trio-websocket", "wsproto"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    # It says at length, with tracebacks, what we say in a sentence.
    logging.getLogger("pika").setLevel(logging.CRITICAL)
    for name, level in settings.levels.items():
        logging.getLogger(name).setLevel(level.upper())
    listener.start()
    try:
        yield
    finally:
        listener.stop()
        root.removeHandler(entrance)
        for handler in handlers:
            handler.close()


def log_event(entry: Entry, *, transcripts: bool) -> None:
    """Write down that it happened; what was said only with *transcripts*."""
    event = entry.event
    if isinstance(event, _WARNING):
        level = logging.WARNING
    elif isinstance(event, _QUIET):
        level = logging.DEBUG
    else:
        level = logging.INFO
    logger.log(level, "%s", describe(event, transcripts=transcripts))


def describe(event: Event, *, transcripts: bool) -> str:
    """*event* as ``name field=value …``, without the words unless *transcripts*."""
    said = isinstance(event, Heard | Overheard | Replied | Spoken | Shown | Unspoken)
    parts = [
        f"{field}={getattr(event, field)!r}"
        for field in event.__struct_fields__
        if transcripts or not (said and field in _SPOKEN_FIELDS)
    ]
    return " ".join([type(event).__name__, *parts])
