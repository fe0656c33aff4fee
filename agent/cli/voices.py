"""`tonny-agent voices`: those of ElevenLabs, to choose from."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import cyclopts
import msgspec
from cyclopts import Parameter

from agent.cli.common import ConfigPath, DataDir, data_folder, run_trio, settings
from agent.config import Config, load
from agent.config.edit import assign
from agent.config.load import destination
from agent.errors import Misconfigured, Refused

if TYPE_CHECKING:
    import trio

    from agent.events import Entry
    from agent.speaking.elevenlabs.account import Offered

app = cyclopts.App(name="voices")

_SENTENCE = "Hello, I am {name}. This is how I sound when I answer you."


@app.default
def list_(
    *,
    search: Annotated[str, Parameter(help="Part of a name or a description.")] = "",
    json: Annotated[bool, Parameter(help="Print JSON.", negative="")] = False,
    config: ConfigPath = None,
) -> int:
    """List the voices of your account; a star is at the one that speaks.

    For example:

    tonny-agent voices

    tonny-agent voices --search british --json
    """
    settled = _with_key(settings(config))
    found: Sequence[Offered] = run_trio(_found, settled, search)
    if json:
        print(msgspec.json.encode(found).decode())
        return 0
    for voice in found:
        spoken = settled.tts.voice.casefold() in {
            voice.voice_id.casefold(),
            voice.name.casefold(),
            voice.name.partition(" - ")[0].casefold(),
        }
        print(f"{'*' if spoken else ' '} {voice.voice_id}  {_described(voice)}")
    if not found:
        print("There is none.")
    return 0


@app.command
def use(name: str, /, *, config: ConfigPath = None) -> int:
    """Let another voice speak: tts.voice is set in agent.toml.

    A running agent goes on with the voice that it has, until it is started again.

    For example:

    tonny-agent voices use George

    Parameters
    ----------
    name
        A voice's name, or its id.
    """
    settled = _with_key(settings(config))
    voice = run_trio(_named, settled, name)
    path = assign(load(config).path or destination(config), "tts.voice", voice.voice_id)
    print(f"{voice.name or voice.voice_id} speaks from now on ({path}).")
    return 0


@app.command
def preview(
    name: str,
    /,
    *,
    text: Annotated[str, Parameter(help="What to say.")] = "",
    speaker: Annotated[
        str | None, Parameter(help="A device, a WAV file to write, or 'none'.")
    ] = None,
    config: ConfigPath = None,
    data_dir: DataDir = None,
) -> int:
    """Hear a voice say a sentence: that costs as many characters as it has.

    For example:

    tonny-agent voices preview George

    Parameters
    ----------
    name
        A voice's name, or its id.
    """
    settled = _with_key(settings(config, audio={"speaker": speaker}))
    voice = run_trio(_named, settled, name)
    tts = msgspec.structs.replace(
        settled.tts, voice=voice.voice_id, engine="elevenlabs"
    )
    changed = msgspec.structs.replace(settled, tts=tts)
    said = text or _SENTENCE.format(name=voice.name.partition(" - ")[0] or name)
    run_trio(_preview, said, changed, data_folder(data_dir))
    return 0


def _with_key(config: Config) -> Config:
    if not config.tts.api_key:
        raise Misconfigured(
            "there is no key to ElevenLabs: tonny-agent secrets set tts.api_key"
        )
    return config


async def _found(config: Config, search: str) -> "Sequence[Offered]":
    from agent.speaking.elevenlabs import open_account

    async with open_account(config.tts) as account:
        return await account.voices(search)


async def _named(config: Config, name: str) -> "Offered":
    from agent.speaking.elevenlabs import open_account

    async with open_account(config.tts) as account:
        voice = await account.named(name)
    if voice is None:
        raise Misconfigured(
            f'there is no voice "{name}" in your account: tonny-agent voices'
        )
    return voice


async def _preview(text: str, config: Config, folder: Path) -> None:
    from agent.app.once import say
    from agent.events import VoiceSwapped
    from agent.speaking.speakers import open_speaker

    swapped: list[VoiceSwapped] = []

    async def watch(entries: "trio.abc.ReceiveChannel[Entry]") -> None:
        async for entry in entries:
            match entry.event:
                case VoiceSwapped() as swap:
                    swapped.append(swap)
                case _:
                    pass

    async with open_speaker(config.audio.speaker) as speaker:
        await say(text, config, folder, speaker, [watch])
    if swapped:
        raise Refused(f"that was {swapped[-1].used}: {swapped[-1].reason}")


def _described(voice: "Offered") -> str:
    labels = [label for label in (voice.labels or {}).values() if label]
    told = ", ".join(labels) or (voice.description or "")
    kind = f"[{voice.category}]" if voice.category else ""
    return " ".join(part for part in (f"{voice.name:32}", kind, f"{told:.70}") if part)
