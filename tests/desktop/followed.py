"""Someone who uses a hotkey, and remembers what it told."""

import trio

from agent.desktop.hotkey import follow_hotkey

KEYS = "<ctrl>+<alt>+space"


class Followed:
    """What `follow_hotkey` told, in order, as it comes."""

    def __init__(self) -> None:
        self._send, self._told = trio.open_memory_channel[str](1000)

    def press(self) -> None:
        self._send.send_nowait("press")

    def release(self) -> None:
        self._send.send_nowait("release")

    async def next(self) -> str:
        with trio.fail_after(5):
            return await self._told.receive()

    @property
    def waiting(self) -> int:
        return self._told.statistics().current_buffer_used

    async def follow(self, *, task_status: trio.TaskStatus[str]) -> None:
        await follow_hotkey(KEYS, self.press, self.release, task_status=task_status)
