"""The stand-in's HTTP: who asks for what.

API: https://elevenlabs.io/docs/api-reference, 2026-08.
"""

from itertools import count
from urllib.parse import parse_qsl, urlsplit

import msgspec

from tests.standins.elevenlabs import listing
from tests.standins.elevenlabs.account import Account
from tests.standins.elevenlabs.errors import Failure
from tests.standins.elevenlabs.listing import Listed
from tests.standins.elevenlabs.synthesis import MANNERS, Synthesis
from tests.standins.web import Asked, Reply

_NUMBERS = count(1)
_NOWHERE = Failure(404, b'{"detail":"Not Found"}')


async def answer(account: Account, asked: Asked, reply: Reply) -> None:
    account.asked.append(asked)
    parts = urlsplit(asked.target)
    query = dict(parse_qsl(parts.query))
    found: Listed | None
    match asked.method, parts.path.strip("/").split("/"):
        case "POST", ["v1", "text-to-speech", voice, *way] if "/".join(way) in MANNERS:
            synthesis = Synthesis(account, voice, "/".join(way), query)
            found = await synthesis.answer(asked, reply, _every())
        case "GET", [version, place, *rest]:
            key = asked.headers.get("xi-api-key")
            found = account.key_refused(key, _PERMISSIONS.get(place, ""))
            found = found or _listed(account, [version, place, *rest], query)
        case _:
            found = _NOWHERE
    if isinstance(found, Failure):
        wish = account.retry_after
        wishing = {} if wish is None else {"retry_after": str(wish)}
        kind = found.content_type
        headers = {**_every(), **wishing, "content_type": kind}
        await reply.whole(found.status, found.body, **headers)
    elif found is not None:
        await reply.whole(200, msgspec.json.encode(found), **_every())


_PERMISSIONS = {
    "models": "models_read",
    "user": "user_read",
    "voices": "voices_read",
}


def _listed(account: Account, path: list[str], query: dict[str, str]) -> Listed:
    match path:
        case ["v1", "models"]:
            return listing.models(account)
        case ["v1", "user"]:
            return listing.user(account)
        case ["v1", "user", "subscription"]:
            return listing.extended(account)
        case ["v1", "voices"]:
            return listing.voices(account)
        case ["v1", "voices", id]:
            return listing.voice(account, id)
        case ["v2", "voices"]:
            return listing.searched(account, query)
    return _NOWHERE


def _every() -> dict[str, str]:
    """The headers of every answer."""
    return {
        "server": "uvicorn",
        "x_region": "us-central1",
        "x_trace_id": f"{next(_NUMBERS):032x}",
    }
