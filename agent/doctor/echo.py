"""Whether Tonny takes its own voice out of what it hears, and how it could."""

from collections.abc import Sequence
from pathlib import Path

import trio

from agent.app.voices import cancelling, is_worn
from agent.config.settings import Audio
from agent.doctor.findings import Finding, fault, note, ok
from agent.errors import Misconfigured
from agent.hearing.echo import INSTALL, aec3, make_echo

_BETTER = (
    "Make the sink of the module the default speaker too, or set audio.speaker to it:"
    " what is played elsewhere is not taken out."
)
_OTHER = (
    "Choose the microphone without an echo that your sound server has, with"
    f" audio.microphone (tonny-agent audio devices lists it); or {INSTALL}"
)


async def check_echo(audio: Audio) -> Sequence[Finding]:
    """Nothing where there is no echo: a file is not heard, and does not hear."""
    if any(_is_no_device(name) for name in (audio.speaker, audio.microphone)):
        return []
    if audio.duplex != "half" and is_worn(audio):
        title = (
            f'"{audio.speaker}" does not reach the microphone: you can interrupt it.'
        )
        return [ok("echo.worn", title)]
    system = await cancelling(audio)
    if system == "yes" and audio.echo != "aec":
        title = "The sound server takes Tonny's voice out of what is heard"
        return [ok("echo.system", f"{title}{_more(audio)}.")]
    try:
        echo = make_echo(audio.echo)
    except Misconfigured as exc:
        return [fault("echo.missing", f"{exc}.", INSTALL)]
    if echo is not None:
        try:
            await trio.to_thread.run_sync(aec3)
        except ImportError as exc:
            title = f"Echo cancellation cannot be used: {exc}."
            return [fault("echo.missing", title, INSTALL)]
        title = "Tonny takes its own voice out of what it hears"
        return [ok("echo", f"{title}{_more(audio)}.")]
    without = (
        "through loudspeakers it hears itself"
        if audio.duplex == "full"
        else "it is deaf while it speaks"
    )
    if system == "microphone only":
        title = f"The speaker is not the one that the sound server cancels: {without}."
        return [note("echo.elsewhere", title, _BETTER)]
    if audio.echo == "off":
        title = f"Echo cancellation is off (audio.echo): {without}."
        return [note("echo.off", title, 'Set audio.echo = "auto".')]
    title = f"Tonny's own voice is not taken out of what it hears: {without}."
    remedy = _OTHER if system == "available" else INSTALL
    return [note("echo.absent", title, remedy)]


def _more(audio: Audio) -> str:
    if audio.duplex == "half":
        return '; with audio.duplex = "auto" you can interrupt it'
    return ": you can interrupt it"


def _is_no_device(name: str) -> bool:
    return name == "none" or Path(name).suffix.lower() in {".wav", ".wave"}
