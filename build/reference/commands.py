"""docs/commands.md: every command, as the command line itself understands it."""

import inspect
import re
from collections.abc import Iterator

import msgspec
from cyclopts import App
from cyclopts.argument import Argument

from agent.cli.interpret import application
from agent.cli.overview import COMMANDS, STATUSES
from reference.markdown import code, plain, table

_HEAD = """\
# Every command

Every command has `--help`; those that print facts have `--json`. `tonny-agent run --json`
prints each event as one JSON object a line. `--config FILE` names the settings, and
`--data-dir FOLDER` the record; `tonny-agent --version` tells the version.
"""

_NONE = (None, False, "", (), inspect.Parameter.empty)  # defaults of which to be silent
_SAME = {"--config", "--data-dir"}  # said once, in the head


class Spoken(msgspec.Struct, frozen=True):
    """What the docstring of a command says, and the *examples* in it."""

    about: list[str]
    examples: list[str]


def commands() -> str:
    lines = [_HEAD]
    lines += table(
        ["command", "what it does"],
        [
            [f"[`{name}`](#tonny-agent-{name})", plain(summary)]
            for name, (_, summary) in COMMANDS.items()
        ],
    )
    lines += ["", "## Exit statuses", ""]
    lines += table(
        ["status", "means"], [[str(n), said] for n, said in STATUSES.items()]
    )
    lines.append("")
    for name in COMMANDS:
        lines += _command(f"tonny-agent {name}", application(name)[name], "##")
    return "\n".join(lines)


def _command(name: str, app: App, heading: str) -> Iterator[str]:
    function = app.default_command
    spoken = spoken_of((function and inspect.getdoc(function)) or app.help)
    yield from (f"{heading} {name}", "")
    for paragraph in spoken.about:
        yield from (plain(paragraph), "")
    if function is not None:
        arguments = app.assemble_argument_collection(parse_docstring=True)
        shown = [each for each in arguments if each.show]
        yield from ("```", _usage(name, shown), "```", "")
        if spoken.examples:
            yield from ("For example:", "", "```", *spoken.examples, "```", "")
        options = [each for each in shown if each.names[0] not in _SAME]
        if options:
            rows = [[_named(each), _described(each)] for each in options]
            yield from (*table(["option", "what it does"], rows), "")
    for part in app:
        if not part.startswith("-"):
            yield from _command(f"{name} {part}", app[part], f"{heading}#")


def spoken_of(docstring: str) -> Spoken:
    """Leaves out what numpydoc has of parameters: those are in the table."""
    without = re.sub(r"Parameters\n-+\n(?:\S.*\n(?: +.*\n?)+)+", "", docstring + "\n")
    about, examples = list[str](), list[str]()
    for paragraph in re.split(r"\n\s*\n", inspect.cleandoc(without)):
        if paragraph.startswith("For example:") or not paragraph:
            continue
        is_example = examples or re.match(r"(?:\S+ \| )?tonny-agent ", paragraph)
        (examples if is_example else about).append(paragraph)
    return Spoken(about, examples)


def _usage(name: str, arguments: list[Argument]) -> str:
    words = [
        each.name if each.required else f"[{each.name}]"
        for each in arguments
        if not each.name.startswith("-")
    ]
    options = any(each.name.startswith("-") for each in arguments)
    return " ".join([name, *(["[OPTIONS]"] if options else []), *words])


def _named(each: Argument) -> str:
    takes_value = each.hint is not bool and each.name.startswith("-")
    return ", ".join(code(f"{name} …" if takes_value else name) for name in each.names)


def _described(each: Argument) -> str:
    said, _, otherwise = (each.parameter.help or "").partition("[default: ")
    said = plain(said)
    if choices := each.get_choices():
        said += f" One of {', '.join(map(code, choices))}."
    default = each.field_info.default
    if each.show_default and default not in _NONE:
        otherwise = code(str(default))
    if otherwise:
        said += f" Without it: {otherwise.rstrip(']')}."
    return said.strip()
