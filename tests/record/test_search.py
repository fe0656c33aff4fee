"""Words are found, and nothing that can be typed is too much."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from agent.events import Event, Heard, Replied
from agent.record import migrations
from agent.record.history import Wanted, open_history, recent
from agent.record.migrations import migrate
from agent.record.search import matching
from agent.record.sqlite import connect, sqlite3
from agent.record.store import open_store
from tests.record.conversations import entries, query

SAID = (
    "Where is the Café de Flore?",
    "the coffee machine is broken",
    "machine for coffee",
    "咖啡机坏了，请打电话",
    "Привет, мир",
    "100% sure * (really)",
    "wie heißt Straße auf Türkisch 🙂",
    "हिन्दी में बात करो",
)


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    path = tmp_path_factory.mktemp("search") / "tonny.db"

    async def write() -> None:
        async with open_store(path) as store:
            await store.write(entries(Heard(1, text, "keyboard") for text in SAID))

    trio.run(write)
    with open_history(path) as connection:
        assert connection is not None
        yield connection


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("coffee", [2, 1]),
        ("COFFEE mach", [2, 1]),
        ('"coffee machine"', [1]),
        ("coffee -machine", [2, 1]),
        ("cafe", [0]),
        ("CAFÉ", [0]),
        ("咖啡", [3]),
        ("打电话", [3]),
        ("привет", [4]),
        ("мир coffee", []),
        ("*", [5]),
        ("%", [5]),
        ("🙂", [6]),
        ("turkisch", [6]),
        ("हिन्दी", [7]),
        ("nothing", []),
        ('"', [*range(7, -1, -1)]),
    ],
)
def test_what_is_typed_is_found(
    record: sqlite3.Connection, typed: str, found: list[int]
) -> None:
    assert matching(record, typed, 99) == [place + 1 for place in found]


HURTS = st.text(
    st.sampled_from("\"'*()^:-+{}[]\\%_ \0\n\ud800\u202eNEARORANDNOT咖é🙂aб")
    | st.characters()
)


@given(HURTS)
def test_nothing_that_is_typed_is_too_much(
    record: sqlite3.Connection, typed: str
) -> None:
    assert len(matching(record, typed, 3)) <= 3


@given(st.sampled_from(SAID), st.data())
def test_every_part_of_what_was_said_finds_it(
    record: sqlite3.Connection, text: str, data: st.DataObject
) -> None:
    words = data.draw(st.lists(st.sampled_from(text.split()), min_size=1))
    typed = " ".join(words)
    assert SAID.index(text) + 1 in matching(record, typed, 99)


def test_what_was_said_before_there_was_an_index_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "tonny.db"
    older = migrations.MIGRATIONS[:4]
    with monkeypatch.context() as patched:
        patched.setattr(migrations, "MIGRATIONS", older)
        patched.setattr(migrations, "SCHEMA", len(older))
        with closing(connect(path)) as connection:
            migrate(connection, path)
            connection.execute(
                "INSERT INTO conversations (session_id, timestamp, type, content, metadata)"
                " VALUES ('s', '2026-11-23T12:00:00.000Z', 'response', 'long ago', '{}')"
            )
    with open_history(path) as connection:
        assert connection is not None
        assert [each.id for each in recent(connection, Wanted(words="ago"), 9)] == [1]
    trio.run(_opened, path)
    with open_history(path) as connection:
        assert connection is not None
        assert matching(connection, "lon", 9) == [1]


async def _opened(path: Path) -> None:
    async with open_store(path):
        pass


async def test_the_index_follows_the_conversation(tmp_path: Path) -> None:
    path = tmp_path / "tonny.db"
    said: list[Event] = [Heard(1, "apples", "keyboard"), Replied(1, "pears", "n8n")]
    async with open_store(path) as store:
        await store.write(entries(said))
        await store.change(
            lambda c: c.execute("DELETE FROM conversations WHERE id = 1")
        )
        await store.change(
            lambda c: c.execute("UPDATE conversations SET content = 'figs'")
        )
        found = [
            await store.read(lambda c, word=word: matching(c, word, 9))  # type: ignore[misc]
            for word in ("apples", "pears", "figs")
        ]
    assert found == [[], [], [2]]
    assert (
        query(path, "INSERT INTO said (said, rank) VALUES ('integrity-check', 1)") == []
    )
