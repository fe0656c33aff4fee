"""What someone else would write with pika to see what is published."""

import uuid
from typing import Any

import msgspec
import pika


class Message(msgspec.Struct, frozen=True):
    key: str
    id: str
    body: bytes
    persistent: bool
    kind: str


class Reader:
    """Takes everything from an exchange of its own, as long as its broker keeps it."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.exchange = f"e{uuid.uuid4().hex[:8]}"
        self.queue = f"q{uuid.uuid4().hex[:8]}"
        self.make()

    def make(self) -> None:
        """What is not there yet."""
        with self._connected() as connection:
            channel = connection.channel()
            channel.exchange_declare(self.exchange, "topic", durable=True)
            channel.queue_declare(self.queue, durable=True)
            channel.queue_bind(self.queue, self.exchange, "#")

    def _connected(self) -> Any:
        return pika.BlockingConnection(pika.URLParameters(self._url))

    def everything(self) -> list[Message]:
        """All that is there now."""
        found: list[Message] = []
        with self._connected() as connection:
            channel = connection.channel()
            while True:
                method, properties, body = channel.basic_get(self.queue, auto_ack=True)
                if method is None:
                    return found
                found.append(
                    Message(
                        method.routing_key,
                        properties.message_id,
                        body,
                        properties.delivery_mode == 2,
                        properties.content_type,
                    )
                )

    def delete_exchange(self) -> None:
        with self._connected() as connection:
            connection.channel().exchange_delete(self.exchange)

    def remove(self) -> None:
        with self._connected() as connection:
            channel = connection.channel()
            channel.queue_delete(self.queue)
            channel.exchange_delete(self.exchange)
