"""Is RabbitMQ there, does it let us in, has it what we publish to?"""

from collections.abc import Sequence

from agent.config import Config
from agent.doctor.findings import Finding, fault, ok
from agent.errors import Refused, Unavailable

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
        where = await look(config.rabbitmq)
    except Unavailable as exc:
        return [fault("rabbitmq.away", f"RabbitMQ is away: {exc}.", _START)]
    except Refused as exc:
        return [fault("rabbitmq.refused", f"RabbitMQ says no: {exc}.", _COMPARE)]
    return [ok("rabbitmq", f"RabbitMQ is there ({where}).")]
