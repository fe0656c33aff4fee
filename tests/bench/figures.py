"""What the table is made of."""

import time
from collections.abc import Callable

import msgspec


class Figure(msgspec.Struct, frozen=True):
    """One row; *floor* is what the least program that does it needs."""

    name: str
    value: float
    floor: float
    unit: str
    goal: float | None = None
    floor_is: str = ""

    def as_text(self) -> str:
        ratio = f"{self.value / self.floor:6.1f}" if self.floor else "     -"
        goal = f"{self.goal:9.4g}" if self.goal is not None else "        -"
        label = f"{self.name} ({self.unit})"
        return (
            f"{label:52} {self.value:9.4g} {self.floor:9.4g} {ratio}  {goal}"
            f"  floor: {self.floor_is}"
        )


class Quoted(msgspec.Struct, frozen=True):
    """A figure of someone else's program, to compare with: it was measured elsewhere,
    and is not measured again."""

    name: str
    value: float
    unit: str

    def as_text(self) -> str:
        label = f"    {self.name} ({self.unit})"
        return f"{label:52} {self.value:9.4g}  measured elsewhere: facts/peers.md, 3a"


def cheapest(rounds: int, count: int, *works: Callable[[], object]) -> list[float]:
    """The least CPU microseconds per call of each, measured in turns."""
    best = [float("inf")] * len(works)
    for _ in range(rounds):
        for place, work in enumerate(works):
            began = time.process_time()
            for _ in range(count):
                work()
            spent = (time.process_time() - began) / count * 1e6
            best[place] = min(best[place], spent)
    return best
