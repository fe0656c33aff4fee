"""What is published of an event: the envelope that others read, and its routing key."""

import re
import uuid
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from agent.bus.identity import Identity
from agent.events import (
    Entry,
    Event,
    Heard,
    Lost,
    Measured,
    Ready,
    Replied,
    SpeechStarted,
)
from agent.ports import Letter

SOURCE = "tonny-agent"

_HEALTH = "health."
_ODD = re.compile(r"[^A-Za-z0-9_.-]")
_LONGEST_NAME = 100


class Envelope(msgspec.Struct, frozen=True):
    """Something happened to a Tonny; one message each."""

    event_id: Annotated[
        str, Meta(description="A UUID, and the message's message_id: read it once.")
    ]
    type: Annotated[
        str,
        Meta(
            description="speech_start, prompt, response, health, metric, or the event's"
            " own name: the part of the routing key that says what this is."
        ),
    ]
    timestamp: Annotated[
        str,
        Meta(
            description="When it happened: ISO 8601, UTC, with milliseconds.",
            pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$",
        ),
    ]
    source: Annotated[str, Meta(description="The program: tonny-agent.")]
    agent_id: Annotated[str, Meta(description="Which of several agents: agent.id.")]
    room: Annotated[str, Meta(description="Where it is: agent.room, or empty.")]
    session_id: Annotated[str, Meta(description="From one start to its end.")]
    turn_id: Annotated[
        int | None, Meta(description="Which of the user's turns, if it is about one.")
    ]
    payload: Annotated[Event, Meta(description="The event itself, by its `event`.")]


_encoder = msgspec.json.Encoder()


def letter_for(entry: Entry, prefix: str, identity: Identity) -> Letter:
    """The message that tells of *entry*, with an id of its own."""
    kind, end = _kind(entry.event)
    envelope = Envelope(
        str(uuid.uuid4()),
        kind,
        _iso(entry.at),
        SOURCE,
        identity.id,
        identity.room,
        entry.session,
        getattr(entry.event, "turn", None),
        entry.event,
    )
    body = _encoder.encode(envelope)
    return Letter(envelope.event_id, f"{prefix}.{end}", body, entry.at)


def _kind(event: Event) -> tuple[str, str]:
    """Its type, and what follows the prefix in its routing key."""
    match event:
        case SpeechStarted():
            return "speech_start", "speech_start"
        case Heard():
            return "prompt", "prompt"
        case Replied():
            return "response", "response"
        case Ready(name) | Lost(name):
            return "health", _HEALTH + _plain(name)
        case Measured(name) if name.startswith(_HEALTH):
            return "health", _HEALTH + _plain(name.removeprefix(_HEALTH))
        case Measured(name):
            return "metric", f"metric.{_ODD.sub('_', name)[:_LONGEST_NAME]}"
        case _:
            name = str(event.__struct_config__.tag)
            return name, f"conversation.{name}"


def _plain(name: str) -> str:
    """One word of a routing key."""
    return _ODD.sub("_", name).replace(".", "_")[:_LONGEST_NAME]


def _iso(at: float) -> str:
    moment = datetime.fromtimestamp(at, UTC).replace(tzinfo=None)
    return moment.isoformat(timespec="milliseconds") + "Z"


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of every message that is published."""
    document = msgspec.json.schema(Envelope)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **document}


class Posting:
    """Puts what happens into the letterbox: as a journal does, with its batches."""

    def __init__(
        self,
        post: Callable[[Sequence[Letter]], Awaitable[None]],
        prefix: str,
        identity: Identity,
    ) -> None:
        self._post = post
        self._prefix = prefix
        self._identity = identity

    async def write(self, entries: Sequence[Entry]) -> None:
        """Return once all are durable."""
        await self._post([letter_for(e, self._prefix, self._identity) for e in entries])
