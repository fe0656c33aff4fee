"""`tonny-agent events`: what can happen, for those who watch."""

import cyclopts

app = cyclopts.App(name="events", help="What can happen, for those who watch.")


@app.command
def schema() -> int:
    """Print the JSON Schema of an event as `run --json` prints it.

    For example:

    tonny-agent events schema > events.schema.json
    """
    import json

    from agent.wire import schema as document

    print(json.dumps(document(), indent=2))
    return 0
