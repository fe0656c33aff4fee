"""Recordings nobody has seen: the ones that we have, told in other ways."""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import msgspec
import pytest

from agent.core.transcript import LiveTranscript
from agent.errors import Refused
from tests.standins.recorded import RECORDINGS, SAID, messages

Message: TypeAlias = dict[str, Any]
Telling: TypeAlias = Callable[[list[Message]], Iterator[Message]]
TELLINGS: list[Telling] = []


def telling(how: Telling) -> Telling:
    TELLINGS.append(how)
    return how


@telling
def with_messages_of_unknown_types(told: list[Message]) -> Iterator[Message]:
    for message in told:
        yield {"type": "warning", "error": "slow", "lines": [{"text": " never said"}]}
        yield message
        yield {"type": "stats", "lines": 7, "speaker": {}, "n_lines": "many"}


@telling
def each_twice(told: list[Message]) -> Iterator[Message]:
    for message in told:
        yield message
        if message.get("type") != "diff":
            yield message


@telling
def without_what_is_not_needed(told: list[Message]) -> Iterator[Message]:
    for message in told:
        lines = {"lines", "new_lines"} & message.keys()
        kept = lines | {"type", "n_lines", "lines_pruned", "buffer_transcription"}
        bare = {key: value for key, value in message.items() if key in kept}
        for key in lines:
            bare[key] = [{"text": line["text"]} for line in message[key]]
        yield bare


@telling
def with_null_for_what_is_empty(told: list[Message]) -> Iterator[Message]:
    for message in told:
        yield {
            key: None if value in ("", 0) else value for key, value in message.items()
        }


@telling
def with_nonsense_in_what_is_not_needed(told: list[Message]) -> Iterator[Message]:
    for message in told:
        times = [key for key in message if key.startswith("remaining")]
        odd = {**message, **dict.fromkeys(times, "n/a"), "seq": [], "extra": {"a": 1}}
        yield _with_lines(odd, lambda line: {**line, "start": 0.5, "end": None})


@telling
def with_speakers_of_another_kind(told: list[Message]) -> Iterator[Message]:
    kinds: dict[object, object] = {-2: "-2", 1: "SPEAKER_01"}
    for message in told:
        yield _with_lines(
            message, lambda line: {**line, "speaker": kinds[line["speaker"]]}
        )


@telling
def with_fractions_and_without_speakers(told: list[Message]) -> Iterator[Message]:
    kinds: dict[object, object] = {-2: -2.0, 1: None}
    for message in told:
        yield _with_lines(
            message, lambda line: {**line, "speaker": kinds[line["speaker"]]}
        )


@telling
def with_translations(told: list[Message]) -> Iterator[Message]:
    more = {"translation": "Spielt Jazz.", "detected_language": None}
    for message in told:
        yield {
            **_with_lines(message, lambda line: {**line, **more}),
            "buffer_translation": " im Wohnzimmer",
        }


@telling
def with_pauses_between_lines(told: list[Message]) -> Iterator[Message]:
    pause = {"speaker": -2, "text": "[silence]", "start": "0:00:01"}
    for message in told:
        if "lines" in message and message.get("type") != "snapshot":
            lines = [each for line in message["lines"] for each in (pause, line)]
            yield {**message, "lines": [*lines, pause, None]}
        else:
            yield message


@telling
def a_line_for_each_speaker(told: list[Message]) -> Iterator[Message]:
    for message in told:
        if "lines" in message and message.get("type") != "snapshot":
            words = [w for line in message["lines"] for w in line["text"].split()]
            lines = [{"speaker": n % 3, "text": word} for n, word in enumerate(words)]
            yield {**message, "lines": lines}
        else:
            yield message


@telling
def not_yet_attributed_to_a_speaker(told: list[Message]) -> Iterator[Message]:
    for message in told:
        if message.get("lines") and message.get("type") != "snapshot":
            *lines, last = message["lines"]
            more = last["text"] + message.get("buffer_diarization", "")
            yield {**message, "lines": lines, "buffer_diarization": more}
        else:
            yield message


@telling
def in_changes_that_leave_out_what_stayed(told: list[Message]) -> Iterator[Message]:
    before: Message = {}
    for message in told:
        kept = {
            key: value
            for key, value in message.items()
            if message.get("type") != "diff"
            or not key.startswith("buffer")
            or before.get(key) != value
        }
        before = message
        yield kept


def _with_lines(message: Message, change: Callable[[Message], Message]) -> Message:
    return {
        key: [change(line) for line in value]
        if key in {"lines", "new_lines"}
        else value
        for key, value in message.items()
    }


@pytest.mark.parametrize("name", SAID)
@pytest.mark.parametrize("how", TELLINGS, ids=lambda how: how.__name__)
def test_however_it_is_told_it_ends_with_what_was_said(how: Telling, name: str) -> None:
    recorded = [
        msgspec.json.decode(message, type=dict[str, Any])
        for message in messages(RECORDINGS / f"{name}.jsonl")
    ]
    live = LiveTranscript()
    for message in how(recorded):
        live.feed(msgspec.json.encode(message))
    assert live.settled
    assert live.text == SAID[name]


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ({"lines": ["Play some", "jazz."], "buffer_transcription": "Now"}, "Play some jazz. Now"),
        ({"lines": ["Stop"], "buffer_transcription": "."}, "Stop."),
        ({"lines": ["你好。", "世界"], "buffer_transcription": "再见"}, "你好。世界再见"),
        ({"lines": [" One.", "Two."]}, "One. Two."),
        ({"lines": [" in por"], "buffer_transcription": "tugal"}, "in portugal"),
        ({"lines": [], "buffer_diarization": "who", "buffer_transcription": "is it"}, "who is it"),
        ({"buffer_transcription": " only this"}, "only this"),
        ({"lines": None, "buffer_diarization": " only this"}, "only this"),
        ({"lines": [" a\u00a0b\u2009c\n"]}, "a b c"),
    ],
)  # fmt: skip
def test_spaces_are_where_words_end(state: Message, text: str) -> None:
    lines = state.get("lines")
    if lines is not None:
        state = {**state, "lines": [{"speaker": 1, "text": line} for line in lines]}
    live = LiveTranscript()
    live.feed(msgspec.json.encode(state))
    assert live.text == text


def test_what_says_nothing_of_the_text_leaves_it_as_it_was() -> None:
    live = LiveTranscript()
    live.feed(b'{"lines":[{"text":" yes"}],"buffer_transcription":" please"}')
    for message in (
        b'{"status":"active_transcription","lines":null,"buffer_transcription":null}',
        b'{"type":"diff","n_lines":1}',
        b'{"type":"ready_to_stop"}',
        b'{"type":"ready_to_stop","lines":null}',
    ):
        assert not live.feed(message)
    assert live.text == "yes please"


def test_what_comes_after_the_last_word_still_counts() -> None:
    live = LiveTranscript()
    live.feed(b'{"type":"ready_to_stop"}')
    assert live.feed(b'{"lines":[{"text":" yes"}]}')
    assert live.text == "yes"


@pytest.mark.parametrize("error", [{"code": 1, "message": "no ffmpeg"}, ["no ffmpeg"]])
def test_an_error_may_be_more_than_a_text(error: object) -> None:
    with pytest.raises(Refused, match="no ffmpeg"):
        LiveTranscript().feed(msgspec.json.encode({"type": "error", "error": error}))
