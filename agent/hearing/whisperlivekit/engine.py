"""The recogniser as the pipeline sees it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec
import trio

from agent.config.languages import LANGUAGES
from agent.config.settings import Stt
from agent.errors import Misconfigured, unwrapped
from agent.hearing.whisperlivekit.connection import connected, telling
from agent.hearing.whisperlivekit.conversation import Conversation
from agent.hearing.whisperlivekit.peers import Peer, check_language, peers
from agent.hearing.whisperlivekit.session import Session
from agent.hearing.whisperlivekit.spare import Spare
from agent.ports import Transcript, Utterance


@asynccontextmanager
async def open_whisperlivekit(stt: Stt) -> AsyncIterator["WhisperLiveKit"]:
    """The configured servers, with a session in hand; no server need be there.

    Raises `Misconfigured` when there is none in *stt*, or not the one it begins with.
    """
    engine = WhisperLiveKit(stt)
    with unwrapped():
        async with trio.open_nursery() as nursery:
            nursery.start_soon(engine.spare.keep)
            yield engine
            nursery.cancel_scope.cancel()


class WhisperLiveKit:
    """Satisfies `agent.ports.Transcriber`."""

    name = "whisperlivekit"

    def __init__(self, stt: Stt) -> None:
        self._peers = peers(stt)
        self._peer = self._named(stt.server) if stt.server else self._first()
        self._heard_at: float | None = None
        self.spare = Spare(self._peer)

    @property
    def server(self) -> str:
        """The name of the server in use; empty for the one at ``stt.url``."""
        return self._peer.name

    @property
    def silent_for(self) -> float | None:
        """Seconds since the last transcript that had words; None if none had."""
        at = self._heard_at
        return None if at is None else trio.current_time() - at

    def use(self, name: str) -> None:
        """Give later utterances to the server *name*; those under way stay.

        Raises `Misconfigured` when there is none of that name.
        """
        language = self._peer.language
        self._change(msgspec.structs.replace(self._named(name), language=language))

    def set_language(self, language: str) -> None:
        """Ask for *language* (a code, or ``auto``) from the next utterance on.

        Raises `Misconfigured` when no server could know it: one that is asked for
        what it does not know answers with silence.
        """
        if language not in LANGUAGES | {"auto"}:
            right = 'a code such as "en", or "auto"'
            raise Misconfigured(f'"{language}" is no language: it has to be {right}')
        self._change(msgspec.structs.replace(self._peer, language=language))

    def _change(self, peer: Peer) -> None:
        self._peer = peer
        self.spare.want(peer)

    def _named(self, name: str) -> Peer:
        if name in self._peers:
            return self._peers[name]
        known = ", ".join(filter(None, self._peers)) or "none (stt.servers)"
        raise Misconfigured(f'there is no server "{name}"; there are: {known}')

    def _first(self) -> Peer:
        for peer in self._peers.values():
            return peer
        raise Misconfigured("no WhisperLiveKit is configured (stt.url, stt.servers)")

    async def transcribe(
        self, utterance: Utterance, partial: Callable[[str], None]
    ) -> Transcript:
        """Raises `Unavailable` when the server is away, lost or late (max(3 s, twice
        the audio) after the end), and `Refused` when it says no."""
        peer = self._peer
        check_language(peer)
        with telling(peer):
            async with self._session(peer) as session:
                found = await Conversation(session, peer.finish, partial).about(
                    utterance
                )
        if found.text:
            self._heard_at = trio.current_time()
        self.spare.hurry()
        return found

    @asynccontextmanager
    async def _session(self, peer: Peer) -> AsyncIterator[Session]:
        async with self.spare.taken(peer) as spare:
            if spare is not None:
                yield spare
                return
        async with connected(peer) as fresh:
            yield fresh
