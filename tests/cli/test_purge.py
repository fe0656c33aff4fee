"""What is erased is in no byte of the data folder any more, and what is kept is whole."""

import shutil
from pathlib import Path

import pytest

from agent.cli.interpret import interpret
from agent.desktop.instance import only_instance
from agent.events import Attempted, Entry, Heard, Measured, Replied
from agent.ports import Letter, Question
from agent.record.backups import back_up
from agent.record.letters import StoredLetterbox
from agent.record.outbox import StoredOutbox
from agent.record.search import matching
from agent.record.store import open_store
from tests.record.conversations import NOON, looking_into, query

OLD, NEW = "xylophone", "zeppelin"
WAITS = "quokkas"
DAY = 86_400
BEFORE = "2026-11-23"
COUNT = "SELECT count(*) FROM conversations"


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """A data folder with words in all its corners, of long ago and of later."""
    folder = tmp_path / "data"
    path = folder / "tonny.db"
    async with open_store(path) as store:
        outbox = StoredOutbox(store, room=99)
        letters = StoredLetterbox(store, 999)
        for word, at in ((OLD, NOON - 30 * DAY), (NEW, NOON)):
            await store.write([*said(word, at)])
            await outbox.keep(Question(f"done {word}", 1, "s", word, asked_at=at))
            await outbox.settle(f"done {word}", "answered")
            await letters.post([Letter(word, "heard", word.encode(), at)])
        waits = Question("waits", 1, "s", WAITS, asked_at=NOON - 30 * DAY)
        await outbox.keep(waits)
    back_up(path, keep=1)
    shutil.copy(path, folder / "tonny-damaged-20260101T000000Z.db")
    for name in ("speech", "voice"):
        (folder / name).mkdir()
    for name, word in ((f"{1000 * (NOON - 30 * DAY):014.0f}", OLD), ("9" * 14, NEW)):
        (folder / "speech" / f"{name}-00000000.wav").write_text(word)
    for name in ("voice/a.pcm", "tonny.log", "tonny.log.1"):
        (folder / name).write_text(f"{OLD} {NEW} {WAITS}")
    (folder / "mine.txt").write_text("a stranger's")
    return folder


def said(word: str, at: float) -> list[Entry]:
    """Enough for many pages."""
    long = f"{word} " * 50
    entries = []
    for turn in range(60):
        entries += [
            Entry(at + turn, "s", Heard(turn, f"{long}{turn}", "moonshine")),
            Entry(at + turn, "s", Replied(turn, f"{word}{turn} is it", "n8n")),
        ]
    tried = Attempted(word, "n8n", "POST", f"http://h/{word}", 0.1, 200, error=word)
    return [*entries, Entry(at, "s", tried), Entry(at, "s", Measured("tts.x", 1.0))]


def holding(folder: Path, word: str) -> list[str]:
    """The files in which any byte of *word* is left, whoever of them is asked."""
    files = (path for path in folder.rglob("*") if path.is_file())
    raw = word.encode()
    return sorted(p.name for p in files if raw in p.read_bytes().lower())


def purge(folder: Path, *arguments: str) -> int:
    return int(interpret(["purge", *arguments, "--data-dir", str(folder)]) or 0)


async def test_the_folder_is_full_of_it(folder: Path) -> None:
    for word in (OLD, NEW, WAITS):
        assert len(holding(folder, word)) >= 6


async def test_nothing_is_left_but_what_waits(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert purge(folder, "--yes") == 0
    assert capsys.readouterr().out.startswith("Erased: ")
    assert holding(folder, OLD) == holding(folder, NEW) == []
    assert holding(folder, WAITS) == ["tonny.db"]
    path = folder / "tonny.db"
    assert query(path, "SELECT id, state FROM outbox") == [("waits", "pending")]
    assert query(path, "SELECT count(*) FROM metrics WHERE metric_name = 'tts.x'") == [
        (2,)
    ]
    assert (folder / "mine.txt").exists()


async def test_all_of_it_is_what_waits_too(folder: Path) -> None:
    assert purge(folder, "--all", "--yes") == 0
    for word in (OLD, NEW, WAITS):
        assert holding(folder, word) == []
    assert purge(folder, "--all", "--yes") == 0  # there is nothing left to erase


async def test_what_is_later_is_kept_and_found_and_backed_up(folder: Path) -> None:
    assert purge(folder, "--before", BEFORE, "--yes") == 0
    assert holding(folder, OLD) == []
    backup = next((folder / "backups").iterdir())
    later = f"{'9' * 14}-00000000.wav"
    assert holding(folder, NEW) == sorted([later, backup.name, "tonny.db"])
    for path in (folder / "tonny.db", backup):
        assert query(path, COUNT) == [(120,)]
        assert query(path, "SELECT id FROM outbox ORDER BY id") == [
            (f"done {NEW}",),
            ("waits",),
        ]
        with looking_into(path) as record:
            assert len(matching(record, NEW, 999)) == 120
            record.execute("INSERT INTO said (said) VALUES ('integrity-check')")


async def test_a_word_in_the_log_of_a_killed_process_is_erased_too(
    folder: Path, tmp_path: Path
) -> None:
    async with open_store(folder / "tonny.db") as store:
        await store.write(said("narwhal", NOON))
        killed = tmp_path / "killed"
        shutil.copytree(folder, killed, ignore=shutil.ignore_patterns("*-shm"))
    assert "tonny.db-wal" in holding(killed, "narwhal")
    assert purge(killed, "--yes") == 0
    assert holding(killed, "narwhal") == []


async def test_beside_a_running_agent_nothing_is_done(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with only_instance(folder):
        assert purge(folder, "--yes") == 75
    assert "tonny-agent shutdown" in capsys.readouterr().err
    assert len(holding(folder, OLD)) >= 6


async def test_while_another_program_reads_it_says_so(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with looking_into(folder / "tonny.db") as reader:
        reader.execute("BEGIN")
        reader.execute(COUNT).fetchone()
        assert purge(folder, "--yes") == 69
    assert "purge once more" in capsys.readouterr().err
    assert purge(folder, "--yes") == 0
    assert holding(folder, OLD) == []


async def test_it_asks_first(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert purge(folder) == 78  # nobody is there
    assert "add --yes" in capsys.readouterr().err
    for answer, status in (("n", 1), ("", 1), ("y", 0)):
        monkeypatch.setattr("sys.stdin", Terminal(answer))
        assert purge(folder) == status
        assert bool(holding(folder, OLD)) == bool(status)


class Terminal:
    """Someone who answers."""

    def __init__(self, answer: str) -> None:
        self._answer = answer

    def isatty(self) -> bool:
        return True

    def readline(self) -> str:
        return f"{self._answer}\n"


async def test_both_ends_at_once_make_no_sense(folder: Path) -> None:
    assert purge(folder, "--all", "--before", "2h", "--yes") == 78
    assert purge(folder, "--before", "soon", "--yes") == 78
