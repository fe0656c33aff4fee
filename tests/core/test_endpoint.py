"""Frames are numbered here, so that their order and completeness can be seen."""

from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise
from math import ceil

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.endpoint import Endpointer, Mode, Rules
from agent.sounds import Begun, Ended, Paused, Resumed, Sound, Voiced

RULES = Rules(hangover_ms=640)
"""A hangover of twenty frames of 32 ms."""

DIGITS = 6
# Just enough to begin, just enough to stay, just too little.
YES, STILL, NO = 0.5, 0.35, 0.34


def numbered(n: int) -> bytes:
    return f"{n:0{DIGITS}}".encode()


def numbers(audio: bytes) -> list[int]:
    return [int(audio[i : i + DIGITS]) for i in range(0, len(audio), DIGITS)]


def heard(endpointer: Endpointer, probabilities: Iterable[float]) -> list[list[Sound]]:
    """What came of each frame."""
    return [
        list(endpointer.feed(numbered(n), probability))
        for n, probability in enumerate(probabilities)
    ]


def utterances(sounds: Iterable[Sound]) -> list[tuple[list[int], Ended]]:
    """Each one's frames and its end; fails unless starts and ends alternate."""
    found = []
    rest = iter(sounds)
    for first in rest:
        assert first == Begun()
        audio = b""
        for sound in rest:
            if isinstance(sound, Ended):
                found.append((numbers(audio), sound))
                break
            assert isinstance(sound, bytes)
            audio += sound
        else:
            pytest.fail("an utterance has no end")
    return found


def all_of(endpointer: Endpointer, probabilities: Iterable[float]) -> list[Sound]:
    sounds = [sound for some in heard(endpointer, probabilities) for sound in some]
    return [*sounds, *endpointer.flush()]


frame_lengths = st.sampled_from([20.0, 30.0, 32.0])
streams = st.lists(
    st.tuples(st.sampled_from([NO, STILL, YES]), st.integers(1, 40)), max_size=20
).map(lambda runs: [value for value, times in runs for _ in range(times)])
rules = st.builds(
    Rules,
    start_ms=st.integers(20, 300),
    start_window_ms=st.integers(20, 400),
    hangover_ms=st.integers(100, 1500),
    pre_roll_ms=st.integers(0, 3000),
    min_speech_ms=st.integers(0, 1000),
    max_utterance=st.floats(0.5, 6),
)


@given(streams, rules, frame_lengths)
def test_starts_and_ends_alternate_and_no_frame_comes_twice(
    stream: list[float], rules: Rules, frame_ms: float
) -> None:
    spoken = utterances(all_of(Endpointer(rules, frame_ms), stream))
    everything = [n for frames, _ in spoken for n in frames]
    assert everything == sorted(set(everything))


@given(streams, rules, frame_lengths)
def test_within_an_utterance_nothing_is_left_out(
    stream: list[float], rules: Rules, frame_ms: float
) -> None:
    for frames, _ in utterances(all_of(Endpointer(rules, frame_ms), stream)):
        assert frames == list(range(frames[0], frames[-1] + 1))


@given(streams, rules, frame_lengths)
def test_no_utterance_is_longer_than_allowed(
    stream: list[float], rules: Rules, frame_ms: float
) -> None:
    for frames, _ in utterances(all_of(Endpointer(rules, frame_ms), stream)):
        assert len(frames) * frame_ms <= rules.max_utterance * 1000


@given(streams, rules, frame_lengths)
def test_after_a_cut_the_next_frame_goes_on(
    stream: list[float], rules: Rules, frame_ms: float
) -> None:
    spoken = utterances(all_of(Endpointer(rules, frame_ms), stream))
    for (before, end), (after, _) in pairwise(spoken):
        if end.cut:
            assert after[0] == before[-1] + 1
    if spoken and spoken[-1][1].cut:
        assert spoken[-1][0][-1] == len(stream) - 1


