"""Against a stand-in on loopback sockets, with a clock that skips the waiting."""

import base64
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec
import pytest
import trio
from trio.testing import MockClock

from agent.config.settings import Secret, Workflow
from agent.core.signature import sign, sign_like_github, verify
from agent.errors import AgentError, Refused, Unavailable
from agent.events import Attempted, Event
from agent.ports import Exchange, Part, Question
from agent.thinking.webhook import Webhook
from agent.web import open_client
from tests.fakes import Remembering, to_no_one
from tests.standins import faults
from tests.standins.web import Answerer, Asked, Reply, serve_web
from tests.standins.workflow import repeat

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
    answerer: Answerer,
    settings: Workflow | None = None,
    publish: Callable[[Event], None] = to_no_one,
) -> AsyncIterator[Webhook]:
    async with trio.open_nursery() as nursery, open_client() as client:
        url = await nursery.start(serve_web, answerer)
        settings = settings or Workflow(token=Secret(CANARY))
        settings = msgspec.structs.replace(settings, url=f"{url}/webhook/tonny")
        yield Webhook(client, settings, Remembering(), publish)
        nursery.cancel_scope.cancel()


async def answer(mind: Webhook, question: Question = QUESTION) -> list[Part]:
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
        settings = Workflow(url="http://127.0.0.1:9/", token=Secret(CANARY))
        error = await failure(Webhook(client, settings, Remembering(), to_no_one))
    assert isinstance(error, Unavailable)
    assert (error.unsure, error.answered) == (False, False)


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


