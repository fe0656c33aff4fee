from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.commands import Notify, Say, Stop
from agent.core.envelope import (
    Ack,
    Chunk,
    Envelope,
    Other,
    Response,
    Signed,
    Wanted,
    opened,
)
from agent.errors import Refused


@pytest.mark.parametrize(
    ("message", "envelope"),
    [
        ({"type": "ack", "id": "1"}, Ack("1")),
        ({"type": "chunk", "id": "1", "text": "A. "}, Chunk("1", "A. ")),
        (
            {"type": "chunk", "id": "1", "data": {"text": "A."}},
            Chunk("1", {"text": "A."}),
        ),
        ({"type": "chunk", "id": "1"}, Chunk("1", "")),
        (
            {"type": "response", "id": "1", "success": True, "data": {"text": "A."}},
            Response("1", {"text": "A."}),
        ),
        (
            {"type": "response", "id": "1", "success": False, "error": "no model"},
            Response("1", None, "no model"),
        ),
        (
            {"type": "response", "id": "1", "success": False},
            Response("1", None, "it does not say why"),
        ),
        (
            {"type": "response", "id": "1", "error": None, "data": "A."},
            Response("1", "A."),
        ),
        (
            {"type": "error", "id": "1", "error": {"message": "bad"}},
            Response("1", None, "bad"),
        ),
        ({"type": "event", "event_type": "stop"}, Wanted((Stop(),))),
        (
            {"type": "event", "event_type": "say", "data": "Tea."},
            Wanted((Say("Tea."),)),
        ),
        (
            {
                "type": "event",
                "event_type": "notify",
                "data": {"text": "T", "title": "H"},
            },
            Wanted((Notify("T", "H"),)),
        ),
        (
            {"type": "signed", "headers": {"Webhook-Id": "m"}, "body": "{}"},
            Signed({"webhook-id": "m"}, b"{}"),
        ),
        ({"type": "signed", "headers": 7, "body": "{}"}, Other()),
        ({"type": "ping"}, Other(ping=True)),
        ({"hello": "there"}, Other()),
    ],
)
def test_every_envelope_is_opened(message: dict[str, Any], envelope: Envelope) -> None:
    assert opened(msgspec.json.encode(message)) == envelope


@pytest.mark.parametrize(
    "message", ["", "nope", "[]", "{" * 5000, b"\xff", '{"type":7}']
)
def test_nonsense_is_refused(message: str | bytes) -> None:
    with pytest.raises(Refused):
        opened(message)


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
fields = ["id", "data", "error", "success", "event_type", "text", "headers", "body"]
types = ["ack", "chunk", "response", "event", "signed", "error", "ping", "x"]


@given(st.sampled_from(types), st.dictionaries(st.sampled_from(fields), json))
def test_whatever_is_in_it_is_an_envelope(kind: str, more: dict[str, Any]) -> None:
    message = msgspec.json.encode({**more, "type": kind})
    assert isinstance(opened(message), Envelope)
