import logging
import os
import socket
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from agent.control import server
from agent.control.commands import Command, Done, Failed, Ptt, Reply, Status, encode
from agent.control.server import serve
from agent.errors import AgentError, Misconfigured, Refused, Unavailable
from tests.control.running import Obedient, hear, running, say

PRESS = encode(Ptt("press"))


async def test_a_command_is_carried_out_and_replied_to(tmp_path: Path) -> None:
    agent = Obedient(Done("it is pressed"))
    async with running(agent, tmp_path) as path:
        assert await say(path, PRESS) == Done("it is pressed")
    assert agent.told == [Ptt("press")]


async def test_a_command_in_pieces_or_without_its_line_break_is_one(
    tmp_path: Path,
) -> None:
    agent = Obedient()
    async with running(agent, tmp_path) as path:
        for last in (b"\n", b""):
            async with await trio.open_unix_socket(path) as stream:
                for byte in PRESS.rstrip() + last:
                    await stream.send_all(bytes([byte]))
                await stream.send_eof()
                assert await hear(stream) == Done()
    assert agent.told == [Ptt("press")] * 2


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Unavailable("no microphone"), "unavailable"),
        (Refused("no"), "refused"),
        (Misconfigured('there is no server "x"'), "misconfigured"),
        (AgentError("something else"), "refused"),
    ],
)
async def test_our_errors_are_replies(
    error: AgentError, code: str, tmp_path: Path
) -> None:
    async with running(Obedient(error), tmp_path) as path:
        reply = await say(path, PRESS)
    assert reply == Failed(code, str(error))  # type: ignore[arg-type] # it is a Code


async def test_a_bug_is_logged_and_the_next_command_answered(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(Obedient(ZeroDivisionError("oh")), tmp_path) as path:
        for _ in range(2):
            reply = await say(path, PRESS)
            assert isinstance(reply, Failed)
            assert reply.code == "bug"
            assert "ZeroDivisionError" not in reply.reason
    first, _ = caplog.records
    assert first.getMessage() == "Ptt went wrong"
    assert first.exc_info is not None


@pytest.mark.parametrize("line", [b"\n", b"nonsense\n", b"\xff\n", b"[" * 60_000])
async def test_nonsense_is_told_so_and_does_no_harm(
    line: bytes, tmp_path: Path
) -> None:
    agent = Obedient()
    async with running(agent, tmp_path) as path:
        async with await trio.open_unix_socket(path) as stream:
            await stream.send_all(line)
            await stream.send_eof()
            reply = await hear(stream)
        assert reply is None or reply.code == "malformed"  # type: ignore[union-attr] # Failed
        assert await say(path, PRESS) == Done()
    assert agent.told == [Ptt("press")]


async def test_too_long_a_line_is_not_read_to_its_end(tmp_path: Path) -> None:
    async with running(Obedient(), tmp_path) as path:
        async with await trio.open_unix_socket(path) as stream:
            with pytest.raises(trio.BrokenResourceError):
                await stream.send_all(bytes(100 * server.LONGEST_LINE))
            reply = await hear(stream)
        assert reply == Failed("malformed", "a command has at most 65536 bytes")
        padded = PRESS.rstrip() + b" " * server.LONGEST_LINE
        assert await say(path, padded[: server.LONGEST_LINE] + b"\n") == Done()
        long = await say(path, padded[: server.LONGEST_LINE + 1] + b"\n")
        assert isinstance(long, Failed)


async def test_the_slow_are_left_and_keep_nobody_waiting(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with (
        running(Obedient(), tmp_path) as path,
        await trio.open_unix_socket(path) as slow,
    ):
        await slow.send_all(PRESS[:5])
        assert await say(path, PRESS) == Done()
        assert trio.current_time() == 0
        assert await hear(slow) is None
        assert trio.current_time() == server.LINE_WITHIN


async def test_sixteen_are_answered_at_a_time(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with running(Obedient(), tmp_path) as path:
        async with AsyncExitStack() as idle:
            for _ in range(server.AT_A_TIME):
                stream = await trio.open_unix_socket(path)
                await idle.enter_async_context(stream)
            reply = await say(path, PRESS)
            assert isinstance(reply, Failed)
            assert reply.code == "busy"
        await wait_all_tasks_blocked()
        assert await say(path, PRESS) == Done()
        assert trio.current_time() == 0


async def test_what_takes_too_long_is_given_up(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async def ponder(command: Command) -> Reply:
        await trio.sleep_forever()
        raise AssertionError

    async with running(ponder, tmp_path) as path:
        reply = await say(path, PRESS)
    assert reply == Failed("unavailable", "that was not done within 10 s")


async def test_whoever_leaves_before_the_reply_does_no_harm(tmp_path: Path) -> None:
    left = trio.Event()

    async def wait(command: Command) -> Reply:
        if command == Status():
            await left.wait()
        return Done()

    async with running(wait, tmp_path) as path:
        async with await trio.open_unix_socket(path) as stream:
            await stream.send_all(encode(Status()))
            await wait_all_tasks_blocked()
        left.set()
        assert await say(path, PRESS) == Done()


async def test_the_socket_is_ours_alone_and_goes_with_us(tmp_path: Path) -> None:
    async with running(Obedient(), tmp_path) as path:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert not path.exists()


async def test_what_a_dead_agent_left_is_replaced(tmp_path: Path) -> None:
    path = server.socket_for(tmp_path)
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    assert path.is_socket()
    async with running(Obedient(), tmp_path):
        assert await say(path, PRESS) == Done()


async def test_where_no_socket_can_be_the_reason_is_plain(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no control socket at"):
        await serve(tmp_path, Obedient())


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that everyone may look into."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be someone else")
async def test_another_user_is_turned_away_even_where_files_would_let_them_in(
    public: Path, caplog: pytest.LogCaptureFixture
) -> None:
    program = (
        "import os, socket, sys\n"
        "os.setuid(int(sys.argv[3]))\n"
        "s = socket.socket(socket.AF_UNIX)\n"
        "s.connect(sys.argv[1])\n"
        "try: s.sendall(sys.argv[2].encode()); print(s.recv(99))\n"
        "except ConnectionError: print(b'')\n"
    )
    agent, path = Obedient(), public / "socket"
    async with trio.open_nursery() as nursery:
        await nursery.start(serve, path, agent)
        path.chmod(0o666)
        heard = []
        for user in ("0", "65534"):
            command = [sys.executable, "-c", program, str(path), PRESS.decode(), user]
            done = await trio.run_process(command, capture_stdout=True)
            heard.append(done.stdout.strip())
        assert heard == [repr(encode(Done())).encode(), b"b''"]
        nursery.cancel_scope.cancel()
    assert agent.told == [Ptt("press")]
    assert [r.levelno for r in caplog.records] == [logging.WARNING]
