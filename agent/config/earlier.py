"""The flat config.json of TonnyTray, the earlier service, in terms of our settings."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias
from urllib.parse import urlsplit

import msgspec

from agent.config.assemble import Given, assemble
from agent.config.document import contents
from agent.config.settings import Config
from agent.config.wording import shown, wanted
from agent.errors import Misconfigured

_MOVED = {
    "n8n_webhook_url": "workflow.url",
    "n8n_websocket_url": "workflow.websocket_url",
    "n8n_api_key": "workflow.api_key",
    "n8n_webhook_secret": "workflow.secret",
    "elevenlabs_api_key": "tts.api_key",
    "elevenlabs_voice_id": "tts.voice",
    "whisper_websocket_url": "stt.url",
    "whisper_model": "stt.model",
    "whisper_language": "stt.language",
    "audio_input_device": "audio.microphone",
    "audio_output_device": "audio.speaker",
    "enable_logging": "log.file",
    "log_level": "log.level",
    "health_check_interval": "health.interval",
}

_Mode: TypeAlias = Literal["voice_activation", "continuous", "push_to_talk"]


class _Leftover(msgspec.Struct, frozen=True):
    """A key without a setting: its type, its comment in agent.toml, and why it is so."""

    kind: Any
    name: str
    why: str


_KEPT = "kept as a comment, for it has no counterpart yet"
_LEFT = {
    "rabbitmq_enabled": _Leftover(bool, "rabbitmq.enabled", _KEPT),
    "rabbitmq_url": _Leftover(str, "rabbitmq.url", _KEPT),
    "elevenlabs_cache_dir": _Leftover(str, "tts.cache_dir", _KEPT),
    "audio_mode": _Leftover(_Mode, "audio.mode", _KEPT),
    "database_path": _Leftover(
        str, "database_path", "not needed: the record is in the data folder (--data-dir)"
    ),
    "whisper_http_url": _Leftover(
        str, "whisper_http_url", "not needed: whisper_websocket_url says it all"
    ),
}
_MODES = {"voice_activation": "voice", "push_to_talk": "ptt"}


class Translation(msgspec.Struct, frozen=True):
    """What a config.json becomes: *values* of settings, *leftovers* to be kept as
    comments, and a note for each key that is more than moved."""

    config: Config
    values: dict[str, object]
    leftovers: dict[str, object]
    notes: list[str]


def translated(path: Path) -> Translation:
    """Raises `Misconfigured` naming the key and its value, where that is no secret."""
    old = _read(path)
    given: dict[str, Given] = {}
    leftovers: dict[str, object] = {}
    notes: list[str] = []
    for key, value in old.items():
        if key in _MOVED:
            if value not in (None, ""):
                new = _RESTATED.get(key, lambda same: same)(value)
                given[_MOVED[key]] = Given(new, f"{path}, {key}")
        elif key in _LEFT:
            if value is not None:
                leftovers[_LEFT[key].name] = _checked(key, value, path)
            notes.append(f"{key}: {_LEFT[key].why}")
        else:
            notes.append(f"{shown(key)}: unknown, and left out")
    config = assemble(given)
    values = {name: one.value for name, one in given.items()}
    return Translation(config, values, leftovers, notes)


def _read(path: Path) -> Mapping[str, object]:
    try:
        old = json.loads(contents(path)[0].decode("utf-8-sig"))
    except json.JSONDecodeError as exc:
        where = f"{path}:{exc.lineno}:{exc.colno}"
        raise Misconfigured(f"{where}: this is not JSON: {exc.msg}") from None
    except (ValueError, RecursionError):
        raise Misconfigured(f"{path} is not JSON in UTF-8") from None
    if not isinstance(old, dict):
        raise Misconfigured(f"{path} is not the config.json of TonnyTray: no object")
    return old


def _checked(key: str, value: object, path: Path) -> object:
    left = _LEFT[key]
    try:
        msgspec.convert(value, left.kind)
    except msgspec.ValidationError:
        was = "wrong" if key == "rabbitmq_url" else shown(value)  # it has a password
        right = f"it has to be {wanted(left.kind)}"
        raise Misconfigured(f"{path}: {key} is {was}; {right}") from None
    return _MODES.get(value, value) if key == "audio_mode" else value
