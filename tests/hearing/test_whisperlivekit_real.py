"""Against the real WhisperLiveKit server, where there is one."""

import shutil
import signal
from pathlib import Path

import msgspec
import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from agent.config.settings import Secret, Stt
from agent.errors import Refused, Unavailable
from agent.hearing.whisperlivekit import WhisperLiveKit, open_whisperlivekit
from agent.hearing.whisperlivekit.peers import Peer
from agent.hearing.whisperlivekit.probes import admits, health, model
from agent.ports import RATE
from agent.utterance import Recording
from tests.hearing.sound import silence, spoken
from tests.rigs.certificates import make_certificate
from tests.rigs.whisperlivekit import free_port, needs_peer, running

pytestmark = needs_peer

SAID = "Please remind me to water the plants tomorrow."
FLAGS = ("--pcm-input", "--no-vac")


@pytest.fixture
def tiny_ear(models: Path) -> Path:
    return models / "moonshine-tiny-en"


def utterance() -> Recording:
    recording = Recording(turn=1)
    recording.append(silence(0.5) + spoken(SAID) + silence(0.64))
    recording.finish()
    return recording


def ignore(text: str) -> None:
    """For who is not interested in partial texts."""


@pytest.mark.parametrize("flags", [FLAGS, FLAGS[:1]], ids=" ".join)
async def test_it_hears_what_was_said(flags: tuple[str, ...], tiny_ear: Path) -> None:
    partials: list[str] = []
    async with running(tiny_ear, *flags) as (url, _):
        engine = WhisperLiveKit(Stt(url=url))
        found = await engine.transcribe(utterance(), partials.append)
    assert found.text == SAID
    assert partials[-1] == SAID


async def test_a_session_is_always_in_hand(tiny_ear: Path) -> None:
    async with (
        running(tiny_ear, *FLAGS) as (url, _),
        open_whisperlivekit(Stt(url=url)) as engine,
    ):
        for _ in range(2):
            await wait_all_tasks_blocked(0.3)
            began = trio.current_time()
            async with engine.spare.taken(engine._peer) as session:
                assert session is not None
                assert session.live.pcm
                assert trio.current_time() - began < 0.1
            await wait_all_tasks_blocked(0.3)
            assert (await engine.transcribe(utterance(), ignore)).text == SAID


async def test_what_took_seconds_to_say_is_replayed_in_a_moment(tiny_ear: Path) -> None:
    said = utterance()
    async with running(tiny_ear, *FLAGS) as (url, _):
        engine = WhisperLiveKit(Stt(url=url))
        began = trio.current_time()
        assert (await engine.transcribe(said, ignore)).text == SAID
        assert trio.current_time() - began < len(said.pcm) / (2 * RATE) / 2


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="the server needs ffmpeg")
@pytest.mark.parametrize("finish", ["auto", "quiet"])
async def test_it_hears_through_ffmpeg_too(finish: str, tiny_ear: Path) -> None:
    async with running(tiny_ear, "--no-vac") as (url, _):
        engine = WhisperLiveKit(msgspec.convert({"url": url, "finish": finish}, Stt))
        found = await engine.transcribe(utterance(), ignore)
    assert found.text == SAID


async def test_a_server_that_insists_on_changes_is_understood(tiny_ear: Path) -> None:
    async with running(tiny_ear, *FLAGS) as (url, _):
        engine = WhisperLiveKit(Stt(url=f"{url}/asr?mode=diff"))
        assert (await engine.transcribe(utterance(), ignore)).text == SAID


async def test_only_who_has_the_token_and_the_path_is_let_in(tiny_ear: Path) -> None:
    async with running(tiny_ear, *FLAGS, "--api-token", "right") as (url, _):
        right = WhisperLiveKit(Stt(url=url, token=Secret("right")))
        assert (await right.transcribe(utterance(), ignore)).text == SAID
        for wrong in (
            WhisperLiveKit(Stt(url=url, token=Secret("wrong"))),
            WhisperLiveKit(Stt(url=url)),
            WhisperLiveKit(Stt(url=f"{url}/nowhere", token=Secret("right"))),
        ):
            with pytest.raises(Refused, match="wrong path or token"):
                await wrong.transcribe(utterance(), ignore)
        assert await admits(Peer("", url, Secret("right"))) is True
        assert await admits(Peer("", url, Secret("wrong"))) is False
        assert await admits(Peer("", url)) is False
        found = await health(Peer("", url))
        assert found is not None
        assert found.ready
        assert await model(Peer("", url)) == "faster-whisper/base"


async def test_a_private_authority_is_trusted_if_it_is_named(
    tiny_ear: Path, tmp_path: Path
) -> None:
    key, certificate = make_certificate(tmp_path)
    tls = ("--ssl-keyfile", str(key), "--ssl-certfile", str(certificate))
    async with running(tiny_ear, *FLAGS, *tls) as (url, _):
        trusting = WhisperLiveKit(Stt(url=url, ca=str(certificate)))
        assert (await trusting.transcribe(utterance(), ignore)).text == SAID
        assert await health(Peer("", url, ca=str(certificate))) is not None
        with pytest.raises(Refused, match=r"not trusted .*stt\.ca"):
            await WhisperLiveKit(Stt(url=url)).transcribe(utterance(), ignore)
        wrong = WhisperLiveKit(Stt(url=url, ca=str(key)))
        with pytest.raises(Refused, match=r"stt\.ca: .* no certificate"):
            await wrong.transcribe(utterance(), ignore)


async def test_a_server_that_dies_is_away_at_once_and_back_when_it_is(
    tiny_ear: Path,
) -> None:
    port = free_port()
    growing = Recording(turn=1)
    growing.append(spoken(SAID))
    killed: list[float] = []
    async with open_whisperlivekit(Stt(url=f"ws://127.0.0.1:{port}")) as engine:
        async with running(tiny_ear, *FLAGS, port=port) as (_, process):

            def kill(text: str) -> None:
                process.kill()
                killed.append(trio.current_time())

            with pytest.raises(Unavailable, match="closed the connection"):
                await engine.transcribe(growing, kill)
            assert trio.current_time() - killed[0] < 1
            await process.wait()
        with pytest.raises(Unavailable, match="refused"), trio.fail_after(1):
            await engine.transcribe(growing, ignore)
        growing.finish()
        async with running(tiny_ear, *FLAGS, port=port):
            assert (await engine.transcribe(growing, ignore)).text == SAID


async def test_a_server_that_stands_still_is_given_up(tiny_ear: Path) -> None:
    growing = Recording(turn=1)
    growing.append(spoken("Stop."))
    async with running(tiny_ear, *FLAGS) as (url, process):

        def stop(text: str) -> None:
            process.send_signal(signal.SIGSTOP)
            growing.finish()

        with pytest.raises(Unavailable), trio.fail_after(6):
            await WhisperLiveKit(Stt(url=url)).transcribe(growing, stop)
        process.send_signal(signal.SIGCONT)
