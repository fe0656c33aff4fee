import pytest
import trio
from trio.testing import MockClock

from agent.errors import Refused, Unavailable, translating
from agent.events import Event, Lost, Ready
from agent.ports import Transcriber
from agent.utterance import Recording
from tests.fakes import Failing, Typist, ears, guard


async def use(gate: object, exc: Exception | None = None) -> None:
    from agent.guard import Guard

    assert isinstance(gate, Guard)
    with gate.call():
        await trio.lowlevel.checkpoint()
        if exc is not None:
            raise exc


async def test_it_tells_when_a_dependency_goes_and_when_it_returns(
    autojump_clock: MockClock,
) -> None:
    events: list[Event] = []
    n8n = guard("n8n", events.append, threshold=2)
    await use(n8n)
    for _ in range(2):
        with pytest.raises(Unavailable, match="refused"):
            await use(n8n, Unavailable("connection refused"))
    with pytest.raises(Unavailable, match="connection refused; resting for") as rests:
        await use(n8n)
    assert rests.value.retry_after == 30
    await trio.sleep(30)
    await use(n8n)
    assert events == [
        Ready("n8n"),
        Lost("n8n", "connection refused", retry_in=30),
        Ready("n8n"),
    ]


async def test_a_refusal_is_an_answer_and_opens_nothing() -> None:
    events: list[Event] = []
    n8n = guard("n8n", events.append, threshold=1)
    for _ in range(5):
        with pytest.raises(Refused):
            await use(n8n, Refused("wrong token"))
    assert events == [Ready("n8n")]


async def test_a_cancelled_call_and_a_bug_count_for_nothing() -> None:
    n8n = guard("n8n", threshold=1)
    with trio.CancelScope() as scope:
        scope.cancel()
        await use(n8n)
    with pytest.raises(ZeroDivisionError):
        await use(n8n, ZeroDivisionError())
    await use(n8n)


async def test_a_hundred_callers_make_one_probe(autojump_clock: MockClock) -> None:
    n8n = guard("n8n", threshold=1)
    with pytest.raises(Unavailable):
        await use(n8n, Unavailable("away"))
    await trio.sleep(30)
    probes = 0

    async def caller() -> None:
        nonlocal probes
        try:
            with n8n.call():
                probes += 1
                await trio.sleep(1)
        except Unavailable:
            pass

    async with trio.open_nursery() as nursery:
        for _ in range(100):
            nursery.start_soon(caller)
    assert probes == 1


def recorded(words: str) -> Recording:
    recording = Recording(1)
    recording.append(words.encode())
    recording.finish()
    return recording


async def heard_by(ear: Transcriber) -> tuple[str, str]:
    said = await ear.transcribe(recorded("hello"), lambda text: None)
    return ear.name, said.text


async def test_the_next_rung_is_tried_when_one_is_away_or_refuses() -> None:
    away = Failing("whisper", Unavailable("connection refused"))
    refusing = Failing("other", Refused("wrong token"))
    assert await ears(away, refusing, Typist()).first(heard_by) == ("typist", "hello")


async def test_a_rung_that_rests_is_skipped_without_a_call() -> None:
    away = Failing("whisper", Unavailable("connection refused"))
    ladder = ears(away, Typist())
    for _ in range(5):
        assert await ladder.first(heard_by) == ("typist", "hello")
    assert away.calls == 3


async def test_with_no_rung_left_everybodys_reason_is_told() -> None:
    ladder = ears(
        Failing("whisper", Unavailable("connection refused")),
        Failing("moonshine", Refused("English only")),
    )
    with pytest.raises(
        Unavailable, match="whisper: connection refused; moonshine: English only"
    ):
        await ladder.first(heard_by)


async def test_an_empty_ladder_says_that_nothing_is_configured() -> None:
    with pytest.raises(Unavailable, match="nothing is configured"):
        await ears().first(heard_by)


@pytest.mark.parametrize(
    ("theirs", "told"),
    [
        (OSError("no route"), "n8n: no route"),
        (ConnectionError(), "n8n: ConnectionError"),
    ],
)
def test_a_librarys_errors_become_ours(theirs: OSError, told: str) -> None:
    with (
        pytest.raises(Unavailable, match=told),
        translating({OSError: Unavailable}, "n8n: "),
    ):
        raise theirs


def test_an_error_without_words_is_told_by_its_cause() -> None:
    with (
        pytest.raises(Unavailable, match="no route"),
        translating({OSError: Unavailable}),
    ):
        raise ConnectionError from ValueError("no route")


def test_other_errors_pass() -> None:
    with pytest.raises(KeyError), translating({OSError: Unavailable}):
        raise KeyError("x")
