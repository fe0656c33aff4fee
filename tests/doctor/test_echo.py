import sys

import pytest

from agent.config.settings import Audio
from agent.doctor.echo import check_echo


async def told(audio: Audio) -> tuple[str, str, str]:
    [found] = await check_echo(audio)
    return found.severity, found.code, f"{found.title} {found.remedy}"


@pytest.fixture
def without_canceller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pywebrtc_audio", None)  # cannot be imported


async def test_that_it_is_in_force_is_told_and_what_it_makes_possible() -> None:
    assert await told(Audio(duplex="full")) == (
        "ok",
        "echo",
        "Tonny takes its own voice out of what it hears: you can interrupt it. ",
    )
    assert await told(Audio()) == await told(Audio(duplex="full"))
    *_, words = await told(Audio(duplex="half"))
    assert 'audio.duplex = "auto"' in words


async def test_with_headphones_there_is_no_echo() -> None:
    severity, code, words = await told(Audio(speaker="USB Headset"))
    assert (severity, code) == ("ok", "echo.worn")
    assert "you can interrupt it" in words


@pytest.mark.usefixtures("without_canceller")
async def test_what_is_missing_is_told_with_what_that_means() -> None:
    severity, code, words = await told(Audio())
    assert (severity, code) == ("note", "echo.absent")
    assert "deaf" in words
    assert "pip install 'tonny-agent[echo]'" in words
    *_, words = await told(Audio(duplex="full"))
    assert "hears itself" in words


@pytest.mark.usefixtures("without_canceller")
async def test_what_is_missing_and_must_be_there_is_a_fault() -> None:
    severity, code, words = await told(Audio(echo="aec"))
    assert (severity, code) == ("fault", "echo.missing")
    assert "pip install 'tonny-agent[echo]'" in words


async def test_what_is_there_and_does_not_load_is_a_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("agent.hearing.echo.is_installed", lambda: True)
    monkeypatch.delitem(sys.modules, "agent.hearing.aec3", raising=False)
    monkeypatch.setitem(sys.modules, "pywebrtc_audio", None)
    severity, code, words = await told(Audio())
    assert (severity, code) == ("fault", "echo.missing")
    assert "cannot be used: " in words


async def test_that_it_is_off_is_told_with_the_setting() -> None:
    severity, code, words = await told(Audio(echo="off"))
    assert (severity, code) == ("note", "echo.off")
    assert 'audio.echo = "auto"' in words


async def test_where_there_is_no_echo_nothing_is_told() -> None:
    assert await check_echo(Audio(speaker="none")) == []
    assert await check_echo(Audio(speaker="Answer.WAV")) == []
    assert await check_echo(Audio(microphone="question.wav")) == []
