"""How a webhook is, without running its workflow."""

from typing import TYPE_CHECKING

import trio

from agent.errors import Refused, Unavailable, translating
from agent.thinking.failures import LONGEST_EXCUSE, excused
from agent.web import ERRORS, read_beginning

if TYPE_CHECKING:
    import httpx

PROBE_WITHIN = 5.0


async def probe(client: "httpx.AsyncClient", url: str) -> str:
    """How the webhook at *url* is, without running the workflow.

    A GET of a path that takes POST is refused by n8n with a hint that proves that
    it is registered. Raises `Unavailable` or `Refused` with what is wrong.
    """
    try:
        with trio.fail_after(PROBE_WITHIN), translating(ERRORS):
            async with client.stream("GET", url) as response:
                excuse = excused(await read_beginning(response, LONGEST_EXCUSE))
    except trio.TooSlowError:
        raise Unavailable("the workflow does not answer") from None
    if response.status_code == 404 and "not registered for GET" in excuse:
        return "is registered and active"
    if response.status_code == 404:
        raise Refused("there is no workflow at this address (404)")
    return f"answers ({response.status_code} to a GET)"
