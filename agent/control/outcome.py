"""What people are told of a reply, and the exit status that scripts get.

With as little as possible: to import what decodes a reply to a struct takes longer than
all the rest.
"""

import json
import sys

TYPE_CHECKING = False  # `typing` takes a while
if TYPE_CHECKING:
    from typing import Any

DEGRADED, FAILED = 1, 69


def outcome(line: bytes, *, as_json: bool = False, quiet: bool = False) -> int:
    """Print what the reply in *line* says, if it is *quiet* only what is wrong; 0 if all
    is well."""
    try:
        reply: dict[str, Any] = json.loads(line)
        return _told(reply, as_json=as_json, quiet=quiet)
    except (ValueError, KeyError, TypeError, RecursionError):
        return _complain("the running tonny-agent is of another version: restart it")


def _told(reply: dict[str, "Any"], *, as_json: bool, quiet: bool) -> int:
    match reply["reply"]:
        case "done":
            if reply["detail"] and not quiet:
                print(reply["detail"])
            return 0
        case "report":
            print(reply["text"])
            return 0 if reply["well"] else DEGRADED
        case "answered":
            return _answer(reply, as_json=as_json)
        case "failed":
            return _complain(reply["reason"])
        case other:
            raise ValueError(other)


def _answer(reply: dict[str, "Any"], *, as_json: bool) -> int:
    found = {name: reply[name] for name in ("text", "reason", "kept")}
    if as_json:
        print(json.dumps(found, ensure_ascii=False, separators=(",", ":")))
    elif found["text"] is not None:
        print(found["text"])
    if found["text"] is None:
        return _complain(f"no answer now: {found['reason']}")
    return 0


def _complain(reason: str) -> int:
    print(f"tonny-agent: {reason}", file=sys.stderr)
    return FAILED
