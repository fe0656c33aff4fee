import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.config import Config, Secret, load
from agent.config.earlier import translated
from agent.config.settings import Audio, Stt, Tts, Workflow
from agent.config.template import filled
from agent.errors import Misconfigured

# The example in the earlier service's README, with one of everything.
EXAMPLE = {
    "database_path": "tonny_integration.db",
    "n8n_webhook_url": "http://localhost:5678/webhook/tonny",
    "n8n_websocket_url": "ws://localhost:5678/ws",
    "n8n_api_key": "your-api-key",
    "n8n_webhook_secret": "your-webhook-secret",
    "elevenlabs_api_key": "your-elevenlabs-key",
    "elevenlabs_voice_id": "voice-id",
    "elevenlabs_cache_dir": "tts_cache",
    "whisper_websocket_url": "ws://localhost:9090",
    "whisper_http_url": "http://localhost:9090",
    "whisper_model": "base",
    "whisper_language": "de",
    "rabbitmq_enabled": False,
    "rabbitmq_url": "amqp://guest:guest@localhost/",
    "audio_mode": "continuous",
    "audio_input_device": None,
    "audio_output_device": 3,
    "enable_logging": False,
    "log_level": "DEBUG",
    "health_check_interval": 15.0,
}


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return tmp_path / "config.json"


def imported(old: Path, settings: object) -> Config:
    """*settings* of the earlier service as ours, by way of agent.toml."""
    old.write_text(json.dumps(settings))
    translation = translated(old)
    new = old.with_name("agent.toml")
    new.write_text(filled(translation.values, translation.leftovers), "utf-8")
    return load(new, {}).config


def complaint(old: Path, content: str | bytes) -> str:
    old.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(Misconfigured) as caught:
        translated(old)
    return str(caught.value)


def test_every_key_arrives(old: Path) -> None:
    config = imported(old, EXAMPLE)
    assert config.workflow == Workflow(
        url="http://localhost:5678/webhook/tonny",
        websocket_url="ws://localhost:5678/ws",
        api_key=Secret("your-api-key"),
        secret=Secret("your-webhook-secret"),
    )
    assert config.tts == Tts(api_key=Secret("your-elevenlabs-key"), voice="voice-id")
    assert config.stt == Stt(url="ws://localhost:9090/asr", model="base", language="de")
    assert config.audio == Audio(mode="continuous", speaker="3")
    assert (config.log.file, config.log.level) == (False, "debug")
    assert config.health.interval == 15.0
    assert config.rabbitmq.url == Secret("amqp://guest:guest@localhost/")
    assert not config.rabbitmq.enabled


def test_what_has_no_setting_is_a_comment_and_said_to_be_one(old: Path) -> None:
    old.write_text(json.dumps(EXAMPLE | {"colour": "red"}))
    translation = translated(old)
    assert translation.leftovers == {
        "database_path": "tonny_integration.db",
        "elevenlabs_cache_dir": "tts_cache",
        "whisper_http_url": "http://localhost:9090",
    }
    assert [note.partition(":")[0] for note in translation.notes] == [
        *("database_path", "elevenlabs_cache_dir", "whisper_http_url", '"colour"'),
    ]
    assert "guest" not in "".join(translation.notes)


@pytest.mark.parametrize("nothing", [{}, dict.fromkeys(EXAMPLE)])
def test_what_was_not_set_stays_as_by_default(old: Path, nothing: object) -> None:
    assert imported(old, nothing) == Config()


def test_an_empty_text_was_not_set_either(old: Path) -> None:
    empty = {"elevenlabs_voice_id": "", "whisper_language": "", "log_level": ""}
    assert imported(old, empty) == Config()


@pytest.mark.parametrize(
    ("given_", "becomes"),
    [
        ("ws://localhost:9090", "ws://localhost:9090/asr"),
        ("ws://localhost:9090/", "ws://localhost:9090/asr"),
        ("wss://host/asr", "wss://host/asr"),
        ("wss://host/asr?mode=diff", "wss://host/asr?mode=diff"),
        ("localhost:9090", "localhost:9090"),
    ],
)
def test_the_address_of_speech_gets_its_path(
    old: Path, given_: str, becomes: str
) -> None:
    assert imported(old, {"whisper_websocket_url": given_}).stt.url == becomes


