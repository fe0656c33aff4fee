"""A workflow behind HTTP, such as n8n's Webhook node or its Chat Trigger."""

import math
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import aclosing, contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec
import trio

from agent.config.settings import Workflow
from agent.core.reply import Incoming
from agent.core.signature import verify
from agent.errors import AgentError, Refused, Unavailable, translating
from agent.events import Attempted, Event
from agent.ports import Part, Question, Seen, Whole
from agent.thinking.executions import stop
from agent.thinking.failures import failure
from agent.thinking.request import encoded, encoded_for_chat, headers
from agent.web import EFFECTS, check_plain, read_bounded, reading

if TYPE_CHECKING:
    import httpx

LONGEST_ANSWER = 1 << 20

STARTS_WITHIN = 20.0
"""Seconds: n8n that was just started knows no webhook for 4 to 8 s, and up to 15."""

_AGAIN = 1.0  # seconds between two looks whether it has started


class Webhook:
    """Satisfies `agent.ports.Mind`. It waits for an n8n that is only starting, but once
    in vain: after that, a workflow that is not registered is one that is away."""

    name = "n8n"

    def __init__(
        self,
        client: "httpx.AsyncClient",
        settings: Workflow,
        seen: Seen,
        publish: Callable[[Event], None],
    ) -> None:
        self._client = client
        self._settings = settings
        self._seen = seen
        self._publish = publish
        chat = settings.transport == "chat"
        self._encode = encoded_for_chat if chat else encoded
        self._patience = STARTS_WITHIN

    @trio.as_safe_channel
    async def answer(self, question: Question) -> AsyncGenerator[Part, None]:
        """As the workflow sends it: sentence by sentence, or the whole at once.

        Raises `Unavailable` when asking again may help, and `Refused` when not.
        """
        give_up = trio.current_time() + self._patience
        while True:
            try:
                async with aclosing(self._ask(question)) as parts:
                    async for part in parts:
                        yield part
            except Unavailable as exc:
                if not exc.answered or trio.current_time() >= give_up:
                    self._patience = 0 if exc.answered else STARTS_WITHIN
                    raise
            else:
                self._patience = STARTS_WITHIN
                return
            await trio.sleep(_AGAIN)

    async def _ask(self, question: Question) -> AsyncGenerator[Part, None]:
        body = self._encode(question)
        settings, attempt = self._settings, _Attempt(question.id, len(body))
        request = self._client.stream(
            "POST",
            settings.url,
            content=body,
            headers=headers(settings, question.id, body),
        )
        with (
            attempt.told(settings.url, self._publish),
            _in_time(settings.deadline) as budget,
            translating(EFFECTS),
        ):
            async with request as response:
                attempt.status = response.status_code
                if response.status_code >= 300:
                    raise await failure(response)
                async with aclosing(self._read(question, response, attempt)) as parts:
                    async for part in parts:
                        # The time that passes while we speak is not the workflow's.
                        left = budget.deadline - trio.current_time()
                        budget.deadline = math.inf
                        yield part
                        budget.deadline = trio.current_time() + left

    async def _read(
        self, question: Question, response: "httpx.Response", attempt: "_Attempt"
    ) -> AsyncGenerator[Part, None]:
        incoming = Incoming(response.headers.get("content-type", ""))
        if self._settings.verify:
            body = await read_bounded(response, LONGEST_ANSWER)
            attempt.received = len(body)
            await self._believe(question, response, body)
            for part in _all_of(incoming, body):
                yield _whole(part)
            return
        check_plain(response)
        streams = False
        try:
            async with reading(response) as chunks:
                async for chunk in chunks:
                    attempt.take(chunk)
                    for part in incoming.feed(chunk):
                        streams = True
                        yield part
            for part in incoming.finish():
                yield part if streams else _whole(part)
        except (GeneratorExit, trio.Cancelled):
            # The user interrupted. n8n would go on, for it never notices.
            await stop(self._client, self._settings, incoming.execution)
            raise

    async def _believe(
        self, question: Question, response: "httpx.Response", body: bytes
    ) -> None:
        """Raises `Refused` unless *body* was signed, now, and for us. An answer may come
        twice under the id of its question, which makes it an answer to that one."""
        both = self._settings.secret, self._settings.old_secret
        secrets = [secret.reveal() for secret in both]
        name = verify(secrets, response.headers, body, time.time())
        if name != question.id and not await self._seen.first_time(name):
            raise Refused("the signature is missing, wrong or too old")


def _whole(part: Part) -> Part:
    """It was there all at once."""
    return Whole(part) if isinstance(part, str) else part


def _all_of(incoming: Incoming, body: bytes) -> Iterable[Part]:
    return [*incoming.feed(body), *incoming.finish()]


@contextmanager
def _in_time(deadline: float) -> Iterator[trio.CancelScope]:
    try:
        with trio.fail_after(deadline) as budget:
            yield budget
    except trio.TooSlowError:
        raise Unavailable(
            f"the workflow took longer than {deadline:g} s (workflow.deadline)",
            unsure=True,
        ) from None


class _Attempt(msgspec.Struct):
    """One request, and what became of it."""

    request: str
    sent: int
    status: int | None = None
    received: int = 0

    def take(self, chunk: bytes) -> None:
        """Raises `Refused` when it is too much."""
        self.received += len(chunk)
        if self.received > LONGEST_ANSWER:
            raise Refused(f"the answer is longer than {LONGEST_ANSWER >> 10} KiB")

    @contextmanager
    def told(self, url: str, publish: Callable[[Event], None]) -> Iterator[None]:
        began, error = trio.current_time(), ""
        try:
            yield
        except AgentError as exc:
            error = str(exc)
            raise
        except (GeneratorExit, trio.Cancelled):
            error = "interrupted"
            raise
        finally:
            parts = urlsplit(url)
            publish(
                Attempted(
                    self.request,
                    Webhook.name,
                    "POST",
                    f"{parts.scheme}://{parts.netloc}{parts.path}",
                    trio.current_time() - began,
                    self.status,
                    self.sent,
                    self.received,
                    error,
                )
            )
