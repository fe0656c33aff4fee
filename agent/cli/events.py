"""`tonny-agent events`: what can happen, for those who watch."""

from typing import Annotated

import cyclopts
from cyclopts import Parameter

app = cyclopts.App(name="events", help="What can happen, for those who watch.")


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
