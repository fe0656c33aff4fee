"""News of a newer version, by the real minisign where it is installed; and all the news
that is not to be believed."""

import base64
import hashlib
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
import trio
from nacl.signing import SigningKey

from agent import __version__
from agent.app import updating
from agent.app.updating import tell_of_updates
from agent.commands import Notify
from agent.config.settings import Update
from agent.desktop.updates import Answer, Seen, check, remembered
from agent.desktop.updates.minisign import verify
from agent.errors import AgentError, Misconfigured, Refused, Unavailable
from tests.standins import faults
from tests.standins.web import Answerer, Asked, Reply, serve_web

NOW = 1_795_000_000.0
NUMBER = b"tonny-pk"
PAGE = "https://example.org/tonny"


class Signer:
    """Signs as minisign does."""

    def __init__(self, number: bytes = NUMBER) -> None:
        self._key = SigningKey.generate()
        self._number = number

    @property
    def key(self) -> str:
        point = self._key.verify_key.encode()
        return base64.b64encode(b"Ed" + self._number + point).decode()

    def sign(self, content: bytes, *, hashed: bool = True) -> str:
        signed = hashlib.blake2b(content).digest() if hashed else content
        signature = self._key.sign(signed).signature
        comment = "timestamp:1795000000\tfile:news.json"
        overall = self._key.sign(signature + comment.encode()).signature
        first = (b"ED" if hashed else b"Ed") + self._number + signature
        return (
            "untrusted comment: signature\n"
            f"{base64.b64encode(first).decode()}\n"
            f"trusted comment: {comment}\n"
            f"{base64.b64encode(overall).decode()}\n"
        )


def news(**changed: object) -> bytes:
    usual = {
        "version": "99.0.0",
        "issued": NOW - 60,
        "expires": NOW + 60,
        "page": PAGE,
        "summary": "It sings.",
    }
    return msgspec.json.encode({**usual, **changed})


@asynccontextmanager
async def serving(answer: Answerer) -> AsyncIterator[str]:
    async with trio.open_nursery() as nursery:
        address = await nursery.start(serve_web, answer)
        yield f"{address}/news.json"
        nursery.cancel_scope.cancel()


async def told(
    content: bytes, signature: str, key: str, folder: Path, now: float = NOW
) -> Answer:
    async def answer(asked: Asked, reply: Reply) -> None:
        signed = asked.target == "/news.json.minisig"
        assert signed or asked.target == "/news.json"
        await reply.whole(200, signature.encode() if signed else content)

    return await asked_at(answer, key, folder, now)


async def asked_at(
    answer: Answerer, key: str, folder: Path, now: float = NOW
) -> Answer:
    """What comes of it, or what is raised: without the groups of the server's nursery."""
    outcome: Answer | AgentError | None = None
    async with serving(answer) as url:
        with trio.fail_after(30):
            try:
                outcome = await check(Update(url=url, key=key), folder, now)
            except AgentError as exc:
                outcome = exc
    assert outcome is not None
    if isinstance(outcome, AgentError):
        raise outcome
    return outcome


@pytest.mark.parametrize("hashed", [True, False])
async def test_a_newer_version_is_told_with_its_page(
    hashed: bool, tmp_path: Path
) -> None:
    signer, content = Signer(), news()
    signature = signer.sign(content, hashed=hashed)
    answer = await told(content, signature, signer.key, tmp_path)
    assert answer == Answer(__version__, "99.0.0", True, PAGE, "It sings.")
    assert PAGE in answer.as_text()
    assert remembered(tmp_path).issued == NOW - 60


@pytest.mark.parametrize("version", [__version__, "0.0.1", f"{__version__}-rc1"])
async def test_the_same_and_an_older_one_are_no_news(
    version: str, tmp_path: Path
) -> None:
    signer, content = Signer(), news(version=version)
    answer = await told(content, signer.sign(content), signer.key, tmp_path)
    assert not answer.newer
    assert "newest version" in answer.as_text()


async def test_one_that_was_replaced_by_an_older_one_is_refused(tmp_path: Path) -> None:
    signer = Signer()
    new, old = news(issued=NOW - 10), news(issued=NOW - 20, version="98.0.0")
    await told(new, signer.sign(new), signer.key, tmp_path)
    with pytest.raises(Refused, match="older than one seen before"):
        await told(old, signer.sign(old), signer.key, tmp_path)
    assert (await told(new, signer.sign(new), signer.key, tmp_path)).newer


