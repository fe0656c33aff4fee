"""The few questions of `tonny-agent config init`, each answer tried as it is given.

Nothing is written meanwhile: whoever leaves in the middle has changed nothing.
"""

import shutil
import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TypeAlias

import msgspec

from agent.cli.common import run_trio
from agent.cli.meter import MeterLine
from agent.config import Config
from agent.config.load import suppose
from agent.doctor.findings import SIGNS, Finding
from agent.errors import AgentError, Misconfigured
from agent.events import Level
from agent.portaudio import DEFAULT

Look: TypeAlias = Callable[[Config], Sequence[Finding]]

_HZ = 10
_LISTEN = 4.0
"""Seconds for which the level is shown."""

_SOFT = -50.0
"""dBFS that anyone who speaks into a microphone gets above."""


class Answers(msgspec.Struct):
    """What goes into agent.toml, and what into the place for secrets."""

    settings: dict[str, object]
    secrets: dict[str, str]

    def config(self, **more: object) -> Config:
        """What would be in force; raises `Misconfigured`."""
        changes = {name.replace("__", "."): value for name, value in more.items()}
        return suppose({**self.settings, **self.secrets, **changes})


def interview(before: Mapping[str, object], folder: Path) -> Answers:
    """Ask a person at a terminal; what was set *before* is offered again.

    *folder* is where the record is. Raises `KeyboardInterrupt` or `EOFError` when the
    person leaves.
    """
    answers = Answers({**before}, {})
    print("Each question may be left with Enter, and changed later.\n")
    _microphone(answers)
    _address(
        answers,
        "stt.url",
        "WhisperLiveKit, which turns speech into text",
        "ws://localhost:8000/asr; empty: the recogniser inside, English only",
        _look_at_ears,
    )
    _address(
        answers,
        "workflow.url",
        "n8n, which answers",
        "http://localhost:5678/webhook/tonny; empty: a small responder",
        partial(_look_at_workflow, folder),
    )
    _key(answers, folder)
    return answers


def agreed(question: str, *, otherwise: bool = False) -> bool:
    """Yes or no; Enter is *otherwise*."""
    answer = input(f"{question} [{'Y/n' if otherwise else 'y/N'}] ").strip().lower()
    return answer in {"y", "yes"} if answer else otherwise


def _microphone(answers: Answers) -> None:
    from agent.app.sound import found_devices

    print("Microphone: which one is to be heard?")
    try:
        found = [each for each in run_trio(found_devices) if each.inputs]
    except AgentError as exc:
        _say(SIGNS["fault"], f"{exc}. The default one is kept.")
        print()
        return
    if not found:
        print("  There is none now; the default one will be heard once there is.\n")
        return
    names = [DEFAULT, *dict.fromkeys(each.name for each in found)]
    for number, name in enumerate(names):
        print(f"  {number}  {name}")
    while True:
        chosen = input("Number or name [0]: ").strip() or "0"
        name = names[int(chosen)] if chosen in map(str, range(len(names))) else chosen
        if _hears(answers, name) or agreed("Keep it all the same?"):
            break
    answers.settings["audio.microphone"] = name
    print()


def _hears(answers: Answers, name: str) -> bool:
    """Whether *name* hears someone: they see how loud they are."""
    print("Say something.")
    line = MeterLine(sys.stdout, _HZ)
    loudest = -200.0

    def show(level: Level) -> None:
        nonlocal loudest
        loudest = max(loudest, level.rms)
        line.show(level)

    try:
        run_trio(_listen, answers.config(audio__microphone=name), show)
    except (AgentError, ExceptionGroup) as exc:
        line.end()
        _say(SIGNS["fault"], _reason(exc))
        return False
    line.end()
    if loudest < _SOFT:
        _say(SIGNS["fault"], "hardly anything was heard: is it muted?")
        return False
    _say(SIGNS["ok"], f"heard, up to {loudest:.0f} dBFS")
    return True


async def _listen(config: Config, show: Callable[[Level], None]) -> None:
    import trio

    from agent.app.sound import measure
    from agent.hearing.microphones import pick_microphone

    microphone = pick_microphone(config.audio)
    async with trio.open_nursery() as nursery:
        await nursery.start(measure, config.vad, microphone, _HZ, show)
        nursery.cancel_scope.deadline = trio.current_time() + _LISTEN


def _address(
    answers: Answers,
    name: str,
    title: str,
    hint: str,
    look: Look,
) -> None:
    print(f"{title} ({hint}).")
    before = answers.settings.get(name, "")
    while True:
        given = input(f"Address{f' [{before}]' if before else ''}: ").strip()
        answers.settings[name] = given or before
        try:
            config = answers.config()
        except Misconfigured as exc:
            _say(SIGNS["fault"], str(exc).removeprefix("your answer: "))
            continue
        if not answers.settings[name] or _satisfied(look, config):
            break
    print()


def _key(answers: Answers, folder: Path) -> None:
    import getpass

    name, look = "tts.api_key", partial(_look_at_voice, folder)
    print(
        "ElevenLabs, which speaks (empty: the voice inside). It says a word to no one."
    )
    while key := getpass.getpass("Key (unseen): ").strip():
        answers.secrets[name] = key
        try:
            config = answers.config(tts__engine="elevenlabs")
        except Misconfigured as exc:
            _say(SIGNS["fault"], str(exc).removeprefix("your answer: "))
            continue
        if _satisfied(look, config):
            break
    else:
        answers.secrets.pop(name, None)
    print()


def _satisfied(look: Look, config: Config) -> bool:
    """Whether what was found is well, or is kept all the same."""
    print("  trying …", end="", flush=True)
    found = look(config)
    print("\r\x1b[K", end="")
    for finding in found:
        _say(SIGNS[finding.severity], finding.title)
        if finding.remedy and finding.severity != "ok":
            _say("  →", finding.remedy)
    if all(finding.severity != "fault" for finding in found):
        return True
    return agreed("Keep it all the same?")


def _say(sign: str, text: str) -> None:
    begin = f"  {sign} "
    width = shutil.get_terminal_size().columns
    print(textwrap.fill(text, width, initial_indent=begin, subsequent_indent="    "))


def _look_at_ears(config: Config) -> Sequence[Finding]:
    from agent.doctor.whisperlivekit import check_whisperlivekit

    found: Sequence[Finding] = run_trio(check_whisperlivekit, config.stt)
    return found


def _look_at_workflow(folder: Path, config: Config) -> Sequence[Finding]:
    from agent.doctor.workflow import check_workflow

    found: Sequence[Finding] = run_trio(check_workflow, config, folder)
    return found


def _look_at_voice(folder: Path, config: Config) -> Sequence[Finding]:
    from agent.doctor.voices import check_voices

    found: Sequence[Finding] = run_trio(check_voices, config, folder)
    return found


def _reason(exc: BaseException) -> str:
    from agent.supervisor import first_cause

    return str(first_cause(exc) if isinstance(exc, BaseExceptionGroup) else exc)
