"""Where the program starts: ``tonny-agent`` and ``python -m agent``."""

import os
import sys

# One thread: our matrices are tiny, and idle BLAS threads cost memory.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

_EARLIER = {"start": "run", "health": "status", "tts": "say"}
"""Commands by the names that they had in TonnyTray, the earlier service."""

_DRIVING = {
    *("status", "say", "ask", "stop", "pause", "resume", "skip", "mute", "unmute"),
    *("listen", "ptt", "mode", "reload", "shutdown"),
}
"""Commands to a running agent, of which it has to hear soon."""


def main() -> None:
    """Run the command line and exit with its status."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """The exit status of ``tonny-agent`` with these *arguments*.

    A user's mistake becomes one message on stderr, never a traceback.
    """
    # These come before anything heavy is imported: people and launchers wait, and
    # whoever presses a key to talk talks already.
    if arguments in (["--version"], ["-V"]):
        from agent import __version__

        print(f"tonny-agent {__version__}")
        return 0
    if arguments in ([], ["--help"], ["-h"]):
        from agent.cli.overview import overview

        print(overview())
        return 0
    if arguments[0].startswith("--"):
        from agent import executable

        if arguments[0] == executable.CHILD:
            executable.prepare()
            executable.be_a_child(arguments[1:])
            return 0
    arguments = _without_globals(arguments)
    if arguments[:1] == ["health"] and not _is_running(arguments):
        arguments = ["doctor", *arguments[1:]]
    if arguments[:1] and arguments[0] in _EARLIER:
        arguments = [_EARLIER[arguments[0]], *arguments[1:]]
    if arguments[:1] and arguments[0] in _DRIVING:
        from agent.control.quick import quick

        try:
            if (status := quick(arguments)) is not None:
                sys.stdout.flush()
                return status
        except BrokenPipeError:  # whoever read our output has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
    from agent import executable
    from agent.cli.interpret import interpret

    executable.prepare()

    return interpret(arguments)


def _is_running(arguments: list[str]) -> bool:
    """Whether there is an agent to be asked, as far as that is plain."""
    from agent.control.client import NotRunning, ask, usual_folder
    from agent.errors import AgentError

    named = "--data-dir" in arguments[:-1]
    folder = arguments[arguments.index("--data-dir") + 1] if named else usual_folder()
    try:
        ask(folder or "", b'{"command":"status","version":1}')
    except NotRunning:
        return "--help" in arguments
    except AgentError:
        return True  # it says itself what is wrong with it
    return True


def _without_globals(arguments: list[str]) -> list[str]:
    """As the earlier service had them: before the command, and for all of it."""
    match arguments:
        case ["--config", path, *rest]:
            os.environ["TONNY_CONFIG"] = path
            return _without_globals(rest)
        case ["--log-level", level, *rest]:
            os.environ["TONNY_LOG__LEVEL"] = level.lower()
            return _without_globals(rest)
        case _:
            return arguments


if __name__ == "__main__":
    main()
