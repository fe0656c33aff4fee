import pytest
from msgspec.structs import replace

from agent.config import Config, Secret
from agent.config.broker import Broker, broker_of
from agent.config.check import contradictions


@pytest.mark.parametrize(
    ("url", "broker"),
    [
        ("", Broker("localhost", 5672, "/", "guest", Secret("guest"), tls=False)),
        (
            "amqp://guest:guest@localhost/",
            Broker("localhost", 5672, "/", "guest", Secret("guest"), tls=False),
        ),
        (
            "amqps://a%40b:p%2Fw%3A@broker.lan:9/home",
            Broker("broker.lan", 9, "home", "a@b", Secret("p/w:"), tls=True),
        ),
        (
            "amqps://x:@[::1]/%2F",
            Broker("::1", 5671, "/", "x", Secret(""), tls=True),
        ),
    ],
)
def test_an_address_is_read(url: str, broker: Broker) -> None:
    assert broker_of(Secret(url)) == broker
    assert "p/w" not in broker.shown


@pytest.mark.parametrize(
    "url",
    [
        *("localhost", "http://localhost", "amqp://", "amqp://h:0/", "amqp://h:x/"),
        *("amqp://h/a/b", "amqp://h/?heartbeat=5", "amqp://[::1", "amqp://a:p/w@h/"),
        f"amqp://h/{'v' * 256}",
    ],
)
def test_an_address_is_wrong_without_being_shown(url: str) -> None:
    config = replace(Config(), rabbitmq=replace(Config().rabbitmq, url=Secret(url)))
    ((name, right),) = contradictions(config)
    assert name == "rabbitmq.url"
    assert "begins with amqp:// or amqps://" in right


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("agent", "id", "kitchen.pc"),
        ("agent", "room", "Küche"),
        ("rabbitmq", "prefix", ""),
        ("rabbitmq", "prefix", "thread..tonny"),
        ("rabbitmq", "prefix", "thread.#"),
        ("rabbitmq", "exchange", ""),
        ("rabbitmq", "commands", "a b"),
        ("rabbitmq", "turns", "x" * 101),
    ],
)
def test_a_name_is_wrong(section: str, key: str, value: str) -> None:
    changed = replace(getattr(Config(), section), **{key: value})
    found = contradictions(replace(Config(), **{section: changed}))
    assert [name for name, _ in found] == [f"{section}.{key}"]
