"""What `--help` of each command says."""

from collections.abc import Iterator

import cyclopts
import pytest

from agent.cli.interpret import application
from agent.cli.overview import COMMANDS


def runnable(words: list[str], app: cyclopts.App) -> Iterator[str]:
    """The commands below *app* that do something, not only group others."""
    if app.default_command is not None:
        yield " ".join(words)
    for name in app:
        if not name.startswith("-"):
            yield from runnable([*words, name], app[name])


ALL = [line for name in COMMANDS for line in runnable([name], application(name)[name])]


@pytest.mark.parametrize("command", ALL)
def test_it_says_what_each_option_is(command: str) -> None:
    app = application(command.split(maxsplit=1)[0])
    for word in command.split():
        app = app[word]
    arguments = app.assemble_argument_collection(parse_docstring=True)
    assert [each.name for each in arguments if not each.parameter.help] == []


@pytest.mark.parametrize("command", ALL)
def test_it_has_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = command.split()
    application(words[0]).help_print(words)
    _, _, after = capsys.readouterr().out.partition("For example:")
    names = {command, words[-1]}  # `audio devices` is `devices`
    assert any(f"tonny-agent {name}" in after for name in names)
