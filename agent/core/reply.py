"""What a workflow answered, as text to say: every shape that n8n and its like send.

The answer is hostile input: whatever the bytes are, the outcome is a text or
`Refused`.
"""

import re
from typing import Any

import msgspec

from agent.errors import Refused, Unavailable

DEEPEST = 8
"""Levels at which a text is looked for in an answer."""

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
_NOT_SAID = {"workflow was started", "workflow got started"}
_STARTING = "n8n is starting up"


def parse(body: bytes, content_type: str) -> str:
    """The text in *body*; raises `Refused` if there is none that should be said, and
    `Unavailable` for n8n's notice that it is still starting."""
    if not body.strip():
        raise Refused(
            "the workflow answered nothing: does it reach its Respond to Webhook node?"
        )
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused("the workflow's answer is not text (UTF-8)") from None
    kind = content_type.partition(";")[0].strip().lower()
    if kind.startswith(("audio/", "image/", "video/")):
        raise Refused(f"the workflow answered with {kind}, and text was expected")
    said = _said(text)
    if _STARTING in said:
        raise Unavailable("n8n is starting up", retry_after=3)
    if _is_page(said):
        raise Refused("the workflow answered with a web page: is its address right?")
    if not said.strip() or said.strip().rstrip(".").lower() in _NOT_SAID:
        raise Refused(
            "the workflow answered without a text: let it respond with its last node,"
            ' as {"text": "…"}'
        )
    return said.strip()


def _said(text: str) -> str:
    """The text of JSON, of a stream of JSON lines, or as it stands."""
    try:
        return _find(msgspec.json.decode(text), DEEPEST)
    except RecursionError:
        raise Refused("the workflow's answer is nested too deeply") from None
    except msgspec.DecodeError:
        pass
    lines = text.splitlines()
    if len(lines) > 1 and all(line.startswith("{") for line in lines if line.strip()):
        return _streamed([line for line in lines if line.strip()])
    if text.lstrip().startswith(("{", "[")) and not _prose(text):
        raise Refused("the workflow's answer looks like JSON, and is not")
    return text


def _streamed(lines: list[str]) -> str:
    """The contents of n8n's streamed items, joined."""
    parts: list[str] = []
    for line in lines:
        try:
            item = msgspec.json.decode(line, type=_Item)
        except (msgspec.DecodeError, RecursionError):
            raise Refused("the workflow's stream is not lines of JSON") from None
        if item.type == "error":
            raise Refused(
                f"the workflow failed: {item.content or 'it does not say why'}"
            )
        if item.type == "item" and item.content:
            parts.append(_unwrapped(item.content))
    return "".join(parts)


class _Item(msgspec.Struct, frozen=True):
    type: str | None = None
    content: str | None = None


def _unwrapped(content: str) -> str:
    """Object replies are streamed as JSON inside the content."""
    if not content.startswith("{"):
        return content
    try:
        return _find(msgspec.json.decode(content), DEEPEST)
    except (msgspec.DecodeError, RecursionError):
        return content


def _find(found: Any, depth: int) -> str:
    """The text in a decoded value; "" if there is none."""
    if isinstance(found, str):
        return found
    if depth == 0:
        return ""
    if isinstance(found, list):
        texts = [_find(each, depth - 1) for each in found]
        return " ".join(text for text in texts if text)
    if isinstance(found, dict):
        return _in_object(found, depth)
    return ""


def _in_object(found: dict[str, Any], depth: int) -> str:
    if "code" in found and ("message" in found or "hint" in found):
        raise Refused(f"the workflow failed: {found.get('message')!s:.200}")
    if "executionStarted" in found or {"headers", "body"} <= found.keys():
        return ""  # a notice, or our own request sent back
    for name in _TEXTS + _AROUND:
        if name in found and (text := _find(found[name], depth - 1)):
            return text
    return ""


def _is_page(text: str) -> bool:
    return bool(
        re.match(r"\s*(<!doctype html|<html|<head|<body|<pre>)", text, re.IGNORECASE)
    )


def _prose(text: str) -> bool:
    """Whether a text that begins with a bracket is words, such as "[laughs] Yes."."""
    return bool(re.match(r"\s*[\[{][^\W\d]+[\]}]\s+\w", text))
