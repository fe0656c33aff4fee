"""The mouth of a conversation: what it has to say, how, and with which voices."""

from functools import partial

import trio

from agent.app.oversight import Oversight
from agent.app.peers import knock, peers
from agent.app.session import Session
from agent.app.setup import Setup
from agent.app.tongue import Tongue
from agent.app.voices import Voices, manner_of, open_voices, speaking
from agent.app.warm import keep_once_there
from agent.config import Config
from agent.floor import Floor
from agent.guard import Guard
from agent.pipeline import Line
from agent.pipeline.knocking import Knocking, knock_while_absent
from agent.pipeline.speak import speak
from agent.pipeline.speech import DUCKED_BY, Speech

KNOCK_EVERY, RARELY = 5.0, 120.0
"""Seconds between two looks whether a voice that is absent can be reached again; in the
end it is no sooner found out than by its breaker."""


class Mouthpiece:
    """*speech* takes what is to be said, and *tongue* drives how; `run` says it."""

    def __init__(self, setup: Setup, session: Session, *, barge_in: bool) -> None:
        self._setup = setup
        self._session = session
        self._manner = manner_of(setup.config)
        publish = session.hub.publish
        self.floor = Floor(barge_in=barge_in, ducking=self._duck)
        self.speech = Speech(
            self.floor, publish, self._manner, setup.config.response.mode
        )
        self.tongue = Tongue(self.speech, setup.speaker, publish)

    async def run(
        self,
        lines: trio.MemoryReceiveChannel[Line],
        oversight: Oversight,
        *,
        task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """Until *lines* have ended, and all is said."""
        config, folder = self._setup.config, self._setup.folder
        publish, store = self._session.hub.publish, self._session.store
        async with (
            open_voices(config, folder, publish, store) as voices,
            trio.open_nursery() as nursery,
        ):
            oversight.ladders.append(voices.ladder)
            oversight.ledger = voices.ledger
            oversight.speaker = self._setup.speaker
            nursery.start_soon(self._keep_phrases, voices)
            nursery.start_soon(knock_while_absent, voices.ladder, knocking(config))
            mouth = speaking(voices, self.speech, self._setup.speaker, self.floor)
            await speak(lines, mouth, publish, task_status=task_status)
            nursery.cancel_scope.cancel()

    async def _keep_phrases(self, voices: Voices) -> None:
        """What Tonny says when something is away must not need what is."""
        with self._session.hub.watching(1000) as entries:
            await keep_once_there(entries, self._setup.config, voices)

    def _duck(self, on: bool) -> None:
        down = DUCKED_BY if on else 0.0
        self._setup.speaker.volume(self._manner.volume - down)


def knocking(config: Config) -> Knocking:
    """A voice that does not rest is asked by the next sentence, without anybody's help."""

    def waits(voice: Guard) -> bool:
        return voice.absent and voice.retry_in > 0

    opens = partial(knock, peers(config))
    return Knocking(opens, KNOCK_EVERY, RARELY, waits)
