"""Signed messages that were believed, where nothing is recorded."""


class SeenNow:
    """Satisfies `agent.ports.Seen`, for as long as it lives."""

    def __init__(self) -> None:
        self._ids: set[str] = set()

    async def first_time(self, id: str, /) -> bool:
        """Whether *id* is new."""
        new = id not in self._ids
        self._ids.add(id)
        return new
