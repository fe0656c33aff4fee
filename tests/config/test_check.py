from collections.abc import Mapping

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.config import Config, Secret
from agent.config.check import contradictions


def problems(**sections: Mapping[str, object]) -> dict[str, str]:
    """What is wrong with the defaults changed like this, by setting."""
    changed = {
        section: msgspec.structs.replace(getattr(Config(), section), **values)
        for section, values in sections.items()
    }
    return dict(contradictions(msgspec.structs.replace(Config(), **changed)))


def test_the_defaults_are_right() -> None:
    assert problems() == {}


def test_a_channel_is_one_of_those_asked_for() -> None:
    assert problems(audio={"channels": 2, "channel": 2}) == {}
    found = problems(audio={"channels": 2, "channel": 3})
    assert found == {"audio.channel": "it has to be at most audio.channels, here 2"}


@pytest.mark.parametrize(
    ("section", "key", "url"),
    [
        ("workflow", "url", "http://localhost:5678/webhook/tonny"),
        ("workflow", "url", "http://192.168.1.7:5678/webhook/tonny"),
        ("workflow", "url", "https://n8n.example.org/webhook/a?b=c"),
        ("workflow", "url", "http://[::1]:5678/"),
        ("workflow", "websocket_url", "ws://localhost:5678/ws"),
        ("workflow", "websocket_url", "wss://n8n.example.org/ws"),
        ("stt", "url", "ws://localhost:8000/asr"),
        ("stt", "url", "wss://speech.example.org/asr"),
        ("stt", "url", "http://localhost:8000"),
        ("stt", "url", "localhost:8000"),
        ("stt", "url", "[::1]:8000"),
        ("tts", "base_url", "https://api.eu.elevenlabs.io"),
        ("tts", "base_url", "http://localhost:9000"),
        ("tts", "base_url", "http://127.0.0.2:9000"),
        ("tts", "base_url", "http://[::1]:9000"),
    ],
)
def test_an_address_is_right(section: str, key: str, url: str) -> None:
    assert problems(**{section: {key: url}}) == {}


@pytest.mark.parametrize(
    ("section", "key", "url", "right"),
    [
        (
            "workflow",
            "url",
            "localhost:5678/webhook",
            "begins with http:// or https://",
        ),
        ("workflow", "url", "ws://localhost/", "such as http://localhost:5678/webhook"),
        ("workflow", "url", "http://", "has to be an address"),
        ("workflow", "url", "http://host:port/", "has to be an address"),
        ("workflow", "url", "http://host:99999/", "has to be an address"),
        ("workflow", "url", "http://host:0/", "has to be an address"),
        ("workflow", "url", "http://[::1/", "has to be an address"),
        ("workflow", "url", "http://a host/", "has to be an address"),
        (
            "workflow",
            "url",
            "http://me:secret@host/",
            "must not hold a name and password",
        ),
        ("workflow", "websocket_url", "http://host/", "begins with ws:// or wss://"),
        (
            "stt",
            "url",
            "ftp://host/",
            "ws://, wss://, http:// or https://, such as ws://",
        ),
        ("stt", "url", "ws:host", "has to be an address"),
        ("tts", "base_url", "", "begins with http:// or https://"),
        (
            "tts",
            "base_url",
            "http://192.168.1.7",
            "has to begin with https://, for your key",
        ),
        (
            "tts",
            "base_url",
            "http://localhost.example.org",
            "has to begin with https://",
        ),
    ],
)
def test_an_address_is_wrong(section: str, key: str, url: str, right: str) -> None:
    found = problems(**{section: {key: url}})
    assert [*found] == [f"{section}.{key}"]
    assert right in found[f"{section}.{key}"]


def test_speech_that_could_never_begin_or_would_end_at_once_is_refused() -> None:
    assert problems(vad={"start_ms": 64, "start_window_ms": 64}) == {}
    assert problems(vad={"start_ms": 65, "start_window_ms": 64}) == {
        "vad.start_ms": "it has to be at most vad.start_window_ms, here 64"
    }
    assert problems(vad={"release": 0.5}) == {}
    assert problems(vad={"release": 0.51}) == {
        "vad.release": "it has to be at most vad.threshold, here 0.5"
    }


def test_an_engine_that_is_insisted_on_needs_its_address_or_key() -> None:
    assert [*problems(stt={"engine": "whisperlivekit"})] == ["stt.url"]
    assert problems(stt={"engine": "whisperlivekit", "url": "ws://host/asr"}) == {}
    assert [*problems(tts={"engine": "elevenlabs"})] == ["tts.api_key"]
    assert problems(tts={"engine": "elevenlabs", "api_key": Secret("k")}) == {}


@pytest.mark.parametrize("language", ["auto", "en", "de", "zh", "yue"])
def test_a_language_is_known(language: str) -> None:
    assert problems(stt={"language": language}) == {}


@pytest.mark.parametrize("language", ["", "EN", "en-US", "english", "xx"])
def test_a_language_is_not_known(language: str) -> None:
    assert [*problems(stt={"language": language})] == ["stt.language"]


@pytest.mark.parametrize("header", ["", "X Api Key", "X-Api-Key:", "Schlüssel"])
def test_a_header_has_a_name_that_can_be_sent(header: str) -> None:
    assert [*problems(workflow={"header": header})] == ["workflow.header"]


@pytest.mark.parametrize(
    ("section", "key"),
    [
        ("stt", "token"),
        ("workflow", "token"),
        ("workflow", "api_key"),
        ("tts", "api_key"),
    ],
)
@pytest.mark.parametrize("text", ["schlüssel", " k", "k "])
def test_a_key_that_no_header_can_carry_is_refused(
    section: str, key: str, text: str
) -> None:
    found = problems(**{section: {key: Secret(text)}})
    assert [*found] == [f"{section}.{key}"]
    assert text not in found[f"{section}.{key}"]


def test_a_secret_to_sign_with_may_be_any_text() -> None:
    assert problems(workflow={"secret": Secret(" schlüssel ")}) == {}


@given(st.text() | st.from_regex(r"(http|ws)s?://[\[\]@:/?#%0-9a]*", fullmatch=True))
def test_no_address_is_too_odd_to_be_judged(url: str) -> None:
    for section, key in (("workflow", "url"), ("stt", "url"), ("tts", "base_url")):
        assert problems(**{section: {key: url}}).keys() <= {f"{section}.{key}"}
