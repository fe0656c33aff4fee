import os
from itertools import takewhile
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agent.core.transcript import (
    LONGEST_TEXT,
    MOST_LINES,
    SILENCE,
    LiveTranscript,
)
from agent.errors import AgentError, Refused, Unavailable
from tests.standins.recorded import RECORDINGS, SAID, messages

TRANSCRIPTS = Path(os.environ.get("TONNY_WLK_TRANSCRIPTS", "nowhere"))
"""Whole sessions of real servers, of which our recordings are excerpts."""

POLICY = {"remaining_time_transcription_policy": 0.0}


def state(*lines: object, **more: object) -> bytes:
    return msgspec.json.encode({"lines": lines, **more})


def line(text: str | None, speaker: int | str = 1, **more: object) -> dict[str, object]:
    return {"speaker": speaker, "text": text, **more}


def test_the_text_is_lines_and_what_is_still_in_the_buffers() -> None:
    live = LiveTranscript()
    message = state(
        line(" Play some"),
        line(" music"),
        buffer_diarization=" in the",
        buffer_transcription=" living room.",
        buffer_translation=" im Wohnzimmer",
    )
    assert live.feed(message)
    assert live.text == "Play some music in the living room."


def test_each_state_replaces_the_one_before() -> None:
    live = LiveTranscript()
    live.feed(state(line(" Stock."), buffer_transcription=" maybe"))
    assert live.feed(state(line(" Stop.")))
    assert live.text == "Stop."
    assert not live.feed(state(line(" Stop."), remaining_time_transcription=0.2))


@pytest.mark.parametrize("text", ["", None, "[silence]"])
def test_a_pause_is_not_text(text: str | None) -> None:
    live = LiveTranscript()
    live.feed(state(line(" One."), line(text, speaker=-2), line(" Two.")))
    assert live.text == "One. Two."


def test_a_word_split_over_two_tokens_stays_one_word() -> None:
    live = LiveTranscript()
    live.feed(state(line(" por"), buffer_transcription="tugal"))
    assert live.text == "portugal"


def test_the_latest_language_is_kept() -> None:
    live = LiveTranscript()
    live.feed(state(line(" Oui.", detected_language="fr")))
    live.feed(state(line(" Oui.")))
    assert live.language == "fr"


def test_nothing_said_is_an_empty_text() -> None:
    live = LiveTranscript()
    assert not live.feed(state(status="no_audio_detected"))
    assert live.text == ""


@pytest.mark.parametrize(
    ("message", "pcm"),
    [
        (b'{"type":"config","useAudioWorklet":true,"mode":"full"}', True),
        (b'{"type":"config","useAudioWorklet":false}', False),
        (b'{"type":"config"}', None),
    ],
)
def test_the_server_says_which_audio_it_takes(message: bytes, pcm: bool | None) -> None:
    live = LiveTranscript()
    assert live.pcm is None
    assert not live.feed(message)
    assert live.pcm is pcm


def test_it_is_settled_when_the_server_has_nothing_to_add() -> None:
    live = LiveTranscript()
    live.feed(state(line(" Done.")))
    assert not live.settled
    assert not live.feed('{"type":"ready_to_stop"}')
    assert live.settled
    assert live.text == "Done."


@pytest.mark.parametrize(
    "message",
    [
        b'{"type":"session_info","session_id":"1"}',
        b'{"type":"telemetry","lines":7,"error":{"code":1}}',
        b'{"type":"pong","lines":[{"text":"no"}]}',
        b'{"status":"active_transcription"}',
        b"{}",
    ],
)
def test_what_is_unknown_is_ignored(message: bytes) -> None:
    live = LiveTranscript()
    live.feed(state(line(" yes")))
    assert not live.feed(message)
    assert live.text == "yes"


@pytest.mark.parametrize(
    "message",
    [
        b'{"type":"error","error":"language xx is not supported"}',
        b'{"status":"error","error":"language xx is not supported","lines":[]}',
    ],
)
def test_a_server_that_says_no_is_quoted(message: bytes) -> None:
    with pytest.raises(Refused, match="language xx is not supported"):
        LiveTranscript().feed(message)


@pytest.mark.parametrize("message", [b'{"type":"error"}', b'{"status":"error"}'])
def test_a_server_may_fail_without_saying_why(message: bytes) -> None:
    with pytest.raises(Refused):
        LiveTranscript().feed(message)


@pytest.mark.parametrize(
    "message",
    [
        *(b"", b"}{", b"null", b"[]", b'"text"', b"\xff\xfe", b'{"lines": 7}'),
        b'{"lines": [{"text": 7}]}',
        b'{"x": ' + b"[" * 100_000,
    ],
    ids=lambda message: repr(message[:16]),
)
def test_nonsense_is_a_server_out_of_order(message: bytes) -> None:
    with pytest.raises(Unavailable):
        LiveTranscript().feed(message)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "lines", "text", "speaker", "error", "status"]),
            inner,
        )
    ),
    max_leaves=12,
)


@given(st.lists(st.binary() | st.text() | JSON.map(msgspec.json.encode), max_size=5))
@example(["\ud800"])
def test_whatever_a_server_sends_the_failure_is_one_of_ours(
    messages: list[bytes | str],
) -> None:
    live = LiveTranscript()
    try:
        for message in messages:
            live.feed(message)
    except AgentError:
        pass
    assert live.text == live.text.strip()


@pytest.mark.parametrize("name", SAID)
def test_real_sessions_end_with_what_was_said(name: str) -> None:
    live = LiveTranscript()
    for message in messages(RECORDINGS / f"{name}.jsonl"):
        live.feed(message)
    assert live.settled
    assert live.text == SAID[name]


