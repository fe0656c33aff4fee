"""Two speakers at once."""

from agent.ports import Speaker


class Both:
    """Satisfies `agent.ports.Speaker`: *first* sets the pace, *second* keeps a copy."""

    def __init__(self, first: Speaker, second: Speaker) -> None:
        self._first = first
        self._second = second
        self.name = f"{first.name} and {second.name}"
        self.audible = first.audible or second.audible

    async def play(self, pcm: bytes, rate: int) -> None:
        await self._second.play(pcm, rate)
        await self._first.play(pcm, rate)

    async def drain(self) -> None:
        await self._first.drain()
        await self._second.drain()

    def silence(self) -> None:
        self._first.silence()
        self._second.silence()
