"""Whether Tonny takes its own voice out of what it hears, and how it could."""

from collections.abc import Sequence
from pathlib import Path

from agent.app.voices import spares_echo
from agent.config.settings import Audio
from agent.doctor.findings import Finding, fault, note, ok
from agent.errors import Misconfigured
from agent.hearing.echo import INSTALL, make_echo


async def check_echo(audio: Audio) -> Sequence[Finding]:
    """Nothing where there is no echo: a file is not heard, and does not hear."""
    if any(_is_no_device(name) for name in (audio.speaker, audio.microphone)):
        return []
    worn = spares_echo(audio)
    full = audio.duplex == "full" or (audio.duplex == "auto" and worn)
    without = (
        "through loudspeakers it hears itself" if full else "it is deaf while it speaks"
    )
    if full and worn:
        title = (
            f'"{audio.speaker}" does not reach the microphone: you can interrupt it.'
        )
        return [ok("echo.worn", title)]
    try:
        echo = make_echo(audio.echo)
    except Misconfigured as exc:
        return [fault("echo.missing", f"{exc}.", INSTALL)]
    if echo is not None:
        title = "Tonny takes its own voice out of what it hears"
        more = '; with audio.duplex = "auto" you can interrupt it'
        more = more if audio.duplex == "half" else ": you can interrupt it"
        return [ok("echo", f"{title}{more}.")]
    if audio.echo == "off":
        title = f"Echo cancellation is off (audio.echo): {without}."
        return [note("echo.off", title, 'Set audio.echo = "auto".')]
    title = f"Tonny's own voice is not taken out of what it hears: {without}."
    return [note("echo.absent", title, INSTALL)]


def _is_no_device(name: str) -> bool:
    return name == "none" or Path(name).suffix.lower() in {".wav", ".wave"}
