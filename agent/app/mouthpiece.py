"""The mouth of a conversation: what it has to say, how, and with which voices."""

import trio

from agent.app.oversight import Oversight
from agent.app.session import Session
from agent.app.setup import Setup
from agent.app.tongue import Tongue
from agent.app.voices import Voices, manner_of, open_voices, speaking
from agent.app.warm import keep_once_there
from agent.floor import Floor
from agent.pipeline import Line
from agent.pipeline.speak import speak
from agent.pipeline.speech import DUCKED_BY, Speech


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
