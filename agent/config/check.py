"""What can be wrong with a setting, said so that it can be put right."""

import difflib
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from agent.config.languages import LANGUAGES
from agent.config.settings import Config, Secret, to_builtins
from agent.errors import Misconfigured

LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def names(settings: Mapping[str, Any], origin: str) -> None:
    """Raise `Misconfigured` for every section or key that does not exist."""
    known = to_builtins(Config())
    problems = []
    for section, values in settings.items():
        if section not in known:
            problems.append(_unknown(section, known, "section"))
        elif isinstance(values, dict):
            problems += [
                _unknown(f"{section}.{key}", {f"{section}.{k}": 0 for k in known[section]}, "setting")
                for key in values
                if key not in known[section]
            ]
    if problems:
        raise Misconfigured(f"{origin}: " + "\n  ".join(problems))


def _unknown(name: str, known: Mapping[str, Any], what: str) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    hint = f"did you mean {near[0]}?" if near else "there are " + ", ".join(known)
    return f"there is no {what} {name}; {hint}"


def explained(
    exc: msgspec.ValidationError,
    settings: Mapping[str, Any],
    origin: str,
    environ: Mapping[str, str],
) -> Misconfigured:
    """msgspec's error with the setting's name, its value, and where it came from."""
    message, _, place = str(exc).partition(" - at `$.")
    path = re.sub(r"\[\.\.\.\]", "", place.rstrip("`")) or "the file"
    variable = "TONNY_" + path.upper().replace(".", "__")
    where = variable if variable in environ else origin
    value = _value(settings, path)
    shown = "" if value is None or _secret(path) else f" (it is {value!r})"
    wanted = message[:1].lower() + message[1:]
    return Misconfigured(f"{where}: {path}: {wanted}{shown}{_choices(path)}")


def _value(settings: Any, path: str) -> Any:
    for name in path.split("."):
        settings = settings.get(name) if isinstance(settings, Mapping) else None
    return settings


def _setting(path: str) -> msgspec.structs.FieldInfo | None:
    section, _, key = path.partition(".")
    for field in msgspec.structs.fields(Config):
        if field.name == section:
            for inner in msgspec.structs.fields(field.type):
                if inner.name == key.partition(".")[0]:
                    return inner
    return None


def _secret(path: str) -> bool:
    setting = _setting(path)
    return setting is not None and setting.type is Secret


def _choices(path: str) -> str:
    setting = _setting(path)
    choices = getattr(setting.type, "__args__", ()) if setting is not None else ()
    named = [choice for choice in choices if isinstance(choice, str)]
    return "; it can be " + ", ".join(f'"{choice}"' for choice in named) if named else ""


def meaning(config: Config) -> None:
    """Raise `Misconfigured` for values that are allowed one by one, and senseless."""
    vad, language = config.vad, config.stt.language
    if vad.start_ms > vad.start_window_ms:
        raise Misconfigured(
            f"vad.start_ms ({vad.start_ms}) is longer than vad.start_window_ms"
            f" ({vad.start_window_ms}): speech could never begin"
        )
    if vad.release > vad.threshold:
        raise Misconfigured(
            f"vad.release ({vad.release}) is above vad.threshold ({vad.threshold}):"
            " it has to be lower, or speech would end as it begins"
        )
    if language != "auto" and language not in LANGUAGES:
        raise Misconfigured(
            f'stt.language: "{language}" is no language code that Whisper knows;'
            ' it can be "auto", or a code such as "en", "de" or "fr"'
        )
    _url("workflow.url", config.workflow.url, ("http", "https"))
    _url("workflow.websocket_url", config.workflow.websocket_url, ("ws", "wss"))
    _url("stt.url", config.stt.url, ("ws", "wss", "http", "https"))
    _url("tts.base_url", config.tts.base_url, ("https", "http"))
    parts = urlsplit(config.tts.base_url)
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise Misconfigured(
            f"tts.base_url ({config.tts.base_url}) would send your key in the clear:"
            " it has to begin with https://"
        )


def _url(setting: str, url: str, schemes: tuple[str, ...]) -> None:
    if not url:
        return
    try:
        parts = urlsplit(url)
        right = parts.scheme in schemes and bool(parts.hostname)
        _ = parts.port  # raises when it is no number
    except ValueError:
        right = False
    if not right:
        raise Misconfigured(
            f"{setting}: {url!r} is no address for this;"
            f" it has to look like {schemes[0]}://localhost:8000/path"
        )
