"""Two watchers: how long turns take, and how everything is."""

from collections.abc import Mapping

import trio

from agent.core.health import Health, Part
from agent.core.latency import Latencies
from agent.events import Entry, Measured
from agent.pipeline import Publish

PROBE_WITHIN = 3.0
"""Seconds that a dependency has to accept a connection."""

Address = tuple[str, int]


async def time_turns(entries: trio.abc.ReceiveChannel[Entry], publish: Publish) -> None:
    """Publish each turn's `Timed` when it sounds."""
    latencies = Latencies()
    async for entry in entries:
        if (timed := latencies.feed(entry.event, entry.at)) is not None:
            publish(timed)


class Vitals:
    """What is known of each part's health, and the metric made of it."""

    def __init__(self, peers: Mapping[str, Address]) -> None:
        self.health = Health()
        self._peers = peers

    async def follow(
        self, entries: trio.abc.ReceiveChannel[Entry], publish: Publish
    ) -> None:
        """Keep `health` up to date; what changes is measured at once."""
        async for entry in entries:
            before, self.health = self.health, self.health.after(entry.event, entry.at)
            for name, part in self.health.parts.items():
                known = before.parts.get(name)
                if known is None or known.state != part.state:
                    publish(_measured(name, part.well, part))

    async def measure(self, publish: Publish, interval: float) -> None:
        """Publish ``health.<name>`` for every integration now and every *interval* s.

        A dependency elsewhere is connected to and left again: that costs it
        nothing, starts no workflow and needs no credentials.
        """
        while True:
            async with trio.open_nursery() as nursery:
                for name in {**self._peers, **self.health.parts}:
                    nursery.start_soon(self._measure, name, publish)
            await trio.sleep(interval)

    async def _measure(self, name: str, publish: Publish) -> None:
        part = self.health.parts.get(name)
        well = part is None or part.well
        connect_ms: float | None = None
        if name in self._peers:
            connect_ms = await reach(self._peers[name])
            well = well and connect_ms is not None
        publish(_measured(name, well, part, connect_ms=connect_ms))


def _measured(
    name: str, well: bool, part: Part | None, **more: float | None
) -> Measured:
    state = part.state if part is not None else "unused"
    reason = part.reason if part is not None else ""
    return Measured(
        f"health.{name}", float(well), {"state": state, "reason": reason, **more}
    )


async def reach(address: Address) -> float | None:
    """Milliseconds until *address* accepted a connection, None if it did not."""
    began = trio.current_time()
    try:
        with trio.fail_after(PROBE_WITHIN):
            stream = await trio.open_tcp_stream(*address)
            await trio.aclose_forcefully(stream)
    except (OSError, trio.TooSlowError):
        return None
    return round((trio.current_time() - began) * 1000, 1)
