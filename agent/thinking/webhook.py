"""A workflow behind a webhook, such as n8n's: JSON in, an answer out."""

import time
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
import trio

from agent import __version__
from agent.config.settings import Workflow
from agent.core.reply import parse
from agent.core.signature import sign
from agent.errors import AgentError, Refused, Unavailable, translating
from agent.ports import Exchange, Question
from agent.web import ERRORS, read_beginning, read_bounded, retry_after

if TYPE_CHECKING:
    import httpx

LONGEST_ANSWER = 1 << 20
LONGEST_EXCUSE = 1 << 14

USER_AGENT = f"Mozilla/5.0 (compatible) tonny-agent/{__version__}"
"""n8n's "Ignore bots" option turns away anything that does not look like a browser."""

PROBE_WITHIN = 5.0

REGISTERED_AFTER = 5.0
"""Seconds; for some time after n8n's start every webhook is unknown."""

_UNFINISHED = ("No Respond to Webhook node", "No item to return")
"""What n8n says with a 500 when asking again cannot help."""

_REMEDIES = {
    400: "its Webhook node has to take POST with a JSON body",
    401: "compare workflow.header and workflow.token with its authentication",
    403: "compare workflow.header and workflow.token with its authentication",
    410: "it is gone for good: set workflow.url to another",
    413: "the request is too long for it",
    422: "its Webhook node has to take POST with a JSON body",
}


class _Request(msgspec.Struct, frozen=True):
    """What the workflow receives, in ``body``."""

    text: str
    session_id: str
    turn_id: int
    timestamp: str
    source: str
    language: str | None
    confidence: float | None
    context: tuple[Exchange, ...]
    replay: bool
    queued_at: str | None


class _Excuse(msgspec.Struct, frozen=True):
    """The body of n8n's failures."""

    message: str = ""


class Webhook:
    """Satisfies `agent.ports.Mind`."""

    name = "n8n"

    def __init__(self, client: "httpx.AsyncClient", settings: Workflow) -> None:
        self._client = client
        self._settings = settings

    @trio.as_safe_channel
    async def answer(self, question: Question) -> AsyncGenerator[str, None]:
        """One part: the whole answer.

        Raises `Unavailable` when asking again may help, and `Refused` when not.
        """
        body = _encoded(question)
        try:
            with trio.fail_after(self._settings.deadline), translating(ERRORS):
                async with self._client.stream(
                    "POST",
                    self._settings.url,
                    content=body,
                    headers=self._headers(question.id, body),
                ) as response:
                    if response.status_code >= 300:
                        raise await _failure(response)
                    content = await read_bounded(response, LONGEST_ANSWER)
        except trio.TooSlowError:
            raise Unavailable(
                f"the workflow took longer than {self._settings.deadline:g} s"
                " (workflow.deadline)"
            ) from None
        yield parse(content, response.headers.get("content-type", ""))

    def _headers(self, id: str, body: bytes) -> dict[str, str]:
        settings, now = self._settings, int(time.time())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": USER_AGENT,
            "Idempotency-Key": id,
            "webhook-id": id,
            "webhook-timestamp": str(now),
        }
        if settings.secret:
            signature = sign(settings.secret.reveal(), id, now, body)
            headers["webhook-signature"] = signature
        if settings.token:
            token = settings.token.reveal()
            bare = settings.header.lower() == "authorization" and " " not in token
            headers[settings.header] = f"Bearer {token}" if bare else token
        return headers


def _encoded(question: Question) -> bytes:
    asked = _iso(question.asked_at)
    return msgspec.json.encode(
        _Request(
            text=question.text,
            session_id=question.session,
            turn_id=question.turn,
            timestamp=asked,
            source=question.source,
            language=question.language,
            confidence=question.confidence,
            context=question.context,
            replay=question.replay,
            queued_at=asked if question.replay else None,
        )
    )


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")


async def _failure(response: "httpx.Response") -> AgentError:
    """What *response* means, by what helps against it."""
    status = response.status_code
    excuse = _excuse(await read_beginning(response, LONGEST_EXCUSE))
    if status == 404:
        return Unavailable(
            "the workflow is not registered (404): is it active, and is workflow.url"
            " its production address?",
            retry_after=retry_after(response) or REGISTERED_AFTER,
        )
    said = f"the workflow answered {status}{excuse and f' ({excuse:.200})'}"
    if excuse.startswith(_UNFINISHED):
        return Refused(said)
    if status in {408, 425, 429} or status >= 500:
        return Unavailable(said, retry_after=retry_after(response))
    if status < 400:
        return Refused(f"{said}: it moved, and workflow.url has to say where to")
    return Refused(f"{said}: {_REMEDIES.get(status, 'compare workflow.url with it')}")


def _excuse(body: bytes) -> str:
    """n8n's own words for a failure, where there are any."""
    try:
        return msgspec.json.decode(body, type=_Excuse).message
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        text = body.decode("utf-8", "replace").strip()
        return "" if text.startswith("<") else text


async def probe(client: "httpx.AsyncClient", url: str) -> str:
    """How the webhook at *url* is, without running the workflow.

    A GET of a path that takes POST is refused by n8n with a hint that proves that
    it is registered. Raises `Unavailable` or `Refused` with what is wrong.
    """
    try:
        with trio.fail_after(PROBE_WITHIN), translating(ERRORS):
            async with client.stream("GET", url) as response:
                excuse = _excuse(await read_beginning(response, LONGEST_EXCUSE))
    except trio.TooSlowError:
        raise Unavailable("the workflow does not answer") from None
    if response.status_code == 404 and "not registered for GET" in excuse:
        return "is registered and active"
    if response.status_code == 404:
        raise Refused("there is no workflow at this address (404)")
    return f"answers ({response.status_code} to a GET)"
