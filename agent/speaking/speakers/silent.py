"""No speaker."""

import trio


class SilentSpeaker:
    """Satisfies `agent.ports.Speaker` at once."""

    name = "none"
    audible = False

    async def play(self, pcm: bytes, rate: int) -> None:  # noqa: ARG002 # that is the point  # noqa: ARG002 # as the port
        await trio.lowlevel.checkpoint()

    async def drain(self) -> None:
        await trio.lowlevel.checkpoint()

    def silence(self) -> None:
        """There is nothing to throw away."""
