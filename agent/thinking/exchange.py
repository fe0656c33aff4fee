"""One question over a workflow's WebSocket, and its answer as it comes."""

import msgspec

from agent.core.envelope import Chunk, Envelope, Response
from agent.core.reply import Reply
from agent.errors import Refused
from agent.ports import Part, Question
from agent.thinking.request import turn

LONGEST_ANSWER = 1 << 20  # characters


class Exchange:
    """One question's answer as it comes."""

    def __init__(self, acks: bool) -> None:
        self.over = False
        self.unsure = not acks
        """Whether it may have been done: not, where others were acknowledged and this
        one was not."""
        self._reply = Reply()
        self._said = ""

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
                before = self._said
                parts = [
                    _remainder(before, part) if isinstance(part, str) else part
                    for part in self._parts(found)
                ]
                parts = [part for part in parts if part]
                if not (parts or before or self._reply.commands):
                    raise Refused("the workflow answered without a text")
                return parts
        return []

    def _parts(self, found: object) -> list[Part]:
        known = len(self._reply.commands)
        text = self._reply.take(found)
        self._said += text
        if len(self._said) > LONGEST_ANSWER:
            raise Refused("the workflow's answer is longer than anyone would say")
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


def _remainder(said: str, whole: str) -> str:
    """What came in chunks often comes once more as a whole: that is not said twice."""
    heard, told = said.split(), whole.split()
    if told == heard[-len(told) :]:
        return ""
    if heard and told[: len(heard)] == heard:
        return " ".join(["", *told[len(heard) :]])
    return f" {whole}" if said and not said[-1].isspace() else whole
