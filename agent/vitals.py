"""Two watchers: how long turns take, and how everything is."""

from collections.abc import Mapping

import trio

from agent.core.health import Health
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

    async def follow(self, entries: trio.abc.ReceiveChannel[Entry]) -> None:
        async for entry in entries:
            self.health = self.health.after(entry.event, entry.at)

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
        detail: dict[str, str | float | int | bool | None] = {
            "state": part.state if part is not None else "unused",
            "reason": part.reason if part is not None else "",
        }
        if name in self._peers:
            reachable, detail["connect_ms"] = await _reach(self._peers[name])
            detail["reachable"] = reachable
            well = well and reachable
        publish(Measured(f"health.{name}", float(well), detail))


async def _reach(address: Address) -> tuple[bool, float | None]:
    began = trio.current_time()
    try:
        with trio.fail_after(PROBE_WITHIN):
            stream = await trio.open_tcp_stream(*address)
            await trio.aclose_forcefully(stream)
    except (OSError, trio.TooSlowError):
        return False, None
    return True, round((trio.current_time() - began) * 1000, 1)
