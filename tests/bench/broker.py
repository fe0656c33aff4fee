"""Publishing to a real RabbitMQ, beside pika alone with the same messages."""

import statistics
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pika
import trio
from pytest import skip  # noqa: PT013 # only its exception

from agent.app.bus import posting, published
from agent.bus.envelope import letter_for
from agent.bus.identity import Identity
from agent.bus.publishing import Tally
from agent.config import Config, Secret
from agent.config.settings import RabbitMQ as Settings
from agent.events import Entry, Event, Replied
from agent.record.letters import StoredLetterbox
from agent.record.store import open_store
from agent.supervisor import supervise
from tests.bench.figures import Figure
from tests.bench.recordings import Missing
from tests.bus.readers import Reader
from tests.rigs.rabbitmq import RabbitMQ, skip_without_rabbitmq

EVENTS, BATCH, ROUNDS = 5000, 250, 3
WINDOW = 1000


def measure() -> Iterator[Figure]:
    try:
        skip_without_rabbitmq()
    except skip.Exception as exc:
        raise Missing(str(exc)) from None
    with RabbitMQ() as broker, tempfile.TemporaryDirectory() as folder:
        yield _rate(broker, Path(folder))


def _rate(broker: RabbitMQ, folder: Path) -> Figure:
    """From an event, over the disk, to its confirmation, in turns with a loop of pika
    that has its messages ready."""
    ours: list[float] = []
    theirs: list[float] = []
    for number in range(ROUNDS):
        reader = Reader(broker.url)
        theirs.append(EVENTS / _raw(broker.url, reader.exchange))
        reader.remove()
        reader = Reader(broker.url)
        config = Config(
            rabbitmq=Settings(
                enabled=True, url=Secret(broker.url), exchange=reader.exchange
            ),
        )
        ours.append(EVENTS / trio.run(_publish, config, folder / f"{number}"))
        reader.remove()
    floor = statistics.median(theirs)
    return Figure(
        "events published and confirmed a second",
        statistics.median(ours),
        floor,
        "/s",
        0.6 * floor,
        "pika alone, confirmed, without a disk",
    )


def _event(number: int) -> Event:
    return Replied(number, f"The answer to question {number} is forty-two.", "n8n")


async def _publish(config: Config, folder: Path) -> float:
    """Seconds from the first event until the broker has confirmed the last."""
    tally = Tally()
    async with open_store(folder / "tonny.db") as store, trio.open_nursery() as nursery:
        letters = StoredLetterbox(store, 10**6)
        services = published(config, letters, _ignore, tally)
        nursery.start_soon(supervise, services, _ignore)
        post = posting(config, letters)
        await post.write([Entry(time.time(), "bench", _event(0))])
        await _until(lambda: tally.published == 1)
        began = time.perf_counter()
        for first in range(0, EVENTS, BATCH):
            numbers = range(first, first + BATCH)
            await post.write([Entry(time.time(), "b", _event(n)) for n in numbers])
        await _until(lambda: tally.published == 1 + EVENTS)
        took = time.perf_counter() - began
        nursery.cancel_scope.cancel()
    return took


async def _until(so: Callable[[], bool]) -> None:
    while True:
        if so():
            return
        await trio.sleep(0.002)


def _ignore(_event: Event) -> None:
    """Nobody watches here."""


class _Raw:
    """What the least program would do: a window of messages, and their confirmations."""

    def __init__(self, exchange: str) -> None:
        identity = Identity("bench", "")
        self._exchange = exchange
        self._letters = [
            letter_for(Entry(1.0, uuid.uuid4().hex, _event(number)), "p", identity)
            for number in range(EVENTS)
        ]
        self._sent = self._confirmed = 0
        self.began = self.ended = 0.0

    def opened(self, connection: Any) -> None:
        self._connection = connection
        connection.channel(on_open_callback=self._ready)

    def _ready(self, channel: Any) -> None:
        self._channel = channel
        channel.confirm_delivery(self._settled, callback=self._begin)

    def _begin(self, _frame: Any) -> None:
        self.began = time.perf_counter()
        self._fill()

    def _fill(self) -> None:
        while self._sent < min(EVENTS, self._confirmed + WINDOW):
            letter = self._letters[self._sent]
            self._sent += 1
            properties = pika.BasicProperties(
                content_type="application/json", delivery_mode=2, message_id=letter.id
            )
            self._channel.basic_publish(
                self._exchange, letter.key, letter.body, properties, mandatory=True
            )

    def _settled(self, frame: Any) -> None:
        method = frame.method
        self._confirmed = (
            method.delivery_tag if method.multiple else self._confirmed + 1
        )
        if self._confirmed >= EVENTS:
            self.ended = time.perf_counter()
            self._connection.close()
        else:
            self._fill()


def _raw(url: str, exchange: str) -> float:
    """Seconds from the first message until the last confirmation."""
    raw = _Raw(exchange)
    connection = pika.SelectConnection(
        pika.URLParameters(url), on_open_callback=raw.opened
    )
    loop = connection.ioloop
    connection.add_on_close_callback(lambda *_: loop.stop())
    thread = threading.Thread(target=loop.start)
    thread.start()
    thread.join()
    return raw.ended - raw.began
