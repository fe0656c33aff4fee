"""What is wrong with values that are right one by one."""

import ipaddress
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from agent.config.broker import unfit
from agent.config.languages import LANGUAGES
from agent.config.settings import Config, Secret, Tts, Workflow

_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # a token, RFC 9110 section 5.6.2

_KEY = re.compile(r"RW[A-Za-z0-9+/]{54}")  # minisign
_PUBLIC = 'it has to be the second line of a minisign.pub, which begins with "RW"'

_CODE = re.compile(r"[a-z]{2,3}")  # ISO 639
_DICTIONARY = re.compile(r"[A-Za-z0-9_-]+(:[A-Za-z0-9_-]+)?")
_MOST_DICTIONARIES = 3
_DICTIONARIES = "it has to be up to three ids, with commas between them"
_ID_OR_NAME = "it has to be the id or the name of a voice, as in `tonny-agent voices`"
_SPOKEN = 'it has to be a language code such as "en" or "de", or empty'

_LANGUAGE = 'it has to be a language code of Whisper, such as "en" or "de", or "auto"'
_HEADER_NAME = 'it has to be the name of an HTTP header, such as "X-Api-Key"'
_SENDABLE = "it has to be letters, digits and signs of ASCII, without space around them"
_CREDENTIALS = "it must not hold a name and password: they would be seen in messages"


def contradictions(config: Config) -> Iterator[tuple[str, str]]:
    """The name of each setting that cannot be meant so, and what would be right."""
    yield from _audio(config)
    yield from _vad(config)
    yield from _needed(config)
    yield from _addresses(config)
    yield from _headers(config)
    yield from _voice(config.tts)
    if (config.update.url or config.update.key) and not _KEY.fullmatch(
        config.update.key
    ):
        yield "update.key", _PUBLIC
    yield from unfit(config)
    if config.stt.language not in LANGUAGES | {"auto"}:
        yield "stt.language", _LANGUAGE


def _voice(tts: Tts) -> Iterator[tuple[str, str]]:
    dictionaries = [each.strip() for each in tts.pronunciation.split(",")]
    if tts.pronunciation and (
        len(dictionaries) > _MOST_DICTIONARIES
        or not all(_DICTIONARY.fullmatch(each) for each in dictionaries)
    ):
        yield "tts.pronunciation", _DICTIONARIES
    if not tts.voice.strip() or len(tts.voice) > 100:
        yield "tts.voice", _ID_OR_NAME
    if tts.language and not _CODE.fullmatch(tts.language):
        yield "tts.language", _SPOKEN


def _audio(config: Config) -> Iterator[tuple[str, str]]:
    audio = config.audio
    if audio.channel > audio.channels:
        limit = audio.channels
        yield "audio.channel", f"it has to be at most audio.channels, here {limit}"


def _vad(config: Config) -> Iterator[tuple[str, str]]:
    vad = config.vad
    if vad.start_ms > vad.start_window_ms:
        limit = vad.start_window_ms
        yield "vad.start_ms", f"it has to be at most vad.start_window_ms, here {limit}"
    if vad.release > vad.threshold:
        yield "vad.release", f"it has to be at most vad.threshold, here {vad.threshold}"


def _needed(config: Config) -> Iterator[tuple[str, str]]:
    stt = config.stt
    if stt.server and stt.server not in stt.servers:
        names = ", ".join(f'"{name}"' for name in stt.servers) or "none"
        yield (
            "stt.server",
            f"it has to be the name of one of stt.servers (here {names})",
        )
    if stt.engine == "whisperlivekit" and not (stt.url or stt.servers):
        right = "it has to be the server's address, such as ws://localhost:8000/asr"
        yield "stt.url", f'{right}, for stt.engine is "whisperlivekit"'
    yield from _needed_to_ask(config.workflow)
    if config.tts.engine == "elevenlabs" and not config.tts.api_key:
        right = "it has to be your key: tonny-agent secrets set tts.api_key"
        yield "tts.api_key", f'{right}, for tts.engine is "elevenlabs"'


