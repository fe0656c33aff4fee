"""A muted microphone is closed: the sound server knows of nobody who listens."""

import trio

from agent.app.muting import Muting
from agent.config.settings import Audio
from agent.hearing.microphones import pick_microphone
from agent.hearing.surroundings import Orders
from tests.devices.heard import BLOCK
from tests.fakes import always
from tests.rigs.pulse import Pulse


async def listeners(pulse: Pulse) -> int:
    """How many the sound server knows of."""
    asked = "list", "short", "source-outputs"
    listed = await trio.to_thread.run_sync(pulse.pactl, *asked)
    return len(listed.splitlines())


async def until(pulse: Pulse, many: int) -> None:
    """Return once there are so many."""
    with trio.fail_after(5):
        while await listeners(pulse) != many:  # noqa: ASYNC110 # the server does not tell
            await trio.sleep(0.05)


async def test_while_it_is_muted_nobody_listens(pulse: Pulse) -> None:
    muting = Muting(pick_microphone(Audio()), Orders())
    frames: list[bytes] = []
    others = await listeners(pulse)  # the rig's own

    async def hear() -> None:
        async with muting.open(BLOCK, frames.append, always) as listening:
            await listening.ended()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(hear)
        for _ in range(2):
            await until(pulse, others + 1)
            muting.mute(on=True)
            await muting.closed()
            await until(pulse, others)
            heard = len(frames)
            await trio.sleep(0.2)
            assert len(frames) == heard
            muting.mute(on=False)
        await until(pulse, others + 1)
        nursery.cancel_scope.cancel()
