import os
import signal

import pytest
import trio

from agent.control.signals import obey_signals
from agent.errors import Misconfigured


def never() -> str:
    raise AssertionError


async def test_each_sigusr2_is_a_toggle() -> None:
    send, toggles = trio.open_memory_channel[None](9)
    async with trio.open_nursery() as nursery:
        await nursery.start(obey_signals, lambda: send.send_nowait(None), never)
        for _ in range(3):
            os.kill(os.getpid(), signal.SIGUSR2)
            with trio.fail_after(5):
                await toggles.receive()
        nursery.cancel_scope.cancel()
    assert signal.getsignal(signal.SIGUSR2) is signal.SIG_DFL


async def test_sighup_reads_the_settings_again_and_survives_bad_ones(
    caplog: pytest.LogCaptureFixture,
) -> None:
    outcomes: list[str | Misconfigured] = [
        "tts.speed is 1.3",
        Misconfigured("tts.speed is 9"),
    ]
    send, read = trio.open_memory_channel[None](9)

    def reload() -> str:
        send.send_nowait(None)
        outcome = outcomes.pop(0)
        if isinstance(outcome, Misconfigured):
            raise outcome
        return outcome

    async with trio.open_nursery() as nursery:
        await nursery.start(obey_signals, never, reload)
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGHUP)
            with trio.fail_after(5):
                await read.receive()
            await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    first, second = (record.getMessage() for record in caplog.records)
    assert first == "read again: tts.speed is 1.3"
    assert second == "the settings stay as they are: tts.speed is 9"
