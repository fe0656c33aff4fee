"""What a workflow is sent: the body, who we are, and the signature over the body."""

import base64
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

import msgspec

from agent import __version__
from agent.config.settings import Workflow
from agent.core.jwt import web_token
from agent.core.signature import sign, sign_like_github
from agent.ports import Exchange, Question

USER_AGENT = f"Mozilla/5.0 (compatible) tonny-agent/{__version__}"
"""n8n's "Ignore bots" option turns away anything that does not look like a browser."""

Encode: TypeAlias = Callable[[Question], bytes]


class Turn(msgspec.Struct, frozen=True):
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


class _Chat(msgspec.Struct, frozen=True, rename="camel"):
    """As n8n's own chat widget asks its Chat Trigger."""

    action: str
    session_id: str
    chat_input: str
    metadata: Turn


def turn(question: Question) -> Turn:
    asked = _iso(question.asked_at)
    return Turn(
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


def encoded(question: Question) -> bytes:
    """For a webhook."""
    return msgspec.json.encode(turn(question))


def encoded_for_chat(question: Question) -> bytes:
    """For n8n's Chat Trigger."""
    said = _Chat("sendMessage", question.session, question.text, turn(question))
    return msgspec.json.encode(said)


def headers(settings: Workflow, id: str, body: bytes) -> dict[str, str]:
    """Of the request *id* with *body*, at this moment."""
    now = int(time.time())
    return {
        "Content-Type": "application/json",
        "Idempotency-Key": id,
        "webhook-id": id,
        "webhook-timestamp": str(now),
        **_signature(settings, id, now, body),
        **credentials(settings),
    }


def credentials(settings: Workflow) -> dict[str, str]:
    """Who we are: the part of the headers that does not depend on what is asked."""
    found = {"User-Agent": USER_AGENT}
    token = settings.token.reveal()
    if not token:
        return found
    match settings.auth:
        case "basic":
            both = base64.b64encode(f"{settings.user}:{token}".encode()).decode()
            return {**found, "Authorization": f"Basic {both}"}
        case "bearer":
            return {**found, "Authorization": f"Bearer {token}"}
        case "jwt":
            minted = web_token(token, "tonny-agent", int(time.time()))
            return {**found, "Authorization": f"Bearer {minted}"}
        case "header":
            bare = settings.header.lower() == "authorization" and " " not in token
            return {**found, settings.header: f"Bearer {token}" if bare else token}


def _signature(settings: Workflow, id: str, now: int, body: bytes) -> dict[str, str]:
    known = [secret.reveal() for secret in (settings.secret, settings.old_secret)]
    secrets = [secret for secret in known if secret]
    if not secrets:
        return {}
    if settings.signature == "github":
        return {"X-Hub-Signature-256": sign_like_github(secrets[0], body)}
    return {
        "webhook-signature": " ".join(sign(each, id, now, body) for each in secrets)
    }


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
