import os
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agent.core.transcript import LiveTranscript
from agent.errors import AgentError, Refused, Unavailable

RECORDINGS = Path(os.environ.get("TONNY_WLK_TRANSCRIPTS", "nowhere"))
"""Sessions of real servers: lines of JSON, in which *msg* is what the server sent."""


def state(*lines: object, **more: object) -> bytes:
    return msgspec.json.encode({"lines": lines, **more})


def line(text: str | None, speaker: int = 1, **more: object) -> dict[str, object]:
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
        b'{"type":"diff","seq":2,"n_lines":1,"lines":[{"text":"no"}]}',
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


class _Recorded(msgspec.Struct, frozen=True):
    ev: str | None = None
    msg: msgspec.Raw = msgspec.Raw()


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="no TONNY_WLK_TRANSCRIPTS")
def test_real_sessions_end_with_a_text() -> None:
    recordings = sorted(RECORDINGS.glob("*_full.jsonl"))
    assert recordings
    for recording in recordings:
        live = LiveTranscript()
        for row in recording.read_bytes().splitlines():
            found = msgspec.json.decode(row, type=_Recorded)
            if found.ev == "rx":
                live.feed(bytes(found.msg))
        assert live.settled, recording.name
        assert live.text, recording.name
