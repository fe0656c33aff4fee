"""An answer as it arrives.

Whether it is a stream is told by its first line: an object of JSON on a line of its own
begins one, as n8n's do (``{"type":"begin"}``, ``item``, ``end``, ``error``,
``keepalive``); but any object with a text will do. Everything else is read as a whole.
"""

from collections.abc import Iterator
from typing import Any, TypeAlias

import msgspec

from agent.commands import Command, Unknown
from agent.core.reply.shapes import UNREADABLE, Reply, check_text, failed, whole
from agent.errors import Refused

Part: TypeAlias = str | Command | Unknown


class Incoming:
    """Feed it the bytes; it gives the parts of the answer as they are complete."""

    def __init__(self, content_type: str) -> None:
        self._content_type = content_type
        self._rest = bytearray()
        self._reply = Reply()
        self._streams: bool | None = None
        self._said = ""
        self._anything = False

    @property
    def execution(self) -> str:
        """What the server calls the run of the workflow that answers, once it said so."""
        return self._reply.execution

    def feed(self, chunk: bytes) -> Iterator[Part]:
        """Raises `Refused` for what is no answer, and for one that says it failed."""
        self._rest += chunk
        if self._streams is False or b"\n" not in chunk:
            return
        *lines, rest = bytes(self._rest).split(b"\n")
        lines = [line for line in lines if line.strip()]
        if self._streams is None and lines:
            self._streams = _is_object(lines[0])
        if self._streams:
            self._rest = bytearray(rest)
            for line in lines:
                yield from self._take(line)

    def finish(self) -> Iterator[Part]:
        """No more comes; raises as `feed` does, and when there was nothing."""
        if not self._streams:
            self._reply = whole(bytes(self._rest), self._content_type)
            yield from [self._reply.text] * bool(self._reply.text)
            yield from self._reply.commands
            return
        if self._rest.strip():
            yield from self._take(bytes(self._rest))
        check_text("", needed=not self._anything)

    def _take(self, line: bytes) -> Iterator[Part]:
        try:
            found = msgspec.json.decode(line.removeprefix(b"\xef\xbb\xbf"))
        except UNREADABLE:
            raise Refused("the workflow's stream is not lines of JSON") from None
        known = len(self._reply.commands)
        if text := self._text(found):
            check_text(text.strip(), needed=False)
            self._said = text
            self._anything = True
            yield text
        for command in self._reply.commands[known:]:
            self._anything = True
            yield command

    def _text(self, found: Any) -> str:
        """Runs are apart, items of one are not."""
        match found:
            case {"type": "item", "content": content}:
                return self._reply.take(content)
            case {"type": "error"}:
                raise failed(found.get("content"))
            case {"type": "end"}:
                return " " if self._said and not self._said[-1].isspace() else ""
            case {"type": "begin" | "keepalive" | "item"}:
                return ""
        text = self._reply.take(found)
        return f"{text} " if text and not text[-1].isspace() else text


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(msgspec.json.decode(line.lstrip(b"\xef\xbb\xbf")), dict)
    except UNREADABLE:
        return False
