"""The command line: each command parses, calls, and prints.

Commands are imported when they are used, so that ``--help`` stays quick.
"""

import sys

import cyclopts

from agent import __version__
from agent.errors import AgentError, Misconfigured

OK, FOUND_FAULT, USAGE = 0, 1, 2
UNAVAILABLE, CRASHED, BUSY, BAD_CONFIG = 69, 70, 75, 78  # sysexits.h
INTERRUPTED = 130

app = cyclopts.App(
    name="tonny-agent",
    help=(
        "A voice agent: it listens, asks your workflow, speaks the answer, and"
        " writes everything down. Without any set-up it talks to you with what"
        " it carries inside."
    ),
    help_epilogue=(
        "Examples:\n\n"
        "  tonny-agent run                      talk to it, until Ctrl-C\n\n"
        '  tonny-agent ask "what time is it?"   without a microphone\n\n'
        "  tonny-agent doctor                   what is wrong, and how to mend it"
    ),
    version=__version__,
    version_flags=["--version", "-V"],
    help_format="plaintext",
    version_format="plaintext",
)

for _name, _where, _help in (
    ("run", "talk:run", "Listen, think and speak, until Ctrl-C."),
    ("ask", "once:ask", "Send one turn without the microphone."),
    ("say", "once:say", "Speak a text."),
    ("transcribe", "once:transcribe", "Print what is said in a recording."),
    ("demo", "talk:demo", "Hold a conversation with a bundled recording."),
    ("doctor", "doctor:doctor", "Check everything, and say how to mend what is wrong."),
    ("log", "log:log", "Show the recent conversation."),
    ("devices", "devices:devices", "List microphones and speakers."),
    ("config", "config:app", "Make, show, check or import the configuration."),
    ("models", "models:app", "Fetch and list the embedded models and voices."),
    ("events", "events:app", "What can happen, for those who watch."),
    ("completion", "completion:completion", "Print a completion script for a shell."),
):
    app.command(f"agent.cli.{_where}", name=_name, help=_help)


def interpret(arguments: list[str]) -> int:
    """Run the command that *arguments* name; its exit status."""
    try:
        status = app(
            arguments or ["--help"],
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


def _tell_group(stopped: BaseExceptionGroup[BaseException]) -> int:
    """What ended the nurseries: one of our errors, Ctrl-C, or a bug of ours."""
    from agent.supervisor import first_cause

    cause = first_cause(stopped)
    if isinstance(cause, AgentError):
        return _tell(cause)
    if isinstance(cause, KeyboardInterrupt):
        return INTERRUPTED
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
