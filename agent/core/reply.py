"""What a workflow answered, as text to say: every shape that n8n and its like send.

The answer is hostile input: whatever the bytes are, the outcome is a text, `Refused`,
or `Unavailable` for n8n's notice that it is still starting.
"""

import re
from typing import Any

import msgspec

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
_NOTICES = {"workflow was started", "workflow got started", "error in workflow"}
_STARTING = "n8n is starting up"
_PAGE = re.compile(r"\s*<(?:!doctype|!--|\?xml|html|head|body|pre)\b", re.IGNORECASE)


def parse(body: bytes, content_type: str) -> str:
    """The text in *body*; raises `Refused` if there is none that should be said."""
    if not body.strip():
        raise Refused(
            "the workflow answered nothing: does it reach its Respond to Webhook node?"
        )
    kind = content_type.partition(";")[0].strip().lower()
    if kind.startswith(("audio/", "image/", "video/")):
        raise Refused(f"the workflow answered with {kind:.40}, and text was expected")
    try:
        said = _said(body.decode("utf-8-sig")).strip()
    except UnicodeDecodeError:
        raise Refused("the workflow's answer is not text (UTF-8)") from None
    if said.startswith(_STARTING):
        raise Unavailable(_STARTING, retry_after=STARTING_TAKES)
    if _PAGE.match(said):
        raise Refused("the workflow answered with a web page: is its address right?")
    if not said or said.rstrip(".").lower() in _NOTICES:
        raise Refused(
            "the workflow answered without a text: let it respond with its last node,"
            ' as {"text": "…"}'
        )
    return said


def _said(text: str) -> str:
    """The text of JSON, of a stream of JSON lines, or as it stands."""
    try:
        found = msgspec.json.decode(text)
    except RecursionError:
        raise Refused("the workflow's answer is nested too deeply") from None
    except msgspec.DecodeError:
        pass
    else:
        number = isinstance(found, int | float) and not isinstance(found, bool)
        return text if number else _find(found, DEEPEST)
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) > 1 and all(line.lstrip().startswith("{") for line in lines):
        return _streamed(lines)
    if text.lstrip().startswith(("{", "[")) and not _prose(text):
        raise Refused("the workflow's answer looks like JSON, and is not")
    return text


def _streamed(lines: list[str]) -> str:
    """The contents of n8n's streamed items, joined; runs are apart, items are not."""
    parts: list[str] = []
    for line in lines:
        try:
            found = msgspec.json.decode(line)
        except (msgspec.DecodeError, RecursionError):
            raise Refused("the workflow's stream is not lines of JSON") from None
        match found:
            case {"type": "item", "content": str(content)}:
                parts.append(_find(content, DEEPEST))
            case {"type": "end"} if parts and not parts[-1][-1:].isspace():
                parts.append(" ")
            case {"type": str(kind)} if kind != "error":
                pass
            case _:
                parts += [_find(found, DEEPEST), " "]
    return "".join(parts)


def _find(found: Any, depth: int) -> str:
    """The text in a decoded value; "" if there is none."""
    if depth == 0:
        return ""
    match found:
        case str():
            return _unwrapped(found, depth)
        case bool():
            return ""
        case int() | float():
            return str(found)
        case list():
            texts = [_find(each, depth - 1) for each in found]
            return " ".join(text for text in texts if text)
        case dict():
            return _in_object(found, depth)
    return ""


def _unwrapped(content: str, depth: int) -> str:
    """Objects often come as JSON inside a text, in n8n's streams always."""
    if not content.startswith("{"):
        return content
    try:
        return _find(msgspec.json.decode(content), depth - 1)
    except (msgspec.DecodeError, RecursionError):
        return content


def _in_object(found: dict[str, Any], depth: int) -> str:
    _check(found, depth)
    if "executionStarted" in found or {"headers", "body"} <= found.keys():
        return ""  # a notice, or our own request sent back
    for name in _TEXTS + _AROUND:
        if name in found and (text := _find(found[name], depth - 1)):
            return text
    if "error" in found:
        raise _failed(_find(found["error"], depth - 1))
    return ""


def _check(found: dict[str, Any], depth: int) -> None:
    """Raise `Refused` for a failure that is reported as an answer."""
    match found:
        case {"type": "error"}:
            raise _failed(_find(found.get("content"), depth - 1))
        case {"code": int(), "message": str(reason)}:
            raise _failed(reason)


def _failed(reason: str) -> Refused:
    return Refused(f"the workflow failed: {reason or 'it does not say why':.200}")


def _prose(text: str) -> bool:
    """Whether a text that begins with a bracket is words, such as "[laughs] Yes."."""
    return bool(re.match(r"\s*[\[{][^\W\d]+[\]}]\s+\w", text))
