"""Against a stand-in on loopback sockets, with a clock that skips the waiting."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest
import trio
from trio.testing import MockClock

from agent.config.settings import Secret, Workflow
from agent.core.signature import sign
from agent.errors import AgentError, Refused, Unavailable
from agent.ports import Exchange, Question
from agent.thinking.webhook import Webhook, probe
from agent.web import open_client
from tests.standins import faults
from tests.standins.web import Answerer, Asked, Reply, serve_web
from tests.standins.workflow import UNREGISTERED, repeat

CANARY = "canary-token-5261"
QUESTION = Question(
    id="01K9ZQ3V5W0000000000000000",
    turn=3,
    session="s1",
    text="what time is it",
    asked_at=1795404603.745,
    language="en",
    confidence=0.5,
    context=(Exchange(user="hello", agent="hi"),),
)


@pytest.fixture
def hasty_clock() -> MockClock:
    """Skips only waits that outlast what may still be under way on loopback."""
    return MockClock(autojump_threshold=0.02)


@asynccontextmanager
async def asking(
    answerer: Answerer, settings: Workflow | None = None
) -> AsyncIterator[Webhook]:
    async with trio.open_nursery() as nursery, open_client() as client:
        url = await nursery.start(serve_web, answerer)
        settings = settings or Workflow(token=Secret(CANARY))
        settings = msgspec.structs.replace(settings, url=f"{url}/webhook/tonny")
        yield Webhook(client, settings)
        nursery.cancel_scope.cancel()


async def answer(mind: Webhook, question: Question = QUESTION) -> list[str]:
    async with mind.answer(question) as parts:
        return [part async for part in parts]


async def failure(mind: Webhook) -> AgentError:
    with pytest.raises(AgentError) as failed:
        await answer(mind)
    assert CANARY not in repr(failed.value)
    return failed.value


class Recorder:
    """Answers well, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []

    async def __call__(self, asked: Asked, reply: Reply) -> None:
        self.asked.append(asked)
        await repeat(asked, reply)


async def test_a_question_is_answered() -> None:
    async with asking(repeat) as mind:
        assert await answer(mind) == ["You said what time is it."]


async def test_the_workflow_gets_all_there_is_to_know() -> None:
    recorder = Recorder()
    async with asking(recorder) as mind:
        await answer(mind)
    (asked,) = recorder.asked
    assert (asked.method, asked.target) == ("POST", "/webhook/tonny")
    assert msgspec.json.decode(asked.body) == {
        "text": "what time is it",
        "session_id": "s1",
        "turn_id": 3,
        "timestamp": "2026-11-23T03:30:03.745+00:00",
        "source": "voice",
        "language": "en",
        "confidence": 0.5,
        "context": [{"user": "hello", "agent": "hi"}],
        "replay": False,
        "queued_at": None,
    }


async def test_the_headers_say_which_question_and_from_whom() -> None:
    recorder = Recorder()
    async with asking(recorder) as mind:
        await answer(mind)
    headers = recorder.asked[0].headers
    assert headers["content-type"] == "application/json"
    assert headers["accept-encoding"] == "identity"
    assert headers["idempotency-key"] == headers["webhook-id"] == QUESTION.id
    assert headers["authorization"] == f"Bearer {CANARY}"
    assert headers["user-agent"].startswith("Mozilla/5.0")
    assert "webhook-signature" not in headers


async def test_the_signature_is_over_the_bytes_that_were_sent() -> None:
    recorder = Recorder()
    async with asking(recorder, Workflow(secret=Secret("shared"))) as mind:
        await answer(mind)
    (asked,) = recorder.asked
    timestamp = int(asked.headers["webhook-timestamp"])
    signature = sign("shared", QUESTION.id, timestamp, asked.body)
    assert asked.headers["webhook-signature"] == signature
    assert "authorization" not in asked.headers


@pytest.mark.parametrize(
    ("header", "token", "sent"),
    [
        ("Authorization", "Basic dTpw", "Basic dTpw"),
        ("X-Tonny-Token", CANARY, CANARY),
    ],
)
async def test_the_token_goes_where_the_user_says(
    header: str, token: str, sent: str
) -> None:
    recorder = Recorder()
    settings = Workflow(header=header, token=Secret(token))
    async with asking(recorder, settings) as mind:
        await answer(mind)
    assert recorder.asked[0].headers[header.lower()] == sent


async def test_a_repeated_question_says_so() -> None:
    recorder = Recorder()
    async with asking(recorder) as mind:
        await answer(mind, msgspec.structs.replace(QUESTION, replay=True))
    sent = msgspec.json.decode(recorder.asked[0].body)
    assert sent["replay"] is True
    assert sent["queued_at"] == sent["timestamp"]


