"""The envelope and the routing keys, for whatever happens."""

import json
import types
import typing
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.bus.envelope import letter_for, schema
from agent.bus.identity import Identity, identity_of
from agent.config.settings import Agent
from agent.events import Entry, Event, Lost, Measured

VALIDATOR = jsonschema.Draft202012Validator(schema())
KITCHEN = Identity("kitchen-pc", "kitchen")
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=99)
KINDS: tuple[Any, ...] = typing.get_args(Event)


def any_of(kind: Any) -> st.SearchStrategy[Any]:
    """Values of *kind* within the limits that events keep to."""
    arguments = typing.get_args(kind)
    if typing.get_origin(kind) is typing.Annotated:
        return any_of(arguments[0])
    if typing.get_origin(kind) in {typing.Union, types.UnionType}:
        return st.one_of(*map(any_of, arguments))
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        fields = msgspec.structs.fields(kind)
        return st.builds(kind, **{each.name: any_of(each.type) for each in fields})
    limited = {int: st.integers(1, 2**31), float: st.floats(0, 1), str: NAMES}
    return limited[kind] if kind in limited else st.from_type(kind)


ANYTHING = st.one_of(*map(any_of, KINDS))


@settings(deadline=None)  # the validator is slow
@given(ANYTHING, st.floats(0, 4e9))
def test_every_event_fits_its_schema_and_a_routing_key(event: Event, at: float) -> None:
    letter = letter_for(Entry(at, "s", event), "thread.tonny", KITCHEN)
    body = json.loads(letter.body)
    VALIDATOR.validate(body)
    assert letter.key.isascii()
    assert len(letter.key) <= 255
    assert letter.key.split(".")[2] in {
        *("speech_start", "prompt", "response", "conversation", "health", "metric"),
    }
    assert (letter.id, letter.at) == (body["event_id"], at)
    assert body["turn_id"] == getattr(event, "turn", None)


def test_the_schema_is_one_and_refuses_what_is_none() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    body = json.loads(
        letter_for(Entry(1.0, "s", Lost("n8n", "", 1.0)), "p", KITCHEN).body
    )
    VALIDATOR.validate(body)
    for wrong in ({"payload": {"event": "no such"}}, {"timestamp": "now"}):
        with pytest.raises(jsonschema.ValidationError):
            VALIDATOR.validate(body | wrong)


@pytest.mark.parametrize(
    ("event", "key"),
    [
        (Lost("a.b c/ü#*", "", None), "p.health.a_b_c____"),
        (Measured("latency.first_audio", 1.0), "p.metric.latency.first_audio"),
        (Measured("health." + "x" * 300, 1.0), "p.health." + "x" * 100),
    ],
)
def test_a_name_is_a_word_of_a_routing_key(event: Event, key: str) -> None:
    assert letter_for(Entry(1.0, "s", event), "p", KITCHEN).key == key


def test_an_agent_without_a_name_has_that_of_its_computer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "Anna's Laptop.lan")
    assert identity_of(Agent(room="attic")) == Identity("Anna-s-Laptop", "attic")
    assert identity_of(Agent(id="x")) == Identity("x", "")
