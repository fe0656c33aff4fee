"""What there is to know about everything that Tonny depends on, and a way to hurry it."""

from typing import TYPE_CHECKING, Any

import msgspec
import trio

from agent.control.standing import Integration, Latency, Queue, Quota
from agent.core.health import Part
from agent.core.quickness import Quickness
from agent.errors import AgentError
from agent.events import Measured
from agent.guard import Guard
from agent.ladder import Ladder, Rung
from agent.pipeline import Publish
from agent.pipeline.bells import Bells
from agent.ports import Speaker
from agent.record.queue import sizes
from agent.record.store import Store
from agent.vitals import Vitals

if TYPE_CHECKING:
    from agent.speaking.elevenlabs import Ledger


class Oversight:
    """*ladders* are there once they are open, *bells* wake what waits."""

    def __init__(self, vitals: Vitals, store: Store | None = None) -> None:
        self.vitals = vitals
        self.ladders: list[Ladder[Any]] = []
        self.ledger: Ledger | None = None
        self.bells = Bells()
        self.quickness = Quickness()
        self.speaker: Speaker | None = None
        self._store = store

    @property
    def replaced(self) -> str:
        """What became of a record that was damaged at the start; empty if it was not."""
        found = self._store.replaced if self._store is not None else None
        return found.as_text() if found is not None else ""

    @property
    def integrations(self) -> tuple[Integration, ...]:
        """How each part is; more is known of those that are spoken to through a ladder."""
        rungs = self._rungs
        return tuple(
            self._integration(name, part, rungs.get(name))
            for name, part in self.vitals.health.parts.items()
        )

    def _integration(
        self, name: str, part: Part, rung: Rung[Any] | None
    ) -> Integration:
        quick = self.quickness.of(name)
        known = Integration(
            name,
            part.state,
            part.since,
            part.reason,
            error=part.error,
            error_at=part.error_at,
            latency=Latency(quick.p50, quick.p95) if quick else None,
        )
        if rung is None:
            return known
        guard, limit = rung.guard, rung.limit
        return msgspec.structs.replace(
            known,
            breaker=guard.standing,
            per_minute=limit.per_minute if limit else 0.0,
            limited=limit.waiting if limit else 0,
            retry_in=guard.retry_in,
            calls=guard.calls,
            failed=guard.failed,
        )

    @property
    def _rungs(self) -> dict[str, Rung[Any]]:
        """By name; a stage that was restarted has new ones."""
        return {rung.tool.name: rung for each in self.ladders for rung in each.rungs}

    @property
    def quota(self) -> Quota | None:
        """What is left of the plan at ElevenLabs, as far as it is known."""
        ledger = self.ledger
        if ledger is None or not (ledger.quota or ledger.budget):
            return None
        plan = ledger.quota
        return Quota(
            plan.used if plan else 0,
            plan.limit if plan else 0,
            plan.reset if plan else None,
            ledger.today,
            ledger.budget,
        )

    @property
    def underruns(self) -> int:
        """How often the speaker ran out of sound in the middle of one."""
        return self.speaker.underruns if self.speaker is not None else 0

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
        """Publish the size of the queue, how the breakers are, and whether the speaker
        keeps up, now and every *interval* seconds."""
        while True:
            for name, rung in self._rungs.items():
                publish(_measured(name, rung.guard))
            queue = await self.queue()
            publish(Measured("queue.waiting", queue.waiting))
            publish(Measured("queue.dead", queue.dead))
            publish(Measured("speaker.underruns", self.underruns))
            await trio.sleep(interval)


def _measured(name: str, guard: Guard) -> Measured:
    """1 while its breaker is open, or tries whether it may close; 0 while it is closed."""
    standing = guard.standing
    return Measured(
        f"breaker.{name}",
        float(standing != "closed"),
        {"state": standing, "calls": guard.calls, "failed": guard.failed},
    )
