"""From arguments to a command, and from what happened to an exit status.

Only the command that is used is imported.
"""

import sys

import cyclopts

from agent import __version__
from agent.cli.overview import COMMANDS, SUMMARY
from agent.errors import AgentError, Misconfigured

OK, FOUND_FAULT, USAGE = 0, 1, 2
UNAVAILABLE, CRASHED, BUSY, BAD_CONFIG = 69, 70, 75, 78  # sysexits.h
INTERRUPTED = 130


def application(asked: str = "") -> cyclopts.App:
    """All commands, each with a line about it; the one *asked* for by its own
    docstring, which costs its import."""
    app = cyclopts.App(
        name="tonny-agent",
        help=SUMMARY,
        version=__version__,
        version_flags=["--version", "-V"],
        help_format="plaintext",
        version_format="plaintext",
    )
    for name, (where, summary) in COMMANDS.items():
        about = {} if name == asked else {"help": summary}
        app.command(f"agent.cli.{where}", name=name, **about)
    return app


def interpret(arguments: list[str]) -> int:
    """Run the command that *arguments* name; its exit status."""
    arguments = [_without_surrogates(one) for one in arguments]
    try:
        status = application(arguments[0])(
            arguments,
            exit_on_error=False,
            print_error=True,
            result_action="return_value",
        )
    except cyclopts.CycloptsError:
        return USAGE  # cyclopts has said what is wrong
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return _reader_left()
    except AgentError as exc:
        return _tell(exc)
    except BaseExceptionGroup as stopped:
        return _tell_group(stopped)
    return status if isinstance(status, int) else OK


def _without_surrogates(argument: str) -> str:
    """Bytes that are not UTF-8 arrive as surrogates, which nothing can write down."""
    return argument.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _tell(exc: AgentError) -> int:
    print(f"tonny-agent: {exc}", file=sys.stderr)
    return _status(exc)


def _status(exc: AgentError) -> int:
    from agent.desktop.instance import AlreadyRunning

    statuses: list[tuple[type[AgentError], int]] = [
        (Misconfigured, BAD_CONFIG),
        (AlreadyRunning, BUSY),
    ]
    return next((code for kind, code in statuses if isinstance(exc, kind)), UNAVAILABLE)


def status_of(exc: BaseException) -> tuple[int, str]:
    """The exit status that *exc* will be, and what is said of it."""
    from agent.supervisor import first_cause

    cause = first_cause(exc) if isinstance(exc, BaseExceptionGroup) else exc
    if isinstance(cause, AgentError):
        return _status(cause), str(cause)
    if isinstance(cause, KeyboardInterrupt):
        return INTERRUPTED, "interrupted"
    return CRASHED, f"{type(cause).__name__}: {cause}"


def _tell_group(stopped: BaseExceptionGroup[BaseException]) -> int:
    """What ended the nurseries: one of our errors, Ctrl-C, or a bug of ours."""
    from agent.supervisor import first_cause

    cause = first_cause(stopped)
    if isinstance(cause, AgentError):
        return _tell(cause)
    if isinstance(cause, KeyboardInterrupt):
        return INTERRUPTED
    if isinstance(cause, BrokenPipeError):
        return _reader_left()
    import traceback

    traceback.print_exception(stopped)
    print(
        "tonny-agent: this is a bug of ours. The lines above say where;"
        " nothing that was written down is lost.",
        file=sys.stderr,
    )
    return CRASHED


def _reader_left() -> int:
    """Whoever read our output has seen enough (``tonny-agent log | head``)."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return OK
