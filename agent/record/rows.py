"""What is written down of an event: pure, so that it can be read as a table."""

from datetime import UTC, datetime
from typing import Literal, NamedTuple, TypeAlias

import msgspec

from agent.events import (
    Attempted,
    AudioDropped,
    CommandIgnored,
    Dismissed,
    Entry,
    Event,
    Heard,
    Lost,
    Measured,
    Postponed,
    QuotaLow,
    QuotaSpent,
    Ready,
    RecordReplaced,
    Replied,
    RungChanged,
    SessionEnded,
    SessionStarted,
    Spoken,
    Switched,
    Timed,
    Unanswered,
    Unheard,
    Unspoken,
    VoiceSwapped,
)
from agent.wire import encode

Kind: TypeAlias = Literal["transcription", "response", "tts", "error", "system"]


class ConversationRow(NamedTuple):
    session_id: str
    timestamp: str
    type: Kind
    content: str
    metadata: str


class MetricRow(NamedTuple):
    timestamp: str
    metric_name: str
    metric_value: float
    metadata: str


class AttemptRow(NamedTuple):
    at: str
    request: str
    peer: str
    method: str
    url: str
    status: int | None
    latency: float
    sent: int
    received: int
    error: str


class EventRow(NamedTuple):
    at: float
    session_id: str
    turn: int | None
    type: str
    body: str


class Rows(NamedTuple):
    """All that one entry leaves behind."""

    event: EventRow
    conversation: ConversationRow | None
    metrics: tuple[MetricRow, ...]
    attempt: AttemptRow | None = None


TELLING: dict[type[Event], tuple[Kind, str]] = {
    Heard: ("transcription", "{0.text}"),
    Replied: ("response", "{0.text}"),
    Spoken: ("tts", "{0.text}"),
    Unheard: ("error", "Not understood: {0.reason}"),
    Unanswered: ("error", "No answer: {0.reason}"),
    Unspoken: ("error", "Not spoken ({0.reason}): {0.text}"),
    Lost: ("error", "{0.name} is away: {0.reason}"),
    AudioDropped: ("error", "{0.seconds:.1f} s of audio were lost: too much to do"),
    SessionStarted: ("system", "tonny-agent {0.version} started"),
    RecordReplaced: ("error", "The record was damaged, and is replaced: {0.reason}"),
    SessionEnded: ("system", "The session ended: {0.reason}"),
    Ready: ("system", "{0.name} is ready"),
    Switched: ("system", "{0.what} is now {0.to}"),
    CommandIgnored: ("error", "The workflow asked for {0.name}: {0.reason}"),
    Postponed: ("system", "Kept for later: {0.reason}"),
    VoiceSwapped: ("system", "{0.used} speaks instead of {0.wanted}: {0.reason}"),
    RungChanged: ("system", "{0.voice} speaks now: {0.reason}"),
    QuotaLow: ("system", "{0.used} of {0.limit} characters at ElevenLabs are used"),
    QuotaSpent: ("error", "Nothing is left of the plan at ElevenLabs"),
    Dismissed: ("system", "A sound, not a turn: {0.reason}"),
}
"""The events that are part of the conversation: how they are filed, and worded."""


def project(entry: Entry) -> Rows:
    """The rows of *entry*; every event has one in `events`."""
    event = entry.event
    return Rows(
        EventRow(
            entry.at,
            entry.session,
            getattr(event, "turn", None),
            _name(event),
            encode(entry).decode(),
        ),
        _conversation(entry),
        _metrics(entry),
        _attempt(entry),
    )


def _attempt(entry: Entry) -> AttemptRow | None:
    event = entry.event
    if not isinstance(event, Attempted):
        return None
    return AttemptRow(
        iso(entry.at),
        event.request,
        event.peer,
        event.method,
        event.url,
        event.status,
        event.seconds,
        event.sent,
        event.received,
        event.error,
    )


def iso(at: float) -> str:
    """UTC to the millisecond: sorts as it passes, ``2026-11-23T15:33:07.125Z``."""
    moment = datetime.fromtimestamp(at, UTC).replace(tzinfo=None)
    return moment.isoformat(timespec="milliseconds") + "Z"


def _conversation(entry: Entry) -> ConversationRow | None:
    """Its metadata is all that the event says beside the text."""
    event = entry.event
    if type(event) not in TELLING:
        return None
    kind, wording = TELLING[type(event)]
    content = wording.format(event).removesuffix(": ")
    facts = msgspec.structs.asdict(event)
    if facts.get("text") == content:
        del facts["text"]
    return ConversationRow(entry.session, iso(entry.at), kind, content, _json(facts))


def _metrics(entry: Entry) -> tuple[MetricRow, ...]:
    match entry.event:
        case Timed(turn) as timed:
            values = {
                f"latency.{stage}": seconds
                for stage, seconds in msgspec.structs.asdict(timed).items()
                if stage != "turn" and seconds is not None
            }
            detail = {"turn": turn, "session_id": entry.session}
        case Measured(name, value, measured):
            values = {name: value}
            detail = {**measured, "session_id": entry.session}
        case _:
            return ()
    at, metadata = iso(entry.at), _json(detail)
    return tuple(MetricRow(at, name, value, metadata) for name, value in values.items())


def _name(event: Event) -> str:
    return str(event.__struct_config__.tag)


def _json(facts: object) -> str:
    return msgspec.json.encode(facts).decode()
