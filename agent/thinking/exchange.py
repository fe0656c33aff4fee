"""One question over a workflow's WebSocket, and its answer as it comes."""

import msgspec

from agent.core.envelope import Chunk, Envelope, Response
from agent.core.reply import Reply
from agent.errors import Refused
from agent.ports import Part, Question
from agent.thinking.request import turn


class Exchange:
    """One question's answer as it comes."""

    def __init__(self, acks: bool) -> None:
        self.over = False
        self.unsure = not acks
        """Whether it may have been done: not, where others were acknowledged and this
        one was not."""
        self._reply = Reply()
        self._said = False

    def parts(self, message: Envelope) -> list[Part]:
        """Raises `Refused` when the workflow says that it failed."""
        self.unsure = True
        match message:
            case Chunk(found=found):
                return self._parts(found)
            case Response(error=error) if error:
                self.over = True
                raise Refused(f"the workflow failed: {error:.200}")
            case Response(found=found):
                self.over = True
                streamed = self._said
                parts = self._parts(found)
                # What came in chunks often comes once more as a whole.
                parts = [p for p in parts if not (streamed and isinstance(p, str))]
                if not (parts or streamed or self._reply.commands):
                    raise Refused("the workflow answered without a text")
                return parts
        return []

    def _parts(self, found: object) -> list[Part]:
        known = len(self._reply.commands)
        text = self._reply.take(found)
        self._said = self._said or bool(text)
        return [*([text] if text else []), *self._reply.commands[known:]]


def request(question: Question) -> bytes:
    """The envelope of *question*."""
    return msgspec.json.encode(
        {
            "type": "request",
            "id": question.id,
            "method": "ask",
            "data": turn(question),
            "timestamp": turn(question).timestamp,
        }
    )
