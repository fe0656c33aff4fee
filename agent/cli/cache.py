"""`tonny-agent cache`: what ElevenLabs has said, kept to be said again."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import cyclopts
import msgspec
from cyclopts import Parameter

from agent.cli.common import ConfigPath, DataDir, data_folder, run_trio, settings
from agent.errors import Misconfigured

if TYPE_CHECKING:
    from agent.config.settings import Tts
    from agent.speaking.elevenlabs.cache import Cache

app = cyclopts.App(
    name="cache", help="What ElevenLabs has said, kept to be said again without it."
)

_MB = 1 << 20


@app.command
def stats(
    *,
    json: Annotated[bool, Parameter(help="Print JSON.", negative="")] = False,
    config: ConfigPath = None,
    data_dir: DataDir = None,
) -> int:
    """Tell how much is kept.

    For example:

    tonny-agent cache stats --json
    """
    found = run_trio(_cache(settings(config).tts, data_folder(data_dir)).stats)
    if json:
        print(msgspec.json.encode(found).decode())
    else:
        print(
            f"{found.entries} texts, {found.seconds:.0f} s of sound:"
            f" {found.bytes / _MB:.1f} of {found.limit / _MB:.0f} MB (tts.cache_mb)"
        )
    return 0


@app.command
def clear(*, config: ConfigPath = None, data_dir: DataDir = None) -> int:
    """Forget everything that is kept.

    For example:

    tonny-agent cache clear
    """
    found = run_trio(_cache(settings(config).tts, data_folder(data_dir)).clear)
    print(f"{found.entries} texts are forgotten ({found.bytes / _MB:.1f} MB).")
    return 0


@app.command
def warm(file: Path, /, *, config: ConfigPath = None, data_dir: DataDir = None) -> int:
    """Have each line of a file said once, to no one: later it needs no ElevenLabs.

    That costs as many characters as the file has; what is kept already costs nothing.

    For example:

    tonny-agent cache warm phrases.txt

    Parameters
    ----------
    file
        A text file, a phrase a line; - is standard input.
    """
    from agent.app.warm import warm as warm_up

    settled = settings(config)
    if not settled.tts.api_key:
        raise Misconfigured(
            "there is no key to ElevenLabs: tonny-agent secrets set tts.api_key"
        )
    lines = [line.strip() for line in _read(file).splitlines() if line.strip()]
    done = run_trio(warm_up, lines, settled, data_folder(data_dir))
    for line, problem in done.failed:
        print(f"tonny-agent: not kept: {line:.60}: {problem}", file=sys.stderr)
    print(f"{done.said} said, {done.kept} were there already.")
    return 69 if done.failed else 0


def _read(file: Path) -> str:
    if str(file) == "-":
        return sys.stdin.buffer.read().decode("utf-8", "replace")
    try:
        return file.read_text("utf-8", "replace")
    except OSError as exc:
        raise Misconfigured(f'"{file}" cannot be read ({exc.strerror})') from exc


def _cache(tts: "Tts", folder: Path) -> "Cache":
    from agent.speaking.elevenlabs.cache import FOLDER, Cache
    from agent.speaking.elevenlabs.instead import Memory

    return Cache(folder / FOLDER, tts, Memory(tts, folder / FOLDER))