def test_a_real_session_grows() -> None:
    live = LiveTranscript()
    recording = messages(RECORDINGS / "0.2.8.jsonl")
    texts = [live.text for message in recording if live.feed(message)]
    assert texts == ["Play some...", SAID["0.2.8"]]


@pytest.mark.skipif(not TRANSCRIPTS.is_dir(), reason="no TONNY_WLK_TRANSCRIPTS")
def test_whole_recordings_end_with_a_text() -> None:
    recordings = sorted(TRANSCRIPTS.glob("*_full.jsonl"))
    assert recordings
    for recording in recordings:
        live = LiveTranscript()
        for message in messages(recording):
            live.feed(message)
        assert live.settled, recording.name
        assert live.text, recording.name


@pytest.mark.parametrize(
    ("name", "flushes"), [("localagreement", True), ("0.2.8", False), ("diff", True)]
)
def test_a_server_that_forgets_its_end_is_known_by_its_age(
    name: str, flushes: bool
) -> None:
    live = LiveTranscript()
    for message in messages(RECORDINGS / f"{name}.jsonl"):
        live.feed(message)
    assert live.flushes is flushes


@pytest.mark.parametrize(
    ("config", "policy", "flushes"),
    [
        ({"useAudioWorklet": True}, {}, False),
        ({"useAudioWorklet": True, "mode": "full"}, {}, True),
        ({"useAudioWorklet": False, "mode": "full"}, {}, False),
        ({"useAudioWorklet": False, "mode": "full"}, POLICY, True),
        ({"useAudioWorklet": False}, POLICY, False),
    ],
)
def test_what_tells_the_age_of_a_server(
    config: dict[str, object], policy: dict[str, object], flushes: bool
) -> None:
    live = LiveTranscript()
    live.feed(msgspec.json.encode({"type": "config", **config}))
    live.feed(state(**policy))
    assert live.flushes is flushes


def test_a_greeting_is_a_config_or_a_state() -> None:
    live = LiveTranscript()
    live.feed('{"type":"session_info","session_id":"1"}')
    assert not live.greeted
    live.feed(state())
    assert live.greeted


@pytest.mark.parametrize(
    "old", [{"beg": "0:00:01", "end": "0:00:03", "diff": 0.68}, {"speaker": "S1"}]
)
def test_lines_of_old_servers_and_forks_are_lines(old: dict[str, object]) -> None:
    live = LiveTranscript()
    live.feed(state({"text": " Play", **old}, buffer_transcription=" jazz."))
    assert live.text == "Play jazz."


@pytest.mark.parametrize(
    "message",
    [
        state(*[line("")] * (MOST_LINES + 1)),
        state(line("a" * (LONGEST_TEXT + 1))),
    ],
    ids=["lines", "text"],
)
def test_more_than_anyone_can_have_said_is_not_taken(message: bytes) -> None:
    with pytest.raises(Unavailable):
        LiveTranscript().feed(message)


def test_changes_cannot_pile_up_either() -> None:
    live = LiveTranscript()
    some = [line("")] * (MOST_LINES // 2 + 1)
    more = {"type": "diff", "new_lines": some}
    live.feed(msgspec.json.encode({**more, "n_lines": len(some)}))
    with pytest.raises(Unavailable):
        live.feed(msgspec.json.encode({**more, "n_lines": 2 * len(some)}))


def test_what_is_quoted_is_short_and_printable() -> None:
    message = {"type": "error", "error": "\x1b[31mno\n" + 1000 * "!"}
    with pytest.raises(Refused) as refused:
        LiveTranscript().feed(msgspec.json.encode(message))
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 250


LINES = st.lists(
    st.builds(line, st.sampled_from([" one", " two.", "", None]), st.just(1))
    | st.just(line("", SILENCE)),
    max_size=5,
)


@given(st.lists(LINES, min_size=1, max_size=8), st.data())
def test_changes_add_up_to_what_full_states_say(
    states: list[list[dict[str, object]]], data: st.DataObject
) -> None:
    """However much of what did not change a server repeats, or prunes and resends."""
    full, changes = LiveTranscript(), LiveTranscript()
    known: list[dict[str, object]] = []
    for number, lines in enumerate(states):
        pruned = data.draw(st.integers(0, len(known)))
        kept = data.draw(st.integers(0, _alike(known[pruned:], lines)))
        change: dict[str, object] = {"type": "diff", "n_lines": len(lines)}
        if number == 0:
            change = {"type": "snapshot", "lines": lines}
        else:
            change |= {"lines_pruned": pruned, "new_lines": lines[kept:]}
        full.feed(state(*lines))
        changes.feed(msgspec.json.encode(change))
        assert changes.text == full.text
        known = lines


def _alike(one: list[dict[str, object]], other: list[dict[str, object]]) -> int:
    """How many lines both begin with."""
    pairs = zip(one, other, strict=False)
    return len([*takewhile(lambda pair: pair[0] == pair[1], pairs)])


@given(st.lists(LINES, min_size=1, max_size=8), st.data())
def test_the_text_does_not_depend_on_how_often_it_was_told(
    states: list[list[dict[str, object]]], data: st.DataObject
) -> None:
    told = [state(*lines) for lines in states]
    some = data.draw(st.lists(st.sampled_from(told), max_size=8))
    one, other = LiveTranscript(), LiveTranscript()
    for message in told:
        one.feed(message)
    for message in [*some, told[-1]]:
        other.feed(message)
    assert one.text == other.text
