"""ElevenLabs as a voice: what to do when it says no, and by which way to ask it."""

import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing
from typing import Protocol

import msgspec
import trio

from agent.config.settings import Tts
from agent.errors import AgentError, Unavailable
from agent.events import Event, QuotaSpent, VoiceSwapped
from agent.ports import Passage, Shelf
from agent.speaking.elevenlabs.account import Account, Offered, choose
from agent.speaking.elevenlabs.contexts import Contexts
from agent.speaking.elevenlabs.failures import Denied
from agent.speaking.elevenlabs.instead import Instead, Memory
from agent.speaking.elevenlabs.ledger import Ledger
from agent.speaking.elevenlabs.request import own_speed, rate_of

logger = logging.getLogger(__name__)

ANY_PLAN = "pcm_24000"
"""Raw s16le mono, allowed on every plan; needs no decoder."""

AT_ONCE = 2
"""Requests at a time, until the account says how many its plan allows."""

BUSY_FOR = (0.25, 0.5, 1.0, 2.0)
"""Seconds between tries while all the requests that the plan allows are under way."""

ASK_AGAIN_AFTER = 300.0
"""Seconds for which a refusal that any text would meet is not asked for again."""

LONGEST_REST = 86_400.0 * 31
OTHERS = 3
"""Voices that are tried in the place of one that is refused."""

ACCOUNT_EVERY = 600.0
"""Seconds between two looks at what is left of the plan, while it is used."""


class Opened(Protocol):
    """Sound that is on its way; see `agent.speaking.elevenlabs.stream.Answer`."""

    @property
    def cost(self) -> int | None: ...
    @property
    def at_once(self) -> int | None: ...
    def sound(self) -> AsyncGenerator[bytes, None]: ...


class Way(Protocol):
    """How to ask for it."""

    def opened(
        self, passage: Passage, voice: str, format: str
    ) -> AbstractAsyncContextManager[Opened]: ...


class Ways(msgspec.Struct, frozen=True):
    """What it is asked by: *streaming* for each passage by itself, *contexts* for answers
    that stream in. What was said is kept on the *shelf*; *wall* is the time of day."""

    account: Account
    streaming: Way
    contexts: Contexts
    shelf: Shelf
    wall: Callable[[], float]


