"""What there is to say, and in which order."""

from collections import deque
from collections.abc import Iterable
from itertools import count
from typing import Generic, TypeVar

from agent.commands import Priority
from agent.errors import Unavailable

MOST = 64
"""Items that may wait."""

_RANKS: dict[Priority, int] = {
    "alert": 0,
    "reply": 1,
    "announcement": 2,
    "background": 3,
}

Part = TypeVar("Part")


class Item(Generic[Part]):
    """Something to say, part by part. An answer to *turn* grows while it comes in."""

    def __init__(self, number: int, priority: Priority, turn: int) -> None:
        self.number = number
        self.priority = priority
        self.turn = turn
        self.parts = deque[Part]()

    @property
    def urgent(self) -> bool:
        """Whether it interrupts whatever else is said."""
        return self.priority == "alert"


class Agenda(Generic[Part]):
    """The more important goes first, and what came first among equals. What has been
    begun is said to its end, unless an alert interrupts it; it goes on afterwards."""

    def __init__(self) -> None:
        self._items: list[Item[Part]] = []
        self._current: Item[Part] | None = None
        self._numbers = count(1)

    def __len__(self) -> int:
        return len(self._items)

    def __bool__(self) -> bool:
        return any(item.parts for item in self._items)

    @property
    def items(self) -> list[Item[Part]]:
        """The one that is being said first, the others in the order in which they will."""
        return sorted(self._items, key=self._rank)

    def put(
        self, parts: Iterable[Part], priority: Priority = "reply", turn: int = 0
    ) -> Item[Part]:
        """Raises `Unavailable` when there is too much to say already."""
        if len(self._items) >= MOST:
            raise Unavailable(f"{MOST} texts wait to be said already")
        item = Item[Part](next(self._numbers), priority, turn)
        item.parts.extend(parts)
        self._items.append(item)
        return item

    def add(self, part: Part, turn: int) -> Item[Part]:
        """One more part of the answer to *turn*."""
        for item in self._items:
            if item.priority == "reply" and item.turn == turn:
                item.parts.append(part)
                return item
        return self.put([part], "reply", turn)

    def next(self) -> tuple[Item[Part], Part] | None:
        """What to say now; it stays there until it is `done`."""
        ready = [item for item in self.items if item.parts]
        if not ready:
            return None
        self._current = ready[0]
        return ready[0], ready[0].parts[0]

    def then(self) -> Part | None:
        """What will probably be said after that."""
        coming = [part for item in self.items for part in list(item.parts)[:2]]
        return coming[1] if len(coming) > 1 else None

    def interrupted_by(self, item: Item[Part]) -> bool:
        """Whether *item* has to make way for an alert."""
        return not item.urgent and any(
            other.urgent and other.parts for other in self._items
        )

    def done(self, item: Item[Part], part: Part) -> None:
        """*part* of *item* has been said, or will not be."""
        if item.parts and item.parts[0] is part:
            item.parts.popleft()
        if not item.parts and item.priority != "reply":
            self.drop(item)

    def drop(self, item: Item[Part]) -> list[Part]:
        """Forget it; returns what of it has not been said."""
        if item in self._items:
            self._items.remove(item)
        if self._current is item:
            self._current = None
        left = [*item.parts]
        item.parts.clear()
        return left

    def tidy(self) -> None:
        """Nothing is being said: answers that have been are over."""
        self._current = None
        self._items = [item for item in self._items if item.parts]

    def _rank(self, item: Item[Part]) -> tuple[int, int, int]:
        """An item under way goes before all but alerts, while it has something to say."""
        begun = item is self._current and bool(item.parts)
        return (
            0 if item.urgent else 1 if begun else 2,
            _RANKS[item.priority],
            item.number,
        )
