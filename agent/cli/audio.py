"""`tonny-agent audio`: the microphone and the speaker by themselves."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import cyclopts
import msgspec
from cyclopts import Parameter

from agent.cli.common import ConfigPath, DataDir, data_folder, run_trio, settings
from agent.cli.devices import devices
from agent.cli.live import HZ, Microphone, Seconds, end_after, say
from agent.cli.meter import MeterLine
from agent.cli.record import record
from agent.config import Config
from agent.config.settings import Mode
from agent.events import Level

app = cyclopts.App(name="audio")
app.command(devices)
app.command(record)

AsJson = Annotated[bool, Parameter(help="Print JSON, an object a line.", negative="")]

_SENTENCE = "This is Tonny. I am listening for what I say now."


@app.default
def in_mode(
    *,
    mode: Annotated[
        Literal["voice", "voice_activation", "continuous", "ptt"] | None,
        Parameter(help="How to listen; voice_activation is voice."),
    ] = None,
    microphone: Microphone = None,
    seconds: Seconds = None,
    json: AsJson = False,
    config: ConfigPath = None,
) -> int:
    """Meter the microphone as it is listened to in a mode; see `tonny-agent audio meter`.

    For example:

    tonny-agent audio --mode continuous
    """
    if mode is None:
        app.help_print([])
        return 0
    chosen: Mode = "voice" if mode == "voice_activation" else mode
    changes = {"microphone": microphone, "mode": chosen}
    return _metered(settings(config, audio=changes), seconds, json=json)


@app.command
def meter(
    *,
    microphone: Microphone = None,
    seconds: Seconds = None,
    json: AsJson = False,
    config: ConfigPath = None,
) -> int:
    """Show how loud the microphone is, and whether that is taken for a voice.

    The bar is the level, with a line at the noise of the room and one at the peak.
    Speech should reach -30 to -10 dBFS, and stand out from the noise by 20 dB.

    For example:

    tonny-agent audio meter

    tonny-agent audio meter --microphone "Jabra" --seconds 10 --json
    """
    changes = {"microphone": microphone, "mode": "voice"}
    return _metered(settings(config, audio=changes), seconds, json=json)


def _metered(config: Config, seconds: float | None, *, json: bool) -> int:
    line = MeterLine(sys.stdout, HZ)
    try:
        run_trio(_meter, config, seconds, _print_json if json else line.show)
    finally:
        line.end()
    return 0


async def _meter(
    config: Config, seconds: float | None, show: Callable[[Level], None]
) -> None:
    import trio

    from agent.app.sound import measure
    from agent.hearing.microphones import pick_microphone

    microphone = pick_microphone(config.audio)
    async with trio.open_nursery() as nursery:
        name = await nursery.start(
            measure, config.vad, microphone, HZ, show, config.audio.mode
        )
        say(f"listening to {name} (Ctrl-C ends)")
        end_after(seconds, nursery)


@app.command
def loopback(
    text: Annotated[str, Parameter(allow_leading_hyphen=True)] = _SENTENCE,
    /,
    *,
    microphone: Microphone = None,
    speaker: Annotated[str | None, Parameter(help="A device.")] = None,
    json: AsJson = False,
    config: ConfigPath = None,
    data_dir: DataDir = None,
) -> int:
    """Say a sentence, listen for it, and tell how late and how loud it comes back.

    The exit status is 1 when nothing of it was heard: as it should be with headphones.

    For example:

    tonny-agent audio loopback

    tonny-agent audio loopback "Can you hear me?" --speaker "Jabra" --json

    Parameters
    ----------
    text
        What to say.
    """
    from agent.cli.loops import told

    changes = {"microphone": microphone, "speaker": speaker}
    settled = settings(config, audio=changes)
    loop = run_trio(_loopback, text, settled, data_folder(data_dir))
    print(msgspec.json.encode(loop).decode() if json else told(loop))
    return 0 if loop.heard else 1


async def _loopback(text: str, config: Config, folder: Path) -> Any:
    from agent.app.loopback import loop_back
    from agent.hearing.microphones import pick_microphone
    from agent.speaking.speakers import open_speaker

    microphone = pick_microphone(config.audio)
    async with open_speaker(config.audio.speaker) as speaker:
        return await loop_back(text, config, folder, microphone, speaker)


def _print_json(level: Level) -> None:
    sys.stdout.write(msgspec.json.encode(level).decode() + "\n")
    sys.stdout.flush()
