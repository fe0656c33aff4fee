"""Which of the sound server's devices hear nothing of what is played."""

import pytest

from agent.app.voices import cancelling, may_interrupt
from agent.config.settings import Audio
from agent.doctor.echo import check_echo
from agent.portaudio import pulse
from agent.portaudio.cancelling import cancels
from tests.rigs.pulse import Pulse


async def doctor(audio: Audio) -> str:
    [found] = await check_echo(audio)
    return found.code


async def test_the_echo_cancellation_of_the_sound_server_is_known_and_used(
    pulse: Pulse, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = Audio(echo="off")
    assert await cancelling(bare) == "no"
    assert await doctor(bare) == "echo.off"
    pulse.pactl(
        *("load-module", "module-echo-cancel", "aec_method=webrtc"),
        *("source_name=clear", "sink_name=known"),
        *("source_master=mic", "sink_master=speaker"),
    )
    pulse.pactl("set-default-source", "mic")
    pulse.pactl("set-default-sink", "speaker")
    assert await cancelling(bare) == "available"
    pulse.pactl("set-default-source", "clear")
    assert await cancelling(bare) == "microphone only"
    assert await doctor(bare) == "echo.elsewhere"
    pulse.pactl("set-default-sink", "known")
    for audio in (bare, Audio(), Audio(microphone="clear", speaker="known")):
        assert await cancelling(audio) == "yes"
        assert await doctor(audio) == "echo.system"
    assert await cancelling(Audio(microphone="mic")) == "available"
    monkeypatch.setenv("PULSE_SOURCE", "mic")
    assert await cancelling(bare) == "available"


def test_who_is_not_heard_by_the_microphone_may_be_interrupted() -> None:
    audio = Audio()
    assert may_interrupt(audio, None, cancelled=True)
    assert not may_interrupt(audio, None)
    assert not may_interrupt(Audio(duplex="half"), None, cancelled=True)


@pytest.mark.parametrize(
    ("name", "driver", "so"),
    [
        ("echo-cancel-source", "PipeWire", True),
        ("Echo Cancellation Source", "PipeWire", True),
        ("effect_input.rnnoise", "PipeWire", False),
        ("alsa_input.usb-Maecenas", "module-alsa-card.c", False),
        ("clear", "module-echo-cancel.c", True),
    ],
)
def test_such_a_source_is_told_by_its_module_or_its_name(
    name: str, driver: str, so: bool
) -> None:
    assert cancels(pulse.Node(name, driver=driver)) is so
