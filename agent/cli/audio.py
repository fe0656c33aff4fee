"""`tonny-agent audio`: the microphone and the speaker by themselves."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import cyclopts
import msgspec
from cyclopts import Parameter

from agent.cli.common import ConfigPath, run_trio, settings
from agent.cli.devices import devices
from agent.cli.meter import MeterLine
from agent.config import Config
from agent.errors import Misconfigured
from agent.events import Level

app = cyclopts.App(
    name="audio", help="List, meter, record and test microphones and speakers."
)
app.command(devices)

Microphone = Annotated[
    str | None, Parameter(help="A device, or a WAV file that plays the part of one.")
]
Seconds = Annotated[
    float | None,
    Parameter(
        help="How long. [default: until Ctrl-C]",
        validator=cyclopts.validators.Number(gt=0),
    ),
]
AsJson = Annotated[bool, Parameter(help="Print JSON, an object a line.", negative="")]

_HZ = 10

_SENTENCE = "This is Tonny. I am listening for what I say now."


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
    settled = settings(config, audio={"microphone": microphone})
    line = MeterLine(sys.stdout, _HZ)
    try:
        run_trio(_meter, settled, seconds, _print_json if json else line.show)
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
        name = await nursery.start(measure, config.vad, microphone, _HZ, show)
        _say(f"listening to {name} (Ctrl-C ends)")
        await _for(seconds, nursery)


@app.command
def record(
    file: Path,
    /,
    *,
    microphone: Microphone = None,
    seconds: Seconds = None,
    force: Annotated[
        bool, Parameter(help="Replace FILE if it is there.", negative="")
    ] = False,
    config: ConfigPath = None,
) -> int:
    """Record what the agent hears: a WAV file of 16 kHz, mono, that only you can read.

    Parameters
    ----------
    file
        The WAV file to make.

    For example:

    tonny-agent audio record test.wav --seconds 5

    tonny-agent transcribe test.wav
    """
    settled = settings(config, audio={"microphone": microphone})
    if _same(file, settled.audio.microphone):
        raise Misconfigured(f"{file} is the microphone: it would be overwritten")
    levels: list[Level] = []
    with _new_file(file, force=force), _ended_by_ctrl_c():
        run_trio(_record, settled, seconds, file, levels.append)
    _report(file, levels)
    return 0


async def _record(
    config: Config, seconds: float | None, file: Path, show: Callable[[Level], None]
) -> None:
    import trio

    from agent.app.sound import record
    from agent.hearing.microphones import pick_microphone
    from agent.ports import RATE
    from agent.speaking.speakers.wav import open_wav

    microphone = pick_microphone(config.audio)
    async with open_wav(file, RATE) as sink, trio.open_nursery() as nursery:
        name = await nursery.start(record, microphone, sink, show)
        _say(f"recording {name} (Ctrl-C ends)")
        await _for(seconds, nursery)


@app.command
def loopback(
    text: Annotated[str, Parameter(allow_leading_hyphen=True)] = _SENTENCE,
    /,
    *,
    microphone: Microphone = None,
    speaker: Annotated[str | None, Parameter(help="A device.")] = None,
    json: AsJson = False,
    config: ConfigPath = None,
) -> int:
    """Say a sentence, listen for it, and tell how late and how loud it comes back.

    The exit status is 1 when nothing of it was heard: as it should be with headphones.

    Parameters
    ----------
    text
        What to say.

    For example:

    tonny-agent audio loopback
    """
    from agent.cli.loops import told

    changes = {"microphone": microphone, "speaker": speaker}
    loop = run_trio(_loopback, text, settings(config, audio=changes))
    print(msgspec.json.encode(loop).decode() if json else told(loop))
    return 0 if loop.heard else 1


async def _loopback(text: str, config: Config) -> Any:
    from agent.app.loopback import loop_back
    from agent.hearing.microphones import pick_microphone
    from agent.speaking.speakers import open_speaker

    microphone = pick_microphone(config.audio)
    async with open_speaker(config.audio.speaker) as speaker:
        return await loop_back(text, config, microphone, speaker)


async def _for(seconds: float | None, nursery: Any) -> None:
    """End what *nursery* does after so long, if that is given."""
    import trio

    if seconds is not None:
        await trio.sleep(seconds)
        nursery.cancel_scope.cancel()


@contextmanager
def _new_file(path: Path, *, force: bool) -> Iterator[None]:
    """Made for us alone; it is taken away again if nothing could be recorded."""
    flags = os.O_WRONLY | os.O_CREAT | (0 if force else os.O_EXCL)
    try:
        os.close(os.open(path, flags, 0o600))
        path.chmod(0o600)
    except FileExistsError:
        raise Misconfigured(f"{path} is there already: --force replaces it") from None
    except OSError as exc:
        raise Misconfigured(f"{path} cannot be written ({exc.strerror})") from exc
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


@contextmanager
def _ended_by_ctrl_c() -> Iterator[None]:
    """That is how one ends it: nothing has gone wrong."""
    try:
        yield
    except KeyboardInterrupt:
        pass
    except BaseExceptionGroup as stopped:
        _, others = stopped.split(KeyboardInterrupt)
        if others is not None:
            raise


def _report(file: Path, levels: list[Level]) -> None:
    from agent.hearing.levels import judged

    if not levels:
        _say(f"{file} holds less than a tenth of a second")
        return
    found = judged(levels)
    loud = f"{found.rms:.0f} dBFS, peak {found.peak:.0f}"
    fault = " (too loud: it clips)" * found.clips + " (nothing at all)" * found.dead
    print(f"{file}: {len(levels) / _HZ:.1f} s, {loud}{fault}")


def _same(file: Path, microphone: str) -> bool:
    heard = Path(microphone)
    return file.is_file() and heard.is_file() and file.samefile(heard)


def _print_json(level: Level) -> None:
    sys.stdout.write(msgspec.json.encode(level).decode() + "\n")
    sys.stdout.flush()


def _say(text: str) -> None:
    print(text, file=sys.stderr)
