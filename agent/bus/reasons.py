"""What pika and a broker say when something fails, in our errors and words."""

import ssl
from collections.abc import Iterator

from pika.exceptions import (
    AMQPHeartbeatTimeout,
    AuthenticationError,
    ChannelClosedByBroker,
    ConnectionClosedByBroker,
    ProbableAccessDeniedError,
    ProbableAuthenticationError,
)

from agent.config.broker import Broker
from agent.errors import AgentError, Refused, Unavailable

_DENIED, _NOT_ALLOWED = 403, 530
_FORCED, _RESOURCE, _INTERNAL = 320, 506, 541


def reason(exc: BaseException, broker: Broker) -> AgentError:
    """Never with a password in it: neither says one."""
    # A host has several addresses: what one of them said tells more than that another
    # one is not there.
    for each in sorted(_inside(exc), key=lambda each: isinstance(each, OSError)):
        match each:
            case AuthenticationError() | ProbableAuthenticationError():
                return _denied(broker)
            case ProbableAccessDeniedError():
                return Refused(
                    f"{broker.shown} has no virtual host “{broker.vhost}” for"
                    f" {broker.user}: compare rabbitmq.url with `rabbitmqctl"
                    " list_permissions`"
                )
            case ConnectionClosedByBroker(reply_code=code, reply_text=text):
                return _closed(broker, code, text)
            case ChannelClosedByBroker(reply_code=code, reply_text=text):
                return _closed(broker, code, text)
            case ssl.SSLError():
                return Refused(
                    f"{broker.shown}: no trusted TLS there ({each.reason or each})"
                )
            case AMQPHeartbeatTimeout():
                return Unavailable(f"{broker.shown} does not answer any more")
            case OSError(strerror=str(why)):
                return Unavailable(f"{broker.shown} cannot be reached: {why}")
    return Unavailable(f"{broker.shown} closed the connection")


def _denied(broker: Broker) -> Refused:
    return Refused(
        f"{broker.shown} does not let {broker.user} in: compare the name and the"
        " password in rabbitmq.url"
    )


def _closed(broker: Broker, code: int, text: str) -> AgentError:
    if code == _DENIED and "Login was refused" in text:
        return _denied(broker)
    kind = Unavailable if code in {_FORCED, _RESOURCE, _INTERNAL} else Refused
    return kind(f"{broker.shown} says {code}: {text:.200}")


def _inside(exc: BaseException, depth: int = 8) -> Iterator[BaseException]:
    """*exc*, and what it was made of, which pika keeps in several places."""
    yield exc
    inner = [exc.__cause__, getattr(exc, "exception", None)]
    inner += [*getattr(exc, "exceptions", ()), *exc.args]
    for each in inner:
        if isinstance(each, BaseException) and depth:
            yield from _inside(each, depth - 1)
