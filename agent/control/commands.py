"""What a running agent can be told and asked, and what it replies.

Each is one line of JSON: ``{"command":"ptt","action":"press","version":1}`` gives
``{"reply":"done","detail":""}``. A change that an older agent would misunderstand
raises `VERSION`; what is merely new does not, for unknown fields are ignored.
"""

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from agent.commands import Priority
from agent.config.settings import Mode
from agent.control.standing import Standing

VERSION = 1

LONGEST_TEXT = 100_000
"""Characters of a text to say."""

LONGEST_QUESTION = 10_000
"""Characters of a question."""

Action: TypeAlias = Literal["press", "release", "toggle"]
Code: TypeAlias = Literal[
    "malformed", "version", "busy", "unavailable", "refused", "misconfigured", "bug"
]


class _Command(msgspec.Struct, frozen=True, tag_field="command", kw_only=True):
    version: int = VERSION


class Ptt(_Command, frozen=True, tag="ptt"):
    """The push-to-talk key goes down or up, or changes from one to the other."""

    action: Action


class SetMode(_Command, frozen=True, tag="mode"):
    """Listen in another way from now on."""

    mode: Mode


class UseModel(_Command, frozen=True, tag="model"):
    """Give later utterances to the server of this name (``stt.servers``)."""

    name: Annotated[str, Meta(max_length=200)]


class Status(_Command, frozen=True, tag="status"):
    """How are you? The reply is a `Standing`; or a `Report`, to be shown as it is."""

    form: Literal["struct", "text", "json"] = "struct"


class RetryQueue(_Command, frozen=True, tag="retry"):
    """Try now whatever waits, and whoever was away."""


class SayText(_Command, frozen=True, tag="say"):
    """Speak *text* when its *priority* allows."""

    text: Annotated[str, Meta(min_length=1, max_length=LONGEST_TEXT)]
    priority: Priority = "announcement"


class Hush(_Command, frozen=True, tag="speech"):
    """Stop speaking for good, for now (and go on), or go on with what comes next."""

    action: Literal["stop", "pause", "resume", "skip"]


class AskText(_Command, frozen=True, tag="ask"):
    """A turn that was typed. The reply, an `Answered`, comes when it was answered; the
    answer is spoken too."""

    text: Annotated[str, Meta(min_length=1, max_length=LONGEST_QUESTION)]


class SetMute(_Command, frozen=True, tag="mute"):
    """Close the microphone, or open it again."""

    on: bool = True


class Listen(_Command, frozen=True, tag="listen"):
    """Listen for an utterance now, in whatever mode; or that is the end of it."""

    action: Literal["start", "stop", "toggle"]


class Reload(_Command, frozen=True, tag="reload"):
    """Read the settings again; the reply tells which of them took effect."""


class Shutdown(_Command, frozen=True, tag="shutdown"):
    """End, as with Ctrl-C."""


class Adopt(_Command, frozen=True, tag="set"):
    """Change what can be changed while Tonny runs, such as ``tts.speed``."""

    name: Annotated[str, Meta(max_length=200)]
    value: Annotated[str, Meta(max_length=200)]


class OpenDashboard(_Command, frozen=True, tag="dashboard"):
    """Have the page in the browser, if it is not there yet; the reply's detail is an
    address with an invitation for one browser, good for two minutes."""


# fmt: off
Command: TypeAlias = (
    Ptt | SetMode | UseModel | Status | RetryQueue | SayText | AskText | Hush | SetMute
    | Listen | Reload | Shutdown | Adopt | OpenDashboard
)
# fmt: on


class Done(msgspec.Struct, frozen=True, tag_field="reply", tag="done"):
    """It was done; *detail* is a sentence for people, if there is more to say."""

    detail: str = ""


class Answered(msgspec.Struct, frozen=True, tag_field="reply", tag="answered"):
    """What became of a question: without a *text* it is *kept* for later, or refused."""

    text: str | None
    reason: str = ""
    kept: bool = False


class Report(msgspec.Struct, frozen=True, tag_field="reply", tag="report"):
    """A `Standing` as it is to be shown, and whether all is *well*."""

    text: str
    well: bool


class Failed(msgspec.Struct, frozen=True, tag_field="reply", tag="failed"):
    """It was not done: *code* for programs, *reason* for people."""

    code: Code
    reason: str


Reply: TypeAlias = Done | Answered | Report | Failed | Standing


class _Versioned(msgspec.Struct):
    version: int


Unusable = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding a line from a stranger may raise."""

_version = msgspec.json.Decoder(_Versioned)
_command: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)
_reply: msgspec.json.Decoder[Reply] = msgspec.json.Decoder(Reply)
_encoder = msgspec.json.Encoder()


def encode(message: Command | Reply) -> bytes:
    """*message* as a line, with its line break."""
    return _encoder.encode(message) + b"\n"


def decode_command(line: bytes) -> Command | Failed:
    """The command in *line*, or the reply to what is none."""
    try:
        version = _version.decode(line).version
        if version != VERSION:
            reason = f"this agent speaks version {VERSION}, not {version}"
            return Failed("version", reason)
        return _command.decode(line)
    except Unusable as exc:
        return Failed("malformed", f"that is no command: {exc}")


def decode_reply(line: bytes) -> Reply:
    """The reply in *line*; raises one of `Unusable` when it is none."""
    return _reply.decode(line)
