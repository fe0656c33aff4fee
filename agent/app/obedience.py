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
from agent.errors import AgentError, Unavailable
from agent.events import Commanded, CommandIgnored
from agent.pipeline import Publish
from agent.pipeline.speech import Speech

_NOTICES = 10
"""Notifications that may wait for the desktop."""


class Obedience:
    """`obey` for what comes with an answer, `pushed` for what comes by itself; `run`
    has to be running for notifications to be shown."""

    def __init__(
        self,
        controls: Controls,
        speech: Speech,
        publish: Publish,
    ) -> None:
        self._controls = controls
        self._speech = speech
        self._publish = publish
        self._notices = trio.open_memory_channel[Notify](_NOTICES)

    def obey(self, command: Command) -> None:
        """Raises `AgentError` for what cannot be done."""
        match command:
            case Say(text, priority):
                self._speech.say(text, priority)
            case Stop():
                self._speech.stop()
            case Listen():
                self._controls.attention.listen()
            case Mute(on):
                self._controls.attention.mute(on=on)
            case Notify():
                self._notify(command)
            case Set(name, value):
                self._controls.adopt(name, f"{value}")

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

    def _notify(self, notice: Notify) -> None:
        try:
            self._notices[0].send_nowait(notice)
        except trio.WouldBlock:
            raise Unavailable("too many notifications wait already") from None


async def _shown(notice: Notify) -> None:
    from agent.desktop.notify import notify

    await notify(notice)
