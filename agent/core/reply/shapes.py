"""The text in an answer, and what comes beside it: every shape that n8n and its like
send, as a whole.

The answer is hostile input: whatever the bytes are, the outcome is a `Reply`, `Refused`,
or `Unavailable` for n8n's notice that it is still starting.
"""

import re
from typing import Any

import msgspec

from agent.commands import MOST, Command, Unknown, read
from agent.errors import Refused, Unavailable

DEEPEST = 8
"""Levels at which a text is looked for in an answer."""

STARTING_TAKES = 3.0
"""Seconds after which it is worth asking a starting n8n again."""

_TEXTS = (
    "text",
    "output",
    "reply",
    "response",
    "answer",
    "speech",
    "content",
    "message",
)
_AROUND = ("data", "json", "result", "body")
_EXECUTION = ("execution_id", "executionId")
_NOTICES = {"workflow was started", "workflow got started", "error in workflow"}
_STARTING = "n8n is starting up"
_PAGE = re.compile(r"\s*<(?:!doctype|!--|\?xml|html|head|body|pre)\b", re.IGNORECASE)
_EXECUTION_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")

UNREADABLE = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)
"""What decoding the JSON of a stranger may raise."""


class Reply:
    """What has been found so far: *commands* in their order, and the *execution* that
    answers, as its server calls it."""

    def __init__(self) -> None:
        self.text = ""
        self.commands: list[Command | Unknown] = []
        self.execution = ""

    def take(self, found: Any, depth: int = DEEPEST) -> str:
        """The text in a decoded value; "" if there is none. The rest is kept."""
        if depth == 0:
            return ""
        match found:
            case str():
                return self._unwrapped(found, depth)
            case bool():
                return ""
            case int() | float():
                return str(found)
            case list():
                texts = [self.take(each, depth - 1) for each in found]
                return " ".join(text for text in texts if text)
            case dict():
                return self._in_object(found, depth)
        return ""

    def _unwrapped(self, content: str, depth: int) -> str:
        """Objects often come as JSON inside a text, in n8n's streams always."""
        if not content.startswith("{"):
            return content
        try:
            return self.take(msgspec.json.decode(content), depth - 1)
        except UNREADABLE:
            return content

    def _in_object(self, found: dict[str, Any], depth: int) -> str:
        _check(found)
        if "executionStarted" in found or {"headers", "body"} <= found.keys():
            return ""  # a notice, or our own request sent back
        if "commands" in found:
            self.commands += read(found["commands"])[: MOST - len(self.commands)]
        for name in _EXECUTION:
            if _EXECUTION_ID.fullmatch(f"{found.get(name, '')}"):
                self.execution = f"{found[name]}"
        for name in _TEXTS + _AROUND:
            if name in found and (text := self.take(found[name], depth - 1)):
                return text
        if "error" in found and not self.commands:
            raise failed(self.take(found["error"], depth - 1))
        return ""


def whole(body: bytes, content_type: str) -> Reply:
    """What *body* says; raises `Refused` if there is nothing in it to say or do."""
    if not body.strip():
        raise Refused(
            "the workflow answered nothing: does it reach its Respond to Webhook node?"
        )
    kind = content_type.partition(";")[0].strip().lower()
    if kind.startswith(("audio/", "image/", "video/")):
        raise Refused(f"the workflow answered with {kind:.40}, and text was expected")
    reply = Reply()
    try:
        reply.text = _said(body.decode("utf-8-sig"), reply).strip()
    except UnicodeDecodeError:
        raise Refused("the workflow's answer is not text (UTF-8)") from None
    if reply.text.startswith(_STARTING):
        raise Unavailable(_STARTING, retry_after=STARTING_TAKES, answered=True)
    if _PAGE.match(reply.text):
        raise Refused("the workflow answered with a web page: is its address right?")
    check_text(reply.text, needed=not reply.commands)
    return reply


def check_text(text: str, *, needed: bool) -> None:
    """Raises `Refused` for a notice, and for nothing where something is *needed*."""
    if (needed and not text) or text.rstrip(".").lower() in _NOTICES:
        raise Refused(
            "the workflow answered without a text: let it respond with its last node,"
            ' as {"text": "…"}'
        )


def _said(text: str, reply: Reply) -> str:
    """The text of JSON, or as it stands."""
    try:
        found = msgspec.json.decode(text)
    except RecursionError:
        raise Refused("the workflow's answer is nested too deeply") from None
    except msgspec.DecodeError:
        pass
    else:
        number = isinstance(found, int | float) and not isinstance(found, bool)
        return text if number else reply.take(found)
    if text.lstrip().startswith(("{", "[")) and not _prose(text):
        raise Refused("the workflow's answer looks like JSON, and is not")
    return text


def _check(found: dict[str, Any]) -> None:
    """Raise `Refused` for a failure that is reported as an answer."""
    match found:
        case {"type": "error"}:
            raise failed(found.get("content"))
        case {"code": int(), "message": str(reason)}:
            raise failed(reason)


def failed(reason: object) -> Refused:
    """What a workflow says of its own failure, if anything."""
    said = reason if isinstance(reason, str) and reason else "it does not say why"
    return Refused(f"the workflow failed: {said:.200}")


def _prose(text: str) -> bool:
    """Whether a text that begins with a bracket is words, such as "[laughs] Yes."."""
    return bool(re.match(r"\s*[\[{][^\W\d]+[\]}]\s+\w", text))
