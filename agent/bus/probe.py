"""Is the broker there, does it let us in, has it the exchange?"""

from agent.bus.connection import connected
from agent.config.broker import broker_of
from agent.config.settings import RabbitMQ


async def look(settings: RabbitMQ) -> str:
    """Where it is; raises `Unavailable` or `Refused` with what is wrong. Changes nothing."""
    broker = broker_of(settings.url)
    async with connected(broker, "tonny-agent doctor") as connection:
        channel = await connection.channel()
        await channel.expect_exchange(settings.exchange)
    return f"{broker.shown}, {settings.exchange}"
