"""Where sound goes: a device, a file, nowhere, or two of these."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from agent.ports import Speaker
from agent.speaking.speakers.silent import SilentSpeaker
from agent.speaking.speakers.tee import Tee

_SUFFIXES = {".wav", ".wave"}


@asynccontextmanager
async def open_speaker(name: str) -> AsyncIterator[Speaker]:
    """The speaker called *name*: "none", a WAV file to write, or a device ("default",
    or part of its name), which is opened when there is something to say.

    Raises `Misconfigured` for a file that cannot be written.
    """
    if name == "none":
        yield SilentSpeaker()
    elif Path(name).suffix.lower() in _SUFFIXES:
        from agent.speaking.speakers.wav import open_wav

        async with open_wav(Path(name)) as file:
            yield file
    else:
        from agent.speaking.speakers.device import open_device

        async with open_device(name) as device:
            yield device


@asynccontextmanager
async def open_demo_speaker(name: str, output: Path) -> AsyncIterator[Speaker]:
    """The WAV file *output*, and the speaker *name* too where there is any device."""
    from agent.speaking.speakers.device import is_there
    from agent.speaking.speakers.wav import open_wav

    async with AsyncExitStack() as stack:
        file = await stack.enter_async_context(open_wav(output))
        if name == "none" or not await is_there():
            yield file
        else:
            aloud = await stack.enter_async_context(open_speaker(name))
            yield Tee(aloud, file)
