"""The way to RabbitMQ, put together where it is wanted."""

from functools import partial

from agent.bus.envelope import Posting
from agent.bus.identity import identity_of
from agent.config import Config
from agent.config.broker import broker_of
from agent.pipeline import Publish
from agent.record.letters import StoredLetterbox
from agent.supervisor import Service


def posting(config: Config, letters: StoredLetterbox) -> Posting:
    """What puts everything that happens into *letters*."""
    identity = identity_of(config.agent)
    return Posting(letters.post, config.rabbitmq.prefix, identity)


def published(
    config: Config, letters: StoredLetterbox | None, publish: Publish
) -> list[Service]:
    """The service that takes *letters* to the broker; nobody needs it."""
    if letters is None:
        return []

    from agent.bus.publishing import NAME, Publishing, Tally, publish_letters

    publishing = Publishing(
        broker_of(config.rabbitmq.url),
        config.rabbitmq.exchange,
        letters,
        config.rabbitmq.keep_for,
        config.health.interval,
        Tally(),
    )
    run = partial(publish_letters, publishing, publish)
    return [Service(NAME, run, essential=False)]
