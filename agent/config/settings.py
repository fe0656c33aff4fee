"""Every setting, as frozen structs; `agent.toml` at the top of the project shows them all.

Constraints are checked when a file is decoded (see `agent.config.load`).
Times are in seconds unless the name says ``_ms``.
"""

from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta

from agent.config.secret import Secret as Secret  # noqa: PLC0414 # handed on

Level: TypeAlias = Literal["debug", "info", "warning", "error"]
Milliseconds: TypeAlias = Annotated[int, Meta(ge=0)]
Probability: TypeAlias = Annotated[float, Meta(ge=0, le=1)]
Rate: TypeAlias = Annotated[float, Meta(ge=0, le=100_000)]
Positive: TypeAlias = Annotated[float, Meta(gt=0)]


Backend: TypeAlias = Literal["auto", "sounddevice", "miniaudio", "pyaudio"]
Mode: TypeAlias = Literal["voice", "continuous", "ptt"]


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class Audio(_Section, frozen=True):
    microphone: str = "default"
    speaker: str = "default"
    backend: Backend = "auto"
    mode: Mode = "voice"
    hotkey: str = ""
    rate: Annotated[int, Meta(ge=8000, le=192_000)] = 16_000
    channels: Annotated[int, Meta(ge=1, le=32)] = 1
    channel: Annotated[int, Meta(ge=0, le=32)] = 0
    block_ms: Annotated[int, Meta(ge=0, le=100)] = 0
    gain_db: Annotated[float, Meta(ge=-60, le=60)] = 0.0
    echo: Literal["auto", "aec", "off"] = "auto"
    duplex: Literal["auto", "half", "full"] = "auto"
    level_hz: Annotated[float, Meta(ge=0, le=30)] = 0.0


class Vad(_Section, frozen=True):
    engine: Literal["silero", "webrtc"] = "silero"
    aggressiveness: Annotated[int, Meta(ge=0, le=3)] = 2
    threshold: Probability = 0.5
    release: Probability = 0.35
    start_ms: Annotated[int, Meta(ge=20, le=2000)] = 96
    start_window_ms: Annotated[int, Meta(ge=20, le=2000)] = 128
    endpointing: Literal["adaptive", "fixed"] = "adaptive"
    hangover_ms: Annotated[int, Meta(ge=100, le=5000)] = 576
    hangover_complete_ms: Annotated[int, Meta(ge=100, le=5000)] = 384
    hangover_incomplete_ms: Annotated[int, Meta(ge=100, le=5000)] = 1000
    speculate_ms: Annotated[int, Meta(ge=0, le=5000)] = 250
    pre_roll_ms: Annotated[int, Meta(ge=0, le=3000)] = 500
    min_speech_ms: Annotated[int, Meta(ge=0, le=2000)] = 200
    max_utterance: Annotated[float, Meta(ge=2, le=30)] = 30.0


class Server(_Section, frozen=True):
    """A WhisperLiveKit of its own name: *languages* are those that its model knows,
    all of them if none is named."""

    url: str
    token: Secret = Secret()
    model: str = ""
    languages: tuple[str, ...] = ()


class Stt(_Section, frozen=True):
    engine: Literal["auto", "whisperlivekit", "moonshine"] = "auto"
    url: str = ""
    token: Secret = Secret()
    language: str = "en"
    model: str = ""
    server: str = ""
    servers: dict[str, Server] = {}
    ca: str = ""
    finish: Literal["auto", "eof", "quiet"] = "auto"
    keep_mb: Annotated[int, Meta(ge=0, le=10_000)] = 50
    min_confidence: Probability = 0.45
    per_minute: Rate = 0.0


Transport: TypeAlias = Literal["webhook", "websocket", "chat", "rabbitmq"]


class Workflow(_Section, frozen=True):
    transport: Transport = "webhook"
    url: str = ""
    websocket_url: str = ""
    deadline: Annotated[float, Meta(gt=0, le=600)] = 90.0
    auth: Literal["header", "basic", "bearer", "jwt"] = "header"
    header: str = "Authorization"
    user: str = ""
    token: Secret = Secret()
    signature: Literal["standard", "github"] = "standard"
    secret: Secret = Secret()
    old_secret: Secret = Secret()
    verify: bool = False
    api_key: Secret = Secret()
    idempotent: bool = True
    patience: Annotated[float, Meta(ge=1, le=60)] = 2.0
    still_working: Annotated[str, Meta(max_length=200)] = "One moment."
    context_turns: Annotated[int, Meta(ge=0, le=50)] = 6
    context_chars: Annotated[int, Meta(ge=0, le=100_000)] = 8000
    attempts: Annotated[int, Meta(ge=1, le=1000)] = 10
    keep_for: Annotated[float, Meta(ge=1, le=864_000)] = 604_800.0
    queue_size: Annotated[int, Meta(ge=1, le=100_000)] = 1000
    speak_within: Positive = 120.0
    per_minute: Rate = 120.0


