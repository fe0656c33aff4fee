"""One message to a broker, and what became of it: for those who do not run the agent."""

import trio

from agent.bus.channel import Outcome, Post
from agent.bus.connection import connected
from agent.config.broker import Broker
from agent.errors import Unavailable
from agent.ports import Letter


async def post(broker: Broker, exchange: str, letter: Letter, within: float) -> Outcome:
    """Send *letter*, and wait *within* so many seconds for the broker to have it.

    Raises `Unavailable` or `Refused` with the reason when it does not.
    """
    async with connected(broker, "tonny-agent publish") as connection:
        channel = await connection.channel(confirms=True)
        await channel.expect_exchange(exchange)
        with trio.move_on_after(within):
            return await channel.send(letter, Post(exchange))
        raise Unavailable(
            f"{broker.shown} has not confirmed it: {connection.blocked or 'it is slow'}"
        )
