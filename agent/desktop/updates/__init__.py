"""Whether there is a newer Tonny: asked of an address that its user has named, believed
only with the right signature, and told. Nothing is ever downloaded or run.

Who could alter the answer, but not sign one, can only hold news back: an announcement
that is older than one seen before, or that has expired, is refused.
"""

import re
import time
from pathlib import Path

import msgspec
import trio

from agent import __version__
from agent.config.settings import Update
from agent.config.template import write
from agent.errors import Misconfigured, Refused, Unavailable, translating

FILE = "updates.json"
WITHIN = 20.0
LONGEST = 1 << 16

_VERSION = re.compile(r"(\d{1,6})\.(\d{1,6})\.(\d{1,6})")


class Announcement(msgspec.Struct, frozen=True):
    """What is signed. *issued* and *expires* are Unix time, *page* is for a person."""

    version: str
    issued: float
    expires: float
    page: str
    summary: str = ""


class Seen(msgspec.Struct, frozen=True):
    """What is remembered: the newest that was *issued*, and the version last *told*."""

    issued: float = 0.0
    told: str = ""


class Answer(msgspec.Struct, frozen=True):
    """*newer*: it is worth a word."""

    current: str
    available: str
    newer: bool
    page: str
    summary: str

    def as_text(self) -> str:
        if not self.newer:
            return f"This is the newest version: {self.current}"
        about = f"\n{self.summary}" if self.summary else ""
        return (
            f"Version {self.available} is there; this is {self.current}.{about}\n"
            f"It is at {self.page}"
        )


async def check(update: Update, folder: Path, now: float | None = None) -> Answer:
    """Ask once.

    Raises `Misconfigured` when nobody is to be asked, `Unavailable` when nobody answers,
    and `Refused` for what cannot be believed.
    """
    if not (update.url and update.key):
        raise Misconfigured(
            "nobody is asked for newer versions: set update.url and update.key first"
        )
    from agent.desktop.updates.minisign import verify

    content, signature = await _fetched(update.url)
    verify(content, signature, update.key)
    now = time.time() if now is None else now
    announcement = _understood(content)
    seen = remembered(folder)
    _believe(announcement, seen, now)
    seen = msgspec.structs.replace(seen, issued=announcement.issued)
    await trio.to_thread.run_sync(remember, folder, seen)
    return Answer(
        __version__,
        announcement.version,
        _number(announcement.version) > _number(__version__),
        announcement.page,
        " ".join(announcement.summary.split()),
    )


def remembered(folder: Path) -> Seen:
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=Seen)
    except (OSError, msgspec.DecodeError):
        return Seen()


def remember(folder: Path, seen: Seen) -> None:
    """Raises `Misconfigured` where that cannot be written."""
    write(msgspec.json.encode(seen).decode(), folder / FILE)


def _understood(content: bytes) -> Announcement:
    try:
        found = msgspec.json.decode(content, type=Announcement)
        _number(found.version)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as exc:
        raise Refused(f"the announcement is signed, and cannot be read: {exc}") from exc
    if not found.page.startswith("https://") or not found.page.isprintable():
        raise Refused("the announcement is signed, and names no page at https://")
    return found


def _believe(announcement: Announcement, seen: Seen, now: float) -> None:
    if announcement.issued < seen.issued:
        raise Refused(
            "the announcement is older than one seen before: someone repeats it"
        )
    if announcement.expires <= now:
        raise Refused(
            "the announcement has expired: it is out of date, or this clock is wrong"
        )


def _number(version: str) -> tuple[int, ...]:
    """Raises `Refused` for what is no version of ours; one before a release is less."""
    if (match := _VERSION.match(version)) is None:
        raise Refused(f"the announcement names no version: {version!r:.40}")
    return (*map(int, match.groups()), version == match[0])


async def _fetched(url: str) -> tuple[bytes, str]:
    from agent.web import ERRORS, open_client, read_bounded

    found: list[bytes] = []
    try:
        with trio.fail_after(WITHIN), translating(ERRORS, f"{_named(url)}: "):
            async with open_client() as client:
                for each in (url, f"{url}.minisig"):
                    async with client.stream("GET", each) as response:
                        if response.status_code != 200:
                            answer = f"answered {response.status_code}"
                            raise Unavailable(f"{_named(each)} {answer}")
                        found.append(await read_bounded(response, LONGEST))
    except trio.TooSlowError:
        raise Unavailable(f"{_named(url)} does not answer in time") from None
    return found[0], found[1].decode("utf-8", "replace")


def _named(url: str) -> str:
    from agent.config.wording import without_secrets

    return without_secrets(url)
