"""What there is to know about everything that Tonny depends on, and a way to hurry it."""

from typing import Any

import trio

from agent.control.standing import Integration, Queue
from agent.errors import AgentError
from agent.events import Measured
from agent.ladder import Ladder
from agent.pipeline import Publish
from agent.pipeline.bells import Bells
from agent.record.queue import sizes
from agent.record.store import Store
from agent.vitals import Vitals


class Oversight:
    """*ladders* are there once they are open, *bells* wake what waits."""

    def __init__(self, vitals: Vitals, store: Store | None = None) -> None:
        self.vitals = vitals
        self.ladders: list[Ladder[Any]] = []
        self.bells = Bells()
        self._store = store

    @property
    def integrations(self) -> tuple[Integration, ...]:
        """How each part is; more is known of those that are spoken to through a ladder."""
        rungs = {rung.tool.name: rung for each in self.ladders for rung in each.rungs}
        found: list[Integration] = []
        for name, part in self.vitals.health.parts.items():
            rung = rungs.get(name)
            limit = rung.limit if rung else None
            found.append(
                Integration(
                    name,
                    part.state,
                    part.since,
                    part.reason,
                    rung.guard.standing if rung else "",
                    limit.per_minute if limit else 0.0,
                    limit.waiting if limit else 0,
                )
            )
        return tuple(found)

    async def queue(self) -> Queue:
        """Of the outbox; empty where the record cannot be read just now."""
        if self._store is None:
            return Queue()
        try:
            found = await self._store.read(sizes)
        except AgentError:
            return Queue()
        return Queue(found.waiting, found.dead, found.oldest)

    def retry(self) -> None:
        """Everyone gets another chance at once."""
        for each in self.ladders:
            each.retry_now()
        self.bells.ring()

    async def measure(self, publish: Publish, interval: float) -> None:
        """Publish the size of the queue now and every *interval* seconds."""
        while True:
            queue = await self.queue()
            publish(Measured("queue.waiting", queue.waiting))
            publish(Measured("queue.dead", queue.dead))
            await trio.sleep(interval)
