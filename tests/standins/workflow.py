"""A stand-in for a workflow behind n8n's Webhook node."""

import msgspec

from tests.standins.web import Asked, Reply

UNREGISTERED = b"""{"code":404,"message":"This webhook is not registered for GET \
requests. Did you mean to make a POST request?"}"""


class _Question(msgspec.Struct, frozen=True):
    text: str


async def repeat(asked: Asked, reply: Reply) -> None:
    """Say what was said; a GET is told off as n8n does."""
    if asked.method == "GET":
        await reply.whole(404, UNREGISTERED)
        return
    text = msgspec.json.decode(asked.body, type=_Question).text
    await reply.whole(200, msgspec.json.encode({"text": f"You said {text}."}))
