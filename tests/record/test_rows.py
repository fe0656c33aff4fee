import json
from datetime import datetime
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.commands import Listen, Mute, Say, Set
from agent.events import (
    AnswerBegun,
    Asked,
    Attempted,
    AudioDropped,
    Commanded,
    CommandIgnored,
    Dismissed,
    Entry,
    Event,
    Heard,
    Level,
    Lost,
    Measured,
    Overheard,
    Postponed,
    QuotaLow,
    QuotaSpent,
    Ready,
    RecordReplaced,
    Replied,
    RungChanged,
    SessionEnded,
    SessionStarted,
    Shown,
    Silent,
    Sounding,
    SpeechEnded,
    SpeechStarted,
    Spoken,
    Switched,
    Timed,
    Unanswered,
    Unheard,
    Unspoken,
    VoiceBegun,
    VoiceSwapped,
    Yielded,
)
from agent.record.rows import AttemptRow, ConversationRow, MetricRow, iso, project
from agent.wire import decode
from tests.record.conversations import NOON

EVENTS: tuple[type[Event], ...] = get_args(Event)

FILED: list[tuple[Event, str | None, str]] = [
    (SessionStarted("0.1.0", 4711), "system", "tonny-agent 0.1.0 started"),
    (SessionEnded("stopped"), "system", "The session ended: stopped"),
    (Ready("n8n", "http://localhost"), "system", "n8n is ready"),
    (
        RecordReplaced("it is empty", "/data/aside.db", "", 2),
        "error",
        "The record was damaged, and is replaced: it is empty",
    ),
    (Lost("n8n", "refused", 30.0), "error", "n8n is away: refused"),
    (SpeechStarted(1), None, ""),
    (SpeechEnded(1, 2.0, 0.64), None, ""),
    (Overheard(1, "what ti", "moonshine"), None, ""),
    (Heard(1, "what {0} time?", "moonshine"), "transcription", "what {0} time?"),
    (Dismissed(1, "too short"), "system", "A sound, not a turn: too short"),
    (Unheard(1, "no model"), "error", "Not understood: no model"),
    (AudioDropped(0.52), "error", "0.5 s of audio were lost: too much to do"),
    (Asked(1, "id", "n8n"), None, ""),
    (AnswerBegun(1), None, ""),
    (Replied(1, "Noon.", "n8n"), "response", "Noon."),
    (Postponed(1, "id", "refused"), "system", "Kept for later: refused"),
    (Unanswered(1, "id", "HTTP 404"), "error", "No answer: HTTP 404"),
    (VoiceBegun(1, "pico"), None, ""),
    (Sounding(1), None, ""),
    (Spoken(1, "Noon.", "pico", 0.8), "tts", "Noon."),
    (Unspoken(1, "Noon.", "barge-in"), "error", "Not spoken (barge-in): Noon."),
    (
        VoiceSwapped("Rachel", "George", "it needs a plan"),
        "system",
        "George speaks instead of Rachel: it needs a plan",
    ),
    (RungChanged("elevenlabs", "pico"), "system", "elevenlabs speaks now"),
    (RungChanged("pico", "elevenlabs", "no"), "system", "pico speaks now: no"),
    (
        QuotaLow(9000, 10_000),
        "system",
        "9000 of 10000 characters at ElevenLabs are used",
    ),
    (QuotaSpent(), "error", "Nothing is left of the plan at ElevenLabs"),
    (Yielded(1), None, ""),
    (Silent(1), None, ""),
    (Shown(1, "It is noon."), None, ""),
    (Timed(1, transcript=0.2), None, ""),
    (Attempted("id", "n8n", "POST", "http://h/w", 0.1, 200), None, ""),
    (Commanded(1, Listen()), None, ""),
    (
        CommandIgnored(1, "dance", "no such command"),
        "error",
        "The workflow asked for dance: no such command",
    ),
    (Switched("audio.mode", "ptt"), "system", "audio.mode is now ptt"),
    (Measured("health.n8n", 1.0), None, ""),
]


def test_someone_has_decided_for_every_event_how_it_is_filed() -> None:
    # The journal never hears how loud it is.
    assert {type(event) for event, _, _ in FILED} == set(EVENTS) - {Level}


