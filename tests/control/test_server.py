import os
import random
import socket
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import pytest
import trio
import zmq

from agent.control import server, zmtp
from agent.control.commands import (
    AskText,
    Command,
    Done,
    Failed,
    Ptt,
    Reply,
    Status,
    decode_reply,
    encode,
)
from agent.control.server import serve
from agent.errors import AgentError, Misconfigured, Refused, Unavailable
from tests.control.running import Obedient, running, say, spoken

PRESS = encode(Ptt("press"))


def lean(path: Path, line: bytes) -> bytes:
    """As our own command line asks."""
    with socket.socket(socket.AF_UNIX) as stream:
        stream.settimeout(5)
        stream.connect(str(path))
        return zmtp.ask(stream, line)


async def test_a_command_is_carried_out_and_replied_to(tmp_path: Path) -> None:
    agent = Obedient(Done("it is pressed"))
    async with running(agent, tmp_path) as path:
        assert await say(path, PRESS) == Done("it is pressed")
    assert agent.told == [Ptt("press")]


async def test_a_request_socket_is_answered_too(tmp_path: Path) -> None:
    agent = Obedient()
    async with running(agent, tmp_path) as path:
        assert await spoken(path, [PRESS], "REQ") == [encode(Done())]
        assert await spoken(path, [b"", PRESS]) == [b"", encode(Done())]
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


@pytest.mark.parametrize(
    "frames",
    [
        [b""],
        [b"nonsense"],
        [b"\xff"],
        [b"[" * 60_000],
        [b"a", PRESS],
        [b"", b"", PRESS],
    ],
)
async def test_nonsense_is_told_so_and_does_no_harm(
    frames: list[bytes], tmp_path: Path
) -> None:
    agent = Obedient()
    async with running(agent, tmp_path) as path:
        reply = decode_reply((await spoken(path, frames))[-1])
        assert isinstance(reply, Failed)
        assert reply.code == "malformed"
        assert await say(path, PRESS) == Done()
    assert agent.told == [Ptt("press")]


async def test_too_long_a_command_is_the_end_of_its_connection(tmp_path: Path) -> None:
    async with running(Obedient(), tmp_path) as path:
        padded = PRESS.ljust(server.LONGEST)
        assert await say(path, padded) == Done()
        with pytest.raises(zmq.Again):
            await say(path, padded + b" ")
        assert await say(path, PRESS) == Done()


@pytest.mark.parametrize("garbage", [b"", b"\x00" * 500, b"GET / HTTP/1.1\r\n\r\n"])
async def test_those_who_speak_something_else_keep_nobody_waiting(
    garbage: bytes, tmp_path: Path
) -> None:
    async with running(Obedient(), tmp_path) as path, AsyncExitStack() as stack:
        for _ in range(64):
            stream = await stack.enter_async_context(await trio.open_unix_socket(path))
            with suppress(trio.BrokenResourceError):
                await stream.send_all(garbage)
        with trio.fail_after(1):
            assert await say(path, PRESS) == Done()


async def test_sixteen_are_answered_at_a_time_and_questions_beside_them(
    tmp_path: Path,
) -> None:
    done = trio.Event()
    replies: list[Reply] = []

    async def wait(command: Command) -> Reply:
        if not isinstance(command, Status):
            await done.wait()
        return Done()

    async with running(wait, tmp_path) as path, trio.open_nursery() as nursery:

        async def ask(command: Command) -> None:
            line = encode(command)
            replies.append(
                decode_reply(await trio.to_thread.run_sync(lean, path, line))
            )

        for _ in range(server.AT_A_TIME + 4):
            nursery.start_soon(ask, Ptt("press"))
        nursery.start_soon(ask, AskText("why?"))
        while len(replies) < 4:  # noqa: ASYNC110 # the others are turned away
            await trio.sleep(0.01)
        done.set()
    assert [reply for reply in replies if isinstance(reply, Failed)] == replies[:4]
    assert replies[4:] == [Done()] * (server.AT_A_TIME + 1)


async def test_what_takes_too_long_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "ANSWER_WITHIN", 0.1)

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
        with pytest.raises(zmq.Again):
            await say(path, encode(Status()))
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
    public: Path,
) -> None:
    program = (
        "import os, sys, zmq\n"
        "os.setuid(int(sys.argv[3]))\n"
        "s = zmq.Context().socket(zmq.DEALER)\n"
        "s.linger, s.rcvtimeo = 0, 700\n"
        "s.connect('ipc://' + sys.argv[1])\n"
        "s.send(sys.argv[2].encode())\n"
        "try: print(s.recv())\n"
        "except zmq.Again: print(b'')\n"
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


async def test_no_frames_do_any_harm(tmp_path: Path) -> None:
    """Whatever is sent, by those who speak ZeroMQ and by those who break it half way."""
    chance = random.Random(11)

    def pester(path: Path) -> None:
        with zmq.Context() as context, context.socket(zmq.DEALER) as client:
            client.linger = 0
            client.connect(f"ipc://{path}")
            for _ in range(300):
                count = chance.randrange(1, 5)
                sizes = [chance.choice([0, 1, 60, 5000]) for _ in range(count)]
                client.send_multipart([chance.randbytes(size) for size in sizes])
            for _ in range(100):
                with socket.socket(socket.AF_UNIX) as stream, suppress(OSError):
                    stream.connect(str(path))
                    good = zmtp._GREETING + chance.randbytes(chance.randrange(80))
                    stream.sendall(good[: chance.randrange(len(good))])

    agent = Obedient()
    async with running(agent, tmp_path) as path:
        await trio.to_thread.run_sync(pester, path)
        assert await say(path, PRESS) == Done()
        assert await trio.to_thread.run_sync(lean, path, PRESS) == encode(Done())
    assert agent.told == [Ptt("press")] * 2
