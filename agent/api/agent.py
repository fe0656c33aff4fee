"""The whole agent, inside of another program."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import trio

from agent.api.settings import load_config
from agent.app.controls import Controls
from agent.app.run import converse
from agent.app.session import Session, open_session
from agent.app.setup import Setup
from agent.app.trial import Trial, try_everything
from agent.commands import Priority
from agent.config import Config
from agent.config.folders import data_dir as usual_folder
from agent.config.folders import prepare
from agent.control.commands import (
    Answered,
    AskText,
    Command,
    Hush,
    Reply,
    SayText,
    SetMute,
)
from agent.control.standing import Standing
from agent.desktop.instance import only_instance
from agent.errors import Refused, Unavailable, unwrapped
from agent.events import Entry
from agent.hearing.microphones import pick_microphone
from agent.speaking.speakers import open_speaker
from agent.speaking.speakers.silent import SilentSpeaker

EVENTS_ROOM = 1000
"""Events that wait for a program that is busy; then it misses some."""


class Agent:
    """A running Tonny; made by `open_agent`."""

    def __init__(self, setup: Setup, session: Session, controls: Controls) -> None:
        self._setup = setup
        self._session = session
        self._controls = controls
        self._over = trio.Event()

    @property
    def session(self) -> str:
        """The id under which all that happens is recorded."""
        return self._session.id

    async def start_listening(self) -> None:
        """Open the microphone; whoever speaks is answered from now on. One that is not
        there is waited for."""
        await self.do(SetMute(on=False))

    async def stop_listening(self) -> None:
        """Close the microphone."""
        await self.do(SetMute(on=True))

    async def ask(self, text: str) -> str:
        """The answer to *text*, which is spoken too.

        Raises `Unavailable` when the workflow is away (the question is kept on disk, and
        asked again when it is back), and `Refused` when it does not answer this.
        """
        reply = await self.do(AskText(text))
        if not isinstance(reply, Answered):
            raise Refused(f"a question was met with {type(reply).__name__}")
        if reply.text is None:
            raise (Unavailable if reply.kept else Refused)(reply.reason)
        return reply.text

    async def say(self, text: str, priority: Priority = "announcement") -> None:
        """Speak *text* when its priority allows: returns as soon as it is on the agenda,
        and an event tells when it was said. Raises `Unavailable` when there is too much to
        say already."""
        await self.do(SayText(text, priority))

    async def stop(self) -> None:
        """Say nothing more of all that there was to say."""
        await self.do(Hush("stop"))

    async def do(self, command: Command) -> Reply:
        """Carry out any *command* of `agent.control.commands`."""
        return await self._controls.handle(command)

    async def health(self) -> Standing:
        """How it is: its state, each integration, the queue, the devices."""
        return await self._controls.standing()

    async def test_integrations(self) -> Sequence[Trial]:
        """Have everything do its job once, without a sound; as `tonny-agent test`."""
        return await try_everything(
            self._setup.config, self._setup.folder, SilentSpeaker(), _to_no_one
        )

    @contextmanager
    def events(
        self, *, levels: bool = False
    ) -> Iterator[trio.abc.ReceiveChannel[Entry]]:
        """Everything that happens while this is open, to be read with ``async for``; with
        *levels*, also how loud it is (`audio.level_hz` times a second)."""
        with self._session.hub.watching(EVENTS_ROOM, closely=levels) as entries:
            yield entries

    async def ended(self) -> None:
        """Wait until it has ended by itself: a file that played the microphone did, or
        someone told it to (`tonny-agent shutdown`)."""
        await self._over.wait()

    def over(self) -> None:
        """It has ended."""
        self._over.set()


@asynccontextmanager
async def open_agent(
    config: Config | None = None,
    *,
    data_dir: Path | None = None,
    listening: bool = False,
) -> AsyncIterator[Agent]:
    """The whole agent, running beside the block, with *config* (else the user's own
    settings) and its record in *data_dir* (else where `tonny-agent run` has it).

    The microphone is closed until `start_listening`, unless *listening*. All of it ends
    with the block; what ends it badly is raised there. Signals are the caller's.

    Raises `Misconfigured` for settings that cannot be meant, and `AlreadyRunning` where
    another agent uses that folder.
    """
    settled = config or load_config()
    folder = prepare(data_dir or usual_folder())
    microphone = pick_microphone(settled.audio)
    with unwrapped(), only_instance(folder):
        async with (
            open_speaker(settled.audio.speaker) as speaker,
            open_session(folder, settled, alone=True) as session,
            trio.open_nursery() as nursery,
        ):
            setup = Setup(
                settled, folder, microphone, speaker, patient=True, muted=not listening
            )
            conversation = await converse(setup, session)
            tonny = Agent(setup, session, conversation.controls)

            async def hold() -> None:
                await conversation.hold()
                tonny.over()

            nursery.start_soon(hold)
            yield tonny
            session.reason = "closed"
            nursery.cancel_scope.cancel()


def _to_no_one(_trial: Trial) -> None:
    """All are returned together."""
