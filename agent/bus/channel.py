"""A channel of a connection: what is published and taken, and what becomes of it."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import msgspec
import pika
import trio

from agent.bus.reasons import reason
from agent.errors import Unavailable
from agent.ports import Letter

if TYPE_CHECKING:
    from agent.bus.connection import Connection

Outcome: TypeAlias = Literal["routed", "unroutable", "not taken"]
Told: TypeAlias = Callable[[Letter, Outcome], None]


class Delivery(msgspec.Struct, frozen=True):
    """A message that has come; *tag* is what `Channel.settle` calls it."""

    tag: int
    key: str
    body: bytes
    reply_to: str
    correlation_id: str
    message_id: str


class Post(msgspec.Struct, frozen=True):
    """How a message goes out, beside the letter: *exchange* "" is straight to a queue."""

    exchange: str
    reply_to: str | None = None
    correlation_id: str | None = None
    expiration: str | None = None
    headers: dict[str, str] | None = None


class Channel:
    """Made by `Connection.channel`; lost with its connection."""

    def __init__(self, connection: "Connection", opened: Any) -> None:
        self._connection = connection
        self._pika = opened
        self._tag = 0
        self._waiting: OrderedDict[int, tuple[Letter, Told]] = OrderedDict()
        self._returned: set[str | None] = set()

    async def prepare(self, *, confirms: bool) -> None:
        """Right after it was opened."""

        def prepare(answer: Callable[[Any], None]) -> None:
            self._pika.add_on_close_callback(self._closed_in_thread)
            self._pika.add_on_return_callback(self._returned_in_thread)
            if confirms:
                self._pika.confirm_delivery(self._settled_in_thread, callback=answer)
            else:
                answer(None)

        await self._connection.ask(prepare)

    async def expect_exchange(self, name: str) -> None:
        """The connection is lost with `Refused` where there is none of this name; ""
        is always there."""
        if not name:
            return
        await self._connection.ask(
            lambda answer: self._pika.exchange_declare(
                name, passive=True, callback=answer
            )
        )

    async def declare_exchange(self, name: str, kind: str) -> None:
        await self._connection.ask(
            lambda answer: self._pika.exchange_declare(
                name, kind, durable=True, callback=answer
            )
        )

    async def declare_queue(self, name: str, **arguments: str | int) -> None:
        """One that outlives the broker's restart."""
        await self._connection.ask(
            lambda answer: self._pika.queue_declare(
                name, durable=True, arguments=arguments, callback=answer
            )
        )

    async def consumers(self, queue: str) -> int:
        """How many take from *queue*."""
        found = await self._connection.ask(
            lambda answer: self._pika.queue_declare(
                queue, passive=True, callback=answer
            )
        )
        return int(found.method.consumer_count)

    async def bind(self, queue: str, exchange: str, key: str) -> None:
        await self._connection.ask(
            lambda answer: self._pika.queue_bind(queue, exchange, key, callback=answer)
        )

    def publish(self, letters: Sequence[Letter], post: Post, told: Told) -> None:
        """Send *letters* in this order; *told* is called when the broker has taken each,
        or says that it has not."""
        self._connection.do(lambda: self._publish_in_thread(letters, post, told))

    async def send(self, letter: Letter, post: Post) -> Outcome:
        """Send one, and return what became of it."""
        outcomes: list[Outcome] = []
        settled = trio.Event()

        def told(_letter: Letter, outcome: Outcome) -> None:
            outcomes.append(outcome)
            settled.set()

        self.publish([letter], post, told)
        await settled.wait()
        return outcomes[0]

    async def consume(
        self, queue: str, at_once: int
    ) -> trio.MemoryReceiveChannel[Delivery]:
        """What comes into *queue*; at most *at_once* that are not settled."""
        # Never full: the broker sends no more than at_once.
        send, receive = trio.open_memory_channel[Delivery](10 * at_once)
        ask = self._connection.ask
        await ask(
            lambda answer: self._pika.basic_qos(prefetch_count=at_once, callback=answer)
        )

        def taken(_channel: Any, method: Any, properties: Any, body: bytes) -> None:
            delivery = Delivery(
                method.delivery_tag,
                method.routing_key,
                body,
                properties.reply_to or "",
                properties.correlation_id or "",
                properties.message_id or "",
            )
            self._connection.tell(partial(send.send_nowait, delivery))

        def consume(answer: Callable[[Any], None]) -> None:
            self._pika.add_on_cancel_callback(self._cancelled_in_thread)
            self._pika.basic_consume(queue, taken, callback=answer)

        await ask(consume)
        return receive

    def settle(self, delivery: Delivery, *, good: bool) -> None:
        """It is done with; one that is not *good* becomes a dead letter."""
        done, tag = self._pika.basic_ack, delivery.tag
        if not good:
            done = partial(self._pika.basic_reject, requeue=False)
        self._connection.do(lambda: done(tag))

    def _publish_in_thread(
        self, letters: Sequence[Letter], post: Post, told: Told
    ) -> None:
        for letter in letters:
            self._tag += 1
            self._waiting[self._tag] = letter, told
            properties = pika.BasicProperties(
                content_type="application/json",
                delivery_mode=2,
                message_id=letter.id,
                timestamp=int(letter.at),
                app_id="tonny-agent",
                reply_to=post.reply_to,
                correlation_id=post.correlation_id,
                expiration=post.expiration,
                headers=post.headers,
            )
            self._pika.basic_publish(
                post.exchange, letter.key, letter.body, properties, mandatory=True
            )

    def _returned_in_thread(
        self, _channel: Any, _method: Any, properties: Any, _body: bytes
    ) -> None:
        """Comes before it is confirmed."""
        self._returned.add(properties.message_id)

    def _settled_in_thread(self, frame: Any) -> None:
        method = frame.method
        bad = isinstance(method, pika.spec.Basic.Nack)
        settled = [method.delivery_tag]
        if method.multiple:
            settled = [
                *takewhile(lambda tag: tag <= method.delivery_tag, self._waiting)
            ]
        notes = [
            self._outcome_in_thread(self._waiting.pop(tag), bad) for tag in settled
        ]
        self._connection.tell(lambda: [note() for note in notes])

    def _outcome_in_thread(
        self, waiting: tuple[Letter, Told], bad: bool
    ) -> Callable[[], None]:
        letter, told = waiting
        outcome: Outcome = "not taken" if bad else "routed"
        if letter.id in self._returned:
            self._returned.discard(letter.id)
            outcome = "unroutable"
        return partial(told, letter, outcome)

    def _closed_in_thread(self, _channel: Any, exc: BaseException) -> None:
        if not isinstance(exc, pika.exceptions.ChannelClosedByClient):
            why = reason(exc, self._connection.broker)
            self._connection.tell(partial(self._connection.lose, why))

    def _cancelled_in_thread(self, _frame: Any) -> None:
        why = Unavailable("the queue that was taken from is gone")
        self._connection.tell(partial(self._connection.lose, why))
