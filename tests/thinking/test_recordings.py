"""The bytes that real servers sent, given to the adapter once more.

``recordings`` holds what n8n 1.123.81 and Node-RED 4 answered to the workflows in
``packaging``, without the headers that differ from run to run.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest
import trio

from agent.config.settings import Workflow
from agent.errors import AgentError, Refused, Unavailable
from agent.thinking import webhook
from agent.thinking.webhook import Webhook
from agent.web import open_client
from tests.fakes import Remembering, to_no_one
from tests.thinking.test_webhook import QUESTION

FOLDER = Path(__file__).with_name("recordings")
WHOLE = "You said: hello. And that is all there is to it."
ANSWERS = {
    "n8n-1.123.81-turn": "You said: hello",
    "n8n-1.123.81-stream": WHOLE,
    "n8n-1.123.81-chat": "You said: hello",
    "node-red-turn": "You said: hello",
    "node-red-stream": WHOLE,
}
FAILURES: dict[str, tuple[type[AgentError], str]] = {
    "n8n-1.123.81-bad-signature": (Refused, "401"),
    "n8n-1.123.81-wrong-token": (Refused, "403 (Authorization data is wrong!)"),
    "n8n-1.123.81-failing": (Unavailable, "500 (Error in workflow)"),
    "n8n-1.123.81-inactive": (Unavailable, "not registered (404)"),
    "node-red-wrong-token": (Refused, "403 (wrong token)"),
}


def test_every_recording_is_replayed() -> None:
    assert {file.stem for file in FOLDER.glob("*.http")} == {*ANSWERS, *FAILURES}


async def played(name: str) -> str:
    """What the adapter makes of a recording, whatever it asks."""
    recording = (FOLDER / f"{name}.http").read_bytes()

    async def play(stream: trio.SocketStream) -> None:
        async with stream:
            await stream.receive_some()
            await stream.send_all(recording)

    async with trio.open_nursery() as nursery, open_client() as client:
        listeners: Sequence[trio.SocketListener] = await nursery.start(
            partial(trio.serve_tcp, play, 0, host="127.0.0.1")
        )
        port = listeners[0].socket.getsockname()[1]
        settings = Workflow(url=f"http://127.0.0.1:{port}/webhook/tonny")
        mind = Webhook(client, settings, Remembering(), to_no_one)
        said: list[str] = []
        problem: AgentError | None = None
        try:
            async with mind.answer(QUESTION) as parts:
                said = [part async for part in parts if isinstance(part, str)]
        except AgentError as exc:
            problem = exc
        nursery.cancel_scope.cancel()
    if problem is not None:
        raise problem
    return "".join(said)


@pytest.mark.parametrize("name", ANSWERS)
async def test_an_answer_is_read(name: str) -> None:
    assert (await played(name)).strip() == ANSWERS[name]


@pytest.mark.parametrize("name", FAILURES)
async def test_a_failure_is_told_by_what_helps(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "STARTS_WITHIN", 0.0)
    kind, told = FAILURES[name]
    with pytest.raises(kind) as failed:
        await played(name)
    assert told in str(failed.value)