@pytest.mark.parametrize(("event", "kind", "content"), FILED)
def test_an_event_is_filed_under_its_type(
    event: Event, kind: str | None, content: str
) -> None:
    row = project(Entry(NOON, "X", event)).conversation
    assert (row and row.type) == kind
    assert (row.content if row else "") == content


def test_the_metadata_is_all_that_the_event_says_beside_the_text() -> None:
    heard = Heard(3, "hello", "whisperlivekit", "text", "en", 0.5)
    assert project(Entry(NOON + 0.1256, "X", heard)).conversation == ConversationRow(
        "X",
        "2026-11-23T12:00:00.125Z",
        "transcription",
        "hello",
        '{"turn":3,"engine":"whisperlivekit","source":"text","language":"en",'
        '"confidence":0.5,"said_at":null}',
    )


def test_each_stage_that_a_turn_came_to_is_a_metric() -> None:
    timed = Timed(2, transcript=0.25, request=0.5, first_sample=1.0)
    about, at = '{"turn":2,"session_id":"X"}', "2026-11-23T12:00:00.000Z"
    assert project(Entry(NOON, "X", timed)).metrics == (
        MetricRow(at, "latency.transcript", 0.25, about),
        MetricRow(at, "latency.request", 0.5, about),
        MetricRow(at, "latency.first_sample", 1.0, about),
    )


def test_a_measurement_keeps_its_detail_and_gets_its_session() -> None:
    measured = Measured("health.n8n", 0.0, {"state": "away"})
    (metric,) = project(Entry(NOON, "X", measured)).metrics
    assert metric[1:3] == ("health.n8n", 0.0)
    assert json.loads(metric.metadata) == {"state": "away", "session_id": "X"}


def test_a_try_is_a_row_of_its_own() -> None:
    tried = Attempted("id", "n8n", "POST", "http://h/w", 0.1, 500, 7, 9, "broken")
    assert project(Entry(NOON, "X", tried)).attempt == AttemptRow(
        "2026-11-23T12:00:00.000Z", "id", "n8n", "POST", "http://h/w", 500, 0.1, 7, 9,
        "broken",
    )  # fmt: skip


def values(hint: Any) -> st.SearchStrategy[Any]:
    """What a field of an event may hold."""
    simple = {
        bool: st.booleans(),
        int: st.integers(1, 2**53),
        float: st.floats(0, 1),
        str: st.text(st.characters(codec="utf-8")),
        NoneType: st.none(),
    }
    if hint in simple:
        return simple[hint]
    if get_origin(hint) is Literal:
        return st.sampled_from(get_args(hint))
    if get_origin(hint) is dict:
        key, value = get_args(hint)
        return st.dictionaries(values(key), values(value), max_size=3)
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return st.sampled_from([Say("Ring."), Listen(), Mute(), Set("a.b", 1.5)])
    assert get_origin(hint) in {Union, UnionType}, hint
    return st.one_of([values(choice) for choice in get_args(hint)])


def whole_events() -> st.SearchStrategy[Event]:
    def build(kind: type[Event]) -> st.SearchStrategy[Event]:
        hints = get_type_hints(kind)
        names = kind.__struct_fields__
        return st.builds(kind, **{name: values(hints[name]) for name in names})

    return st.sampled_from(EVENTS).flatmap(build)


@settings(max_examples=200)
@given(whole_events(), st.floats(0, 4e9), st.text(st.characters(codec="utf-8")))
def test_nothing_that_happens_is_lost_in_writing_it_down(
    event: Event, at: float, session: str
) -> None:
    entry = Entry(at, session, event)
    rows = project(entry)
    assert decode(rows.event.body) == entry
    assert json.loads(rows.event.body)["event"]["event"] == rows.event.type
    assert rows.event.turn == getattr(event, "turn", None)
    if rows.conversation is not None:
        facts = json.loads(rows.conversation.metadata)
        if "text" in event.__struct_fields__:
            facts.setdefault("text", rows.conversation.content)
        assert type(event)(**facts) == event
    for metric in rows.metrics:
        assert json.loads(metric.metadata)["session_id"] == session


@given(st.floats(0, 4e9), st.floats(0, 4e9))
def test_times_sort_as_they_pass_and_are_exact_to_the_millisecond(
    one: float, other: float
) -> None:
    first, second = sorted([one, other])
    assert iso(first) <= iso(second)
    assert 0 <= first - datetime.fromisoformat(iso(first)).timestamp() + 1e-6 < 0.001002
