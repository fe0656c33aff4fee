import typing

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent import events
from agent.events import Entry, Event
from agent.wire import decode, encode, schema

KINDS = typing.get_args(Event)

entries = st.builds(
    Entry,
    at=st.floats(0, 4e9),
    session=st.text(st.characters(exclude_categories=["Cs"])),
    event=st.one_of(
        st.builds(
            events.Heard,
            turn=st.integers(0, 2**31),
            text=st.text(st.characters(exclude_categories=["Cs"])),
            engine=st.just("typist"),
            source=st.sampled_from(["voice", "text"]),
            confidence=st.none() | st.floats(0, 1),
        ),
        st.builds(
            events.Lost,
            name=st.just("n8n"),
            reason=st.text(st.characters(exclude_categories=["Cs"])),
            retry_in=st.none() | st.floats(0, 1e6),
        ),
    ),
)


@given(entries)
def test_what_is_written_is_read_back_and_is_one_line(entry: Entry) -> None:
    line = encode(entry)
    assert b"\n" not in line
    assert decode(line) == entry


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{}",
        b'{"at":1,"session":"s","event":{"event":"danced"}}',
        b'{"at":1,"session":"s","event":{"event":"ready"}}',
        b'{"at":1,"session":"s","event":{"event":"sounding","turn":-1}}',
        b'{"at":1,"session":"s","event":{"event":"heard","turn":1,"text":"x","confidence":2}}',
    ],
)
def test_what_is_no_event_is_turned_away_at_the_door(line: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(line)


def test_every_kind_of_event_is_in_the_schema_by_its_name() -> None:
    document = schema()
    tags = {kind.__struct_config__.tag for kind in KINDS}
    described = {
        definition["properties"]["event"]["enum"][0]
        for definition in document["$defs"].values()
        if "enum" in definition.get("properties", {}).get("event", {})
    }
    assert described == tags
    assert "speech_ended" in tags


def test_every_kind_of_event_explains_itself() -> None:
    assert all(kind.__doc__ for kind in KINDS)
