"""Carries out what a workflow asks for beside words."""

import trio

from agent.app.controls import Controls
from agent.commands import (
    Command,
    Listen,
    Mute,
    Notify,
    Say,
    Set,
    Stop,
    Unknown,
    name_of,
)
from agent.config.settings import Mode
from agent.core.sentences import Sentences
from agent.errors import AgentError, Misconfigured, Refused, Unavailable
from agent.events import Commanded, CommandIgnored
from agent.floor import Floor
from agent.pipeline import Line, Publish

_NOTICES = 10
"""Notifications that may wait for the desktop."""

_MODES: dict[str, Mode] = {
    "voice": "voice",
    "continuous": "continuous",
    "ptt": "ptt",
}


class Obedience:
    """`obey` for what comes with an answer, `pushed` for what comes by itself; `run`
    has to be running for notifications to be shown."""

    def __init__(
        self,
        controls: Controls,
        floor: Floor,
        lines: trio.MemorySendChannel[Line],
        publish: Publish,
    ) -> None:
        self._controls = controls
        self._floor = floor
        self._lines = lines
        self._publish = publish
        self._notices = trio.open_memory_channel[Notify](_NOTICES)

    def obey(self, command: Command) -> None:
        """Raises `AgentError` for what cannot be done."""
        match command:
            case Say(text):
                self._say(text)
            case Stop():
                self._floor.interrupt()
            case Listen():
                self._controls.listen()
            case Mute(on):
                self._controls.mute(on=on)
            case Notify():
                self._notify(command)
            case Set(name, value):
                self._set(name, f"{value}")

    def pushed(self, command: Command | Unknown) -> None:
        """Never raises: nobody is there who could be told."""
        if isinstance(command, Unknown):
            self._publish(CommandIgnored(0, command.name, command.reason))
            return
        try:
            self.obey(command)
        except AgentError as exc:
            self._publish(CommandIgnored(0, name_of(command), str(exc)))
        else:
            self._publish(Commanded(0, command))

    async def run(self) -> None:
        """Show the notifications."""
        async for notice in self._notices[1]:
            try:
                await _shown(notice)
            except AgentError as exc:
                self._publish(CommandIgnored(0, name_of(notice), str(exc)))

    def _say(self, text: str) -> None:
        sentences = Sentences()
        for sentence in [*sentences.feed(text), *sentences.flush()]:
            try:
                self._lines.send_nowait(Line(self._floor.turn, sentence))
            except (
                trio.WouldBlock,
                trio.BrokenResourceError,
                trio.ClosedResourceError,
            ):
                raise Unavailable("there is too much to say already") from None

    def _notify(self, notice: Notify) -> None:
        try:
            self._notices[0].send_nowait(notice)
        except trio.WouldBlock:
            raise Unavailable("too many notifications wait already") from None

    def _set(self, name: str, value: str) -> None:
        if name == "audio.mode" and value in _MODES:
            self._controls.switch(_MODES[value])
        elif name == "stt.server":
            self._controls.use(value)
        elif name == "audio.mode":
            raise Misconfigured(f"it has to be one of {', '.join(_MODES)}")
        else:
            raise Refused("only audio.mode and stt.server can be set by a workflow")


async def _shown(notice: Notify) -> None:
    from agent.desktop.notify import notify

    await notify(notice)
