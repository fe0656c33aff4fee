"""`tonny-agent audio record`: what the agent hears, as a file."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from agent.cli.common import ConfigPath, run_trio, settings
from agent.cli.live import HZ, Microphone, Seconds, end_after, say
from agent.config import Config
from agent.errors import Misconfigured
from agent.events import Level

if TYPE_CHECKING:
    from agent.app.sound import Sink


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

    When the microphone goes away, what was recorded until then is kept; the exit status
    is 69.

    For example:

    tonny-agent audio record test.wav --seconds 5

    tonny-agent transcribe test.wav

    Parameters
    ----------
    file
        The WAV file to make.
    """
    settled = settings(config, audio={"microphone": microphone})
    if _same(file, settled.audio.microphone):
        raise Misconfigured(f"{file} is the microphone: it would be overwritten")
    levels: list[Level] = []
    try:
        with _ended_by_ctrl_c():
            run_trio(_record, settled, seconds, file, force, levels.append)
        if not levels:
            say("less than a tenth of a second was recorded")
    finally:
        if levels:
            print(_told(file, levels))
    return 0


async def _record(
    config: Config,
    seconds: float | None,
    file: Path,
    force: bool,
    show: Callable[[Level], None],
) -> None:
    import trio

    from agent.app.sound import record
    from agent.hearing.microphones import pick_microphone

    microphone = pick_microphone(config.audio)
    make = partial(_new_wav, file, force=force)
    async with trio.open_nursery() as nursery:
        name = await nursery.start(record, microphone, make, show)
        say(f"recording {name} (Ctrl-C ends)")
        end_after(seconds, nursery)


@asynccontextmanager
async def _new_wav(path: Path, *, force: bool) -> AsyncIterator["Sink"]:
    """Raises `Misconfigured` as `_make` does."""
    from agent.ports import RATE
    from agent.speaking.speakers.wav import open_wav

    _make(path, force=force)
    async with open_wav(path, RATE) as wav:
        yield wav


def _make(path: Path, *, force: bool) -> None:
    """An empty file, for us alone. Raises `Misconfigured` where something else is, or
    where it cannot be made."""
    flags = os.O_WRONLY | os.O_CREAT | (0 if force else os.O_EXCL)
    try:
        if path.exists() and not path.is_file():
            raise Misconfigured(f"{path} is no file that could be replaced")
        os.close(os.open(path, flags, 0o600))
        path.chmod(0o600)
    except FileExistsError:
        raise Misconfigured(f"{path} is there already: --force replaces it") from None
    except OSError as exc:
        raise Misconfigured(f"{path} cannot be written ({exc.strerror})") from exc


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


def _told(file: Path, levels: list[Level]) -> str:
    from agent.hearing.levels import judged

    found = judged(levels)
    loud = f"{found.rms:.0f} dBFS, peak {found.peak:.0f}"
    fault = " (too loud: it clips)" * found.clips + " (nothing at all)" * found.dead
    return f"{file}: {len(levels) / HZ:.1f} s, {loud}{fault}"


def _same(file: Path, microphone: str) -> bool:
    heard = Path(microphone)
    return file.is_file() and heard.is_file() and file.samefile(heard)
