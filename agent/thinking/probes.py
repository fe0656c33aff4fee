"""How a webhook and its n8n are, without running any workflow."""

import base64
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias
from urllib.parse import urlsplit

import msgspec
import trio

from agent.config.settings import Workflow
from agent.errors import Refused, Unavailable, translating
from agent.thinking.executions import api
from agent.thinking.failures import LONGEST_EXCUSE, excused
from agent.thinking.request import USER_AGENT, credentials
from agent.web import ERRORS, read_beginning

if TYPE_CHECKING:
    import httpx

PROBE_WITHIN = 4.0
LONGEST_LIST = 16 << 20

State: TypeAlias = Literal[
    "active", "unknown", "absent", "editor", "page", "starting", "other"
]

_NOBODY: Mapping[str, str] = {}
_RELEASE = re.compile(rb'name="n8n:config:sentry" content="([A-Za-z0-9+/=]+)"')
_VERSION = re.compile(r"n8n@(\d+)\.(\d+)\.(\d+)")


class Look(msgspec.Struct, frozen=True):
    """What a GET of a webhook gave: *active* is n8n's own proof that it takes POST,
    *unknown* its word that there is none, *absent* that of another server, *editor* its
    page for people, and *page* another one."""

    state: State
    status: int


class Found(msgspec.Struct, frozen=True):
    """A webhook in the list of an n8n's workflows."""

    workflow: str
    active: bool
    method: str
    authentication: str


class _Node(msgspec.Struct, frozen=True):
    type: str = ""
    parameters: dict[str, Any] = {}


class _Workflow(msgspec.Struct, frozen=True):
    name: str = ""
    active: bool = False
    nodes: tuple[_Node, ...] = ()


class _List(msgspec.Struct, frozen=True):
    data: tuple[_Workflow, ...] = ()


async def look(client: "httpx.AsyncClient", workflow: Workflow) -> Look:
    """A GET of a path that takes POST is refused by n8n with a hint that proves that it
    is registered. Raises `Unavailable` when nobody answers."""
    status, body = await _get(client, workflow.url, known=credentials(workflow))
    excuse = excused(body)
    if status == 404 and "not registered for GET" in excuse:
        return Look("active", status)
    if status == 404 and b"Cannot GET" in body:
        return Look("starting", status)
    if status == 404:
        return Look("unknown" if "not registered" in excuse else "absent", status)
    if status == 200 and b"n8n:config" in body:
        return Look("editor", status)
    page = body.lstrip()[:9].lower().startswith((b"<!doctype", b"<html"))
    return Look("page" if status == 200 and page else "other", status)


async def is_n8n(client: "httpx.AsyncClient", url: str) -> bool:
    """Whether an n8n has the host and port of *url*."""
    parts = urlsplit(url)
    scheme = {"ws": "http", "wss": "https"}.get(parts.scheme, parts.scheme)
    try:
        status, body = await _get(client, f"{scheme}://{parts.netloc}/healthz")
    except Unavailable:
        return False
    return status == 200 and b'"status":"ok"' in body


async def version(client: "httpx.AsyncClient", url: str) -> tuple[int, ...] | None:
    """Of the n8n whose webhook has this *url*, where its page tells."""
    try:
        _, page = await _get(client, api(url).removesuffix("api/v1"))
        found = _RELEASE.search(page)
        told = base64.b64decode(found[1]).decode() if found else ""
    except (Unavailable, ValueError):
        return None
    release = _VERSION.search(told)
    return tuple(map(int, release.groups())) if release else None


async def webhooks(client: "httpx.AsyncClient", url: str, key: str) -> list[Found]:
    """Those with the path of *url* among all workflows. Raises `Refused` when the *key*
    is not accepted, `Unavailable` when there is no list."""
    listing = f"{api(url)}/workflows?limit=250"
    status, body = await _get(
        client, listing, known={"X-N8N-API-KEY": key}, most=LONGEST_LIST
    )
    if status in {401, 403}:
        raise Refused(f"the API key is not accepted ({status})")
    try:
        found = msgspec.json.decode(body, type=_List)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise Unavailable(f"n8n lists no workflows ({status})") from None
    path = urlsplit(url).path.partition("/webhook/")[2].strip("/")
    return [
        Found(
            workflow.name,
            workflow.active,
            f"{node.parameters.get('httpMethod', 'GET')}",
            f"{node.parameters.get('authentication', 'none')}",
        )
        for workflow in found.data
        for node in workflow.nodes
        if node.type.endswith(".webhook")
        and f"{node.parameters.get('path', '')}".strip("/") == path
    ]


async def _get(
    client: "httpx.AsyncClient",
    url: str,
    *,
    known: Mapping[str, str] = _NOBODY,
    most: int = LONGEST_EXCUSE,
) -> tuple[int, bytes]:
    """*known* are headers that say who asks."""
    headers = {"User-Agent": USER_AGENT, **known}
    try:
        with trio.fail_after(PROBE_WITHIN), translating(ERRORS):
            async with client.stream("GET", url, headers=headers) as response:
                return response.status_code, await read_beginning(response, most)
    except trio.TooSlowError:
        raise Unavailable("it does not answer") from None
