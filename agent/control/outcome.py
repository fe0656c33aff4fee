"""What people are told of a reply, and the exit status that scripts get."""

import sys

from agent.control.commands import Done, Failed, Unusable, decode_reply
from agent.control.standing import Standing

DEGRADED, FAILED = 1, 69


def outcome(line: bytes, *, json: bool = False, quiet: bool = False) -> int:
    """Print what the reply in *line* says, if it is *quiet* only what is wrong; 0 if all
    is well."""
    try:
        reply = decode_reply(line)
    except Unusable:
        return _complain("the running tonny-agent is of another version: restart it")
    match reply:
        case Standing():
            print(reply.as_json() if json else reply.as_text())
            return 0 if reply.well else DEGRADED
        case Failed(reason=reason):
            return _complain(reason)
        case Done(detail) if detail and not quiet:
            print(detail)
    return 0


def _complain(reason: str) -> int:
    print(f"tonny-agent: {reason}", file=sys.stderr)
    return FAILED
