import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

from agent.cli.interpret import interpret
from agent.cli.stats import stats
from agent.errors import Misconfigured
from agent.events import Attempted, Dismissed, Event, Heard, Measured, Timed, Unanswered
from agent.record.sqlite import DATABASE
from agent.record.store import open_store
from tests.record.conversations import NOON, entries

Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def somewhere() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TZ", "Etc/GMT-1")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    day: list[Event] = [
        *(Heard(turn, "hello", "moonshine") for turn in range(1, 9)),
        *(Timed(n, transcript=n / 10, first_sample=n / 4) for n in range(1, 9)),
        Unanswered(1, "id", "refused"),
        Dismissed(9, "noise"),
        Attempted("id", "n8n", "POST", "http://x/y", 0.1, 500),
        Attempted("id", "n8n", "POST", "http://x/y", 0.1, 200),
        Measured("tts.characters", 321.0),
    ]

    async def write() -> None:
        async with open_store(tmp_path / DATABASE) as store:
            await store.write(entries(day, "a"))
            await store.write(entries(day, "b", NOON + 86_400))

    trio.run(write)
    return tmp_path


def test_all_of_it_is_a_small_table(folder: Path, capsys: Output) -> None:
    assert stats(data_dir=folder) == 0
    assert capsys.readouterr().out.splitlines() == [
        "turns              16",
        "  an hour         8.0  (of those that had any)",
        "  a day           8.0",
        "unanswered          2    12.5%",
        "unspoken            0     0.0%",
        "unheard             0     0.0%",
        "dismissed           2    12.5%",
        "characters        642",
        "",
        "until           turns      p50      p95",
        "transcript         16    0.40s    0.80s",
        "request             0        -        -",
        "first answer        0        -        -",
        "first audio         0        -        -",
        "first sample       16    1.00s    2.00s",
        "",
        "requests         made   failed",
        "n8n                 4        2    50.0%",
    ]


def test_each_day_is_a_line(folder: Path, capsys: Output) -> None:
    assert stats(by="day", data_dir=folder) == 0
    head, *days = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert head[:5] == ["day", "turns", "/hour", "p50", "p95"]
    same = ["8", "8.0", "1.00s", "2.00s", "1", "0", "0", "1", "1", "321"]
    assert days == [["2026-11-23", *same], ["2026-11-24", *same]]
    assert len(head) == len(days[0])


def test_programs_get_every_figure(folder: Path, capsys: Output) -> None:
    assert stats(json=True, since="2026-11-24", data_dir=folder) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["turns"] == 8
    assert found["latency"]["transcript"] == {"turns": 8, "p50": 0.4, "p95": 0.8}
    assert found["unanswered"] == {"turns": 1, "rate": 0.125}
    assert found["requests"] == {"n8n": {"made": 2, "failed": 1, "rate": 0.5}}
    assert found["characters"] == 321
    assert stats(json=True, by="day", data_dir=folder) == 0
    days = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [day.pop("day") for day in days] == ["2026-11-23", "2026-11-24"]
    del found["day"]
    assert days == [found, found]


def test_an_empty_record_says_so(tmp_path: Path, capsys: Output) -> None:
    assert interpret(["stats", "--data-dir", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "Nothing has been said yet.\n"
    assert stats(json=True, data_dir=tmp_path) == 0
    assert json.loads(capsys.readouterr().out)["turns"] == 0
    assert not (tmp_path / DATABASE).exists()


def test_a_time_without_turns_says_so(folder: Path, capsys: Output) -> None:
    assert stats(since="2030-01-01", data_dir=folder) == 0
    assert capsys.readouterr().out == "Nothing like that was found.\n"
    with pytest.raises(Misconfigured, match='--since "soon"'):
        stats(since="soon", data_dir=folder)
