"""The way to RabbitMQ, put together where it is wanted."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from agent.bus.envelope import Posting
from agent.bus.identity import identity_of
from agent.config import Config
from agent.config.broker import broker_of
from agent.control.commands import (
    VERSION,
    Command,
    Failed,
    Reply,
    decode_command,
    encode,
)
from agent.errors import Refused
from agent.pipeline import Publish
from agent.record.letters import StoredLetterbox
from agent.supervisor import Service

if TYPE_CHECKING:
    from agent.bus.orders import Order
    from agent.bus.publishing import Tally

Handle: TypeAlias = Callable[[Command], Awaitable[Reply]]


def posting(config: Config, letters: StoredLetterbox) -> Posting:
    """What puts everything that happens into *letters*."""
    identity = identity_of(config.agent)
    return Posting(letters.post, config.rabbitmq.prefix, identity)


def bused(
    config: Config, letters: StoredLetterbox | None, handle: Handle, publish: Publish
) -> list[Service]:
    """The services of a running agent, which does not need them."""
    return [*published(config, letters, publish), *commanded(config, handle)]


def published(
    config: Config,
    letters: StoredLetterbox | None,
    publish: Publish,
    tally: "Tally | None" = None,
) -> list[Service]:
    """The service that takes *letters* to the broker, and keeps a *tally*; nobody needs
    it."""
    if letters is None:
        return []

    from agent.bus.publishing import NAME, Publishing, Tally, publish_letters

    publishing = Publishing(
        broker_of(config.rabbitmq.url),
        config.rabbitmq.exchange,
        letters,
        config.rabbitmq.keep_for,
        config.health.interval,
        tally or Tally(),
    )
    run = partial(publish_letters, publishing, publish)
    return [Service(NAME, run, essential=False)]


def commanded(config: Config, handle: Handle) -> list[Service]:
    """The service that takes commands from the broker, and has *handle* do them."""
    rabbitmq = config.rabbitmq
    if not (rabbitmq.enabled and rabbitmq.commands):
        return []
    from agent.bus.taking import NAME, Taking, take_commands

    taking = Taking(rabbitmq, identity_of(config.agent))
    run = partial(take_commands, taking, partial(_carry_out, handle))
    return [Service(NAME, run, essential=False)]


async def _carry_out(handle: Handle, order: "Order") -> bytes:
    """The same as through the control socket; the reply too."""
    command = decode_command(msgspec.json.encode(_command(order)))
    reply = command if isinstance(command, Failed) else await handle(command)
    if isinstance(reply, Failed):
        raise Refused(reply.reason)
    return encode(reply).rstrip()


def _command(order: "Order") -> dict[str, object]:
    """As the control socket knows it."""
    from agent.bus.orders import Ask, Mute, Say, Stop, Unmute

    match order:
        case Say(text, priority):
            named: dict[str, object] = {"text": text, "priority": priority}
            return {"command": "say", "version": VERSION, **named}
        case Ask(text):
            return {"command": "ask", "version": VERSION, "text": text}
        case Stop():
            return {"command": "speech", "version": VERSION, "action": "stop"}
        case Mute(on):
            return {"command": "mute", "version": VERSION, "on": on}
        case Unmute():
            return {"command": "mute", "version": VERSION, "on": False}
