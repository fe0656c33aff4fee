"""The conversation put together: the four stages, and who drives and watches them."""

from functools import partial

import trio

from agent.app import tools
from agent.app.attendant import Attendant
from agent.app.attention import Attention
from agent.app.bus import bused
from agent.app.driven import controls_of, driven
from agent.app.filing import keep_record
from agent.app.herald import Herald, on_the_desktop
from agent.app.mouthpiece import Mouthpiece
from agent.app.muting import Muting
from agent.app.obedience import Obedience
from agent.app.oversight import Oversight
from agent.app.peers import limits, peers
from agent.app.recalling import keep_recalling
from agent.app.reporting import report
from agent.app.session import Session
from agent.app.setup import Setup
from agent.app.shelf import SpooledSpeech, open_spool
from agent.app.thoughts import thinking_of
from agent.app.tidying import settle_down
from agent.app.updating import tell_of_updates
from agent.app.voices import may_interrupt
from agent.control.signals import obey_signals
from agent.core.restarts import Restarts
from agent.events import Heard
from agent.hearing.late import LateEar
from agent.hearing.surroundings import Echo, Orders, Surroundings
from agent.pipeline import Line, Sound
from agent.pipeline.listen import SOUNDS_ROOM, listen
from agent.pipeline.recall import Recalling
from agent.pipeline.think import think
from agent.pipeline.transcribe import Understanding, transcribe
from agent.record.seen import StoredSeen
from agent.record.spool import FOLDER as SPEECH
from agent.supervisor import Service, supervise
from agent.vitals import Vitals

HEARD_ROOM = 8
LINES_ROOM = 32

QUICKLY = partial(Restarts, first=0.1, ceiling=1.0)
"""A microphone that is plugged in again is heard within about a second."""


