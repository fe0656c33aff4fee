"""n8n's own account of a run: it goes on when nobody waits for its answer any more."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import trio

from agent.config.settings import Workflow
from agent.errors import Unavailable, translating
from agent.thinking.request import USER_AGENT
from agent.web import ERRORS

if TYPE_CHECKING:
    import httpx

STOPPED_WITHIN = 2.0
"""Seconds; whoever interrupted waits for nothing."""

_WEBHOOKS = "/webhook"


def api(url: str) -> str:
    """Where the API of the n8n is whose webhook has this *url*, which may be below a
    path of its own: ``https://home/n8n/webhook/tonny`` → ``https://home/n8n/api/v1``."""
    parts = urlsplit(url)
    before, _, _ = parts.path.partition(_WEBHOOKS)
    return urlunsplit((parts.scheme, parts.netloc, f"{before}/api/v1", "", ""))


async def stop(client: "httpx.AsyncClient", settings: Workflow, execution: str) -> None:
    """Cancel *execution*, if it has told its name and there is a key for that. Done even
    when cancelled; whether it worked does not matter to anyone here."""
    if not (execution and settings.api_key):
        return
    with trio.move_on_after(STOPPED_WITHIN, shield=True):
        try:
            with translating(ERRORS):
                await client.post(
                    f"{api(settings.url)}/executions/{execution}/stop",
                    headers={
                        "X-N8N-API-KEY": settings.api_key.reveal(),
                        "User-Agent": USER_AGENT,
                    },
                )
        except Unavailable:
            return
