"""Text from the record, as a terminal may have it."""

from datetime import datetime


def local(timestamp: str) -> str:
    """A time of the record, in the time zone of whoever reads it."""
    return f"{datetime.fromisoformat(timestamp).astimezone():%Y-%m-%d %H:%M:%S}"


def plain(text: str) -> str:
    """On one line, and without what could take control of a terminal."""
    one_line = " ".join(text.split())
    return "".join(
        c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in one_line
    )
