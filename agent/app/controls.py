"""What can be changed about a running agent, and how it is: the control socket's other
end, the hotkey's and the signal's."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Protocol, runtime_checkable

import trio

from agent.app.oversight import Oversight
from agent.app.tongue import Tongue
from agent.app.window import Window
from agent.config import Config
from agent.config.settings import Mode
from agent.control.commands import (
    Adopt,
    Command,
    Done,
    Hush,
    OpenDashboard,
    Ptt,
    Reply,
    RetryQueue,
    SayText,
    SetMode,
    Status,
    UseModel,
)
from agent.control.standing import Standing, State
from agent.core.ptt import PushToTalk
from agent.errors import Misconfigured, Refused
from agent.events import (
    Dismissed,
    Entry,
    Heard,
    Ready,
    Sounding,
    SpeechEnded,
    SpeechStarted,
    Switched,
    Timed,
)
from agent.floor import Floor
from agent.hearing.surroundings import Orders
from agent.pipeline import Publish
from agent.ports import Transcriber
from agent.supervisor import Service

MICROPHONE = "microphone"

_MODES: dict[str, Mode] = {"voice": "voice", "continuous": "continuous", "ptt": "ptt"}
_CHANGEABLE = (
    "response.mode, tts.speed, tts.pitch, tts.volume, audio.mode and stt.server"
)


@runtime_checkable
class Switchable(Protocol):
    """A recogniser with several servers."""

    @property
    def server(self) -> str: ...

    def use(self, name: str) -> None:
        """Raises `Misconfigured` naming the servers there are."""


class Controls:
    """Drives the ear and the recognisers; *ears* are there once they are open, and
    *window* has to be set."""

    window: Window

    def __init__(
        self,
        config: Config,
        orders: Orders,
        floor: Floor,
        tongue: Tongue,
        *,
        oversight: Oversight,
        publish: Publish,
    ) -> None:
        self.ears: Sequence[Transcriber] = ()
        self.tongue = tongue
        self._orders = orders
        self._floor = floor
        self._publish = publish
        self.mode: Mode = config.audio.mode
        self._key = PushToTalk(config.vad.max_utterance)
        self._oversight = oversight
        self._state: State = "initialising"

    async def handle(self, command: Command) -> Reply:
        """Carry out *command*; raises `Misconfigured` when that makes no sense."""
        match command:
            case Ptt(action):
                {"press": self.press, "release": self.release, "toggle": self.toggle}[
                    action
                ]()
                return Done("listening" if self._key.down else "not listening")
            case SetMode(mode):
                self.switch(mode)
                return Done(mode)
            case UseModel(name):
                self.use(name)
                return Done(name)
            case Status():
                return await self.standing()
            case RetryQueue():
                self._oversight.retry()
                return Done()
            case SayText(text, priority):
                return Done(f"{self.tongue.speech.say(text, priority)}")
            case Hush(action):
                return Done(self.tongue.hush(action))
            case Adopt(name, value):
                self.adopt(name, value)
                return Done(value)
            case OpenDashboard():
                return Done(await self.window.invitation())

    async def standing(self) -> Standing:
        """How things are now."""
        parts = self._oversight.vitals.health.parts
        lost = any(not part.well for part in parts.values())
        return Standing(
            "degraded" if lost and self._state == "ready" else self._state,
            self.mode,
            parts[MICROPHONE].detail if MICROPHONE in parts else "",
            self._server,
            self._oversight.integrations,
            await self._oversight.queue(),
            self.tongue.waiting,
            self._oversight.quota,
        )

    def adopt(self, name: str, value: str) -> None:
        """Change a setting until Tonny ends; raises `Misconfigured` where that makes no
        sense, and for those that need a new start."""
        if self.tongue.knows(name):
            self.tongue.adopt(name, value)
        elif name == "audio.mode" and value in _MODES:
            self.switch(_MODES[value])
        elif name == "audio.mode":
            raise Misconfigured(f"audio.mode has to be one of {', '.join(_MODES)}")
        elif name == "stt.server":
            self.use(value)
        else:
            raise Refused(f"only {_CHANGEABLE} can be set while Tonny runs")

    @property
    def _server(self) -> str:
        for ear in self.ears:
            return (ear.server if isinstance(ear, Switchable) else "") or ear.name
        return ""

    def press(self) -> None:
        """The key is down: Tonny is quiet and listens."""
        self._key.press(trio.current_time())
        self._open()

    def release(self) -> None:
        """The key is up."""
        self._key.release(trio.current_time())
        self._orders.release()

    def toggle(self) -> None:
        """Down if it was up, and up if it was down."""
        if self._key.toggle(trio.current_time()):
            self._open()
        else:
            self._orders.release()

    def _open(self) -> None:
        self._floor.interrupt()
        self._orders.press(hold=self._key.held)

    def listen(self) -> None:
        """Listen for one utterance, in whatever mode."""
        self._orders.press(hold=False)

    def mute(self, *, on: bool) -> None:
        """Hear nothing, or hear again."""
        self._orders.muted = on
        self._publish(Switched("audio.mute", "on" if on else "off"))

    def switch(self, mode: Mode) -> None:
        """Listen in another way from now on."""
        self.mode = mode
        self._key.release(trio.current_time())
        self._orders.switch(mode)
        self._publish(Switched("audio.mode", mode))

    def use(self, name: str) -> None:
        """Have the next utterances transcribed by the server *name*."""
        for ear in self.ears:
            if isinstance(ear, Switchable):
                ear.use(name)
                self._publish(Switched("stt.server", name))
                return
        raise Misconfigured(
            f'there is no server "{name}": none is configured (stt.servers)'
        )

    async def follow(self, entries: trio.MemoryReceiveChannel[Entry]) -> None:
        """Know what goes on, until *entries* end."""
        async for entry in entries:
            match entry.event:
                case Ready(name) if name == MICROPHONE:
                    self._state = "ready"
                case SpeechStarted():
                    self._state = "listening"
                case SpeechEnded():
                    self._state = "processing"
                    self._key.ended(trio.current_time())
                case Dismissed():
                    self._state = "ready"
                    self._key.ended(trio.current_time())
                case Heard():
                    self._state = "processing"
                case Sounding():
                    self._state = "speaking"
                case Timed():
                    self._state = "ready"
                case _:
                    pass


def driven(config: Config, folder: Path, controls: Controls) -> list[Service]:
    """The services through which others drive the agent; it does not need them."""
    from agent.control.server import serve, socket_for

    services = [
        Service(
            "control",
            partial(serve, socket_for(folder), controls.handle),
            essential=False,
        ),
        Service("dashboard", controls.window.run, essential=False),
    ]
    if config.audio.hotkey:
        from agent.desktop.hotkey import follow_hotkey

        follow = partial(
            follow_hotkey, config.audio.hotkey, controls.press, controls.release
        )
        services.append(Service("hotkey", follow, essential=False, at_once=True))
    return services
