"""`tonny-agent events`: what happens, for those who watch."""

import sys
from datetime import datetime
from typing import Annotated

import cyclopts
from cyclopts import Parameter

from agent.cli.common import DataDir
from agent.cli.plain import plain
from agent.config.folders import data_dir as data_folder
from agent.control.client import NOT_RUNNING, NotRunning, ask
from agent.control.commands import Status, decode_reply, encode
from agent.control.standing import Standing
from agent.errors import Misconfigured, Unavailable
from agent.events import Entry

app = cyclopts.App(name="events")

_LOOK = 0.5  # seconds


@app.default
def follow(
    *,
    topic: Annotated[
        tuple[str, ...],
        Parameter(help="Only these, such as hearing, or hearing.heard.", negative=""),
    ] = (),
    json: Annotated[
        bool, Parameter(help="Print JSON, an object a line.", negative="")
    ] = False,
    data_dir: DataDir = None,
) -> int:
    """Print what happens in the running agent, until it ends or Ctrl-C.

    `tonny-agent events topics` lists the topics. The exit status is 3 when no agent is
    running.

    For example:

    tonny-agent events --topic hearing --topic thinking

    tonny-agent events --topic heard --json
    """
    from agent.control.subscriber import subscribed
    from agent.wire import decode

    wanted = _known(topic)
    try:
        endpoint = _endpoint(str(data_folder(data_dir)))
    except NotRunning as exc:
        print(f"tonny-agent: {exc}", file=sys.stderr)
        return NOT_RUNNING
    with subscribed(endpoint, wanted) as feed:
        try:
            while True:
                if (found := feed.next(_LOOK)) is not None:
                    print(
                        found.decode() if json else as_text(decode(found)), flush=True
                    )
        except EOFError:
            print("tonny-agent: the agent has ended", file=sys.stderr)
    return 0


@app.command
def topics() -> int:
    """List the topics that there are.

    For example:

    tonny-agent events topics
    """
    from agent.wire import topics as known

    print("\n".join(known()))
    return 0


@app.command
def schema(
    *,
    bus: Annotated[
        bool, Parameter(help="Of a message that RabbitMQ carries.", negative="")
    ] = False,
) -> int:
    """Print the JSON Schema of an event as `run --json` prints it, or as it is published.

    For example:

    tonny-agent events schema > events.schema.json

    tonny-agent events schema --bus
    """
    import json

    from agent.bus.envelope import schema as published
    from agent.wire import schema as written

    print(json.dumps(published() if bus else written(), indent=2))
    return 0


def as_text(entry: Entry) -> str:
    """When it was, what it was, and what there is to know about it."""
    from agent.wire import topic

    event = entry.event
    facts = " ".join(
        f"{name}={plain(str(getattr(event, name)))}" for name in event.__struct_fields__
    )
    at = datetime.fromtimestamp(entry.at).astimezone()
    return f"{at:%H:%M:%S.%f}"[:-3] + f"  {topic(event):26} {facts}".rstrip()


def _known(asked: tuple[str, ...]) -> list[str]:
    """Topics to subscribe to; an event's name alone will do."""
    from agent.wire import topics as known

    found, wanted = known(), []
    for one in asked or ("",):
        fitting = [
            each for each in found if each.startswith(one) or each.endswith(f".{one}")
        ]
        if not fitting:
            raise Misconfigured(
                f'there is no topic "{plain(one):.40}": tonny-agent events topics'
            )
        whole = any(each.startswith(one) for each in fitting)
        wanted += [one] if whole else fitting
    return wanted


def _endpoint(folder: str) -> str:
    reply = decode_reply(ask(folder, encode(Status())))
    if not isinstance(reply, Standing) or not reply.events:
        raise Unavailable("the running tonny-agent tells no events: restart it")
    return reply.events
