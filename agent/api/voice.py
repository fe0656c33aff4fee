"""ElevenLabs by itself: its voices, its plan, and text as sound."""

import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager

import trio

from agent.api.settings import configure
from agent.app.voices import to_no_one
from agent.core.sentences import Sentences
from agent.errors import unwrapped
from agent.ports import Passage
from agent.speaking.elevenlabs import Account, ElevenLabs, Ledger, open_account
from agent.speaking.elevenlabs import open_elevenlabs as open_speaking
from agent.speaking.elevenlabs.account import Model, Offered, Subscription


class Speech:
    """A voice of ElevenLabs; made by `open_elevenlabs`.

    All raise `Refused` for what only the account's owner can change (key, plan, voice)
    and `Unavailable` for what may pass.
    """

    def __init__(self, account: Account, voice: ElevenLabs) -> None:
        self._account = account
        self._voice = voice

    @property
    def rate(self) -> int:
        """Samples per second of what `speak` gives; settled by its first piece."""
        return self._voice.rate

    async def voices(self, search: str = "") -> Sequence[Offered]:
        """Those of the account that have *search* in their names or labels."""
        return await self._account.voices(search)

    async def models(self) -> Sequence[Model]:
        """Those that the account may use."""
        return await self._account.models()

    async def quota(self) -> Subscription:
        """What is left of the plan."""
        return await self._account.subscription()

    @trio.as_safe_channel
    async def speak(self, text: str) -> AsyncGenerator[bytes, None]:
        """PCM (mono, s16le, at `rate`) of *text*, sentence by sentence as it is made."""
        before = ""
        cut = Sentences()
        for sentence in [*cut.feed(text), *cut.flush()]:
            async with self._voice.speak(Passage(sentence, before)) as chunks:
                async for pcm in chunks:
                    yield pcm
            before = sentence


@asynccontextmanager
async def open_elevenlabs(api_key: str, **tts: object) -> AsyncIterator[Speech]:
    """ElevenLabs with *api_key*; *tts* are settings of ``[tts]``, such as
    ``voice="George"`` or ``model="eleven_multilingual_v2"``.

    Raises `Misconfigured` for settings that cannot be meant.
    """
    settings = configure(tts={"engine": "elevenlabs", "api_key": api_key, **tts}).tts
    ledger = Ledger(to_no_one, time.time, budget=settings.budget)
    with unwrapped():
        async with (
            open_account(settings) as account,
            open_speaking(settings, ledger, _NoShelf(), to_no_one) as voice,
        ):
            yield Speech(account, voice)


class _NoShelf:
    """Satisfies `agent.ports.Shelf`: nothing is kept."""

    voice = "elevenlabs"

    def own_speed(self, wanted: float) -> float:
        return wanted

    async def find(self, _passage: Passage, /) -> tuple[bytes, int] | None:
        return None

    async def keep(self, _passage: Passage, _pcm: bytes, _rate: int, /) -> None:
        """It is the caller's."""
