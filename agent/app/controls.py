"""What a running agent can be told and asked: the other end of the control socket, of
the workflow's commands, and of whoever else drives it."""

from collections.abc import Callable
from typing import TypeAlias

import trio

from agent.app.attention import Attention
from agent.app.condition import Condition
from agent.app.oversight import Oversight
from agent.app.tongue import Tongue
from agent.app.typed import Typed
from agent.app.window import Window
from agent.config.settings import Mode
from agent.control.commands import (
    Adopt,
    AskText,
    Command,
    Done,
    Hush,
    Listen,
    OpenDashboard,
    Ptt,
    Reload,
    Reply,
    Report,
    RetryQueue,
    SayText,
    SetMode,
    SetMute,
    Shutdown,
    Status,
    UseModel,
)
from agent.control.standing import Standing
from agent.errors import Misconfigured, Refused
from agent.events import Entry

_MODES: dict[str, Mode] = {"voice": "voice", "continuous": "continuous", "ptt": "ptt"}
_CHANGEABLE = (
    "response.mode, tts.speed, tts.pitch, tts.volume, audio.mode and stt.server"
)

Reread: TypeAlias = Callable[["Controls"], str]
"""Reads the settings again and adopts them: a sentence about what came of it."""


class Controls:
    """`handle` is the one way in. *reread* is for `Reload`; `ended` is set when Tonny is
    told to end. *window* has to be set."""

    window: Window

    def __init__(
        self,
        attention: Attention,
        tongue: Tongue,
        typed: Typed,
        condition: Condition,
        oversight: Oversight,
        *,
        reread: Reread | None = None,
    ) -> None:
        self.attention = attention
        self.tongue = tongue
        self.ended = trio.Event()
        self._typed = typed
        self._condition = condition
        self._oversight = oversight
        self._reread = reread

    async def handle(self, command: Command) -> Reply:
        """Carry out *command*; raises `AgentError` where it cannot be."""
        match command:
            case Ptt(action):
                self._hear(action)
                return Done(
                    "listening" if self.attention.listening else "not listening"
                )
            case Listen(action):
                starts = {"start": "start", "stop": "release", "toggle": "toggle"}
                self._hear(starts[action])
                return Done(
                    "listening" if self.attention.listening else "not listening"
                )
            case SetMode(mode):
                self.attention.switch(mode)
                return Done(mode)
            case SetMute(on):
                return await self._mute(on=on)
            case UseModel(name):
                self.attention.use(name)
                return Done(name)
            case Status(form):
                return await self._report(form)
            case RetryQueue():
                self._oversight.retry()
                return Done()
            case SayText(text, priority):
                return Done(f"{self.tongue.speech.say(text, priority)}")
            case AskText(text):
                return await self._typed.ask(text)
            case Hush(action):
                return Done(self.tongue.hush(action))
            case Adopt(name, value):
                self.adopt(name, value)
                return Done(value)
            case OpenDashboard():
                return Done(await self.window.invitation())
            case Reload():
                return Done(self.reload())
            case Shutdown():
                self._condition.ending = True
                self.ended.set()
                return Done()

    async def standing(self) -> Standing:
        """How things are now."""
        return await self._condition.standing()

    def reached_at(self, control: str, events: str) -> None:
        """Where commands are taken, and where events are told."""
        self._condition.control, self._condition.events = control, events

    def adopt(self, name: str, value: str) -> None:
        """Change a setting until Tonny ends; raises `Misconfigured` where that makes no
        sense, and for those that need a new start."""
        if self.tongue.knows(name):
            self.tongue.adopt(name, value)
        elif name == "audio.mode" and value in _MODES:
            self.attention.switch(_MODES[value])
        elif name == "audio.mode":
            raise Misconfigured(f"audio.mode has to be one of {', '.join(_MODES)}")
        elif name == "stt.server":
            self.attention.use(value)
        else:
            raise Refused(f"only {_CHANGEABLE} can be set while Tonny runs")

    def reload(self) -> str:
        """Read the settings again: what became of it. Raises `Misconfigured`, and then
        nothing has changed."""
        if self._reread is None:
            raise Refused("this agent was not started from a file of settings")
        return self._reread(self)

    async def follow(self, entries: trio.abc.ReceiveChannel[Entry]) -> None:
        """Know what goes on, until *entries* end."""
        async for entry in entries:
            self._condition.see(entry)
            self.attention.see(entry.event)
            self._typed.see(entry.event)

    def _hear(self, action: str) -> None:
        if self.attention.muting.muted and action != "release":
            raise Refused("the microphone is muted: tonny-agent unmute opens it")
        getattr(self.attention, action)()

    async def _mute(self, *, on: bool) -> Done:
        self.attention.mute(on=on)
        await self.attention.muting.closed()
        return Done("muted" if on else "not muted")

    async def _report(self, form: str) -> Reply:
        standing = await self.standing()
        match form:
            case "text":
                return Report(standing.as_text(), standing.well)
            case "json":
                return Report(standing.as_json(), standing.well)
            case _:
                return standing
