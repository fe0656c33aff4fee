"""The commands to a running agent as most people write them, without the command line:
to import what understands all ways to write them takes longer than all the rest."""

import sys

from agent.control.client import NotRunning, ask, drive, usual_folder
from agent.errors import AgentError

LONGEST_SAID, LONGEST_ASKED = 100_000, 10_000
_FAILED = 69

_SPEECH, _PTT, _LISTEN, _MODE = (
    f'"command":"{name}"' for name in ("speech", "ptt", "listen", "mode")
)
_COMMANDS = {
    "status": '"command":"status","form":"text"',
    "status --json": '"command":"status","form":"json"',
    "mute": '"command":"mute","on":true',
    "unmute": '"command":"mute","on":false',
    "reload": '"command":"reload"',
    "shutdown": '"command":"shutdown"',
    **{a: f'{_SPEECH},"action":"{a}"' for a in ("stop", "pause", "resume", "skip")},
    **{f"ptt {a}": f'{_PTT},"action":"{a}"' for a in ("press", "release", "toggle")},
    **{f"listen {a}": f'{_LISTEN},"action":"{a}"' for a in ("start", "stop", "toggle")},
    **{f"mode {m}": f'{_MODE},"mode":"{m}"' for m in ("continuous", "voice", "ptt")},
}


def quick(arguments: list[str]) -> int | None:
    """The exit status, or None where *arguments* are for the whole command line."""
    command, folder = _without_folder(arguments)
    if not folder or folder.startswith("-"):
        return None
    if (line := _COMMANDS.get(" ".join(command))) is not None:
        return drive(folder, f'{{{line},"version":1}}'.encode())
    match command:
        case ["say", text] if text.strip() and not text.startswith("-"):
            return _perhaps(folder, "say", text[:LONGEST_SAID])
        case ["ask", text] if text.strip() and not text.startswith("-"):
            return _perhaps(folder, "ask", text[:LONGEST_ASKED])
        case ["ask", text, "--json"] if text.strip() and not text.startswith("-"):
            return _perhaps(folder, "ask", text[:LONGEST_ASKED], as_json=True)
        case _:
            return None


def _perhaps(
    folder: str, command: str, text: str, *, as_json: bool = False
) -> int | None:
    """What works alone too, where no agent is running."""
    import json

    from agent.control.outcome import outcome

    said = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    line = f'{{"command":"{command}","text":{json.dumps(said)},"version":1}}'
    try:
        reply = ask(folder, line.encode())
    except NotRunning:
        return None
    except AgentError as exc:
        print(f"tonny-agent: {exc}", file=sys.stderr)
        return _FAILED
    return outcome(reply, as_json=as_json, quiet=command == "say")


def _without_folder(arguments: list[str]) -> tuple[list[str], str | None]:
    """The rest, and the data folder that was named, or the usual one."""
    match arguments:
        case [*command, "--data-dir", folder]:
            return command, folder
        case [name, "--data-dir", folder, *rest]:
            return [name, *rest], folder
        case _:
            return arguments, usual_folder()