@pytest.mark.parametrize(
    ("given_", "becomes"), [(None, "default"), (0, "0"), (7, "7"), ("Jabra", "Jabra")]
)
def test_a_device_may_be_a_number(old: Path, given_: object, becomes: str) -> None:
    assert imported(old, {"audio_input_device": given_}).audio.microphone == becomes


@pytest.mark.parametrize(
    ("given_", "becomes"),
    [
        ("INFO", "info"),
        ("Warn", "warning"),
        ("WARNING", "warning"),
        ("CRITICAL", "error"),
    ],
)
def test_levels_have_other_names(old: Path, given_: str, becomes: str) -> None:
    assert imported(old, {"log_level": given_}).log.level == becomes


@pytest.mark.parametrize(
    ("given_", "becomes"),
    [
        ("voice_activation", "voice"),
        ("continuous", "continuous"),
        ("push_to_talk", "ptt"),
    ],
)
def test_modes_have_other_names(old: Path, given_: str, becomes: str) -> None:
    assert imported(old, {"audio_mode": given_}).audio.mode == becomes


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("n8n_webhook_url", 5, "workflow.url is 5; it has to be a text"),
        ("n8n_webhook_url", "ftp://x", 'workflow.url is "ftp://x"; it has to be an'),
        ("whisper_websocket_url", 9090, "stt.url is 9090; it has to be a text"),
        ("whisper_language", "deutsch", 'stt.language is "deutsch"; it has to be'),
        ("audio_input_device", True, "audio.microphone is true; it has to be a text"),
        ("audio_mode", "loud", 'audio.mode is "loud"; it has to be one of'),
        ("rabbitmq_enabled", "no", 'rabbitmq.enabled is "no"; it has to be true'),
        (
            "rabbitmq_url",
            ["amqp://guest"],
            "rabbitmq.url is wrong; it has to be a text",
        ),
        ("rabbitmq_url", "localhost", "rabbitmq.url is wrong; it has to be an address"),
        ("n8n_api_key", ["guest"], "workflow.api_key is wrong; it has to be a text"),
        ("enable_logging", 1, "log.file is 1; it has to be true or false"),
        ("log_level", "LOUD", 'log.level is "loud"; it has to be one of'),
        ("log_level", 10, "log.level is 10; it has to be one of"),
        ("health_check_interval", 0.5, "health.interval is 0.5; it has to be a number"),
        ("health_check_interval", float("nan"), "health.interval is nan"),
    ],
)
def test_a_wrong_value_names_its_key(
    old: Path, key: str, value: object, said: str
) -> None:
    told = complaint(old, json.dumps({key: value}))
    assert key in told
    assert said in told
    assert "guest" not in told


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{\n  'a': 1}", "config.json:2:3: this is not JSON"),
        (b"\xff", "config.json is not JSON in UTF-8"),
        ("[" * 100_000, "config.json is not JSON in UTF-8"),
        ("[]", "config.json is not the config.json of TonnyTray: no object"),
        ("", "config.json:1:1: this is not JSON"),
    ],
)
def test_what_is_no_such_file_is_refused(
    old: Path, content: str | bytes, said: str
) -> None:
    assert said in complaint(old, content)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"gone\.json cannot be read: No such file"):
        translated(tmp_path / "gone.json")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=3,
)


@settings(
    max_examples=300,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.fixed_dictionaries({}, optional={key: st.just(v) for key, v in EXAMPLE.items()}),
    st.dictionaries(st.sampled_from([*EXAMPLE]) | st.text(), JSON, max_size=2),
)
def test_whatever_is_imported_is_right_or_refused(
    old: Path, right: dict[str, object], odd: dict[str, object]
) -> None:
    content = right | odd
    old.write_text(json.dumps(content))
    try:
        translated(old)
    except Misconfigured:
        return
    imported(old, content)
