"""Memory that is free is given back, so that a long life costs no more than a short one."""

import trio

from agent import memory

LOADED_AFTER = 3.0
"""Seconds after which the last library is loaded that the settings ask for."""

GIVE_BACK_EVERY = 60.0
"""Seconds; to look for free memory takes a fraction of a millisecond."""


async def settle_down(listening: trio.Event) -> None:
    """Once everything is loaded, and again and again."""
    await listening.wait()
    await trio.sleep(LOADED_AFTER)
    memory.settle_down()
    while True:
        await trio.sleep(GIVE_BACK_EVERY)
        memory.give_back()