class ElevenLabs:
    """Satisfies `agent.ports.Voice`. *nursery* is for looks at the account."""

    name = "elevenlabs"

    def __init__(
        self,
        settings: Tts,
        ways: Ways,
        ledger: Ledger,
        publish: Callable[[Event], None],
        nursery: trio.Nursery,
        *,
        memory: Memory,
    ) -> None:
        self._settings = settings
        self._ways = ways
        self._account = ways.account
        self._ledger = ledger
        self._publish = publish
        self._nursery = nursery
        self._memory = memory
        self._format: str = memory.found.format or settings.format
        self._voice = memory.found.voice  # its id, once it is known
        self._swap_told = not self._voice
        self._others: list[Offered] | None = None
        self._denied: tuple[float, Denied] | None = None
        self._room = trio.CapacityLimiter(AT_ONCE)
        self._looked_at = -ACCOUNT_EVERY

    @property
    def rate(self) -> int:
        return rate_of(self._format)

    def own_speed(self, wanted: float) -> float:
        return own_speed(wanted)

    @trio.as_safe_channel
    async def speak(self, passage: Passage) -> AsyncGenerator[bytes, None]:
        """PCM as it is synthesised.

        Raises `Refused` for what only the user can change (key, quota, budget, plan,
        voice), else `Unavailable`.
        """
        self._raise_denied()
        self._ledger.check(len(passage.text))
        if not self._swap_told:
            self._tell_swap(self._memory.found)
        async with self._room, AsyncExitStack() as stack:
            answer = await self._allowed(passage, stack)
            cost = len(passage.text) if answer.cost is None else answer.cost
            self._ledger.spend(cost, passage.turn)
            if answer.at_once:
                self._room.total_tokens = answer.at_once
            whole = bytearray()
            async with aclosing(answer.sound()) as sound:
                async for pcm in sound:
                    whole += pcm
                    yield pcm
        await self._ways.shelf.keep(passage, bytes(whole), self.rate)
        self._look_at_account()

    def _raise_denied(self) -> None:
        if self._denied is not None and self._ways.wall() < self._denied[0]:
            raise self._denied[1]
        self._denied = None

    async def _allowed(self, passage: Passage, stack: AsyncExitStack) -> Opened:
        """The answer, by whatever format and voice the plan allows."""
        busy = 0
        way: Way | None = None
        while True:
            try:
                voice = self._voice or await self._chosen()
                way = self._way(passage, voice)
                return await stack.enter_async_context(
                    way.opened(passage, voice, self._format)
                )
            except AgentError as exc:
                if way is self._ways.contexts and self._settings.transport == "auto":
                    # HTTP has the last word: it says best what is wrong.
                    passage = msgspec.structs.replace(passage, streamed=False)
                elif isinstance(exc, Denied):
                    await self._adapt(exc)
                elif self._is_busy(exc) and busy < len(BUSY_FOR):
                    await trio.sleep(BUSY_FOR[busy])
                    busy += 1
                else:
                    raise

    @staticmethod
    def _is_busy(exc: AgentError) -> bool:
        """Whether the plan only allows no more at once."""
        return isinstance(exc, Unavailable) and exc.answered

    def _way(self, passage: Passage, voice: str) -> Way:
        """The first passage of an answer does not wait until the WebSocket is there."""
        contexts, wanted = self._ways.contexts, self._settings.transport
        if wanted == "websocket":
            return contexts
        if wanted == "auto" and passage.streamed:
            if contexts.usable:
                return contexts
            contexts.connect_soon(voice, self._format)
        return self._ways.streaming

    async def _chosen(self) -> str:
        self._voice = await choose(self._account, self._settings.voice)
        return self._voice

    async def _adapt(self, exc: Denied) -> None:
        """Return if there is another way to say it; else raise *exc*."""
        if exc.format and self._format != ANY_PLAN:
            logger.warning("%s; %s is used instead", exc, ANY_PLAN)
            self._format = ANY_PLAN
            await self._memory.note(format=ANY_PLAN)
        elif self._of_voice(exc) and (other := await self._other(exc)) is not None:
            self._voice = other.voice_id
            await self._memory.note(
                voice=other.voice_id, name=other.name, reason=str(exc)
            )
            self._tell_swap(self._memory.found)
        else:
            await self._remember(exc)
            raise exc

    def _tell_swap(self, instead: Instead) -> None:
        self._swap_told = True
        self._publish(VoiceSwapped(self._settings.voice, instead.name, instead.reason))

    def _of_voice(self, exc: Denied) -> bool:
        """Whether another voice may help: not where it is the model that is unknown."""
        return exc.voice and f"'{self._settings.model}'" not in str(exc)

    async def _other(self, exc: Denied) -> Offered | None:
        """The next voice of the account that may be allowed."""
        if self._others is None:
            try:
                found = await self._account.voices()
            except AgentError as problem:
                logger.warning("%s; no other voice can be found: %s", exc, problem)
                return None
            self._others = sorted(found, key=_not_own)[:OTHERS]
        self._others = [each for each in self._others if each.voice_id != self._voice]
        return self._others.pop(0) if self._others else None

    async def _remember(self, exc: Denied) -> None:
        """What would be refused again is not asked for again soon."""
        if not exc.lasting:
            return
        until = self._ways.wall() + ASK_AGAIN_AFTER
        if exc.quota:
            reset = await self._reset()
            if reset is not None:
                until = min(reset, self._ways.wall() + LONGEST_REST)
            self._publish(QuotaSpent(reset))
        self._denied = until, exc

    async def _reset(self) -> float | None:
        """When the plan has characters again, where the key may know."""
        try:
            self._ledger.read(await self._account.subscription())
        except AgentError:
            return None
        quota = self._ledger.quota
        return quota.reset if quota is not None else None

    def _look_at_account(self) -> None:
        now = trio.current_time()
        if now - self._looked_at >= ACCOUNT_EVERY:
            self._looked_at = now
            self._nursery.start_soon(self._reset)


def _not_own(voice: Offered) -> bool:
    """The account's own voices come first: those of the library need a plan."""
    return voice.category not in {"premade", "cloned", "generated", "professional"}