class Conversation:
    """The stages as services, with the channels between them.

    The microphone comes first: the others load their libraries once it is open.
    """

    def __init__(
        self, setup: Setup, session: Session, *, cancelled: bool = False
    ) -> None:
        """*cancelled*: the operating system takes our voice out of what is heard."""
        self._setup = setup
        self._session = session
        self._config = setup.config
        self._publish = session.hub.publish
        self._sounds = trio.open_memory_channel[Sound](SOUNDS_ROOM)
        self._heard = trio.open_memory_channel[Heard](HEARD_ROOM)
        self._lines = trio.open_memory_channel[Line](LINES_ROOM)
        self._listening = trio.Event()
        # A microphone in the room hears us; a file does not.
        self._coupled = setup.microphone.live and setup.speaker.audible
        audio, echo = self._config.audio, None
        if self._coupled and not (cancelled and audio.echo == "auto"):
            echo = tools.make_echo(audio, setup.speaker)
        self._full = self._coupled and may_interrupt(audio, echo, cancelled=cancelled)
        self._through_echo = echo is not None or cancelled
        self._mouth = Mouthpiece(setup, session, barge_in=self._full)
        self._floor = self._mouth.floor
        self._orders = Orders()
        self._orders.muted = setup.muted
        self._heard_by = self._ear(echo)
        self._vitals = Vitals(peers(self._config))
        self._oversight = Oversight(self._vitals, session.store)
        self._muting = Muting(setup.microphone, self._orders)
        self._attention = Attention(
            self._config, self._orders, self._floor, self._muting, self._publish
        )
        self.controls = controls_of(
            setup,
            session,
            self._attention,
            self._mouth,
            self._oversight,
            heard=self._heard[0],
            level=lambda: self._heard_by.level,
        )
        self._attendant = Attendant(
            self._config.conversation,
            self._mouth.speech,
            self._orders,
            lambda: self._attention.mode,
            audible=setup.speaker.audible,
        )
        self._herald = Herald(self._mouth.speech, self._config.health)
        self._obedience = Obedience(self.controls, self._mouth.speech, self._publish)

    async def hold(self) -> None:
        """Until the microphone has ended and all is said."""
        hasty = not self._setup.patient
        services = [
            Service("microphone", self._hear, at_once=hasty, restarts=QUICKLY),
            Service("transcribe", self._understand),
            Service("think", self._answer),
            Service("speaker", self._voice),
        ]
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._accompany)
            nursery.start_soon(self._end_when_told, nursery.cancel_scope)
            await supervise(services, self._publish)
            nursery.cancel_scope.cancel()

    async def _end_when_told(self, scope: trio.CancelScope) -> None:
        await self.controls.ended.wait()
        self._session.reason = "told to end"
        scope.cancel()

    async def _accompany(self) -> None:
        """What goes on beside the conversation, for as long as it does."""
        watching, publish = self._session.hub.watching, self._publish
        helpers = [
            *driven(self._setup, self.controls, self._session.hub),
            *bused(self._config, self._session.letters, self.controls.handle, publish),
        ]
        interval, kept = self._config.health.interval, self._config.record
        with (
            watching(1000) as entries,
            watching(1000) as seen,
            watching(1000) as noticed,
        ):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._vitals.follow, entries, publish)
                nursery.start_soon(self.controls.follow, seen)
                nursery.start_soon(self._attendant.follow, noticed)
                nursery.start_soon(self._vitals.measure, publish, interval)
                nursery.start_soon(self._oversight.measure, publish, interval)
                nursery.start_soon(keep_record, self._session.store, kept, self._quiet)
                nursery.start_soon(
                    obey_signals, self._attention.toggle, self.controls.reload
                )
                nursery.start_soon(supervise, helpers, publish)
                nursery.start_soon(settle_down, self._listening)
                nursery.start_soon(self._obedience.run)
                nursery.start_soon(
                    report, self._setup, self._session, self._heard_by, self._muting
                )
                nursery.start_soon(self._herald.run, self._session.hub)
                updates, folder = self._config.update, self._setup.folder
                nursery.start_soon(tell_of_updates, updates, folder, on_the_desktop)

    def _quiet(self) -> bool:
        return not self._floor.ours

    def _ear(self, echo: Echo | None) -> LateEar:
        around = Surroundings(
            speaking=lambda: self._coupled and self._floor.ours,
            orders=self._orders,
            mode=self._config.audio.mode,
            listens_on=self._full,
            echo=echo,
        )
        return tools.make_ear(self._config.vad, around)

    async def _hear(self, *, task_status: trio.TaskStatus[str]) -> None:
        sounds = self._sounds[0]
        async with trio.open_nursery() as nursery:
            run = partial(
                listen,
                self._muting,
                self._heard_by,
                self._floor,
                sounds,
                self._publish,
                measure=self.controls.window.meter().heard,
                through_echo=self._through_echo,
            )
            task_status.started(await nursery.start(run))
            self._listening.set()
        sounds.close()

    async def _understand(self, *, task_status: trio.TaskStatus[str]) -> None:
        await self._listening.wait()
        config, heard, publish = self._config, self._heard[0], self._publish
        least, session = config.stt.min_confidence, self._session.id
        spool = await open_spool(self._setup.folder / SPEECH, config.stt.keep_mb)
        async with tools.found_ears(config) as found:
            self._attention.ears = found
            ears = tools.ladder(found, publish, limits(config))
            self._oversight.ladders.append(ears)
            understanding = Understanding(
                ears,
                tools.policy(config.vad),
                self._orders.decide,
                SpooledSpeech(spool, session, config.stt.language),
                least,
                self._floor,
                self._mouth.speech.is_saying,
            )
            recalling = Recalling(spool, ears, session, self._floor.number, least)
            names = {ear.name for ear in found}
            async with trio.open_nursery() as nursery:
                nursery.start_soon(
                    keep_recalling, self._session, recalling, names, heard
                )
                await transcribe(
                    self._sounds[1],
                    understanding,
                    heard,
                    publish,
                    task_status=task_status,
                )
                nursery.cancel_scope.cancel()
        heard.close()

    async def _answer(self, *, task_status: trio.TaskStatus[str]) -> None:
        await self._listening.wait()
        session, publish, obedience = self._session, self._publish, self._obedience
        seen = StoredSeen(session.store)
        opened = tools.minds(self._config, publish, seen, obedience.pushed)
        async with opened as minds:
            self._oversight.ladders.append(minds)
            thinking = thinking_of(
                self._config,
                session,
                minds,
                self._floor,
                obedience.obey,
                bells=self._oversight.bells,
            )
            await think(
                self._heard[1],
                thinking,
                self._lines[0],
                publish,
                task_status=task_status,
            )
        self._lines[0].close()

    async def _voice(self, *, task_status: trio.TaskStatus[str]) -> None:
        await self._listening.wait()
        await self._mouth.run(self._lines[1], self._oversight, task_status=task_status)