class Starting:
    """As n8n after a restart: some *answers* first, and then it is there."""

    def __init__(self, *answers: tuple[int, bytes]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def __call__(self, asked: Asked, reply: Reply) -> None:
        self.asked += 1
        if self.answers:
            status, body = self.answers.pop(0)
            await reply.whole(status, body)
        else:
            await repeat(asked, reply)


PAGE = b"<!DOCTYPE html><pre>Cannot POST /webhook/tonny</pre>"
NOT_YET = 404, b'{"code":404,"message":"The requested webhook is not registered."}'


async def test_an_n8n_that_is_starting_is_waited_for(hasty_clock: MockClock) -> None:
    booting = 200, b"n8n is starting up. Please wait"
    starting = Starting(booting, (404, PAGE), (404, PAGE), NOT_YET)
    async with asking(starting) as mind:
        assert await answer(mind) == ["You said what time is it."]
    assert starting.asked == 5


async def test_a_workflow_that_is_not_there_is_waited_for_once(
    hasty_clock: MockClock,
) -> None:
    starting = Starting(*[NOT_YET] * 99)
    async with asking(starting) as mind:
        began = trio.current_time()
        error = await failure(mind)
        assert isinstance(error, Unavailable)
        assert error.answered
        assert error.retry_after == 5
        assert 20 <= trio.current_time() - began < 25
        began = trio.current_time()
        await failure(mind)
        assert trio.current_time() - began < 1
        starting.answers.clear()
        assert await answer(mind) == ["You said what time is it."]


async def streaming(asked: Asked, reply: Reply) -> None:
    """Two sentences as n8n streams them; the second comes when the first was heard."""
    await reply.begin(200, content_type="application/json; charset=utf-8")
    await reply.add(b'{"type":"begin","metadata":{}}\n')
    await reply.add(b'{"type":"item","content":"The first one. "}\n{"type":"item",')
    await trio.sleep(5)
    await reply.add(b'"content":"The second one."}\n{"type":"end"}\n')
    await reply.end()


async def test_a_stream_is_passed_on_as_it_comes(hasty_clock: MockClock) -> None:
    async with asking(streaming) as mind, mind.answer(QUESTION) as parts:
        began = trio.current_time()
        assert await parts.receive() == "The first one. "
        assert trio.current_time() - began < 1
        assert await parts.receive() == "The second one."


async def test_the_deadline_does_not_count_while_we_speak(
    hasty_clock: MockClock,
) -> None:
    settings = Workflow(deadline=8)
    async with asking(streaming, settings) as mind, mind.answer(QUESTION) as parts:
        await parts.receive()
        await trio.sleep(60)
        assert await parts.receive() == "The second one."


def signing(secret: str, id: str, at: float | None = None) -> Answerer:
    async def signed(asked: Asked, reply: Reply) -> None:
        body = b'{"text":"Believe me."}'
        now = int(time.time() if at is None else at)
        await reply.whole(
            200,
            body,
            webhook_id=id,
            webhook_timestamp=f"{now}",
            webhook_signature=sign(secret, id, now, body),
        )

    return signed


VERIFYING = Workflow(secret=Secret("new"), old_secret=Secret("old"), verify=True)


@pytest.mark.parametrize("secret", ["new", "old"])
async def test_a_signed_answer_is_believed(secret: str) -> None:
    async with asking(signing(secret, "msg_1"), VERIFYING) as mind:
        assert await answer(mind) == ["Believe me."]


@pytest.mark.parametrize(
    "answerer",
    [repeat, signing("other", "msg_1"), signing("new", "msg_1", at=1.0)],
)
async def test_no_other_answer_is(answerer: Answerer) -> None:
    async with asking(answerer, VERIFYING) as mind:
        assert str(await failure(mind)) == "the signature is missing, wrong or too old"


async def test_a_signed_answer_is_believed_once() -> None:
    async with asking(signing("new", "msg_1"), VERIFYING) as mind:
        await answer(mind)
        assert isinstance(await failure(mind), Refused)
    async with asking(signing("new", QUESTION.id), VERIFYING) as mind:
        await answer(mind)
        assert await answer(mind) == ["Believe me."]  # it is our own question's


async def test_both_secrets_sign_while_one_replaces_the_other() -> None:
    recorder = Recorder()
    settings = Workflow(secret=Secret("new"), old_secret=Secret("old"))
    async with asking(recorder, settings) as mind:
        await answer(mind)
    (asked,) = recorder.asked
    for secret in ("new", "old"):
        assert verify([secret], asked.headers, asked.body, time.time()) == QUESTION.id


async def test_githubs_signature_is_an_option() -> None:
    recorder = Recorder()
    async with asking(
        recorder, Workflow(secret=Secret("s"), signature="github")
    ) as mind:
        await answer(mind)
    (asked,) = recorder.asked
    assert asked.headers["x-hub-signature-256"] == sign_like_github("s", asked.body)
    assert "webhook-signature" not in asked.headers


async def test_a_name_and_a_password_go_as_basic() -> None:
    recorder = Recorder()
    settings = Workflow(auth="basic", user="tonny", token=Secret("pass:word"))
    async with asking(recorder, settings) as mind:
        await answer(mind)
    assert recorder.asked[0].headers["authorization"] == "Basic dG9ubnk6cGFzczp3b3Jk"


async def test_a_json_web_token_is_made_for_each_request() -> None:
    recorder = Recorder()
    settings = Workflow(auth="jwt", token=Secret("passphrase"))
    async with asking(recorder, settings) as mind:
        await answer(mind)
    scheme, _, token = recorder.asked[0].headers["authorization"].partition(" ")
    head, claims, _ = token.split(".")
    assert (scheme, msgspec.json.decode(unpadded(head))) == (
        "Bearer",
        {"alg": "HS256", "typ": "JWT"},
    )
    lives = msgspec.json.decode(unpadded(claims))
    assert lives["iat"] <= time.time() < lives["exp"]


def unpadded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


async def test_n8ns_chat_trigger_is_asked_in_its_own_way() -> None:
    async def chat(asked: Asked, reply: Reply) -> None:
        said = msgspec.json.decode(asked.body)
        assert said["action"] == "sendMessage"
        output = f"{said['sessionId']} said {said['chatInput']}"
        await reply.whole(200, msgspec.json.encode({"output": output}))

    async with asking(chat, Workflow(transport="chat")) as mind:
        assert await answer(mind) == ["s1 said what time is it"]


class Interruptible:
    """Streams without end, and takes note of what is stopped."""

    def __init__(self) -> None:
        self.stopped: list[Asked] = []

    async def __call__(self, asked: Asked, reply: Reply) -> None:
        if asked.target.endswith("/stop"):
            self.stopped.append(asked)
            await reply.whole(200, b"{}")
            return
        await reply.begin(200, content_type="application/json")
        while True:
            await reply.add(b'{"text":"On and on.","execution_id":"60"}\n')
            await trio.sleep(0.1)


async def test_who_is_interrupted_stops_the_execution_too() -> None:
    endless = Interruptible()
    settings = Workflow(api_key=Secret("key"))
    async with asking(endless, settings) as mind, mind.answer(QUESTION) as parts:
        await parts.receive()
    (asked,) = endless.stopped
    assert (asked.method, asked.target) == ("POST", "/api/v1/executions/60/stop")
    assert asked.headers["x-n8n-api-key"] == "key"


async def test_without_a_key_it_is_left_alone() -> None:
    endless = Interruptible()
    async with asking(endless, Workflow()) as mind, mind.answer(QUESTION) as parts:
        await parts.receive()
    assert endless.stopped == []


async def test_every_try_is_told() -> None:
    told: list[Event] = []
    starting = Starting((500, b'{"message":"Error in workflow"}'))
    async with asking(starting, publish=told.append) as mind:
        error = await failure(mind)
        assert isinstance(error, Unavailable)
        assert error.unsure
        await answer(mind)
    failed, answered = told
    assert isinstance(failed, Attempted)
    assert (failed.request, failed.status) == (QUESTION.id, 500)
    assert "Error in workflow" in failed.error
    assert isinstance(answered, Attempted)
    assert (answered.status, answered.error) == (200, "")
    assert answered.url.endswith("/webhook/tonny")
    assert answered.sent > 100
    assert answered.received > 10