@given(streams, rules, frame_lengths)
def test_an_utterance_is_made_of_what_was_spoken_and_what_is_around_it(
    stream: list[float], rules: Rules, frame_ms: float
) -> None:
    for frames, end in utterances(all_of(Endpointer(rules, frame_ms), stream)):
        around = len(frames) * frame_ms / 1000 - end.seconds
        assert end.seconds >= 0
        assert around >= -1e-9
        if end.seconds:  # else it is what a cut left over of the quiet before it
            assert end.quiet <= around + 1e-9


@given(streams, rules, frame_lengths)
def test_silence_gives_nothing_whatever_came_before(
    stream: list[float], rules: Rules, frame_ms: float
) -> None:
    endpointer = Endpointer(rules, frame_ms)
    all_of(endpointer, stream)
    assert not endpointer.speaking
    assert [endpointer.feed(b"", NO) for _ in range(50)] == [()] * 50


@given(streams, st.integers(100, 1500), frame_lengths)
def test_a_pause_ends_an_utterance_after_exactly_the_hangover(
    stream: list[float], hangover_ms: int, frame_ms: float
) -> None:
    endpointer = Endpointer(
        Rules(hangover_ms=hangover_ms, max_utterance=1000), frame_ms
    )
    heard(endpointer, [*stream, *[YES] * 10])
    wait = ceil(hangover_ms / frame_ms)
    *before, last = heard(endpointer, [NO] * wait)
    assert not any(isinstance(sound, Ended) for sounds in before for sound in sounds)
    assert isinstance(last[-1], Ended)
    assert last[-1].quiet == pytest.approx(wait * frame_ms / 1000)


# Not the first two frames: so close to the speech they would be part of it.
@given(st.sets(st.integers(2, 18), max_size=2))
def test_a_few_strays_do_not_prolong_the_hangover(strays: set[int]) -> None:
    endpointer = Endpointer(RULES, 32)
    heard(endpointer, [YES] * 20)
    pause = [YES if n in strays else NO for n in range(20)]
    *before, last = heard(endpointer, pause)
    assert all(len(sounds) == 1 for sounds in before)
    assert last[-1] == Ended(seconds=20 * 0.032, quiet=20 * 0.032)


def test_many_strays_are_speech() -> None:
    endpointer = Endpointer(RULES, 32)
    heard(endpointer, [YES] * 4 + ([NO] * 5 + [STILL]) * 3)
    *_, last = heard(endpointer, [NO] * 20)
    assert last[-1] == Ended(seconds=22 * 0.032, quiet=20 * 0.032)


def test_clicks_twice_a_second_end_nothing_later() -> None:
    endpointer = Endpointer(RULES, 32)
    heard(endpointer, [YES] * 20)
    heard(endpointer, ([NO] * 15 + [YES]) * 2)
    assert not endpointer.speaking


def test_a_flicker_within_speech_does_not_shorten_the_hangover() -> None:
    endpointer = Endpointer(RULES, 32)
    heard(endpointer, [YES, YES, YES, NO, STILL, STILL])
    *before, last = heard(endpointer, [NO] * 20)
    assert all(len(sounds) == 1 for sounds in before)
    assert last[-1] == Ended(seconds=6 * 0.032, quiet=20 * 0.032, too_short=True)


def test_a_word_that_begins_as_the_hangover_ends_is_not_cut_off() -> None:
    endpointer = Endpointer(RULES, 32)
    heard(endpointer, [YES] * 10 + [NO] * 18 + [STILL] * 3)
    assert endpointer.speaking


@pytest.mark.parametrize("frame_ms", [20.0, 30.0, 32.0])
def test_speech_begins_when_enough_of_the_window_is_voiced(frame_ms: float) -> None:
    found = heard(Endpointer(RULES, frame_ms), [NO] * 30 + [YES] * 10)
    (begun,) = (n for n, sounds in enumerate(found) if Begun() in sounds)
    assert (begun - 30) * frame_ms < 96 <= (begun + 1 - 30) * frame_ms


@pytest.mark.parametrize(
    ("frame_ms", "nearly"),
    [
        (20.0, [YES, NO, NO, YES, YES, YES, YES]),
        (30.0, [YES, NO, YES, YES, YES]),
        (32.0, [YES, NO, NO, YES, YES]),
    ],
)
def test_the_window_is_not_longer_than_it_should_be(
    frame_ms: float, nearly: list[float]
) -> None:
    assert all_of(Endpointer(RULES, frame_ms), nearly) == []


