"""Where sound goes: a device, a file, nowhere, or two of these."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from agent.ports import Speaker
from agent.speaking.speakers.silent import SilentSpeaker


@asynccontextmanager
async def open_speaker(name: str) -> AsyncIterator[Speaker]:
    """The speaker called *name*: "none", a WAV file to write, or a device ("default" or
    its name; opened when there is something to say).

    Raises `Misconfigured` for a file that cannot be written.
    """
    if name == "none":
        yield SilentSpeaker()
    elif name.lower().endswith((".wav", ".wave")):
        from agent.speaking.speakers.file import open_file

        async with open_file(Path(name)) as file:
            yield file
    else:
        from agent.speaking.speakers.device import open_device

        async with open_device(name) as device:
            yield device


@asynccontextmanager
async def open_demo_speaker(name: str, output: Path) -> AsyncIterator[Speaker]:
    """*output*, and the speaker *name* too if there is one."""
    from agent.speaking.speakers.both import Both
    from agent.speaking.speakers.device import has_output

    async with open_speaker(str(output)) as file:
        if not await has_output():
            yield file
            return
        async with open_speaker(name) as device:
            yield Both(device, file)
