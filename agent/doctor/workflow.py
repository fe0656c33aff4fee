"""Is the workflow there, is it active, does it let us in?"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import trio

from agent.config import Config
from agent.config.settings import Workflow
from agent.doctor.admission import NAME_YOURSELF, check_admission, not_let_in
from agent.doctor.findings import Finding, fault, note, ok
from agent.doctor.reaching import Service, unreached
from agent.errors import AgentError, Refused

if TYPE_CHECKING:
    from agent.web import Client

SAFE = {1: (1, 123, 81), 2: (2, 42, 6), 3: (3, 0, 1)}
"""The first release of each line without holes that are publicly known."""

SLOW = 2.0
"""Seconds to the first word of a server that has nothing to do."""

_ACTIVATE = (
    "Activate the workflow in n8n, and compare workflow.url with its production URL."
)
_START = "Start it: n8n start (or docker start n8n)."
_COMPARE = "Compare workflow.url with the production URL of its Webhook node."
_PRODUCTION = "Take the production URL of its Webhook node: …/webhook/… in place of"


async def check_workflow(config: Config, folder: Path) -> Sequence[Finding]:
    """Of the webhook and the WebSocket. A webhook that has never let us in, by the record
    in *folder*, is asked a question."""
    workflow = config.workflow
    if not (workflow.url or workflow.transport in {"websocket", "rabbitmq"}):
        return [
            note(
                "workflow.url.unset",
                "No workflow is configured: a small built-in responder answers.",
                'Set workflow.url, such as "http://localhost:5678/webhook/tonny".',
            )
        ]
    from agent.web import open_client

    socket: list[Finding] = []
    webhook: list[Finding] = []

    async def ask_socket() -> None:
        socket.append(await _check_websocket(client, workflow))

    async def ask_webhook() -> None:
        webhook.extend(await _check_webhook(client, workflow))
        if all(each.severity != "fault" for each in webhook):
            webhook.extend(await check_admission(client, workflow, folder))

    async with open_client() as client, trio.open_nursery() as nursery:
        if workflow.transport == "websocket":
            nursery.start_soon(ask_socket)
        if workflow.url:
            nursery.start_soon(ask_webhook)
    return [*socket, *webhook]


async def _check_webhook(client: "Client", workflow: Workflow) -> list[Finding]:
    from agent.thinking.probes import look

    if "/webhook-test/" in urlsplit(workflow.url).path:
        title = "workflow.url is a test URL, which n8n answers once a click."
        return [fault("workflow.test_url", title, f"{_PRODUCTION} …/webhook-test/….")]
    began = trio.current_time()
    try:
        seen = await look(client, workflow)
    except AgentError as exc:
        name, url = "The workflow's server", workflow.url
        service = Service("workflow", name, url, "workflow.url", _START)
        return [await unreached(service, f"{exc}")]
    finding = _seen(seen.state, seen.status, workflow)
    if finding.severity == "ok" and (took := trio.current_time() - began) > SLOW:
        title = f"The workflow's server takes {took:.1f} s to say anything."
        finding = fault(
            "workflow.slow", title, "See what keeps it busy, or its network."
        )
    rest = await _known_to_n8n(client, workflow)
    # What n8n says of the workflow is more exact than that it is not there.
    if finding.code in {"workflow.inactive", "workflow.path"} and any(
        each.severity == "fault" for each in rest
    ):
        return rest
    return [finding, *rest]


def _seen(state: str, status: int, workflow: Workflow) -> Finding:
    match state:
        case "active":
            return ok("workflow", "The workflow is registered and active.")
        case "starting":
            title = "There is no such address (404): n8n may be starting."
            return fault("workflow.starting", title, "Wait a moment, and look again.")
        case "editor":
            title = "workflow.url is a page of n8n for people, not a webhook."
            return fault("workflow.page", title, f"{_PRODUCTION} that.")
        case "page":
            title = "workflow.url is a page for people, not a webhook of n8n's."
            return fault("workflow.page", title, _COMPARE)
        case "unknown":
            title = "No active workflow has this webhook (404)."
            return fault("workflow.inactive", title, _ACTIVATE)
        case "absent":
            title = "At the path of workflow.url there is nothing (404)."
            return fault("workflow.path", title, _COMPARE)
    return _answered(status, workflow)


def _answered(status: int, workflow: Workflow) -> Finding:
    """By something that is not n8n, or by what stands before it."""
    if status in {401, 403}:
        return not_let_in(workflow, status)
    if 300 <= status < 400:
        title = f"The workflow has moved ({status}): nothing is sent after it."
        return fault("workflow.moved", title, _COMPARE)
    if status >= 500 and status != 501:  # which is said of a GET alone
        title = f"The workflow's server is in trouble: it answers {status}."
        remedy = "See its log, and what stands before it; then restart it."
        return fault("workflow.failing", title, remedy)
    return ok("workflow", f"The workflow answers ({status} to a GET).")


async def _known_to_n8n(client: "Client", workflow: Workflow) -> list[Finding]:
    from agent.thinking.probes import is_n8n, version, webhooks

    if not await is_n8n(client, workflow.url):
        return []
    found: list[Finding] = []
    release = await version(client, workflow.url)
    if release is not None and release < SAFE.get(release[0], (0,)):
        told, safe = (".".join(map(str, each)) for each in (release, SAFE[release[0]]))
        found.append(
            fault(
                "workflow.n8n.old",
                f"This n8n ({told}) has security holes that are publicly known.",
                f"Update it to {safe} or later.",
            )
        )
    if key := workflow.api_key.reveal():
        try:
            listed = await webhooks(client, workflow.url, key)
        except Refused as exc:
            remedy = "Make one in n8n (Settings, n8n API), and set workflow.api_key."
            return [*found, fault("workflow.api_key", f"n8n: {exc}.", remedy)]
        except AgentError as exc:
            return [*found, note("workflow.api_key", f"n8n: {exc}.")]
        found += _judged(workflow, listed)
    return found


def _judged(workflow: Workflow, listed: Sequence[object]) -> list[Finding]:
    from agent.thinking.probes import Found

    hooks = [each for each in listed if isinstance(each, Found)]
    if not hooks:
        title = "No workflow in this n8n has the path of workflow.url."
        return [
            fault("workflow.missing", title, "Import one: packaging/n8n/README.md.")
        ]
    named = min(hooks, key=lambda each: (each.method != "POST", not each.active))
    if named.method != "POST":
        title = f"The webhook of “{named.workflow}” takes {named.method}, not POST."
        return [fault("workflow.method", title, "Set its HTTP Method to POST.")]
    if not named.active:
        title = f"The workflow “{named.workflow}” is not active."
        return [fault("workflow.inactive", title, "Activate it in n8n.")]
    if named.authentication != "none" and not workflow.token:
        title = f"The webhook of “{named.workflow}” wants to know who asks."
        return [fault("workflow.token", title, NAME_YOURSELF)]
    return []


async def _check_websocket(client: "Client", workflow: Workflow) -> Finding:
    """Connects as the agent would, and says no more than that."""
    from agent.thinking.probes import is_n8n
    from agent.thinking.websocket import connects

    try:
        await connects(workflow)
    except AgentError as exc:
        service = Service(
            code="workflow",
            name="The workflow's WebSocket",
            url=workflow.websocket_url,
            setting="workflow.websocket_url",
            start="Activate the workflow with the Tonny Trigger.",
        )
        found = await unreached(service, f"{exc}")
        if found.code != "workflow.failing":
            return found
        if await is_n8n(client, workflow.websocket_url):
            return fault(
                "workflow.websocket.n8n",
                "workflow.websocket_url is n8n's own port, where there is no WebSocket"
                " for Tonny.",
                "Install Tonny's nodes for n8n (packaging/n8n/README.md), and set it to"
                " ws://localhost:5680/ws.",
            )
        remedy = "Activate the workflow with the Tonny Trigger, and compare its token."
        said = f"{exc}"
        return fault("workflow.websocket", f"{said[:1].upper()}{said[1:]}.", remedy)
    return ok("workflow.websocket", "The workflow's WebSocket is there.")
