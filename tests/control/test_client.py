import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
import trio
import zmq

from agent.__main__ import run
from agent.config.folders import data_dir
from agent.control import client
from agent.control.client import NotRunning, ask
from agent.control.commands import (
    Answered,
    AskText,
    Command,
    Done,
    Failed,
    Hush,
    Listen,
    Ptt,
    Reload,
    Report,
    SayText,
    SetMode,
    SetMute,
    Shutdown,
    Status,
    encode,
)
from agent.control.place import places
from agent.control.quick import quick
from agent.control.server import socket_for
from agent.errors import Unavailable
from tests.control.running import Obedient, running

PRESS = encode(Ptt("press"))
HEAVY = {"asyncio", "cyclopts", "json", "msgspec", "pathlib", "re", "trio"}


async def command_line(*arguments: object) -> int:
    """The exit status of ``tonny-agent`` with these *arguments*."""
    return await trio.to_thread.run_sync(partial(run, [*map(str, arguments)]))


@contextmanager
def answering(path: Path, answer: Callable[[socket.socket], object]) -> Iterator[None]:
    """Someone who takes one call at *path* and is not much of an agent."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()

        def take() -> None:
            with listening.accept()[0] as call:
                answer(call)

        thread = threading.Thread(target=take)
        thread.start()
        yield
        thread.join()


@pytest.mark.parametrize("action", ["press", "release", "toggle"])
@pytest.mark.parametrize("written", ["before", "after", "environment", "equals"])
async def test_ptt_tells_the_agent_of_the_data_folder(
    action: str,
    written: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    agent = Obedient()
    arguments: dict[str, list[object]] = {
        "before": ["--data-dir", tmp_path, action],
        "after": [action, "--data-dir", tmp_path],
        "environment": [action],
        "equals": [action, f"--data-dir={tmp_path}"],
    }
    if written == "environment":
        monkeypatch.setenv("TONNY_DATA_DIR", str(tmp_path))
    async with running(agent, tmp_path):
        assert await command_line("ptt", *arguments[written]) == 0
    assert agent.told == [Ptt(action)]  # type: ignore[arg-type] # it is an Action
    assert capsys.readouterr() == ("", "")


def test_ptt_without_an_agent_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["ptt", "press", "--data-dir", str(tmp_path)]) == 3
    told = f"no tonny-agent is running with {tmp_path}. Start one: tonny-agent run"
    assert capsys.readouterr() == ("", f"tonny-agent: {told}\n")


def test_a_dead_agents_socket_is_no_agent(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(socket_for(tmp_path)))
    with pytest.raises(NotRunning):
        ask(str(tmp_path), PRESS)


async def test_an_agent_with_another_environment_is_found(
    tmp_path: Path, runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as one that cron started, without a runtime folder."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    [first, *others] = places(str(tmp_path))
    second = (str(elsewhere), str(elsewhere / "x.sock"))
    monkeypatch.setattr(client, "places", lambda folder: [first, second, *others])
    monkeypatch.setattr("agent.control.server.places", lambda folder: [second])
    async with running(Obedient(), tmp_path):
        assert await trio.to_thread.run_sync(ask, str(tmp_path), PRESS) == encode(
            Done()
        )


def test_a_folder_that_others_can_write_to_is_not_trusted(tmp_path: Path) -> None:
    path = socket_for(tmp_path)
    path.parent.chmod(0o777)
    with socket.socket(socket.AF_UNIX) as trap:
        trap.bind(str(path))
        trap.listen()
        with pytest.raises(NotRunning):
            ask(str(tmp_path), PRESS)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda call: call.recv(99), "ended before it had answered"),
        (lambda call: call.sendall(b'{"reply":'), "does not answer|ended before"),
        (lambda call: call.recv(99) and call.recv(99), "does not answer"),
    ],
    ids=["nothing", "half a reply", "silence"],
)
def test_an_agent_that_does_not_reply_is_told_apart(
    answer: Callable[[socket.socket], object],
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client, "ANSWER_WITHIN", 0.2)
    with (
        answering(socket_for(tmp_path), answer),
        pytest.raises(Unavailable, match=reason),
    ):
        ask(str(tmp_path), PRESS)


def test_an_agent_of_another_version_is_to_be_restarted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with zmq.Context() as context, context.socket(zmq.ROUTER) as agent:
        agent.linger = 500
        agent.bind(f"ipc://{socket_for(tmp_path)}")

        def answer() -> None:
            agent.send_multipart([agent.recv_multipart()[0], b'{"done":1}'])

        thread = threading.Thread(target=answer)
        thread.start()
        assert run(["ptt", "press", "--data-dir", str(tmp_path)]) == 69
        thread.join()
    assert "of another version" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("reply", "status", "told"),
    [
        (Done("Listening."), 0, ("Listening.\n", "")),
        (Failed("refused", "not now"), 69, ("", "tonny-agent: not now\n")),
    ],
)
async def test_a_reply_is_told(
    reply: Done | Failed,
    status: int,
    told: tuple[str, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with running(Obedient(reply), tmp_path):
        assert await command_line("ptt", "press", "--data-dir", tmp_path) == status
    assert capsys.readouterr() == told


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        ([], 2, "ACTION"),
        (["hold"], 2, "hold"),
        (["press", "release"], 2, "release"),
        (["press", "--data-dir"], 2, "--data-dir"),
        (["press", "--loud"], 2, "--loud"),
        (["--help"], 0, "tonny-agent ptt toggle"),
    ],
)
def test_what_is_not_plain_is_for_the_whole_command_line(
    arguments: list[str],
    status: int,
    told: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert quick(["ptt", *arguments]) is None
    assert run(["ptt", *arguments]) == status
    captured = capsys.readouterr()
    assert told in captured.out + captured.err


@pytest.mark.parametrize(
    "environment",
    [
        {"TONNY_DATA_DIR": "/data"},
        {"HOME": "/home/tonny"},
        {"HOME": "/home/tonny", "XDG_DATA_HOME": "/share"},
        {"HOME": "/home/tonny", "XDG_DATA_HOME": ""},
    ],
)
def test_the_usual_folder_is_that_of_all_commands(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TONNY_DATA_DIR", "HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    asked: list[str] = []

    def nowhere(folder: str) -> list[tuple[str, str]]:
        asked.append(folder)
        return []

    monkeypatch.setattr(client, "places", nowhere)
    assert quick(["ptt", "press"]) == 3
    assert asked == [str(data_dir())]


def test_a_folder_that_is_not_plain_is_for_the_whole_command_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("TONNY_DATA_DIR", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    assert quick(["ptt", "press"]) is None
    assert quick(["ptt", "press", "--data-dir", ""]) is None


def test_ptt_imports_next_to_nothing(tmp_path: Path) -> None:
    program = (
        "import sys; from agent.__main__ import run;"
        "run(['ptt', 'press']); print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-E", "-c", program],
        env={"TONNY_DATA_DIR": str(tmp_path)},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "agent.control.client" in done.stdout.split()
    assert HEAVY & {*done.stdout.split()} == set()


async def test_mode_and_model_tell_the_agent(tmp_path: Path) -> None:
    agent = Obedient()
    async with running(agent, tmp_path):
        for command in (["mode", "ptt"], ["model", "use", "base"]):
            assert await command_line(*command, "--data-dir", tmp_path) == 0
    assert [encode(told) for told in agent.told] == [
        b'{"command":"mode","mode":"ptt","version":1}\n',
        b'{"command":"model","name":"base","version":1}\n',
    ]


@pytest.mark.parametrize(("well", "status"), [(True, 0), (False, 1)])
async def test_status_is_shown_as_it_comes(
    well: bool, status: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    agent = Obedient(Report("ready\n  mode", well))
    async with running(agent, tmp_path):
        asked = ["status", "--data-dir", tmp_path]
        assert await command_line(*asked) == status
        assert capsys.readouterr().out == "ready\n  mode\n"
        assert await command_line(*asked, "--json") == status
    assert agent.told == [Status("text"), Status("json")]


@pytest.mark.parametrize(
    ("answer", "status", "told"),
    [
        (Answered("Half past four."), 0, ("Half past four.\n", "")),
        (
            Answered(None, "away", kept=True),
            69,
            ("", "tonny-agent: no answer now: away\n"),
        ),
    ],
)
async def test_a_question_is_asked_of_whoever_runs(
    answer: Answered,
    status: int,
    told: tuple[str, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    agent = Obedient(answer)
    async with running(agent, tmp_path):
        asked = ["ask", 'what "time" is it, ö?', "--data-dir", tmp_path]
        assert await command_line(*asked) == status
        assert capsys.readouterr() == told
        assert await command_line(*asked[:2], "--json", *asked[2:]) == status
        assert json.loads(capsys.readouterr().out)["text"] == answer.text
    assert agent.told == [AskText('what "time" is it, ö?')] * 2


QUICK = [
    (["mute"], SetMute()),
    (["unmute"], SetMute(on=False)),
    (["listen", "start"], Listen("start")),
    (["stop"], Hush("stop")),
    (["reload"], Reload()),
    (["shutdown"], Shutdown()),
    (["mode", "ptt"], SetMode("ptt")),
    (["say", "Tea."], SayText("Tea.")),
]


@pytest.mark.parametrize(
    ("arguments", "command"), QUICK, ids=lambda each: str(each)[:20]
)
async def test_each_way_to_write_a_command_is_the_same(
    arguments: list[str], command: Command, tmp_path: Path
) -> None:
    """In a hurry, and by the whole command line."""
    agent = Obedient()
    async with running(agent, tmp_path):
        for written in (["--data-dir", str(tmp_path)], [f"--data-dir={tmp_path}"]):
            assert await command_line(*arguments, *written) == 0
    assert agent.told == [command] * 2


@pytest.mark.parametrize(
    "command", [["mode", "voice"], ["model", "use", "x"], ["status"], ["ptt", "toggle"]]
)
def test_each_command_exits_3_without_an_agent(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*command, f"--data-dir={tmp_path}"]) == 3
    assert "no tonny-agent is running" in capsys.readouterr().err