Format: TypeAlias = Literal[
    "pcm_16000", "pcm_22050", "pcm_24000", "pcm_44100", "pcm_48000"
]


class Tts(_Section, frozen=True):
    engine: Literal["auto", "elevenlabs", "pico", "system"] = "auto"
    api_key: Secret = Secret()
    base_url: str = "https://api.elevenlabs.io"
    transport: Literal["auto", "http", "websocket"] = "auto"
    voice: str = "JBFqnCBsd6RMkjVDRZzb"
    model: str = "eleven_flash_v2_5"
    language: str = ""
    format: Format = "pcm_24000"
    stability: Probability = 0.5
    similarity: Probability = 0.75
    style: Probability = 0.0
    speaker_boost: bool = True
    seed: Annotated[int, Meta(ge=-1, le=4_294_967_295)] = -1
    normalization: Literal["auto", "on", "off"] = "auto"
    pronunciation: str = ""
    pico_voice: Literal["en-GB", "en-US"] = "en-GB"
    speed: Annotated[float, Meta(ge=0.5, le=2)] = 1.0
    pitch: Annotated[float, Meta(ge=-12, le=12)] = 0.0
    volume: Annotated[float, Meta(ge=-60, le=12)] = 0.0
    cache_mb: Annotated[int, Meta(ge=0, le=100_000)] = 100
    budget: Annotated[int, Meta(ge=0, le=1_000_000_000)] = 0
    quota_warning: Annotated[float, Meta(ge=0, le=1)] = 0.9
    per_minute: Rate = 120.0


Responses: TypeAlias = Literal["voice", "text", "both"]


class Response(_Section, frozen=True):
    mode: Responses = "voice"


class Conversation(_Section, frozen=True):
    follow_up: Annotated[float, Meta(ge=0, le=60)] = 8.0
    earcons: bool = True


class Agent(_Section, frozen=True):
    """Which of several agents this is."""

    id: str = ""
    room: str = ""


class RabbitMQ(_Section, frozen=True):
    enabled: bool = False
    url: Secret = Secret()
    exchange: str = "amq.topic"
    prefix: str = "thread.tonny"
    commands: str = "tonny.commands"
    turns: str = "tonny.turns"
    spool_size: Annotated[int, Meta(ge=1, le=1_000_000)] = 10_000
    keep_for: Annotated[float, Meta(ge=1, le=8_640_000)] = 604_800.0


class Record(_Section, frozen=True):
    attempts_days: Annotated[float, Meta(ge=0, le=3650)] = 30.0
    queue_days: Annotated[float, Meta(ge=1, le=3650)] = 90.0
    keep_days: Annotated[float, Meta(ge=0, le=36_500)] = 0.0
    keep_mb: Annotated[int, Meta(ge=10, le=1_000_000)] = 2000
    backups: Annotated[int, Meta(ge=0, le=100)] = 3


class Health(_Section, frozen=True):
    interval: Annotated[float, Meta(ge=1, le=3600)] = 30.0
    notify_after: Annotated[float, Meta(ge=0, le=3600)] = 20.0


Metrics: TypeAlias = Literal["token", "open", "off"]


class Dashboard(_Section, frozen=True):
    enabled: bool = False
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8669
    metrics: Metrics = "token"


class Log(_Section, frozen=True):
    level: Level = "info"
    levels: dict[str, Level] = {}
    file: bool = True
    transcripts: bool = False
    inspectable: bool = False


class Update(_Section, frozen=True):
    url: str = ""
    key: str = ""


class Config(_Section, frozen=True):
    """Everything Tonny can be told."""

    audio: Audio = Audio()
    vad: Vad = Vad()
    stt: Stt = Stt()
    workflow: Workflow = Workflow()
    tts: Tts = Tts()
    response: Response = Response()
    conversation: Conversation = Conversation()
    agent: Agent = Agent()
    rabbitmq: RabbitMQ = RabbitMQ()
    record: Record = Record()
    health: Health = Health()
    dashboard: Dashboard = Dashboard()
    log: Log = Log()
    update: Update = Update()


def to_builtins(config: Config) -> dict[str, Any]:
    """*config* as plain values, secrets masked."""
    plain: dict[str, Any] = msgspec.to_builtins(config, enc_hook=str)
    return plain
