"""How others drive the agent: by its controls, and by services that it does not need."""

from collections.abc import Callable
from functools import partial

import trio

from agent.app.attention import Attention
from agent.app.condition import Condition, Place
from agent.app.controls import Controls
from agent.app.mouthpiece import Mouthpiece
from agent.app.oversight import Oversight
from agent.app.session import Session
from agent.app.setup import Setup
from agent.app.typed import Typed
from agent.app.window import Window
from agent.events import Heard
from agent.hub import Hub
from agent.supervisor import Service


def controls_of(
    setup: Setup,
    session: Session,
    attention: Attention,
    mouth: Mouthpiece,
    oversight: Oversight,
    *,
    heard: trio.MemorySendChannel[Heard],
    level: Callable[[], float | None],
) -> Controls:
    """The controls of a conversation; typed turns go where the others are *heard*."""
    place = Place(str(setup.folder), session.id, session.began)
    condition = Condition(place, attention, mouth.tongue, oversight, level)
    typed = Typed(mouth.floor, heard, session.hub.publish)
    controls = Controls(
        attention, mouth.tongue, typed, condition, oversight, reread=setup.reread
    )
    controls.window = Window(setup.config, session, controls.handle)
    return controls


def driven(setup: Setup, controls: Controls, hub: Hub) -> list[Service]:
    """Those that its settings ask for."""
    from agent.control.feed import feed_for, tell
    from agent.control.server import serve, socket_for

    path, config = socket_for(setup.folder), setup.config
    controls.reached_at(f"ipc://{path}", f"ipc://{feed_for(path)}")
    services = [
        Service("control", partial(serve, path, controls.handle), essential=False),
        Service("events", partial(tell, feed_for(path), hub), essential=False),
        Service("dashboard", controls.window.run, essential=False),
    ]
    if config.audio.hotkey:
        from agent.desktop.hotkey import follow_hotkey

        attention = controls.attention
        follow = partial(
            follow_hotkey, config.audio.hotkey, attention.press, attention.release
        )
        services.append(Service("hotkey", follow, essential=False, at_once=True))
    return services
