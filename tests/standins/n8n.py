"""A stand-in for n8n where nothing runs: how it tells of itself and of its workflows."""

import base64
from typing import Any

import msgspec

from tests.standins.web import Asked, Reply

KEY = "key"
NODE: dict[str, Any] = {
    "type": "n8n-nodes-base.webhook",
    "parameters": {
        "path": "tonny",
        "httpMethod": "POST",
        "authentication": "headerAuth",
    },
}


class N8n:
    """As the real one answers: paths and bodies are recorded."""

    def __init__(
        self, *, active: bool = True, release: str = "2.99.0", token: str = ""
    ) -> None:
        self.active = active
        self.release = release
        self.token = token
        self.asked: list[bytes] = []
        self.workflows: list[dict[str, Any]] = []

    async def __call__(self, asked: Asked, reply: Reply) -> None:
        path = asked.target.partition("?")[0]
        if path == "/healthz":
            await reply.whole(200, b'{"status":"ok"}')
        elif path == "/api/v1/workflows":
            await self._list(asked, reply)
        elif path == "/webhook/tonny" and self.active and asked.method == "POST":
            await self._answer(asked, reply)
        elif path == "/webhook/tonny":
            method = b"This webhook is not registered for GET requests. Did you mean"
            unknown = b'The requested webhook \\"GET tonny\\" is not registered.'
            said = method if self.active else unknown
            await reply.whole(404, b'{"code":404,"message":"' + said + b'"}')
        else:
            told = base64.b64encode(f'{{"release":"n8n@{self.release}"}}'.encode())
            page = b'<!DOCTYPE html><meta name="n8n:config:sentry" content="%s">' % told
            await reply.whole(200, page, content_type="text/html")

    async def _answer(self, asked: Asked, reply: Reply) -> None:
        """Behind a header, if there is a token for it."""
        if self.token and asked.headers.get("authorization") != f"Bearer {self.token}":
            await reply.whole(403, b"Authorization data is wrong!")
        else:
            self.asked.append(asked.body)
            await reply.whole(200, b'{"text":"Yes."}')

    async def _list(self, asked: Asked, reply: Reply) -> None:
        if asked.headers.get("x-n8n-api-key") != KEY:
            await reply.whole(401, b'{"message":"unauthorized"}')
        else:
            await reply.whole(200, msgspec.json.encode({"data": self.workflows}))


def listing(name: str = "My turn", *, active: bool = True, **parameters: str) -> N8n:
    """One that has two workflows; the webhook of the one called *name* is so."""
    n8n = N8n(active=active)
    node = {**NODE, "parameters": {**NODE["parameters"], **parameters}}
    n8n.workflows = [
        {
            "name": "Another",
            "active": True,
            "nodes": [{"type": "noOp", "parameters": {}}],
        },
        {"name": name, "active": active, "nodes": [node]},
    ]
    return n8n
