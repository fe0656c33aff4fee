"""The account: its voices, what is left of its plan, and its models."""

import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlencode

import msgspec
import trio

from agent.config.settings import Tts
from agent.errors import Refused, Unavailable, translating
from agent.speaking.elevenlabs.failures import Denied, failure
from agent.web import ERRORS, read_bounded

if TYPE_CHECKING:
    import httpx

_T = TypeVar("_T")

ANSWERS_WITHIN = 10.0
LONGEST = 4 << 20
PAGE = 100
MOST_PAGES = 20

_ID = re.compile(r"[A-Za-z0-9]{20}")


class Offered(msgspec.Struct, frozen=True):
    """A voice of the account or of the library."""

    voice_id: str
    name: str = ""
    category: str | None = None
    description: str | None = None
    labels: dict[str, str | None] | None = None
    preview_url: str | None = None


class _Page(msgspec.Struct, frozen=True):
    voices: list[Offered]
    has_more: bool = False
    next_page_token: str | None = None


class Subscription(msgspec.Struct, frozen=True):
    """What is left of the plan: *character_count* of *character_limit* are used, until
    *next_character_count_reset_unix*."""

    character_count: int
    character_limit: int
    tier: str = ""
    next_character_count_reset_unix: int | None = None


class Model(msgspec.Struct, frozen=True):
    """A model that the account may use."""

    model_id: str
    name: str = ""
    can_do_text_to_speech: bool = True


def is_id(voice: str) -> bool:
    """Whether *voice* looks like an id rather than a name."""
    return _ID.fullmatch(voice) is not None


class Account:
    """Asks for what may be known; a key may lack the right to, and speak all the same.

    All raise `Denied` for that, `Refused` for nonsense, else `Unavailable`.
    """

    def __init__(self, client: "httpx.AsyncClient", settings: Tts) -> None:
        self._client = client
        self._base = settings.base_url.rstrip("/")
        self._key = settings.api_key

    async def voices(self, search: str = "") -> list[Offered]:
        """Those that the account has, and that have *search* in their names or labels."""
        return [voice async for voice in self._pages(search)]

    async def named(self, wanted: str) -> Offered | None:
        """The voice of this id or name; "George" is enough for "George - Warm"."""
        if is_id(wanted):
            return Offered(wanted)
        found = await self.voices(wanted)
        for like in (_called, _begins):
            for voice in found:
                if like(voice.name.casefold(), wanted.strip().casefold()):
                    return voice
        return None

    async def subscription(self) -> Subscription:
        return await self._get("/v1/user/subscription", Subscription)

    async def models(self) -> list[Model]:
        return await self._get("/v1/models", list[Model])

    async def _pages(self, search: str) -> AsyncIterator[Offered]:
        token: str | None = None
        for _ in range(MOST_PAGES):
            asked = {"page_size": PAGE, "search": search, "next_page_token": token}
            query = urlencode({name: value for name, value in asked.items() if value})
            page = await self._get(f"/v2/voices?{query}", _Page)
            for voice in page.voices:
                yield voice
            token = page.next_page_token
            if not (page.has_more and token):
                return

    async def _get(self, path: str, kind: type[_T]) -> _T:
        request = self._client.build_request(
            "GET", f"{self._base}{path}", headers={"xi-api-key": self._key.reveal()}
        )
        with translating(ERRORS, "ElevenLabs: "):
            try:
                with trio.fail_after(ANSWERS_WITHIN):
                    response = await self._client.send(request, stream=True)
                    try:
                        if response.status_code != 200:
                            raise await failure(response)
                        found = await read_bounded(response, LONGEST)
                    finally:
                        await response.aclose()
            except trio.TooSlowError:
                raise Unavailable("ElevenLabs does not answer") from None
        try:
            return msgspec.json.decode(found, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
            raise Refused(f"ElevenLabs answered with something else: {exc}") from exc


def _called(name: str, wanted: str) -> bool:
    return wanted in (name, name.partition(" - ")[0])


def _begins(name: str, wanted: str) -> bool:
    return name.startswith(wanted)


async def choose(account: Account, wanted: str) -> str:
    """The id of the voice *wanted*; raises `Denied` as one that is not there."""
    if is_id(wanted):
        return wanted
    voice = await account.named(wanted)
    if voice is None:
        raise Denied(
            f'there is no voice "{wanted}" in this account: tonny-agent voices',
            "voice_not_found",
            404,
        )
    return voice.voice_id