def test_two_clicks_are_no_beginning() -> None:
    clicks = ([YES] * 2 + [NO] * 3) * 50
    assert all_of(Endpointer(RULES, 32), clicks) == []


def test_to_begin_takes_more_certainty_than_to_stay() -> None:
    assert all_of(Endpointer(RULES, 32), [STILL] * 100) == []
    ((frames, end),) = utterances(
        all_of(Endpointer(RULES, 32), [YES] * 4 + [STILL] * 96)
    )
    assert frames == list(range(100))
    assert end == Ended(seconds=3.2, quiet=0)


def test_the_audio_begins_half_a_second_before_the_speech() -> None:
    stream = [NO] * 50 + [YES] * 20 + [NO] * 20
    ((frames, end),) = utterances(all_of(Endpointer(RULES, 32), stream))
    assert frames == list(range(50 - ceil(500 / 32), 90))
    assert end == Ended(seconds=20 * 0.032, quiet=0.64)


def test_a_pre_roll_does_not_reach_into_the_utterance_before() -> None:
    stream = ([YES] * 10 + [NO] * 20) * 3
    spoken = utterances(all_of(Endpointer(RULES, 32), stream))
    assert [frames[0] for frames, _ in spoken] == [0, 30, 60]


@pytest.mark.parametrize(("voiced", "too_short"), [(6, True), (7, False)])
def test_less_than_the_shortest_speech_is_marked(voiced: int, too_short: bool) -> None:
    stream = [YES] * voiced + [NO] * 20
    ((_, end),) = utterances(all_of(Endpointer(RULES, 32), stream))
    assert end.too_short is too_short


def test_the_rest_of_a_word_after_a_cut_is_not_too_short() -> None:
    stream = [YES] * (937 + 2) + [NO] * 20
    (first, cut), (rest, end) = utterances(all_of(Endpointer(RULES, 32), stream))
    assert cut == Ended(seconds=937 * 0.032, quiet=0, cut=True)
    assert (first[-1], rest[0]) == (936, 937)
    assert end == Ended(seconds=2 * 0.032, quiet=0.64)


def test_a_cut_within_the_hangover_leaves_only_silence_behind() -> None:
    stream = [YES] * 930 + [NO] * 20
    _, (rest, end) = utterances(all_of(Endpointer(RULES, 32), stream))
    assert rest == list(range(937, 950))
    assert end == Ended(seconds=0, quiet=0.64, too_short=True)


def test_a_cut_does_not_forgive_strays() -> None:
    endpointer = Endpointer(RULES, 32)
    heard(endpointer, [YES] * 920 + [NO] * 5 + [YES] + [NO] * 5 + [YES] + [NO] * 5)
    *_, last = heard(endpointer, [YES] + [NO] * 20)
    assert last[-1] == Ended(seconds=0.032, quiet=0.64)


def test_the_end_of_the_stream_ends_an_utterance() -> None:
    endpointer = Endpointer(RULES, 32)
    heard(endpointer, [YES] * 10 + [NO] * 5)
    assert endpointer.flush() == (Ended(seconds=0.32, quiet=0.16),)
    assert endpointer.flush() == ()


def test_nothing_follows_a_cut_at_the_end_of_the_stream() -> None:
    endpointer = Endpointer(RULES, 32)
    *_, last = heard(endpointer, [YES] * 937)
    assert isinstance(last[-1], Ended)
    assert endpointer.flush() == ()


def test_what_is_forgotten_is_in_no_pre_roll() -> None:
    endpointer = Endpointer(RULES, 32)
    heard(endpointer, [NO] * 30 + [YES] * 2)
    endpointer.forget()
    found = heard(endpointer, [YES] * 3)
    assert found == [[], [], [Begun(), b"".join(map(numbered, range(3)))]]


