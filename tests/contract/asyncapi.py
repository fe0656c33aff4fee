"""Run by the judges' Python: does what was said on a WebSocket fit its description?

    python asyncapi.py DESCRIPTION < what was said

Stdin is JSON: for each channel its query, what the client said and what the server said.
The complaints go to stdout as a list. A description of messages is open by default; here
a name that it does not know is a complaint, as it is likely to be misspelt.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import jsonschema
import yaml

_FERN = re.compile(r"(literal|list)<(.*)>")


def main() -> None:
    description = yaml.safe_load(Path(sys.argv[1]).read_text("utf-8"))
    found: list[str] = []
    for path, said in json.load(sys.stdin).items():
        channel = description["channels"][path]
        query = _closed(channel["bindings"]["ws"]["query"], description)
        asked = {k: _typed(text) for k, text in parse_qsl(said["query"])}
        found += _complaints([query], asked)
        for speaker, way in (("client", "publish"), ("server", "subscribe")):
            allowed = [
                _closed(each, description) for each in channel[way]["message"]["oneOf"]
            ]
            for message in said[speaker]:
                found += _complaints(allowed, message)
    print(json.dumps(found))


def _complaints(allowed: list[Any], message: object) -> Iterator[str]:
    """Why *message* is none of what is *allowed*; nothing if it is one of them."""
    reasons = []
    for schema in allowed:
        problem = jsonschema.exceptions.best_match(
            jsonschema.Draft7Validator(schema).iter_errors(message)
        )
        if problem is None:
            return
        reasons.append(problem.message)
    yield f"{json.dumps(message):.200}: {' | '.join(reasons)}"


def _closed(schema: Any, description: dict[str, Any]) -> Any:
    """*schema* without references, and without room for what it does not name."""
    if isinstance(schema, list):
        return [_closed(each, description) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "payload" in schema:
        return _closed(schema["payload"], description)
    if "$ref" in schema:
        target: Any = description
        for name in schema["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        found = _closed(target, description)
    elif "x-fern-type" in schema:
        found = _fern(schema["x-fern-type"])
    else:
        found = {k: _closed(each, description) for k, each in schema.items()}
        if isinstance(schema.get("properties"), dict):
            found["additionalProperties"] = False
    return {"anyOf": [found, {"type": "null"}]} if schema.get("nullable") else found


def _fern(type: str) -> dict[str, Any]:
    """How their tools write a constant, or the type of a list's items."""
    kind, inner = _FERN.fullmatch(type).groups()  # type: ignore[union-attr] # it does
    if kind == "literal":
        return {"const": json.loads(inner)}
    return {"type": "array", "items": {"type": inner}}


def _typed(text: str) -> object:
    """A value of a query, which has no types: as a number or a truth, if it is one."""
    try:
        return json.loads(text)
    except ValueError:
        return text


if __name__ == "__main__":
    main()
