"""The conversation as it was, and how long it took, out of the record."""

import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from agent.events import Entry, Lost, Spoken, Timed
from agent.record.search import matching
from agent.record.store import Store, open_store
from agent.record.talk import talk
from agent.record.trends import quantile, trend
from tests.dashboard.history import EXCHANGES, day

NOW = time.time()
TURNS = 60


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(tmp_path / "tonny.db") as opened:
        await opened.write([*day("a", NOW, TURNS)])
        yield opened


async def test_each_turn_is_told_with_what_it_took(store: Store) -> None:
    found = await store.read(lambda record: talk(record, 500))
    assert not found.more
    assert [each.at for each in found.said] == sorted(each.at for each in found.said)
    asked = [each for each in found.said if each.type == "transcription"]
    assert [each.turn for each in asked] == [*range(1, TURNS + 1)]
    assert asked[0].text == EXCHANGES[1][0]
    answered = {each.turn for each in found.said if each.type == "response"}
    assert {each.timed.turn for each in found.took} == answered
    kept = [each.text for each in found.said if each.type == "system"]
    assert kept == ["Kept for later: n8n: connection refused"] * 3


async def test_what_has_nothing_to_do_with_a_turn_is_left_out(store: Store) -> None:
    before = await store.read(lambda record: talk(record, 500))
    lost = Entry(NOW, "a", Lost("n8n", "away", 1.0))
    told = Entry(NOW, "a", Spoken(0, "Dinner is ready.", "v", 1.0))
    await store.write([lost, told])
    found = await store.read(lambda record: talk(record, 500))
    assert [each.text for each in found.said[len(before.said) :]] == [
        "Dinner is ready."
    ]


async def test_it_can_be_read_piece_by_piece(store: Store) -> None:
    whole = await store.read(lambda record: talk(record, 500))
    pieces: list[int] = []
    before, more = 0, True
    while more:
        piece = await store.read(partial(talk, limit=7, before=before))
        pieces = [each.id for each in piece.said] + pieces
        before, more = piece.said[0].id, piece.more
    assert pieces == [each.id for each in whole.said]


async def test_only_what_was_found_is_told(store: Store) -> None:
    whole = await store.read(lambda record: talk(record, 500))
    ids = [whole.said[3].id, whole.said[10].id]
    turns = {whole.said[3].turn, whole.said[10].turn}
    found = await store.read(lambda record: talk(record, 500, 0, ids))
    assert found.said == [each for each in whole.said if each.turn in turns]
    assert (await store.read(lambda record: talk(record, 500, 0, []))).said == []


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("plumber", 8),
        ("CALL plumber", 8),
        ("plumber lights", 0),
        ("100%", 0),
        ("'\"", 0),
    ],
)
async def test_what_has_every_word_is_found(
    words: str, number: int, store: Store
) -> None:
    ids = await store.read(lambda record: matching(record, words, 500))
    assert ids == sorted(ids, reverse=True)
    found = await store.read(lambda record: talk(record, 500, 0, ids))
    assert len([each for each in found.said if each.type == "transcription"]) == number


async def test_a_trend_counts_every_turn_and_error_once(store: Store) -> None:
    found = await store.read(lambda record: trend(record, NOW, 24 * 3600, 48))
    assert len(found) == 48
    assert found[0].at == pytest.approx(NOW - 24 * 3600)
    assert sum(each.turns for each in found) == TURNS - TURNS // 17
    assert sum(each.errors for each in found) == TURNS // 17
    for each in found:
        if each.turns:
            assert each.transcript is not None
            assert each.answer is not None
            assert each.p50 is not None
            assert each.p95 is not None
            assert 0.3 < each.transcript < each.answer < each.p50 <= each.p95 < 8


async def test_a_trend_puts_each_turn_where_it_was(tmp_path: Path) -> None:
    async with open_store(tmp_path / "tonny.db") as store:
        times = (NOW - 3600, NOW - 1801, NOW - 1799, NOW - 1, NOW + 5)
        timed = [Timed(n, first_sample=float(n)) for n in range(len(times))]
        await store.write(
            [Entry(at, "a", each) for at, each in zip(times, timed, strict=True)]
        )
        found = await store.read(lambda record: trend(record, NOW, 3600, 2))
    assert [each.turns for each in found] == [2, 2]
    assert [each.p95 for each in found] == [1.0, 3.0]


@pytest.mark.parametrize(
    ("values", "share", "right"),
    [
        ([], 0.5, None),
        ([3], 0.95, 3),
        ([1, 2, 3, 4], 0.5, 2),
        ([*range(101)], 0.95, 95),
    ],
)
def test_quantiles(values: list[float], share: float, right: float | None) -> None:
    assert quantile(values, share) == right
