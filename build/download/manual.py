"""The manual page, from what the program says of itself."""

import re
from datetime import UTC, datetime

from agent.cli.overview import COMMANDS, EXAMPLES, STATUSES, SUMMARY
from download.places import NAME, commit_time, version

_FILES = {
    "~/.config/tonny-agent/agent.toml": "The settings. tonny-agent config init writes it.",
    "~/.local/share/tonny-agent": "The record, the queue and the logs.",
    "~/.cache/tonny-agent": "What can be had again.",
}
_SIGNALS = {
    "SIGINT, SIGTERM": "Tonny ends.",
    "SIGHUP": "The settings are read again, as by tonny-agent reload.",
    "SIGUSR2": "The key for push-to-talk, as by tonny-agent ptt toggle.",
}


def manual() -> str:
    """It, in the macros of man(7)."""
    day = datetime.fromtimestamp(commit_time(), UTC).strftime("%Y-%m-%d")
    lines = [
        f'.TH TONNY\\-AGENT 1 "{day}" "{NAME} {version()}" "User Commands"',
        ".SH NAME",
        f"{_text(NAME)} \\- a voice agent for the desktop",
        ".SH SYNOPSIS",
        f".B {_text(NAME)}",
        ".I COMMAND",
        "[\\fIOPTIONS\\fR]",
        ".SH DESCRIPTION",
        _text(" ".join(SUMMARY.split())),
        ".PP",
        "Each command tells more about itself when it is followed by",
        ".BR \\-\\-help .",
        ".SH COMMANDS",
        *_list({name: line for name, (_, line) in COMMANDS.items()}),
        ".SH FILES",
        *_list(_FILES),
        ".SH ENVIRONMENT",
        *_list(
            {
                "TONNY_CONFIG": "The configuration file.",
                "TONNY_DATA_DIR": "The folder of the record and the logs.",
                "TONNY_MODELS_DIR": "A folder with models and voices of its own.",
                "TONNY_SECTION__KEY": "A setting, such as TONNY_TTS__ENGINE.",
            }
        ),
        ".SH SIGNALS",
        *_list(_SIGNALS),
        ".SH EXIT STATUS",
        *_list({str(status): line for status, line in STATUSES.items()}),
        ".SH EXAMPLES",
        *_list(
            {command: f"{line[0].upper()}{line[1:]}." for command, line in EXAMPLES}
        ),
    ]
    return "\n".join(lines) + "\n"


def _list(items: dict[str, str]) -> list[str]:
    return [
        line
        for name in items
        for line in (".TP", f".B {_text(name)}", _text(items[name]))
    ]


def _text(words: str) -> str:
    """As roff reads it: its own signs escaped, no line that looks like a request."""
    escaped = words.replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq")
    return re.sub(r"^([.'])", r"\\&\1", escaped.replace("~", "\\(ti"))