def _needed_to_ask(workflow: Workflow) -> Iterator[tuple[str, str]]:
    if workflow.transport == "websocket" and not workflow.websocket_url:
        right = "it has to be the workflow's address, such as ws://localhost:5680/ws"
        yield (
            "workflow.websocket_url",
            f'{right}, for workflow.transport is "websocket"',
        )
    if workflow.transport == "chat" and not workflow.url:
        right = "it has to be the address of n8n's Chat Trigger"
        yield "workflow.url", f'{right}, for workflow.transport is "chat"'
    if workflow.auth == "basic" and (not workflow.user or ":" in workflow.user):
        right = "it has to be a name without a colon"
        yield "workflow.user", f'{right}, for workflow.auth is "basic"'
    if workflow.auth != "header" and not workflow.token:
        yield "workflow.token", f'it is needed, for workflow.auth is "{workflow.auth}"'
    if workflow.verify and not workflow.secret:
        yield "workflow.secret", "it is needed, for workflow.verify is true"


def _addresses(config: Config) -> Iterator[tuple[str, str]]:
    """Of those that are given; a server at home may be spoken to in the clear."""
    web, socket = ("http", "https"), ("ws", "wss")
    workflow = config.workflow
    for name, url, schemes, example in (
        ("workflow.url", workflow.url, web, "http://localhost:5678/webhook/tonny"),
        (
            "workflow.websocket_url",
            workflow.websocket_url,
            socket,
            "ws://localhost:5680/ws",
        ),
        *(
            (name, _with_scheme(url), socket + web, "ws://localhost:8000/asr")
            for name, url in _servers(config)
        ),
    ):
        if url and (right := _address(url, schemes, example)) is not None:
            yield name, right
    url = config.tts.base_url
    right = _address(url, web, "https://api.elevenlabs.io") or _protected(url)
    if right is not None:
        yield "tts.base_url", right
    if (url := config.update.url) and (
        _address(url, web, "") is not None or _protected(url) is not None
    ):
        yield "update.url", "it has to be an address that begins with https://"


def _servers(config: Config) -> Iterator[tuple[str, str]]:
    """The setting and the address of each WhisperLiveKit."""
    yield "stt.url", config.stt.url
    for name, server in config.stt.servers.items():
        yield "stt.servers", server.url or f"{name}: empty"


def _with_scheme(url: str) -> str:
    """``localhost:8000`` is enough for a WhisperLiveKit."""
    return f"ws://{url}" if url and "://" not in url else url


def _address(url: str, schemes: tuple[str, ...], example: str) -> str | None:
    """What *url* would have to be, if it is not that."""
    begin = f"{'://, '.join(schemes[:-1])}:// or {schemes[-1]}://"
    right = f"it has to be an address that begins with {begin}, such as {example}"
    possible = f"it has to be an address whose host and port can be, such as {example}"
    try:
        parts = urlsplit(url)
        if parts.port == 0:
            return possible
    except ValueError:  # half an IPv6 address, or a port that is no number
        return possible
    if parts.scheme not in schemes or " " in url:
        return right
    if not parts.hostname:
        return f"it has to be an address with a host, such as {example}"
    return None if parts.username is None else _CREDENTIALS


def _protected(url: str) -> str | None:
    """An account's key goes there, so only this computer may be spoken to openly."""
    parts = urlsplit(url)
    if parts.scheme == "https" or _loopback(parts.hostname or ""):
        return None
    return "it has to begin with https://, for your key is sent there"


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _headers(config: Config) -> Iterator[tuple[str, str]]:
    """What is sent in a header has to fit into one."""
    if not _HEADER.fullmatch(config.workflow.header):
        yield "workflow.header", _HEADER_NAME
    secrets: dict[str, Secret] = {
        "stt.token": config.stt.token,
        "workflow.token": config.workflow.token,
        "workflow.api_key": config.workflow.api_key,
        "tts.api_key": config.tts.api_key,
    }
    tokens = [("stt.servers", server.token) for server in config.stt.servers.values()]
    for name, secret in [*secrets.items(), *tokens]:
        text = secret.reveal()
        if not text.isascii() or text != text.strip():
            yield name, _SENDABLE
