"""`tonny-agent queue`, on a record that a session left behind."""

import io
import json
import sys
from functools import partial
from pathlib import Path

import pytest
import trio

from agent.cli import queue
from agent.control.commands import RetryQueue
from agent.errors import Misconfigured
from agent.events import Attempted, Entry
from agent.ports import Question
from agent.record import queue as outbox
from agent.record.outbox import StoredOutbox
from agent.record.sqlite import DATABASE
from agent.record.store import open_store
from tests.control.running import Obedient, running
from tests.record.conversations import NOON

WAITS, DEAD, LATE = "aa-1", "ab-2", "bb-3"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    trio.run(_leave_behind, tmp_path)
    return tmp_path


async def _leave_behind(folder: Path) -> None:
    async with open_store(folder / DATABASE) as store:
        outbox = StoredOutbox(store, room=10)
        texts = {WAITS: "is it warm?", DEAD: "open\x1b the door", LATE: "hello"}
        for turn, (name, text) in enumerate(texts.items(), 1):
            await outbox.keep(Question(name, turn, "s", text, asked_at=NOON))
        await outbox.settle(DEAD, "refused: the workflow answered 401")
        await outbox.settle(LATE, "expired: it has waited for too long")
        await outbox.keep(Question("cc-4", 4, "s", "answered", asked_at=NOON))
        await outbox.settle("cc-4", "answered")
        tried = Attempted(DEAD, "n8n", "POST", "http://h/webhook/t", 0.25, 401, 99, 26)
        await store.write([Entry(NOON, "s", tried)])


def states(folder: Path) -> dict[str, str]:
    with outbox.open_queue(folder / DATABASE) as record:
        assert record is not None
        return {each.id: each.state for each in outbox.listed(record)}


def test_what_has_no_answer_is_listed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert queue.list_(data_dir=folder) == 0
    told = capsys.readouterr().out
    assert "is it warm?" in told
    assert "the workflow answered 401" in told
    assert "answered\n" not in told.replace("answered 401\n", "")
    assert "\x1b" not in told
    queue.list_(dead=True, json=True, data_dir=folder)
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["id"], row["state"]) for row in rows] == [
        (DEAD, "refused"),
        (LATE, "expired"),
    ]
    queue.list_(waiting=True, json=True, data_dir=folder)
    (row,) = capsys.readouterr().out.splitlines()
    assert json.loads(row)["id"] == WAITS


def test_each_try_is_shown(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    queue.show("ab", data_dir=folder)
    told = capsys.readouterr().out
    assert "POST http://h/webhook/t  401  0.25 s" in told
    queue.show("ab", json=True, data_dir=folder)
    (shown,) = capsys.readouterr().out.splitlines()
    assert json.loads(shown)["tries"][0]["status"] == 401


def test_what_was_given_up_can_wait_again(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert queue.retry("ab", data_dir=folder) == 0
    assert states(folder) == {WAITS: "pending", DEAD: "pending", LATE: "expired"}
    assert "1 question will be asked again" in capsys.readouterr().out
    queue.retry(dead=True, json=True, data_dir=folder)
    row = json.loads(capsys.readouterr().out)
    assert (row["id"], row["state"], row["attempts"]) == (LATE, "pending", 0)
    assert set(states(folder).values()) == {"pending"}


async def test_a_running_agent_asks_again_at_once(folder: Path, tmp_path: Path) -> None:
    agent = Obedient()
    async with running(agent, folder):
        await trio.to_thread.run_sync(
            partial(queue.retry, "ab", data_dir=folder), abandon_on_cancel=True
        )
    assert agent.told == [RetryQueue()]


def test_it_can_be_forgotten(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    queue.drop("bb", data_dir=folder)
    assert states(folder) == {WAITS: "pending", DEAD: "refused"}
    queue.drop(dead=True, yes=True, data_dir=folder)
    assert states(folder) == {WAITS: "pending"}
    assert "1 question forgotten" in capsys.readouterr().out
    queue.drop(waiting=True, yes=True, json=True, data_dir=folder)
    assert states(folder) == {}
    assert json.loads(capsys.readouterr().out)["id"] == WAITS


def test_all_of_it_is_forgotten_only_by_someone_who_is_sure(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Misconfigured, match=r"2 questions would be .* --yes"):
        queue.drop(dead=True, data_dir=folder)
    for answer, left in [("", 3), ("no\n", 3), ("y\n", 1)]:
        monkeypatch.setattr(sys, "stdin", Terminal(answer))
        assert queue.drop(dead=True, data_dir=folder) == (left == 3)
        assert len(states(folder)) == left
    assert "Forget 2 questions for good?" in capsys.readouterr().out


class Terminal(io.StringIO):
    """Someone who types."""

    def isatty(self) -> bool:
        return True


def test_it_can_be_taken_elsewhere(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "queue.jsonl"
    assert queue.export(file, data_dir=folder) == 0
    assert file.stat().st_mode & 0o777 == 0o600
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert [row["id"] for row in rows] == [WAITS, DEAD, LATE]
    with pytest.raises(Misconfigured, match="--force"):
        queue.export(file, data_dir=folder)
    assert queue.export(file, force=True, data_dir=folder) == 0


@pytest.mark.parametrize(
    ("ids", "told"), [(("a",), "several ids"), (("zz",), 'begins with "zz"')]
)
def test_an_id_has_to_be_that_of_one(
    folder: Path, ids: tuple[str, ...], told: str
) -> None:
    for command in (queue.retry, queue.drop):
        with pytest.raises(Misconfigured, match=told):
            command(*ids, data_dir=folder)
    assert len(states(folder)) == 3


def test_nothing_is_forgotten_by_accident(folder: Path) -> None:
    with pytest.raises(Misconfigured, match="which ones"):
        queue.drop(data_dir=folder)


def test_where_nothing_was_ever_said_the_queue_is_empty(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert queue.list_(data_dir=tmp_path) == 0
    assert capsys.readouterr().out == "Nothing is in the queue.\n"
    assert queue.retry(data_dir=tmp_path) == 0
    assert queue.export(Path("-"), data_dir=tmp_path) == 0
    assert not (tmp_path / DATABASE).exists()
    sys.stdout.flush()
