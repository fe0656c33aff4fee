"""Every error that ElevenLabs is known to answer with, and what Tonny does then."""

import socket

import pytest
import trio
from trio.testing import MockClock

from agent.errors import AgentError, Refused, Unavailable
from agent.events import Event, QuotaSpent, VoiceSwapped
from agent.speaking.elevenlabs import ElevenLabs
from agent.speaking.elevenlabs.failures import Denied
from agent.speaking.elevenlabs.speech import ASK_AGAIN_AFTER, BUSY_FOR
from agent.speaking.elevenlabs.stream import STALLED_AFTER
from tests.fakes import guard
from tests.speaking.elevenlabs import CANARY, opened, said, speaking
from tests.standins.elevenlabs.account import (
    GEORGE,
    RACHEL,
    SARAH,
    Account,
    Fails,
    Stalls,
)
from tests.standins.elevenlabs.errors import ERRORS, Generation
from tests.standins.elevenlabs.speech import pcm_of

HELLO = pcm_of("Hello.")
GENERATIONS: tuple[Generation, ...] = ("new", "old")

TEXT = ["text_too_long", "plain", "page", "empty", "schema"]
KEY = [
    *("invalid_api_key", "needs_authorization", "missing_permissions"),
    "detected_unusual_activity",
]
SETTING = ["unsupported_language"]
QUOTA = ["quota_exceeded"]
VOICE = ["voice_does_not_exist", "invalid_uid", "paid_plan_required", "voice_not_found"]
FORMAT = ["output_format_not_allowed", "subscription_required", "only_for_creator+"]
ROOM = ["concurrent_limit_exceeded"]
SERVER = [
    *("system_busy", "rate_limit_exceeded", "timeout", "conflict"),
    *("internal", "gateway", "down"),
]

either_way = pytest.mark.parametrize("transport", ["http", "websocket"])
either_generation = pytest.mark.parametrize("generation", GENERATIONS)