def test_a_window_of_strict_rules_fits_into_the_shortest_utterance() -> None:
    rules = Rules(start_ms=2000, start_window_ms=20, max_utterance=2)
    spoken = utterances(all_of(Endpointer(rules, 32), [YES] * 200))
    assert [len(frames) for frames, _ in spoken] == [62, 62, 62, 13]
    assert [round(end.seconds / 0.032) for _, end in spoken] == [62, 62, 62, 13]


def runs(values: Sequence[bool]) -> list[tuple[bool, int]]:
    return [(value, len(list(same))) for value, same in groupby(values)]


def test_a_conversation_is_cut_where_its_pauses_are() -> None:
    endpointer = Endpointer(RULES, 32)
    stream = ([NO] * 62 + [YES] * 40) * 3 + [NO] * 62
    speaking = []
    for probability in stream:
        endpointer.feed(b"", probability)
        speaking.append(endpointer.speaking)
    assert runs(speaking) == [
        *((False, 64), (True, 57)),
        *((False, 45), (True, 57)) * 2,
        (False, 43),
    ]


def marks(sounds: Iterable[Sound]) -> list[Sound]:
    """All but the audio."""
    return [sound for sound in sounds if not isinstance(sound, bytes)]


PAUSING = Rules(hangover_ms=640, pause_ms=250)


@given(streams, st.integers(100, 1500), st.integers(20, 600), frame_lengths)
def test_telling_pauses_changes_nothing_else(
    stream: list[float], hangover_ms: int, pause_ms: int, frame_ms: float
) -> None:
    rules = Rules(hangover_ms=hangover_ms)
    plain = all_of(Endpointer(rules, frame_ms), stream)
    telling = msgspec.structs.replace(rules, pause_ms=float(pause_ms))
    found = all_of(Endpointer(telling, frame_ms), stream)
    assert [s for s in found if not isinstance(s, Paused | Resumed)] == plain


@given(streams, frame_lengths)
def test_pauses_and_what_follows_them_alternate_within_an_utterance(
    stream: list[float], frame_ms: float
) -> None:
    expected: dict[object, tuple[type, ...]] = {
        Paused: (Resumed, Ended),
        Resumed: (Paused, Ended),
    }
    found = marks(all_of(Endpointer(PAUSING, frame_ms), stream))
    for before, after in pairwise(found):
        assert isinstance(after, expected.get(type(before), (object,)))
    numbers = [sound.number for sound in found if isinstance(sound, Paused)]
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_pause_is_told_in_time_and_taken_back() -> None:
    found = heard(Endpointer(PAUSING, 32), [YES] * 10 + [NO] * 10 + [YES] * 5)
    (paused,) = (n for n, sounds in enumerate(found) if Paused(1) in sounds)
    (resumed,) = (n for n, sounds in enumerate(found) if Resumed() in sounds)
    assert paused == 10 + ceil(250 / 32) - 1
    assert resumed == 20 + 2  # three clearly voiced frames


@pytest.mark.parametrize(("hangover_ms", "frames"), [(400, 13), (1000, 32), (0, 9)])
def test_what_was_said_may_decide_how_long_a_pause_is(
    hangover_ms: float, frames: int
) -> None:
    endpointer = Endpointer(PAUSING, 32)
    heard(endpointer, [YES] * 10 + [NO] * 8)
    endpointer.decide(1, hangover_ms)
    found = heard(endpointer, [NO] * 40)
    (ended,) = (n for n, sounds in enumerate(found) if marks(sounds))
    assert 8 + ended + 1 == frames


def test_a_decision_about_an_earlier_pause_is_ignored() -> None:
    endpointer = Endpointer(PAUSING, 32)
    heard(endpointer, [YES] * 10 + [NO] * 8 + [YES] * 10)
    endpointer.decide(1, 100)
    assert marks(all_of(endpointer, [NO] * 8)) == [
        Paused(2),
        Ended(seconds=28 * 0.032, quiet=8 * 0.032),
    ]


