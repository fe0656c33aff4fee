"""Push-to-talk by a key that works whatever window is in front, where that is allowed.

On Wayland only the desktop sees all keys: one asks its portal, which asks the user. On
X11 any program may reserve keys for itself. Both ways need a library of the extra
"hotkey", and both tell of the press and of the release.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Literal, Protocol, TypeAlias

import trio

from agent.desktop.hotkey.keys import Chord, parse
from agent.errors import Unavailable

Way: TypeAlias = Literal["portal", "X11"]


class Key(Protocol):
    """Keys that are ours."""

    @property
    def by(self) -> str:
        """Who tells of them, and as which keys, for people."""

    async def changed(self) -> bool:
        """Wait until they went down (True, also for a repetition) or up (False).

        Raises `Unavailable` when they are no longer ours.
        """


async def follow_hotkey(
    keys: str,
    press: Callable[[], None],
    release: Callable[[], None],
    *,
    task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Call *press* and *release* as the *keys* of ``audio.hotkey`` go down and up.

    A key that repeats itself is pressed again and again. Raises `Misconfigured` for
    keys that are none, `Refused` when the user said no, and `Unavailable` where the
    desktop does not allow it or no longer does; a key that was down is released then.
    """
    chord = parse(keys)
    down = False
    try:
        async with _take(chord) as key:
            task_status.started(key.by)
            while True:
                down = await key.changed()
                (press if down else release)()
    finally:
        if down:
            release()


async def try_hotkey(keys: str) -> str:
    """How `follow_hotkey` would do it here, for people; without asking the user.

    Raises what it would raise.
    """
    chord = parse(keys)
    if way(os.environ) == "portal":
        with _library():
            from agent.desktop.hotkey.portal import look
        return await look()
    async with _take(chord) as key:
        return key.by


def way(environ: Mapping[str, str]) -> Way:
    """How keys are had in a session with this environment.

    X11 within Wayland is no way: it sees keys only while an X11 window has them.
    Raises `Unavailable` where there is no desktop.
    """
    if environ.get("WAYLAND_DISPLAY") or environ.get("XDG_SESSION_TYPE") == "wayland":
        return "portal"
    if environ.get("DISPLAY"):
        return "X11"
    raise Unavailable(
        "there is no desktop: neither WAYLAND_DISPLAY nor DISPLAY is in the environment"
    )


def _take(chord: Chord) -> AbstractAsyncContextManager[Key]:
    if way(os.environ) == "portal":
        with _library():
            from agent.desktop.hotkey import portal

        return portal.take(chord)
    with _library():
        from agent.desktop.hotkey import x11

    return x11.take(chord)


@contextmanager
def _library() -> Iterator[None]:
    """One that is optional, or that needs a library of the system itself."""
    try:
        yield
    except (ImportError, OSError) as exc:
        raise Unavailable(
            f"a library is missing ({exc}): pip install 'tonny-agent[hotkey]'"
        ) from exc
