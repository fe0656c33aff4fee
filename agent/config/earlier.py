"""The flat config.json of TonnyTray, the earlier service, in terms of our settings."""

import json
from collections.abc import Mapping
from pathlib import Path

import msgspec

from agent.config.assemble import Given, assemble
from agent.config.document import contents
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
    "audio_mode": "audio.mode",
    "audio_input_device": "audio.microphone",
    "audio_output_device": "audio.speaker",
    "rabbitmq_enabled": "rabbitmq.enabled",
    "rabbitmq_url": "rabbitmq.url",
    "enable_logging": "log.file",
    "log_level": "log.level",
    "health_check_interval": "health.interval",
}

_LEFT = {
    "elevenlabs_cache_dir": "what was said is in the data folder (tonny-agent cache)",
    "database_path": "the record is in the data folder (--data-dir)",
    "whisper_http_url": "whisper_websocket_url says it all",
}
"""Keys that need no setting, and why; they become comments in agent.toml."""

_MODES = {
    "voice_activation": "voice",
    "continuous": "continuous",
    "push_to_talk": "ptt",
}


class Translation(msgspec.Struct, frozen=True):
    """What a config.json becomes: *values* of settings by their names, *leftovers* to
    be kept as comments, and a note for each key that was not simply moved."""

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
                given[_MOVED[key]] = Given(_restated(key, value), f"{path}, {key}")
        elif key in _LEFT:
            if value is not None:
                leftovers[key] = _checked(key, value, path)
            notes.append(f"{key}: not needed: {_LEFT[key]}")
        else:
            notes.append(f"{shown(key)}: unknown, and left out")
    assemble(given)
    values = {name: one.value for name, one in given.items()}
    return Translation(values, leftovers, notes)


def _asr(url: object) -> object:
    """The earlier service gave no path; this is the one for a stream of sound."""
    if not isinstance(url, str) or "://" not in url:
        return url
    bare = url.partition("://")[2].rstrip("/")
    return url if "/" in bare or "?" in bare else f"{url.rstrip('/')}/asr"


def _device(name: object) -> object:
    """It counted devices, as well as naming them."""
    whole = isinstance(name, int) and not isinstance(name, bool)
    return str(name) if whole else name


def _level(level: object) -> object:
    if not isinstance(level, str):
        return level
    low = level.lower()
    return {"warn": "warning", "critical": "error", "fatal": "error"}.get(low, low)


def _restated(key: str, value: object) -> object:
    """*value* as our setting has it; what is wrong with it stays so."""
    match key:
        case "whisper_websocket_url":
            return _asr(value)
        case "audio_input_device" | "audio_output_device":
            return _device(value)
        case "log_level":
            return _level(value)
        case "audio_mode" if isinstance(value, str):
            return _MODES.get(value, value)
        case _:
            return value


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
    if isinstance(value, str):
        return value
    right = f"it has to be {wanted(str)}"
    raise Misconfigured(f"{path}: {key} is {shown(value)}; {right}")
