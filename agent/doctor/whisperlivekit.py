"""Whether each WhisperLiveKit is there, lets us in, and hears in time; and if it does
not, how it has to be started."""

from collections.abc import Sequence

import msgspec
import trio

from agent.config.settings import Stt
from agent.demo import CLIP, read_clip
from agent.doctor.findings import Finding, fault, note, ok
from agent.doctor.reaching import Service, unreached
from agent.errors import AgentError, Refused
from agent.hearing.whisperlivekit.connection import connected, telling
from agent.hearing.whisperlivekit.conversation import Conversation, Late
from agent.hearing.whisperlivekit.peers import Peer, check_language, peers
from agent.hearing.whisperlivekit.probes import admits, health, model
from agent.utterance import Recording

LENGTH = CLIP[1] - CLIP[0]

_COMMAND = "whisperlivekit-server --pcm-input --no-vac"
START = (
    f"{_COMMAND}"
    " (without a GPU also --backend faster-whisper --backend-policy localagreement)"
)
_USUAL = "it is usually like ws://localhost:8000/asr."


async def check_whisperlivekit(stt: Stt) -> Sequence[Finding]:
    """What there is to say of each server in *stt*; they are asked side by side."""
    servers = peers(stt)
    found: dict[str, list[Finding]] = {}

    async def run(peer: Peer) -> None:
        found[peer.name] = await _Examination(peer).findings()

    async with trio.open_nursery() as nursery:
        for peer in servers.values():
            nursery.start_soon(run, peer)
    return [finding for name in servers for finding in found[name]]


class _Examination:
    """Of one server: first whether it is there, last how well it hears."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._section = f"stt.servers.{peer.name}" if peer.name else "stt"

    def _ok(self, said: str) -> Finding:
        return ok(f"{self._section}.whisperlivekit", self._title(said))

    def _note(self, code: str, said: str, remedy: str) -> Finding:
        return note(f"{self._section}.{code}", self._title(said), remedy)

    def _fault(self, code: str, said: str, remedy: str) -> Finding:
        return fault(f"{self._section}.{code}", self._title(said), remedy)

    def _title(self, said: str) -> str:
        return f"WhisperLiveKit ({self._peer.shown}) {self._without_name(said)}."

    def _without_name(self, said: str) -> str:
        return said.replace(f"{self._peer.shown}: ", "").replace(self._peer.shown, "it")

    async def findings(self) -> list[Finding]:
        try:
            check_language(self._peer)
        except Refused as exc:
            remedy = "Change stt.language, or use another server (stt.server)."
            return [self._fault("language", f"is not to be used: {exc}", remedy)]
        try:
            state = await health(self._peer)
        except AgentError as exc:
            return [await self._unreachable(exc)]
        if state is not None and not state.ready:
            return [
                self._fault("loading", "is still loading its model", "Wait a minute.")
            ]
        try:
            return [await self._hearing(), *await self._other_model()]
        except Late:
            return [self._slow(f"gave no text for {LENGTH:.0f} s of speech in time")]
        except Refused as exc:
            return [await self._refusal(exc)]
        except AgentError as exc:
            if _status(exc):  # there was no session
                return [await self._unreachable(exc)]
            return [
                self._fault("lost", f"does not hear: {exc}", f"See its log; {_FLAGS}")
            ]

    async def _unreachable(self, exc: AgentError) -> Finding:
        start = (
            f"Start it: {START}. One that was just started does not listen before its"
            " model is loaded, which takes a minute."
        )
        peer = self._peer
        service = Service(
            code=self._section,
            name=f"WhisperLiveKit ({peer.shown})",
            url=peer.session,
            setting=f"{self._section}.url",
            start=start,
            ca=peer.ca,
            ca_setting="stt.ca",
        )
        return await unreached(service, self._without_name(f"{exc}"))

    async def _refusal(self, exc: Refused) -> Finding:
        """Which of the reasons to say no it was."""
        section = self._section
        if "ffmpeg" in str(exc).lower():
            return self._fault("ffmpeg", f"cannot take audio: {exc}", _NO_FFMPEG)
        match await _admitted(self._peer):
            case False:
                remedy = f"Set {section}.token to what --api-token says there."
                return self._fault("token", "does not accept the token", remedy)
            case True:
                remedy = f'Let {section}.url end with the path "/asr".'
                return self._fault("path", "has no sessions at this path", remedy)
        status = _status(exc)
        if status == 401:
            remedy = f"Set {section}.token to what the server in front of it expects."
            return self._fault("token", "does not accept the token (401)", remedy)
        if status not in {0, 403}:
            said = f"is something else: a web server that answers {status}"
            return self._fault("other", said, f"Correct {section}.url: {_USUAL}")
        remedy = f"Compare {section}.url and {section}.token with how it was started."
        return self._fault("refused", f"says no: {exc}", remedy)

    async def _hearing(self) -> Finding:
        heard = await _hear(self._peer)
        took = f"took {heard.seconds:.1f} s for {LENGTH:.0f} s of speech"
        if not heard.text and heard.pcm is not True:
            said = "takes audio through ffmpeg, and heard nothing in speech"
            return self._fault("ffmpeg", said, _NO_FFMPEG)
        if not heard.text:
            remedy = f"Does its model know stt.language? See its log; {_FLAGS}"
            return self._fault("deaf", "heard nothing in speech", remedy)
        if heard.seconds > LENGTH:
            return self._slow(took)
        if heard.pcm is not True:
            said = f"hears, through ffmpeg ({took})"
            return self._note("ffmpeg", said, f"It is quicker without: {START}.")
        return self._ok(f"hears ({took})")

    def _slow(self, said: str) -> Finding:
        remedy = f"Choose a smaller model; {_FLAGS}"
        return self._fault("slow", f"is too slow for conversation: it {said}", remedy)

    async def _other_model(self) -> list[Finding]:
        wanted, has = self._peer.model, await model(self._peer)
        if has is None or wanted in has:
            return []
        remedy = f"Start it with it: {_COMMAND} --model {wanted}. Or change stt.model."
        said = f"has the model {has:.40}, not {wanted}"
        return [self._fault("model", said, remedy)]


_FLAGS = f"start it as {START}."
_NO_FFMPEG = f"Install ffmpeg there, or do without: {START}."


class _Heard(msgspec.Struct, frozen=True):
    text: str
    seconds: float
    pcm: bool | None


async def _hear(peer: Peer) -> _Heard:
    """What it makes of a spoken question that it gets all at once."""
    question = Recording(0)
    question.append(read_clip())
    question.finish()
    with telling(peer):
        async with connected(peer) as session:
            began = trio.current_time()
            said = await Conversation(session, peer.finish, _ignore).about(question)
            seconds = trio.current_time() - began
            return _Heard(said.text, seconds, session.live.pcm)


def _ignore(_partial: str) -> None:
    """Nobody waits for it."""


def _status(exc: AgentError) -> int:
    """With which HTTP answered a request for a session; 0 if that was not the reason."""
    return int(getattr(exc.__cause__, "status_code", 0))


async def _admitted(peer: Peer) -> bool | None:
    try:
        return await admits(peer)
    except AgentError:
        return None