def test_after_a_pause_that_was_none_the_hangover_is_as_usual() -> None:
    endpointer = Endpointer(PAUSING, 32)
    heard(endpointer, [YES] * 10 + [NO] * 8)
    endpointer.decide(1, 1000)
    heard(endpointer, [YES] * 10)
    *before, last = heard(endpointer, [NO] * 20)
    assert not any(isinstance(s, Ended) for sounds in before for s in sounds)
    assert isinstance(last[-1], Ended)


modes: st.SearchStrategy[Mode] = st.sampled_from(["voice", "continuous", "ptt"])


@given(streams, rules, frame_lengths)
def test_in_continuous_mode_every_frame_is_in_an_utterance(
    stream: list[float], rules: Rules, frame_ms: float
) -> None:
    found = all_of(Endpointer(rules, frame_ms, "continuous"), stream)
    audio = b"".join(sound for sound in found if isinstance(sound, bytes))
    assert numbers(audio) == list(range(len(stream)))
    marked = marks(found)
    assert all(
        isinstance(after, Begun) == isinstance(before, Ended)
        for before, after in pairwise(marked)
    )


def test_in_continuous_mode_a_voice_is_told_when_it_comes() -> None:
    endpointer = Endpointer(RULES, 32, "continuous")
    found = heard(endpointer, [NO] * 30 + [YES] * 10 + [NO] * 20)
    assert marks(found[0]) == [Begun(voiced=False)]
    (told,) = (n for n, sounds in enumerate(found) if Voiced() in sounds)
    assert told == 30 + 2
    assert found[-1][-1] == Ended(seconds=10 * 0.032, quiet=0.64)


def test_what_nobody_speaks_in_is_passed_on_every_ten_seconds() -> None:
    endpointer = Endpointer(RULES, 32, "continuous")
    ends = [s for s in all_of(endpointer, [NO] * 626) if isinstance(s, Ended)]
    assert [end.voiced for end in ends] == [False, False]


def test_with_push_to_talk_a_voice_begins_nothing() -> None:
    assert all_of(Endpointer(RULES, 32, "ptt"), [YES] * 100) == []


def test_a_key_begins_and_ends_an_utterance_whatever_is_heard() -> None:
    endpointer = Endpointer(RULES, 32, "ptt")
    heard(endpointer, [NO] * 20)
    pressed = list(endpointer.press(hold=True))
    held = heard(endpointer, [NO] * 100)
    endpointer.release()
    *_, last = heard(endpointer, [NO])
    assert pressed[0] == Begun()
    assert not any(map(marks, held))
    assert isinstance(last[-1], Ended)
    assert not last[-1].too_short
    assert all_of(endpointer, [YES] * 50) == []


def test_a_released_key_waits_for_the_last_sound() -> None:
    endpointer = Endpointer(RULES, 32, "ptt")
    endpointer.press(hold=True)
    heard(endpointer, [YES] * 20)
    endpointer.release()
    *before, last = heard(endpointer, [YES] * 3 + [NO] * 7)
    assert not any(map(marks, before))
    assert last[-1] == Ended(seconds=23 * 0.032, quiet=7 * 0.032)


def test_a_key_that_was_only_struck_listens_until_a_pause() -> None:
    endpointer = Endpointer(RULES, 32, "ptt")
    endpointer.press(hold=False)
    heard(endpointer, [NO] * 100 + [YES] * 20)
    *before, last = heard(endpointer, [NO] * 20)
    assert not any(map(marks, before))
    assert last[-1] == Ended(seconds=20 * 0.032, quiet=0.64)


def test_a_struck_key_is_forgotten_when_nobody_speaks() -> None:
    endpointer = Endpointer(RULES, 32, "ptt")
    assert endpointer.press(hold=False) == (Begun(),)
    assert marks(all_of(endpointer, [NO] * 400)) == [
        Ended(seconds=0, quiet=313 * 0.032, voiced=False)
    ]


@given(streams, modes, modes)
def test_another_mode_begins_with_the_next_frame(
    stream: list[float], before: Mode, after: Mode
) -> None:
    endpointer = Endpointer(RULES, 32, before)
    heard(endpointer, stream)
    endpointer.switch(after)
    again = Endpointer(RULES, 32, after)
    assert all_of(endpointer, stream) == all_of(again, stream)
