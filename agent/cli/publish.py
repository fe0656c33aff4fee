"""`tonny-agent publish`: one message over RabbitMQ."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from agent.cli.common import ConfigPath, run_trio, settings
from agent.config.settings import RabbitMQ

UNROUTABLE, USAGE, FAILED = 1, 2, 69

LARGEST = 16_000_000
CONFIRMED_WITHIN = 10.0
"""Seconds for the broker to have it."""


def publish(
    routing_key: str,
    message: Annotated[str, Parameter(allow_leading_hyphen=True)],
    /,
    *,
    exchange: str | None = None,
    config: ConfigPath = None,
) -> int:
    """Publish one message at the broker of rabbitmq.url, as it is, and say whether a
    queue has it.

    The exit status is 0 if so, 1 if nobody wanted it, 2 if it is no JSON, and 69 if the
    broker is not there or refuses.

    For example:

    tonny-agent publish thread.tonny.test '{"message": "test"}'

    tonny-agent publish thread.tonny.command @command.json

    Parameters
    ----------
    routing_key
        Such as thread.tonny.test.
    message
        JSON, or @ and the name of a file with it; @- reads standard input.
    exchange
        Instead of rabbitmq.exchange; "" is straight to the queue named as the key.
    """
    try:
        body, where = _contents(message)
    except OSError as exc:
        return _complain(f"{message[1:]} cannot be read: {exc.strerror}", USAGE)
    if (problem := _problem(routing_key, body)) is not None:
        return _complain(f"{where}{problem}", USAGE)
    found = settings(config).rabbitmq
    status: int = run_trio(
        _publish,
        found,
        found.exchange if exchange is None else exchange,
        routing_key,
        body,
    )
    return status


def _contents(message: str) -> tuple[bytes, str]:
    """What is to be published, and where a mistake in it would be."""
    if not message.startswith("@"):
        return message.encode("utf-8", "surrogateescape"), ""
    name = message[1:]
    if name == "-":
        return sys.stdin.buffer.read(LARGEST + 1), "standard input: "
    with Path(name).open("rb") as file:
        return file.read(LARGEST + 1), f"{name}: "


def _complain(reason: str, status: int) -> int:
    print(f"tonny-agent: {reason}", file=sys.stderr)
    return status


def _problem(routing_key: str, body: bytes) -> str | None:
    """What is wrong with it, with the line and the column, counted from 1."""
    import json

    if len(routing_key.encode("utf-8", "surrogateescape")) > 255:
        return "a routing key has at most 255 bytes"
    if len(body) > LARGEST:
        return f"a message has at most {LARGEST} bytes"
    try:
        json.loads(body.decode(), parse_constant=_no_number)
    except json.JSONDecodeError as exc:
        return f"this is not JSON: {exc.msg} at line {exc.lineno}, column {exc.colno}"
    except UnicodeDecodeError as exc:
        return f"this is not JSON: byte {exc.start + 1} is no UTF-8"
    except (ValueError, RecursionError) as exc:
        return f"this is not JSON: {exc}"
    return None


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number there")


async def _publish(found: RabbitMQ, exchange: str, key: str, body: bytes) -> int:
    import logging
    import time
    import uuid

    from agent.bus.posting import post
    from agent.config.broker import broker_of
    from agent.errors import Refused, Unavailable
    from agent.ports import Letter

    logging.getLogger("pika").setLevel(logging.CRITICAL)
    broker = broker_of(found.url)
    letter = Letter(str(uuid.uuid4()), key, body, time.time())
    try:
        outcome = await post(broker, exchange, letter, CONFIRMED_WITHIN)
    except (Refused, Unavailable) as exc:
        return _complain(str(exc), FAILED)
    where = f"{broker.shown}, {exchange or 'straight to the queue'}"
    match outcome:
        case "routed":
            print(f"Published, and a queue has it ({where}).")
            return 0
        case "unroutable":
            told = f"published, but no queue takes “{key}” at {where}"
            return _complain(told, UNROUTABLE)
    return _complain(f"{where} did not take it", FAILED)