async def test_one_that_has_expired_is_refused(tmp_path: Path) -> None:
    signer, content = Signer(), news()
    with pytest.raises(Refused, match="expired"):
        await told(content, signer.sign(content), signer.key, tmp_path, NOW + 61)


async def test_whatever_is_altered_is_refused(tmp_path: Path) -> None:
    signer, content = Signer(), news()
    signature = signer.sign(content)
    untouched = len("untrusted comment: signature")
    for place in range(0, len(content), 7):
        forged = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
        with pytest.raises(Refused):
            verify(forged, signature, signer.key)
    for place in range(untouched + 1, len(signature) - 1, 3):
        other = "A" if signature[place] != "A" else "B"
        with pytest.raises(Refused):
            verify(
                content, signature[:place] + other + signature[place + 1 :], signer.key
            )
    with pytest.raises(Refused, match="another key"):
        verify(content, Signer(b"12345678").sign(content), signer.key)
    with pytest.raises(Refused, match="altered"):
        verify(content, Signer().sign(content), signer.key)
    for nothing in ("", "\n" * 9, signature[:100], "\ud7ff" * 100):
        with pytest.raises(Refused, match="not one of minisign's"):
            verify(content, nothing, signer.key)
    with pytest.raises(Misconfigured, match=r"minisign\.pub"):
        verify(content, signature, "RWnonsense")
    verify(content, signature, signer.key)


@pytest.mark.parametrize(
    "content",
    [
        b"not JSON",
        b"[" * 9000,
        news(version="newest"),
        news(page="http://example.org"),
        news(page="https://example.org/\x1b[2J"),
        news(issued="today"),
        b"{}",
    ],
)
async def test_what_is_signed_and_makes_no_sense_is_refused(
    content: bytes, tmp_path: Path
) -> None:
    signer = Signer()
    with pytest.raises(Refused, match="announcement"):
        await told(content, signer.sign(content), signer.key, tmp_path)
    assert remembered(tmp_path) == Seen()


@pytest.mark.parametrize(
    "fault",
    [
        faults.saying(404),
        faults.saying(302, location="http://127.0.0.1/"),
        faults.garbage,
        faults.cut,
        faults.endless,
        faults.compressed,
    ],
)
async def test_a_server_that_misbehaves_is_an_error_of_ours(
    fault: Answerer, tmp_path: Path
) -> None:
    with pytest.raises((Refused, Unavailable)):
        await asked_at(fault, Signer().key, tmp_path)


async def test_nobody_is_asked_unless_one_wants_to(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"set update\.url"):
        await check(Update(), tmp_path)


async def test_each_version_is_shown_once_however_often_it_is_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(updating, "FIRST", 0.0)
    monkeypatch.setattr(updating, "DAY", 0.0)
    shown: list[str] = []
    asked = 0

    async def show(notice: Notify) -> None:
        await trio.lowlevel.checkpoint()
        shown.append(notice.text)

    async with trio.open_nursery() as nursery:

        async def ask(update: Update, folder: Path) -> Answer:
            nonlocal asked
            await trio.lowlevel.checkpoint()
            asked += 1
            if asked == 2:
                raise Unavailable("no network")
            if asked == 7:
                nursery.cancel_scope.cancel()
            version = f"{90 + asked // 4}.0.0"
            return Answer(__version__, version, newer=True, page=PAGE, summary="")

        wanted = Update(url="https://example.org/news.json", key=Signer().key)
        await tell_of_updates(wanted, tmp_path, show, ask)
    assert [text.split()[1] for text in shown] == ["90.0.0", "91.0.0"]
    with trio.fail_after(5):
        await tell_of_updates(Update(), tmp_path, show, ask)
    assert asked == 7


def test_what_minisign_signs_is_believed(tmp_path: Path) -> None:
    if shutil.which("minisign") is None:
        pytest.skip("no minisign: apt-get install minisign")
    file, public = tmp_path / "news.json", tmp_path / "k.pub"
    file.write_bytes(news())
    secret = tmp_path / "k.key"
    for arguments in (
        ["-G", "-W", "-p", public, "-s", secret],
        ["-S", "-s", secret, "-m", file],
    ):
        subprocess.run(
            ["minisign", *map(str, arguments)],
            check=True,
            capture_output=True,
            input=b"",
        )
    key = public.read_text().splitlines()[1]
    signature = file.with_name("news.json.minisig").read_text()
    verify(file.read_bytes(), signature, key)
    with pytest.raises(Refused):
        verify(file.read_bytes() + b" ", signature, key)
