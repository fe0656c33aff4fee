from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.commands import MOST, Listen, Mute, Notify, Say, Set, Stop, Unknown
from agent.core.reply import Incoming
from agent.errors import Refused, Unavailable

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"


def parse(body: bytes, kind: str) -> str:
    """All of the text that *body*, read at once, has in it."""
    incoming = Incoming(kind)
    parts = [*incoming.feed(body), *incoming.finish()]
    return "".join(part for part in parts if isinstance(part, str)).strip()


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        ('{"text":"You said: hello","execution_id":"7"}', JSON, "You said: hello"),
        ('[{"text":"First."},{"text":"Second."}]', JSON, "First. Second."),
        ("You said: hello", HTML, "You said: hello"),
        ('"You said: hello"', JSON, "You said: hello"),
        ('{"data":{"reply":{"text":"Deep."}}}', JSON, "Deep."),
        ('{"output":"From an agent."}', JSON, "From an agent."),
        ('{"json":{"result":{"answer":"Around."}}}', JSON, "Around."),
        ('{"message":{"role":"assistant","content":"Chat."}}', JSON, "Chat."),
        ('{"text":"","output":"The other."}', JSON, "The other."),
        ('{"code":7,"text":"A code of its own."}', JSON, "A code of its own."),
        ("\ufeff  Grüße, 你好!\n", "text/plain", "Grüße, 你好!"),
        ("[laughs] Yes.", "text/plain", "[laughs] Yes."),
        ("Two lines.\nOf text.", "", "Two lines.\nOf text."),
        ('{"answer": 42}', JSON, "42"),
        ('{"output":"{\\"text\\":\\"Inside.\\"}"}', JSON, "Inside."),
        ("1 < 2 is true", HTML, "1 < 2 is true"),
    ],
)
def test_every_shape_of_an_answer_is_understood(
    body: str, kind: str, said: str
) -> None:
    assert parse(body.encode(), kind) == said


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("", JSON),
        (" \n", JSON),
        ('{"message":"Workflow was started"}', JSON),
        ('{"message":"Workflow got started."}', JSON),
        ('{"executionStarted":true,"text":"x"}', JSON),
        ('{"headers":{"host":"h"},"params":{},"query":{},"body":{"text":"x"}}', JSON),
        ('{"code":0,"message":"No item to return was found"}', JSON),
        ('{"code":404,"message":"Not registered.","hint":"Activate it"}', JSON),
        ("RIFF....WAVEfmt ", "audio/wav"),
        ("x", "IMAGE/PNG"),
        ("<!DOCTYPE html><html><body>n8n</body></html>", HTML),
        ("\n<html lang=en>", HTML),
        ("<pre>Cannot POST /webhook/tonny</pre>", HTML),
        ('{"text":"  "}', JSON),
        ('{"sum": 3}', JSON),
        ("{}", JSON),
        ("[]", JSON),
        ("null", JSON),
        ('{"text": "Cut in the mid', JSON),
        ("[1, 2", JSON),
        ("[" * 100_000, JSON),
        ('{"text":' * 20 + '"deep"' + "}" * 20, JSON),
    ],
    ids=lambda given: given[:24],
)
def test_what_is_no_answer_is_not_said(body: str, kind: str) -> None:
    with pytest.raises(Refused):
        parse(body.encode(), kind)


def test_what_is_not_utf8_is_not_said() -> None:
    with pytest.raises(Refused, match="UTF-8"):
        parse(b"caf\xe9", "text/plain")


def test_n8n_is_waited_for_while_it_starts() -> None:
    with pytest.raises(Unavailable) as failed:
        parse(b"n8n is starting up. Please wait", HTML)
    assert failed.value.retry_after == 3


def streamed(*items: dict[str, object]) -> bytes:
    return b"".join(msgspec.json.encode(item) + b"\n" for item in items)


def item(content: str) -> dict[str, object]:
    return {"type": "item", "content": content, "metadata": {"nodeName": "Say 1"}}


BEGIN: dict[str, object] = {"type": "begin", "metadata": {"nodeName": "Say 1"}}
END: dict[str, object] = {"type": "end", "metadata": {"nodeName": "Say 1"}}


def test_a_stream_is_joined() -> None:
    keepalive: dict[str, object] = {"type": "keepalive"}
    body = streamed(BEGIN, item("You said: "), keepalive, item("hello."), END)
    assert parse(body, JSON) == "You said: hello."


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"text":"Inside."}', "Inside."),
        ("{not JSON}", "{not JSON}"),
        ("{" + '"a":{' * 10_000, "{" + '"a":{' * 10_000),
    ],
    ids=["an object", "braces", "too deep"],
)
def test_an_object_in_a_stream_is_opened(content: str, said: str) -> None:
    assert parse(streamed(BEGIN, item(content), END), JSON) == said


@pytest.mark.parametrize("content", [None, "The model is down"])
def test_a_stream_that_fails_is_not_half_said(content: str | None) -> None:
    failure: dict[str, object] = {"type": "error", "content": content}
    with pytest.raises(Refused, match=content or "does not say why"):
        parse(streamed(BEGIN, item("Half"), failure), JSON)


