import os
import signal

import trio

from agent.control.signals import toggle_on_signal


async def test_each_sigusr2_is_a_toggle() -> None:
    send, toggles = trio.open_memory_channel[None](9)
    async with trio.open_nursery() as nursery:
        await nursery.start(toggle_on_signal, lambda: send.send_nowait(None))
        for _ in range(3):
            os.kill(os.getpid(), signal.SIGUSR2)
            with trio.fail_after(5):
                await toggles.receive()
        nursery.cancel_scope.cancel()
    assert signal.getsignal(signal.SIGUSR2) is signal.SIG_DFL
