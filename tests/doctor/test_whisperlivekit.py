"""Each thing that can be wrong with a WhisperLiveKit is told apart from the others."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import msgspec
import pytest
import trio
import trio_websocket
from trio.testing import MockClock

from agent.config.settings import Stt
from agent.doctor.findings import Finding
from agent.doctor.whisperlivekit import check_whisperlivekit
from tests.rigs.certificates import make_certificate
from tests.rigs.whisperlivekit import free_port, needs_peer, running
from tests.standins.recogniser import Recogniser, Serving
from tests.standins.whisperlivekit import WELL, Answers, serve_whisperlivekit

CANARY = "canary-token-9377"


@pytest.fixture
def hasty_clock() -> MockClock:
    """Skips only waits that outlast what may still be under way on loopback."""
    return MockClock(autojump_threshold=0.02)


async def found(**stt: object) -> list[Finding]:
    """What the check says; it never says a secret."""
    settings = msgspec.convert({"token": CANARY, **stt}, Stt, dec_hook=_secret)
    with trio.fail_after(10):
        findings = await check_whisperlivekit(settings)
    assert CANARY not in repr(findings)
    return list(findings)


def _secret(kind: type, value: object) -> object:
    return kind(value)


async def only(**stt: object) -> Finding:
    (finding,) = await found(**stt)
    return finding


@asynccontextmanager
async def serving(recogniser: Serving, answers: Answers = WELL) -> AsyncIterator[str]:
    async with trio.open_nursery() as nursery:
        yield await nursery.start(partial(serve_whisperlivekit, recogniser, answers))
        nursery.cancel_scope.cancel()


async def test_one_that_is_well_is_left_in_peace() -> None:
    async with serving(Recogniser()) as url:
        finding = await only(url=url)
    assert finding.code == "stt.whisperlivekit"
    assert finding.severity == "ok"


async def test_one_that_is_not_there_is_to_be_started_with_the_right_flags() -> None:
    finding = await only(url=f"ws://127.0.0.1:{free_port()}")
    assert finding.code == "stt.away"
    assert "refused" in finding.title
    for flag in ("--pcm-input", "--no-vac", "--backend-policy localagreement"):
        assert flag in finding.remedy


async def _thinking(request: trio_websocket.WebSocketRequest) -> None:
    """Five seconds for three."""
    socket = await request.accept()
    await socket.send_message('{"type":"config","useAudioWorklet":true,"mode":"full"}')
    while await socket.get_message():
        pass
    await trio.sleep(5)
    await socket.send_message('{"lines":[{"speaker":1,"text":" What?"}]}')
    await socket.send_message('{"type":"ready_to_stop"}')
    await trio.sleep_forever()


def _answering(path: str, code: int, **content: object) -> Answers:
    return {**WELL, path: (code, content)}


TOKEN = "/v1/audio/transcriptions"


@pytest.mark.parametrize(
    ("recogniser", "answers", "code", "remedy"),
    [
        (Recogniser(), _answering("/health", 503), "loading", "Wait"),
        (
            Recogniser(),
            _answering("/health", 200, status="ok", ready=False),
            "loading",
            "Wait",
        ),
        (Recogniser(manner="refuse"), WELL, "path", "/asr"),
        (Recogniser(manner="refuse"), _answering(TOKEN, 401), "token", "--api-token"),
        (Recogniser(manner="refuse"), {}, "refused", "stt.token"),
        (Recogniser(manner="fail"), WELL, "ffmpeg", "Install ffmpeg there"),
        (Recogniser(pcm=False, text=""), WELL, "ffmpeg", "--pcm-input"),
        (Recogniser(pcm=False), WELL, "ffmpeg", "quicker"),
        (Recogniser(text=""), WELL, "deaf", "stt.language"),
        (Recogniser(manner="late"), WELL, "slow", "smaller model"),
        (_thinking, WELL, "slow", "localagreement"),
        (Recogniser(manner="vanish"), WELL, "lost", "its log"),
    ],
)
async def test_each_fault_is_told_apart(
    recogniser: Serving,
    answers: Answers,
    code: str,
    remedy: str,
    hasty_clock: MockClock,
) -> None:
    async with serving(recogniser, answers) as url:
        finding = await only(url=url)
    assert finding.code == f"stt.{code}"
    assert remedy in finding.remedy
    assert finding.severity == ("note" if remedy == "quicker" else "fault")


async def test_one_too_old_for_questions_can_be_well(hasty_clock: MockClock) -> None:
    async with serving(Recogniser(pcm=None), {}) as url:
        finding = await only(url=url)
    assert finding.severity == "note"
    assert "ffmpeg" in finding.title


async def test_every_server_is_looked_at_under_its_name(
    hasty_clock: MockClock,
) -> None:
    async with serving(Recogniser()) as url:
        servers = {
            "big": {"url": url, "model": "large-v3"},
            "gone": {"url": f"ws://127.0.0.1:{free_port()}"},
            "english": {"url": url, "languages": ["en"]},
        }
        findings = await found(servers=servers, language="de")
    assert [finding.code for finding in findings] == [
        "stt.servers.big.whisperlivekit",
        "stt.servers.big.model",
        "stt.servers.gone.away",
        "stt.servers.english.language",
    ]
    assert "faster-whisper/base, not large-v3" in findings[1].title
    assert '"de"' in findings[3].title


@pytest.fixture
def tiny_ear(models: Path) -> Path:
    return models / "moonshine-tiny-en"


@needs_peer
async def test_the_real_one_is_well_or_says_what_is_wrong(tiny_ear: Path) -> None:
    flags = ("--pcm-input", "--no-vac", "--api-token", CANARY)
    async with running(tiny_ear, *flags) as (url, _):
        assert (await only(url=url)).severity == "ok"
        assert (await only(url=url, token="other")).code == "stt.token"
        assert (await only(url=f"{url}/nowhere")).code == "stt.path"


@needs_peer
async def test_the_real_one_without_its_ffmpeg(tiny_ear: Path) -> None:
    async with running(tiny_ear, "--no-vac", path="") as (url, _):
        finding = await only(url=url)
    assert finding.code == "stt.ffmpeg"
    assert "--pcm-input" in finding.remedy


@needs_peer
async def test_the_real_one_behind_tls(tiny_ear: Path, tmp_path: Path) -> None:
    key, certificate = make_certificate(tmp_path)
    tls = ("--ssl-keyfile", str(key), "--ssl-certfile", str(certificate))
    async with running(tiny_ear, "--pcm-input", *tls) as (url, _):
        assert (await only(url=url, ca=str(certificate))).severity == "ok"
        untrusted = await only(url=url)
        assert untrusted.code == "stt.certificate"
        assert "stt.ca" in untrusted.remedy
        plain = await only(url=url.replace("wss:", "ws:"))
        assert plain.code == "stt.tls"
        assert "wss://" in plain.remedy
    async with serving(Recogniser()) as url:
        encrypted = await only(url=url.replace("ws:", "wss:"))
        assert encrypted.code == "stt.tls"
        assert "ws://" in encrypted.remedy
