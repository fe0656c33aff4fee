"""Is RabbitMQ there, does it let us in, has it what we publish to?"""

from collections.abc import Sequence

import trio

from agent.config import Config
from agent.config.broker import broker_of
from agent.doctor.answering import who_answers
from agent.doctor.findings import Finding, fault, ok
from agent.errors import Refused, Unavailable

_WITHIN = 5.0
"""Seconds; a broker takes a few hundredths of one."""

_PORT = "Restart what listens there, or correct rabbitmq.url."
_START = "Start the broker, or compare rabbitmq.url with its address."
_COMPARE = (
    "Compare rabbitmq.url and rabbitmq.exchange with the broker (docs/rabbitmq.md)."
)


async def check_bus(config: Config) -> Sequence[Finding]:
    """Connects as the agent would; nothing where it is not used."""
    if not (config.rabbitmq.enabled or config.workflow.transport == "rabbitmq"):
        return []
    from agent.bus.probe import look

    try:
        with trio.fail_after(_WITHIN):
            where = await look(config.rabbitmq)
    except trio.TooSlowError:
        return [await _mute(config)]
    except Unavailable as exc:
        return [fault("rabbitmq.away", f"RabbitMQ is away: {exc}.", _START)]
    except Refused as exc:
        return [fault("rabbitmq.refused", f"RabbitMQ says no: {exc}.", _COMPARE)]
    return [ok("rabbitmq", f"RabbitMQ is there ({where}).")]


async def _mute(config: Config) -> Finding:
    """Somebody listens there, and is no broker that answers."""
    broker = broker_of(config.rabbitmq.url)
    found = await who_answers(broker.shown.replace("amqp", "http", 1))
    if found.trouble == "silent":
        title = (
            f"RabbitMQ is silent: {broker.shown} takes connections, and that is all."
        )
        return fault("rabbitmq.silent", title, _PORT)
    title = f"Something else than RabbitMQ answers at {broker.shown}."
    return fault("rabbitmq.other", title, _PORT)
