"""`tonny-agent transcribe`: what is said in recordings."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import msgspec
from cyclopts import Parameter

from agent.cli.common import ConfigPath, run_trio, settings
from agent.cli.texts import SUFFIX, Format, Write, writing, written
from agent.config import Config
from agent.config.languages import LANGUAGES
from agent.core.segments import Pacing
from agent.errors import Misconfigured

Engine: TypeAlias = Literal["auto", "whisperlivekit", "moonshine"]

_TO_READ = Pacing(relaxed=10.0, pressed=25.0)
_TO_SHOW = Pacing(relaxed=2.0, pressed=6.0)
"""Captions are read while one watches: two or three lines at a time."""

_LONG = 60.0
"""Seconds of a recording from which on it is told in tenths how far it is, where
nothing can be shown in place."""


class Job(msgspec.Struct, frozen=True):
    """What to transcribe, in which form, and in which file each text goes: without
    any *places* it is standard output."""

    files: tuple[Path, ...]
    format: Format
    places: dict[Path, Path]

    @property
    def captions(self) -> bool:
        return self.format in ("srt", "vtt")

    @property
    def visible(self) -> bool:
        """Whether the text itself shows how far it is."""
        return not self.places and sys.stdout.isatty()


def transcribe(
    file: Path,
    /,
    *more: Path,
    format: Format = "text",
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    engine: Engine | None = None,
    language: str | None = None,
    config: ConfigPath = None,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Print what is said in recordings of any length, a line a stretch of speech.

    Ctrl-C leaves what is done so far. A file that cannot be read is told, and the
    others go on; the exit status is then 1. It is 69 when nothing is there that could
    transcribe.

    For example:

    tonny-agent transcribe meeting.wav

    tonny-agent transcribe film.wav --format srt --output film.srt

    Parameters
    ----------
    file
        A WAV file, at any rate, mono or stereo.
    more
        Further files, one after the other.
    format
        Lines of text; json, a list of what is said from when to when, and how sure
        the engine is; or captions: srt or vtt.
    output
        A file to write to; for several recordings a folder, with a file for each.
    engine
        What transcribes. [default: stt.engine]
    language
        The language spoken, such as "en", or "auto". [default: stt.language]
    json
        The same as --format json.
    """
    if language is not None and language not in LANGUAGES | {"auto"}:
        raise Misconfigured(
            f'"{language}" is no language: it has to be a code such as "en", or "auto"'
        )
    settled = settings(config, stt={"engine": engine, "language": language})
    form: Format = "json" if json else format
    files = tuple(dict.fromkeys((file, *more)))
    places = {} if output is None else _places(files, output, SUFFIX[form])
    job = Job(files, form, places)
    if job.captions and output is None and len(files) > 1:
        print(
            "tonny-agent: captions need a file each: --output FOLDER", file=sys.stderr
        )
        return 2
    from agent.logs import logging_to

    with logging_to(None, settled.log):
        status: int = run_trio(_transcribe, job, settled)
    return status


def _places(files: Sequence[Path], output: Path, suffix: str) -> dict[Path, Path]:
    """Raises `Misconfigured` when a text would replace another, or a recording."""
    folder = len(files) > 1 or output.is_dir()
    found: dict[Path, Path] = {}
    taken = {file.resolve() for file in files}
    for file in files:
        place = output / f"{file.stem}{suffix}" if folder else output
        if place.resolve() in taken:
            raise Misconfigured(f'"{place}" would be written over; choose another one')
        taken.add(place.resolve())
        found[file] = place
    return found


async def _transcribe(job: Job, config: Config) -> int:
    from agent.app.transcription import open_scribe
    from agent.hearing.microphones.file import FileMicrophone

    pacing = _TO_SHOW if job.captions else _TO_READ
    status = 0
    with _texts(job) as text_of:
        async with open_scribe(config, pacing) as scribe:
            for file in job.files:
                try:
                    recording = FileMicrophone(file, fast=True)
                except Misconfigured as exc:
                    print(f"tonny-agent: {exc}", file=sys.stderr)
                    status = 1
                    continue
                with text_of(file) as write, _progress(file, job) as passed:
                    await scribe.write_down(recording, write, passed)
    return status


@contextmanager
def _texts(job: Job) -> Iterator[Callable[[Path], AbstractContextManager[Write]]]:
    """Where the segments of each file are written to."""
    if job.places:
        yield lambda file: written(job.places[file], job.format)
        return
    with writing(sys.stdout, job.format) as write:
        yield lambda _: nullcontext(write)


@contextmanager
def _progress(file: Path, job: Job) -> Iterator[Callable[[float], None]]:
    """Called with the seconds that are done, tells on stderr how far that is: in place
    on a terminal, else a line every tenth."""
    whole, out = _seconds(file), sys.stderr
    told = 0

    def passed(seconds: float) -> None:
        nonlocal told
        tenth = int(10 * seconds / whole)
        if out.isatty():
            out.write(f"\r{file.name}: {min(1, seconds / whole):.0%}\x1b[K")
            out.flush()
        elif told < tenth < 10 and whole >= _LONG:
            told = tenth
            print(f"{file.name}: {10 * tenth}%", file=out)

    try:
        yield (lambda _: None) if job.visible or not whole else passed
    finally:
        if out.isatty():
            out.write("\r\x1b[K")


def _seconds(file: Path) -> float:
    """About how long a WAV file lasts, by the bytes a second that its header gives;
    0 if it gives none at its beginning."""
    with file.open("rb") as opened:
        head = opened.read(4096)
    found = head.find(b"fmt ")
    rate = int.from_bytes(head[found + 16 : found + 20], "little") if found > 0 else 0
    return file.stat().st_size / rate if rate else 0.0
