"""Where the broker of `rabbitmq.url` is, and what cannot be meant so about it."""

import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

import msgspec

from agent.config.settings import Config, Secret

_HERE = "amqp://guest:guest@localhost/"
_WRONG = (
    "it has to be an address that begins with amqp:// or amqps://, such as"
    " amqp://user:password@localhost:5672/ (other signs than letters and digits in a"
    " password are written like %2F)"
)
_NAME = re.compile(r"[A-Za-z0-9_-]{0,60}")
_KEY = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
_QUEUE = re.compile(r"[\x21-\x7e]{1,100}")


class Broker(msgspec.Struct, frozen=True):
    """Who is spoken to, and as whom."""

    host: str
    port: int
    vhost: str
    user: str
    password: Secret
    tls: bool

    @property
    def shown(self) -> str:
        """For messages: without the password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"amqp{'s' * self.tls}://{host}:{self.port}"


def broker_of(url: Secret) -> Broker:
    """Raises `ValueError`, which says nothing of it, for what is no such address."""
    parts = urlsplit(url.reveal() or _HERE)
    path = parts.path.removeprefix("/")
    unknown = parts.query or parts.fragment or "/" in path
    if parts.scheme not in {"amqp", "amqps"} or not parts.hostname or unknown:
        raise ValueError
    tls = parts.scheme == "amqps"
    port = parts.port if parts.port is not None else 5671 if tls else 5672
    if port == 0:
        raise ValueError
    user = "guest" if parts.username is None else unquote(parts.username)
    password = "guest" if parts.password is None else unquote(parts.password)
    vhost = unquote(path) or "/"
    if len(vhost.encode()) > 255:
        raise ValueError
    return Broker(parts.hostname, port, vhost, user, Secret(password), tls)


def unfit(config: Config) -> Iterator[tuple[str, str]]:
    """The name of each setting that cannot be meant so, and what would be right."""
    rabbitmq = config.rabbitmq
    try:
        broker_of(rabbitmq.url)
    except ValueError:
        yield "rabbitmq.url", _WRONG
    for name, text in (("id", config.agent.id), ("room", config.agent.room)):
        if not _NAME.fullmatch(text):
            yield f"agent.{name}", "it has to be up to 60 letters, digits, - and _"
    if not _KEY.fullmatch(rabbitmq.prefix) or len(rabbitmq.prefix) > 100:
        right = 'it has to be words with dots between them, such as "thread.tonny"'
        yield "rabbitmq.prefix", right
    named = {"exchange": rabbitmq.exchange, "turns": rabbitmq.turns}
    if rabbitmq.commands:
        named["commands"] = rabbitmq.commands
    for name, text in named.items():
        if not _QUEUE.fullmatch(text):
            right = "it has to be up to 100 letters, digits and signs, without blanks"
            yield f"rabbitmq.{name}", right
