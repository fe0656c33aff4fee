"""Whether the workflow lets us in, which n8n only says when it is asked."""

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from agent.config.settings import Workflow
from agent.doctor.findings import Finding, fault
from agent.record.queue import last_try
from agent.record.sqlite import DATABASE

if TYPE_CHECKING:
    from agent.web import Client

LET_IN = (
    "Compare workflow.auth, workflow.header and workflow.token with its credential."
)
NAME_YOURSELF = (
    "Give it the token of its credential: tonny-agent secrets set workflow.token"
    " (workflow.auth and workflow.header say how it is sent)."
)


async def check_admission(
    client: "Client", workflow: Workflow, folder: Path
) -> list[Finding]:
    """Nothing, if it let us in the last time, as the record in *folder* has it. Else it
    is asked, and runs."""
    from agent.thinking.trying import REFUSALS, refusal

    last = last_try(folder / DATABASE)
    known = last.status if last is not None and last.url == _plain(workflow) else None
    if known is not None and known not in REFUSALS:
        return []
    status = await refusal(client, workflow)
    if status is None:
        return [not_let_in(workflow, known, "the last time ")] if known else []
    return [not_let_in(workflow, status)] if status else []


def not_let_in(workflow: Workflow, status: int, when: str = "") -> Finding:
    if workflow.token:
        title = f"The workflow did not accept workflow.token {when}({status})."
        return fault("workflow.token", title, LET_IN)
    title = f"The workflow wanted to know who asks {when}({status})."
    return fault("workflow.token", title, NAME_YOURSELF)


def _plain(workflow: Workflow) -> str:
    """As a try is written down."""
    parts = urlsplit(workflow.url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"
