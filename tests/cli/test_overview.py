from agent.cli import interpret
from agent.cli.interpret import application
from agent.cli.overview import COMMANDS, STATUSES, overview
from agent.control.client import NOT_RUNNING


def test_the_overview_names_every_command_and_fits_a_terminal() -> None:
    text = overview()
    assert all(f"  {name} " in text for name in COMMANDS)
    assert max(map(len, text.splitlines())) <= 80


def test_every_command_of_the_overview_exists() -> None:
    for where, _ in COMMANDS.values():
        module, _, name = where.partition(":")
        imported = __import__(f"agent.cli.{module}", fromlist=[name])
        assert callable(getattr(imported, name))


def test_the_command_line_knows_the_same_commands() -> None:
    assert set(COMMANDS) <= set(application())


def test_every_exit_status_is_told() -> None:
    launcher = 74  # of the single file
    given = {interpret.OK, interpret.FOUND_FAULT, interpret.USAGE, NOT_RUNNING}
    given |= {interpret.UNAVAILABLE, interpret.CRASHED, interpret.BUSY}
    assert given | {interpret.BAD_CONFIG, interpret.INTERRUPTED, 143, launcher} == {
        *STATUSES
    }