class Wall:
    """A time of day that only moves when it is told to."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def hasty_clock() -> MockClock:
    """Skips only waits that outlast what may still be under way on loopback."""
    return MockClock(autojump_threshold=0.02)


def failing(*names: str, generation: Generation = "new") -> Account:
    """An account that has so many errors in store."""
    account = Account(generation=generation)
    account.faults.extend(map(Fails, names))
    return account


def asked_of(account: Account) -> list[str]:
    """The voices that were asked to speak, over HTTP or a WebSocket."""
    posts = [asked.target for asked in account.asked if asked.method == "POST"]
    opened = [socket.target for socket in account.sockets]
    return [target.split("/")[3] for target in posts or opened]


async def failure(voice: ElevenLabs) -> AgentError:
    with pytest.raises(AgentError) as failed:
        await said(voice)
    assert CANARY not in repr(failed.value)
    return failed.value


def test_there_is_a_reaction_to_every_known_error() -> None:
    assert {
        *TEXT,
        *KEY,
        *SETTING,
        *QUOTA,
        *VOICE,
        *FORMAT,
        *ROOM,
        *SERVER,
    } == ERRORS.keys()


@either_generation
@pytest.mark.parametrize(
    ("error", "words"),
    [
        *[(error, "") for error in (*TEXT, *SERVER)],
        ("text_too_long", "the text is too long for this model (tts.model)"),
        ("schema", "does not understand"),
        ("page", "(400)"),
        ("down", "(503)"),
        ("unsupported_language", "tts.language"),
        ("invalid_api_key", "Invalid API key (401): compare tts.api_key"),
        ("missing_permissions", "permission text_to_speech"),
        ("missing_permissions", "give the key"),
        ("quota_exceeded", "another plan"),
        ("detected_unusual_activity", "elevenlabs.io"),
    ],
)
async def test_an_error_is_told_in_elevenlabs_own_words_and_with_what_to_do(
    error: str, words: str, generation: Generation
) -> None:
    account = failing(error, generation=generation)
    told = account.error(error)
    async with speaking(account) as voice:
        reason = str(await failure(voice))
    assert words in reason
    if told.content_type == "application/json" and told.status != 422:
        assert told.message in reason


@either_generation
@pytest.mark.parametrize("error", TEXT)
async def test_a_text_that_is_refused_is_not_asked_for_again_but_the_next_one_is(
    error: str, generation: Generation
) -> None:
    account = failing(error, generation=generation)
    async with speaking(account) as voice:
        assert isinstance(await failure(voice), Refused)
        assert asked_of(account) == [GEORGE]
        assert await said(voice) == HELLO


@either_generation
@pytest.mark.parametrize("error", [*KEY, *SETTING])
async def test_what_any_text_would_meet_is_left_alone_for_a_while(
    error: str, generation: Generation
) -> None:
    wall, account = Wall(), failing(error, generation=generation)
    async with speaking(account, wall=wall) as voice:
        refused = await failure(voice)
        assert isinstance(refused, Refused)
        wall.now += ASK_AGAIN_AFTER - 1
        assert await failure(voice) is refused
        assert asked_of(account) == [GEORGE]
        wall.now += 2
        assert await said(voice) == HELLO


@either_generation
@either_way
async def test_a_spent_quota_rests_until_the_reset_and_is_told_once(
    generation: Generation, transport: str
) -> None:
    wall, events = Wall(), list[Event]()
    account = Account(generation=generation)
    account.used, account.reset = account.limit - 2, int(wall.now) + 86_400
    async with speaking(account, events.append, wall, transport=transport) as voice:
        assert "exceeds your quota" in str(await failure(voice))
        wall.now += 86_000
        assert "exceeds your quota" in str(await failure(voice))
        account.used = 0
        assert "exceeds your quota" in str(await failure(voice))
        assert asked_of(account) == [GEORGE]
        wall.now += 401
        assert await said(voice) == HELLO
    told = [event for event in events if isinstance(event, QuotaSpent)]
    assert told == [QuotaSpent(account.reset)]


@either_generation
async def test_a_spent_quota_of_a_key_that_may_not_see_it_is_asked_for_now_and_then(
    generation: Generation,
) -> None:
    wall, events = Wall(), list[Event]()
    account = failing("quota_exceeded", generation=generation)
    account.lacks = {"user_read"}
    async with speaking(account, events.append, wall) as voice:
        await failure(voice)
        wall.now += ASK_AGAIN_AFTER + 1
        assert await said(voice) == HELLO
    assert [event for event in events if isinstance(event, QuotaSpent)] == [
        QuotaSpent(None)
    ]


@either_generation
@either_way
@pytest.mark.parametrize("error", VOICE)
async def test_instead_of_a_refused_voice_another_one_speaks(
    error: str, generation: Generation, transport: str
) -> None:
    events = list[Event]()
    account = failing(error, generation=generation)
    async with speaking(account, events.append, transport=transport) as voice:
        assert await said(voice) == HELLO
        assert await said(voice) == HELLO
    (swapped,) = (event for event in events if isinstance(event, VoiceSwapped))
    assert swapped.used.startswith("Sarah")
    assert asked_of(account)[:2] == [GEORGE, SARAH]
    assert set(asked_of(account)[1:]) == {SARAH}


@either_generation
async def test_for_an_unknown_model_no_other_voice_is_tried(
    generation: Generation,
) -> None:
    events = list[Event]()
    account = Account(generation=generation)
    async with speaking(account, events.append, model="flash") as voice:
        reason = str(await failure(voice))
    assert "'flash'" in reason
    assert "tts.model" in reason
    assert asked_of(account) == [GEORGE]
    assert not [event for event in events if isinstance(event, VoiceSwapped)]


@either_generation
@either_way
async def test_a_voice_of_the_library_is_for_those_who_pay(
    generation: Generation, transport: str
) -> None:
    account = Account(generation=generation)
    async with speaking(account, voice=RACHEL, transport=transport) as voice:
        assert await said(voice) == HELLO
    assert asked_of(account) == [RACHEL, GEORGE]


@either_generation
async def test_without_the_right_to_list_voices_a_refused_one_is_told(
    generation: Generation,
) -> None:
    account = failing("voice_not_found", generation=generation)
    account.lacks = {"voices_read"}
    async with speaking(account) as voice:
        assert "tts.voice" in str(await failure(voice))


@either_generation
@either_way
@pytest.mark.parametrize("error", FORMAT)
async def test_a_format_beyond_the_plan_is_given_up_for_good(
    error: str, generation: Generation, transport: str
) -> None:
    account = failing(error, generation=generation)
    async with speaking(account, format="pcm_16000", transport=transport) as voice:
        assert await said(voice) == HELLO
        assert voice.rate == 24_000
        assert await said(voice) == HELLO
    targets = [asked.target for asked in account.asked if asked.method == "POST"]
    targets += [socket.target for socket in account.sockets]
    assert sum("pcm_16000" in target for target in targets) == 1


@either_generation
@either_way
async def test_what_is_too_much_at_once_is_said_a_little_later(
    generation: Generation, transport: str, hasty_clock: MockClock
) -> None:
    account = failing(*ROOM, *ROOM, *ROOM, generation=generation)
    peer = guard(threshold=1)
    async with speaking(account, transport=transport) as voice:
        with peer.call():
            assert await said(voice) == HELLO
    assert peer.standing == "closed"


@either_generation
@either_way
async def test_too_much_for_too_long_is_no_outage(
    generation: Generation, transport: str, hasty_clock: MockClock
) -> None:
    account = failing(*ROOM * 9, generation=generation)
    peer = guard(threshold=1)
    async with speaking(account, transport=transport) as voice:
        with pytest.raises(Unavailable), peer.call():
            await said(voice)
    assert peer.standing == "closed"
    assert len(account.faults) == 9 - 1 - len(BUSY_FOR)


async def test_more_at_once_than_the_plan_allows_waits_for_its_own_requests(
    hasty_clock: MockClock,
) -> None:
    account, heard = Account(), list[bytes]()
    account.concurrency = 1
    async with speaking(account) as voice, trio.open_nursery() as nursery:

        async def hear() -> None:
            heard.append(await said(voice))

        for _ in range(4):
            nursery.start_soon(hear)
    assert heard == [HELLO] * 4


@either_generation
@pytest.mark.parametrize("error", SERVER)
async def test_a_server_in_trouble_is_left_to_the_breaker(
    error: str, generation: Generation
) -> None:
    account, peer = failing(*[error] * 3, generation=generation), guard(threshold=3)
    account.retry_after = 7
    async with speaking(account) as voice:
        for _ in range(3):
            assert peer.standing == "closed"
            with pytest.raises(Unavailable) as failed, peer.call():
                await said(voice)
            assert failed.value.retry_after == 7
    assert peer.standing == "open"
    assert len(asked_of(account)) == 3


either_manner = pytest.mark.parametrize("curt", [False, True], ids=["told", "curt"])


@either_manner
@pytest.mark.parametrize("error", [*KEY, *QUOTA])
async def test_a_websocket_that_says_no_is_left_alone_for_a_while(
    error: str, curt: bool
) -> None:
    wall, account = Wall(), failing(error)
    account.curt, account.lacks = curt, {"user_read"}
    async with speaking(account, wall=wall, transport="websocket") as voice:
        refused = await failure(voice)
        assert isinstance(refused, Denied)
        assert refused.code == error
        assert await failure(voice) is refused
        assert len(account.sockets) == 1
        wall.now += ASK_AGAIN_AFTER + 1
        assert await said(voice) == HELLO


@pytest.mark.parametrize("error", ["text_too_long", "unsupported_language"])
async def test_a_websocket_that_does_not_like_a_text_is_not_asked_twice(
    error: str,
) -> None:
    account = failing(error)
    async with speaking(account, transport="websocket") as voice:
        assert isinstance(await failure(voice), Refused)
    assert len(account.sockets) == 1


async def test_the_last_words_of_a_websocket_are_enough_to_choose_a_voice_and_a_format() -> (
    None
):
    errors = ("voice_not_found", "output_format_not_allowed")
    account = failing(*errors)
    account.curt = True
    async with speaking(account, transport="websocket", format="pcm_16000") as voice:
        assert await said(voice) == HELLO
    assert asked_of(account) == [GEORGE, SARAH, SARAH]


@either_manner
async def test_too_many_contexts_are_no_outage(
    curt: bool, hasty_clock: MockClock
) -> None:
    account, peer = failing("max_contexts_exceeded"), guard(threshold=1)
    account.curt = curt
    async with speaking(account, transport="websocket") as voice:
        with peer.call():
            assert await said(voice) == HELLO


@either_manner
@pytest.mark.parametrize(
    "error",
    [
        *("system_busy", "rate_limit_exceeded"),
        *("input_timeout_exceeded", "voice_settings_changed"),
    ],
)
async def test_a_websocket_in_trouble_is_opened_anew_and_no_other_voice_is_chosen(
    error: str, curt: bool
) -> None:
    account, peer = failing(error), guard(threshold=1)
    account.curt = curt
    async with speaking(account, transport="websocket") as voice:
        with pytest.raises(Unavailable), peer.call():
            await said(voice)
        assert peer.standing == "open"
        assert await said(voice) == HELLO
    assert asked_of(account) == [GEORGE, GEORGE]


@either_generation
@pytest.mark.parametrize("error", [*KEY, *SETTING])
async def test_a_handshake_that_is_refused_for_good_is_not_tried_again_soon(
    error: str, generation: Generation
) -> None:
    wall, account = Wall(), Account(generation=generation)
    account.refuses = error
    async with speaking(account, wall=wall, transport="websocket") as voice:
        refused = await failure(voice)
        assert isinstance(refused, Denied)
        assert refused.code == error
        account.refuses = None
        assert await failure(voice) is refused
        wall.now += ASK_AGAIN_AFTER + 1
        assert await said(voice) == HELLO


@either_generation
@pytest.mark.parametrize("error", SERVER)
async def test_a_server_in_trouble_may_refuse_the_handshake(
    error: str, generation: Generation
) -> None:
    account = Account(generation=generation)
    account.refuses = error
    async with speaking(account, transport="websocket") as voice:
        assert type(await failure(voice)) is Unavailable
        account.refuses = None
        assert await said(voice) == HELLO


async def test_what_a_websocket_refuses_is_asked_for_over_http() -> None:
    """Where either may be used, it is HTTP that decides what is wrong."""
    account = Account()
    async with speaking(account) as voice:
        await _connected(voice, account)
        account.faults.append(Fails("invalid_api_key"))
        assert await said(voice, streamed=True) == HELLO
        assert await said(voice, streamed=True) == HELLO
    assert len(account.sockets) == 1
    assert len(asked_of(account)) == 3


async def test_a_websocket_that_stalls_is_given_up_at_once_for_all(
    hasty_clock: MockClock,
) -> None:
    account = Account()
    async with speaking(account) as voice:
        await _connected(voice, account)
        account.faults.append(Stalls(after=0))
        began = trio.current_time()
        assert await said(voice, streamed=True) == HELLO
        assert await said(voice, streamed=True) == HELLO
        assert trio.current_time() - began < STALLED_AFTER + 1


async def test_after_a_stall_a_websocket_is_opened_anew(
    hasty_clock: MockClock,
) -> None:
    account = Account()
    account.faults.append(Stalls(after=0))
    async with speaking(account, transport="websocket") as voice:
        assert type(await failure(voice)) is Unavailable
        assert await said(voice) == HELLO
    assert len(account.sockets) == 2


@either_way
async def test_one_that_cannot_be_reached_is_absent(transport: str) -> None:
    async with opened("http://127.0.0.1:1", transport=transport) as voice:
        found = await failure(voice)
    assert isinstance(found, Unavailable)
    assert found.absent


@either_way
async def test_so_is_one_whose_network_swallows_everything(
    transport: str, hasty_clock: MockClock
) -> None:
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for each in (first, second):  # there is no room for anybody else
            each.setblocking(False)
            each.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}"
        async with opened(url, transport=transport) as voice:
            found = await failure(voice)
    assert isinstance(found, Unavailable)
    assert found.absent


@either_way
async def test_one_that_goes_silent_in_mid_sentence_was_reached(
    transport: str, hasty_clock: MockClock
) -> None:
    account = Account()
    account.faults.append(Stalls(after=0))
    async with speaking(account, transport=transport) as voice:
        found = await failure(voice)
    assert isinstance(found, Unavailable)
    assert not found.absent


async def _connected(voice: ElevenLabs, account: Account) -> None:
    """The first passage of an answer goes over HTTP, and has the WebSocket opened."""
    assert await said(voice, streamed=True) == HELLO
    while not account.sockets:
        await trio.testing.wait_all_tasks_blocked(0.01)
    await trio.testing.wait_all_tasks_blocked(0.01)
