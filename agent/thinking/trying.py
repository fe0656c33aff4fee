"""A question that is only asked to see what becomes of it."""

import time
import uuid
from typing import TYPE_CHECKING

import trio

from agent.config.settings import Workflow
from agent.errors import AgentError, translating
from agent.ports import Question
from agent.thinking.request import encoded, encoded_for_chat, headers
from agent.web import EFFECTS

if TYPE_CHECKING:
    import httpx

ASKED = "This is a test of the connection. Please answer with one short sentence."

REFUSED_WITHIN = 3.0
"""Seconds: who does not let us in says so at once; who does may think for long."""

REFUSALS = {401, 403}


def trying(session: str) -> Question:
    return Question(str(uuid.uuid4()), 1, session, ASKED, time.time(), "text")


async def refusal(client: "httpx.AsyncClient", workflow: Workflow) -> int | None:
    """The status with which the webhook does not let us in, 0 if it does, and None where
    nobody could tell in time. The workflow runs, and what it answers is not waited for."""
    question = trying("tonny-agent-doctor")
    encode = encoded_for_chat if workflow.transport == "chat" else encoded
    body = encode(question)
    known = headers(workflow, question.id, body)
    request = client.stream("POST", workflow.url, content=body, headers=known)
    try:
        with trio.fail_after(REFUSED_WITHIN), translating(EFFECTS):
            async with request as response:
                status = response.status_code
    except (AgentError, trio.TooSlowError):
        return None
    return status if status in REFUSALS else 0
