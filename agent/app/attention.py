"""When Tonny listens, and who hears: what the key, the mode and the mute drive."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import trio

from agent.app.muting import Muting
from agent.config import Config
from agent.config.settings import Mode
from agent.core.ptt import PushToTalk
from agent.errors import Misconfigured
from agent.events import Dismissed, Event, SpeechEnded, Switched
from agent.floor import Floor
from agent.hearing.surroundings import Orders
from agent.pipeline import Publish
from agent.ports import Transcriber


@runtime_checkable
class Switchable(Protocol):
    """A recogniser with several servers."""

    @property
    def server(self) -> str: ...

    def use(self, name: str) -> None:
        """Raises `Misconfigured` naming the servers there are."""


class Attention:
    """Drives the ear and the recognisers; *ears* are there once they are open."""

    def __init__(
        self,
        config: Config,
        orders: Orders,
        floor: Floor,
        muting: Muting,
        publish: Publish,
    ) -> None:
        self.ears: Sequence[Transcriber] = ()
        self.mode: Mode = config.audio.mode
        self.muting = muting
        self._orders = orders
        self._floor = floor
        self._publish = publish
        self._key = PushToTalk(config.vad.max_utterance)

    @property
    def listening(self) -> bool:
        """Whether the key is down."""
        return self._key.down

    @property
    def server(self) -> str:
        """Who hears: the name of the server in use, or of the engine."""
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

    def start(self) -> None:
        """Be quiet and listen for one utterance, if that is not so already."""
        if not self._key.down:
            self.toggle()

    def _open(self) -> None:
        self._floor.interrupt()
        self._orders.press(hold=self._key.held)

    def listen(self) -> None:
        """Listen for one utterance, in whatever mode."""
        self._orders.press(hold=False)

    def mute(self, *, on: bool) -> None:
        """Close the microphone, or open it again."""
        self.muting.mute(on=on)
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

    def see(self, event: Event) -> None:
        """An utterance that ends may end the press of a key."""
        if isinstance(event, SpeechEnded | Dismissed):
            self._key.ended(trio.current_time())
