"""What it means that a workflow was not run, by what helps against it."""

from typing import TYPE_CHECKING

import msgspec

from agent.errors import AgentError, Refused, Unavailable
from agent.web import read_beginning, retry_after

if TYPE_CHECKING:
    import httpx

LONGEST_EXCUSE = 1 << 14

REGISTERED_AFTER = 5.0
"""Seconds; for some time after n8n's start every webhook is unknown."""

_UNFINISHED = ("No Respond to Webhook node", "No item to return")
"""What n8n says with a 500 when asking again cannot help."""

_TRY_LATER = {408, 425, 429, 503}
"""It was not run."""

_REMEDIES = {
    400: "its Webhook node has to take POST with a JSON body",
    401: "compare workflow.auth, workflow.header and workflow.token with its own",
    403: "compare workflow.auth, workflow.header and workflow.token with its own",
    410: "it is gone for good: set workflow.url to another",
    413: "the request is too long for it",
    422: "its Webhook node has to take POST with a JSON body",
}


class _Excuse(msgspec.Struct, frozen=True):
    """The body of n8n's failures."""

    message: str = ""


async def failure(response: "httpx.Response") -> AgentError:
    """What *response*, which is no success, means."""
    status = response.status_code
    excuse = excused(await read_beginning(response, LONGEST_EXCUSE))
    if status == 404:
        return Unavailable(
            "the workflow is not registered (404): is it active, and is workflow.url"
            " its production address?",
            retry_after=retry_after(response) or REGISTERED_AFTER,
            answered=True,
        )
    said = f"the workflow answered {status}{excuse and f' ({excuse:.200})'}"
    if excuse.startswith(_UNFINISHED):
        return Refused(said)
    if status in _TRY_LATER or status >= 500:
        unsure = status not in _TRY_LATER
        return Unavailable(said, retry_after=retry_after(response), unsure=unsure)
    if status < 400:
        return Refused(f"{said}: it moved, and workflow.url has to say where to")
    return Refused(f"{said}: {_REMEDIES.get(status, 'compare workflow.url with it')}")


def excused(body: bytes) -> str:
    """n8n's own words for a failure, where there are any."""
    try:
        return msgspec.json.decode(body, type=_Excuse).message
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        text = body.decode("utf-8", "replace").strip()
        return "" if text.startswith("<") else text
