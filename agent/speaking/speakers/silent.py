"""No speaker."""

import trio


class SilentSpeaker:
    """Satisfies `agent.ports.Speaker` at once."""

    name = "none"
    audible = False
    underruns = 0

    async def prepare(self, rate: int) -> None:
        """It always is."""

    async def play(self, pcm: bytes, rate: int) -> None:  # noqa: ARG002 # that is the point
        await trio.lowlevel.checkpoint()

    async def drain(self) -> None:
        await trio.lowlevel.checkpoint()

    def silence(self, *, at_once: bool = True) -> float:  # noqa: ARG002 # likewise
        return 0.0

    def volume(self, db: float) -> None:
        """Nothing is as loud as any."""