@pytest.mark.parametrize(
    "body", [streamed(BEGIN, END), streamed(BEGIN) + b"{oops\n", b'{"type":7}\n{}\n']
)
def test_a_stream_without_a_text_is_no_answer(body: bytes) -> None:
    with pytest.raises(Refused):
        parse(body, JSON)


KEYS = st.sampled_from(["text", "message", "code", "hint", "data", "headers", "body"])
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(), inner)
    ),
    max_leaves=12,
).map(msgspec.json.encode)
HOSTILE = st.text('{}[]"\\:,<> \n\0\ufeff\u202ea1').map(str.encode)


@given(
    st.binary() | ANY_JSON | HOSTILE | st.lists(ANY_JSON).map(b"\n".join),
    st.sampled_from([JSON, HTML, "text/plain", "audio/wav", ";;", ""]),
)
def test_whatever_comes_is_a_text_or_one_of_our_errors(body: bytes, kind: str) -> None:
    try:
        said = parse(body, kind)
    except (Refused, Unavailable):
        return
    assert said
    assert said == said.strip()


def test_runs_of_a_stream_do_not_grow_together() -> None:
    body = streamed(
        *(BEGIN, item('{"text":"First sentence."}'), END),
        *(BEGIN, item("Second "), item("sentence. "), END),
        *(BEGIN, item("Third."), END),
    )
    assert parse(body, JSON) == "First sentence. Second sentence. Third."


def test_a_line_separator_in_a_text_does_not_end_a_line_of_the_stream() -> None:
    body = streamed(BEGIN, item("One\u2028two."), END)
    assert parse(body, JSON) == "One\u2028two."


def test_lines_of_plain_objects_are_an_answer_too() -> None:
    assert parse(b'{"text":"One."}\n{"text":"Two."}\n', JSON) == "One. Two."


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'{"error":"rate limited"}', "rate limited"),
        (b'{"error":{"message":"no credit"}}', "no credit"),
        (b'{"type":"error","content":"model down"}', "model down"),
        (b'{"message":"Error in workflow"}', "without a text"),
    ],
)
def test_a_failure_reported_as_an_answer_is_not_said(body: bytes, why: str) -> None:
    with pytest.raises(Refused, match=why):
        parse(body, JSON)


STREAM = b"".join(
    [
        b'{"type":"begin","metadata":{"nodeId":"a"}}\n',
        b'{"type":"item","content":"First "}\n{"type":"keepalive"}\n',
        b'{"type":"item","content":"sentence."}\n{"type":"end"}\n',
        b'{"type":"begin"}\n{"type":"item","content":',
        b'"{\\"text\\":\\"Second.\\",\\"commands\\":[\\"listen\\"],',
        b'\\"execution_id\\":60}"}\n{"type":"end"}\n',
    ]
)


def test_a_stream_gives_its_parts_as_they_come() -> None:
    incoming = Incoming(JSON)
    came = [[*incoming.feed(line)] for line in STREAM.splitlines(keepends=True)]
    assert came == [
        [],
        ["First "],
        [],
        ["sentence."],
        [" "],
        [],
        ["Second.", Listen()],
        [" "],
    ]
    assert [*incoming.finish()] == []
    assert incoming.execution == "60"


@given(st.lists(st.integers(0, len(STREAM)), max_size=9))
def test_however_it_is_cut_the_parts_are_the_same(cuts: list[int]) -> None:
    whole, cut = Incoming(JSON), Incoming(JSON)
    edges = [0, *sorted(cuts), len(STREAM)]
    pieces = [STREAM[a:b] for a, b in pairwise(edges)]
    parts = [part for piece in pieces for part in cut.feed(piece)] + [*cut.finish()]
    assert parts == [*whole.feed(STREAM), *whole.finish()]


def test_a_reply_may_want_more_than_words() -> None:
    incoming = Incoming(JSON)
    body = {
        "text": "Good night.",
        "commands": [
            {"command": "notify", "text": "Lights off", "title": "Home"},
            {"type": "say", "data": {"text": "Sleep well."}},
            "mute",
            {"name": "unmute"},
            {"action": "set", "name": "x"},
            {"command": "set", "name": "audio.mode", "value": "ptt"},
            {"command": "explode"},
            7,
        ],
    }
    assert [*incoming.feed(msgspec.json.encode(body))] == []
    text, notify, say, mute, unmute, incomplete, change, *unknown = incoming.finish()
    assert text == "Good night."
    assert notify == Notify("Lights off", "Home")
    assert (say, mute, unmute) == (Say("Sleep well."), Mute(), Mute(on=False))
    assert change == Set("audio.mode", "ptt")
    assert [type(each) for each in (incomplete, *unknown)] == [Unknown] * 3


def test_commands_alone_are_an_answer() -> None:
    incoming = Incoming(JSON)
    assert [*incoming.feed(b'{"commands":["stop"]}'), *incoming.finish()] == [Stop()]


def test_no_more_commands_than_anyone_needs() -> None:
    incoming = Incoming(JSON)
    body = msgspec.json.encode([{"commands": ["stop"] * 15}] * 3)
    assert len([*incoming.feed(body), *incoming.finish()]) == MOST


def test_many_short_lines_take_linear_time() -> None:
    incoming = Incoming(JSON)
    assert len([*incoming.feed(b'{"text":"a"}\n' * 80_000)]) == 80_000
