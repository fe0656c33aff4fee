"""`tonny-agent ask` and `say`: one turn, one text."""

import sys
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from agent.cli.common import ConfigPath, DataDir, data_folder, run_trio, settings
from agent.commands import Priority
from agent.config import Config
from agent.config.folders import data_dir as folder_of
from agent.control.client import NotRunning
from agent.control.client import ask as control
from agent.control.commands import LONGEST_QUESTION, AskText, SayText, encode
from agent.control.commands import LONGEST_TEXT as LONGEST
from agent.control.outcome import outcome
from agent.errors import Refused

SpeakerName = Annotated[
    str | None, Parameter(help="A device, a WAV file to write, or 'none'.")
]

Text = Annotated[str, Parameter(allow_leading_hyphen=True)]


def ask(
    text: Text,
    /,
    *,
    config: ConfigPath = None,
    data_dir: DataDir = None,
    speaker: SpeakerName = None,
    json: Annotated[
        bool, Parameter(help="Print the answer as JSON.", negative="")
    ] = False,
) -> int:
    """Send one turn without the microphone, print its answer, and speak it: by the agent
    that is running, else by itself.

    A question that nobody can answer now is kept, and passed on by the next
    `tonny-agent run`; the exit status is then 69.

    For example:

    tonny-agent ask "what time is it?"

    tonny-agent ask "turn off the light" --speaker none --json

    Parameters
    ----------
    text
        What to ask.
    """
    if speaker is None and text.strip():
        line = encode(AskText(text[:LONGEST_QUESTION]))
        try:
            return outcome(control(str(folder_of(data_dir)), line), as_json=json)
        except NotRunning:
            pass  # then we do it ourselves
    settled = settings(config, audio={"speaker": speaker})
    return _run(_ask, text, settled, data_folder(data_dir), json)


async def _ask(text: str, config: Config, folder: Path, json: bool) -> int:
    from agent.app.once import ask as ask_once
    from agent.speaking.speakers import open_speaker

    async with open_speaker(config.audio.speaker) as speaker:
        answer = await ask_once(text, config, folder, speaker)
    if json:
        print(msgspec.json.encode(answer).decode())
    elif answer.text is not None:
        print(answer.text)
    if answer.text is None:
        print(f"tonny-agent: no answer now: {answer.reason}", file=sys.stderr)
        return 69
    return 0


def say(
    text: Text,
    /,
    *,
    priority: Annotated[
        Priority, Parameter(help="How urgent it is, where an agent is running.")
    ] = "announcement",
    config: ConfigPath = None,
    data_dir: DataDir = None,
    speaker: SpeakerName = None,
    voice: Annotated[
        str | None, Parameter(help="Speak by itself, with this voice of ElevenLabs.")
    ] = None,
) -> int:
    """Speak a text: by the agent that is running, else by itself.

    An alert interrupts whatever the running agent says, and that goes on afterwards; the
    rest waits for its turn.

    For example:

    tonny-agent say "Dinner is ready."

    tonny-agent say "The door is open!" --priority alert

    fortune | tonny-agent say - --speaker fortune.wav

    Parameters
    ----------
    text
        What to say; with - it is read from standard input.
    speaker
        Speak by itself, to this device or file.
    """
    if text == "-":
        text = sys.stdin.buffer.read().decode("utf-8", "replace")
    if len(text) > LONGEST:
        raise Refused(
            f"a text to say has at most {LONGEST} characters, and this one has"
            f" {len(text)}"
        )
    if speaker is None and voice is None and text.strip():
        line = encode(SayText(text, priority))
        try:
            return outcome(control(str(folder_of(data_dir)), line), quiet=True)
        except NotRunning:
            pass  # then we do it ourselves
    settled = settings(config, audio={"speaker": speaker}, tts={"voice": voice})
    return _run(_say, text, settled, data_folder(data_dir))


async def _say(text: str, config: Config, folder: Path) -> int:
    from agent.app.once import say as say_once
    from agent.speaking.speakers import open_speaker

    async with open_speaker(config.audio.speaker) as speaker:
        instead = await say_once(text, config, folder, speaker)
    if instead:
        print(f"tonny-agent: {instead}", file=sys.stderr)
    return 0


def _run(function: object, *arguments: object) -> int:
    """One command under its log: only a console, for there is little to tell."""
    from agent.logs import logging_to

    config = next(a for a in arguments if isinstance(a, Config))
    with logging_to(None, config.log):
        status: int = run_trio(function, *arguments)  # type: ignore[arg-type] # see callers
    return status