@pytest.mark.parametrize("status", [404, 408, 425, 429, 500, 502, 503, 504])
async def test_what_may_pass_is_unavailable(status: int) -> None:
    async with asking(faults.saying(status)) as mind:
        assert type(await failure(mind)) is Unavailable


@pytest.mark.parametrize("status", [400, 401, 403, 405, 410, 413, 422])
async def test_what_will_not_pass_is_refused(status: int) -> None:
    async with asking(faults.saying(status)) as mind:
        error = await failure(mind)
    assert type(error) is Refused
    assert str(status) in str(error)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed(status: int) -> None:
    recorder = Recorder()
    async with trio.open_nursery() as nursery:
        elsewhere = await nursery.start(serve_web, recorder)
        async with asking(faults.saying(status, location=elsewhere)) as mind:
            assert type(await failure(mind)) is Refused
        nursery.cancel_scope.cancel()
    assert recorder.asked == []


async def test_the_servers_own_wish_is_passed_on() -> None:
    async with asking(faults.saying(429, retry_after="17")) as mind:
        error = await failure(mind)
    assert isinstance(error, Unavailable)
    assert error.retry_after == 17


@pytest.mark.parametrize("fault", [faults.silence, faults.drip, faults.stall])
async def test_the_deadline_holds_whatever_drips(
    fault: Answerer, hasty_clock: MockClock
) -> None:
    async with asking(fault, Workflow(deadline=5.0)) as mind:
        began = trio.current_time()
        error = await failure(mind)
        assert 5 <= trio.current_time() - began < 6
    assert type(error) is Unavailable
    assert "workflow.deadline" in str(error)


@pytest.mark.parametrize("fault", [faults.garbage, faults.cut, faults.reset])
async def test_a_broken_answer_is_unavailable(fault: Answerer) -> None:
    async with asking(fault) as mind:
        assert type(await failure(mind)) is Unavailable


@pytest.mark.parametrize("fault", [faults.endless, faults.compressed])
async def test_an_answer_too_big_is_refused(fault: Answerer) -> None:
    async with asking(fault) as mind:
        assert type(await failure(mind)) is Refused


@pytest.mark.parametrize("body", [b"", b'{"message":"Workflow was started"}'])
async def test_no_answer_is_refused(body: bytes) -> None:
    async with asking(faults.saying(200, body)) as mind:
        assert type(await failure(mind)) is Refused


async def test_nobody_there_is_unavailable() -> None:
    async with open_client() as client:
        mind = Webhook(
            client, Workflow(url="http://127.0.0.1:9/", token=Secret(CANARY))
        )
        assert type(await failure(mind)) is Unavailable


async def test_a_probe_does_not_run_the_workflow() -> None:
    async with trio.open_nursery() as nursery, open_client() as client:
        url = await nursery.start(serve_web, repeat)
        assert await probe(client, url) == "is registered and active"
        nursery.cancel_scope.cancel()
    assert b"GET" in UNREGISTERED


async def test_a_probe_that_finds_nothing_says_so(hasty_clock: MockClock) -> None:
    async with trio.open_nursery() as nursery, open_client() as client:
        missing = await nursery.start(serve_web, faults.saying(404, b"nothing"))
        with pytest.raises(Refused, match="no workflow at"):
            await probe(client, missing)
        silent = await nursery.start(serve_web, faults.silence)
        with pytest.raises(Unavailable, match="does not answer"):
            await probe(client, silent)
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("No Respond to Webhook node found in the workflow", Refused),
        ("No item to return was found", Refused),
        ("Error in workflow", Unavailable),
        ("The execution was cancelled because it timed out", Unavailable),
    ],
)
async def test_a_workflow_that_cannot_answer_is_not_asked_again(
    message: str, kind: type[AgentError]
) -> None:
    body = msgspec.json.encode({"code": 0, "message": message})
    async with asking(faults.saying(500, body)) as mind:
        error = await failure(mind)
    assert type(error) is kind
    assert message in str(error)


@pytest.mark.parametrize(
    ("status", "remedy"),
    [(403, "workflow.token"), (410, "workflow.url"), (422, "JSON body")],
)
async def test_a_refusal_says_what_to_change(status: int, remedy: str) -> None:
    async with asking(faults.saying(status)) as mind:
        assert remedy in str(await failure(mind))


async def test_a_workflow_that_is_not_registered_yet_is_asked_again_soon() -> None:
    page = b"<!DOCTYPE html><pre>Cannot POST /webhook/tonny</pre>"
    async with asking(faults.saying(404, page)) as mind:
        error = await failure(mind)
    assert isinstance(error, Unavailable)
    assert error.retry_after == 5
