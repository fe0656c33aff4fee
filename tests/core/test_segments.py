import struct
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from agent.core.endpoint import Endpointer, Rules
from agent.core.segments import Pacing, Piece, Pieces
from agent.sounds import Begun, Ended, Paused, Sound

RATE = 16_000
BLOCK = 320
FRAME = BLOCK / RATE
RULES = Rules(hangover_ms=200, pause_ms=60, min_speech_ms=1, max_utterance=3.0)


def frame(number: int, *, loud: bool) -> bytes:
    """One that no other is like, whose level is even."""
    level = 8000 if loud else 10
    samples = [level + (number >> bit & 1) for bit in range(16)] * (BLOCK // 16)
    return struct.pack(f"<{BLOCK}h", *samples)


def cut(frames: list[bytes], loud: list[bool], pacing: Pacing | None) -> list[Piece]:
    endpointer, pieces = Endpointer(RULES, 1000 * FRAME), Pieces(RATE)
    found: list[Piece] = []
    for each, voiced in zip(frames, loud, strict=True):
        sounds = endpointer.feed(each, float(voiced))
        found += pieces.feed(sounds, BLOCK)
        for sound in sounds:
            if isinstance(sound, Paused) and pacing is not None:
                patience = pacing.hangover_ms(pieces.seconds, 200, 60)
                endpointer.decide(sound.number, patience)
    return [*found, *pieces.feed(endpointer.flush(), 0)]


runs = st.lists(st.tuples(st.booleans(), st.integers(1, 80)), max_size=20)
pacings = st.none() | st.just(Pacing(relaxed=0.5, pressed=1.5))


@given(runs, pacings)
def test_every_stretch_of_speech_is_in_one_piece_and_none_in_two(
    stretches: list[tuple[bool, int]], pacing: Pacing | None
) -> None:
    loud = [voiced for voiced, length in stretches for _ in range(length)]
    frames = [frame(n, loud=voiced) for n, voiced in enumerate(loud)]
    pieces = cut(frames, loud, pacing)
    whole = b"".join(frames)
    within: set[int] = set()
    after = 0
    for piece in pieces:
        begin = whole.index(piece.pcm, after)
        after = begin + len(piece.pcm)
        assert len(piece.pcm) <= 2 * RATE * RULES.max_utterance
        assert begin / 2 / RATE <= piece.start < piece.end <= after / 2 / RATE + 1e-9
        within.update(range(begin // (2 * BLOCK), after // (2 * BLOCK)))
    for first in range(len(loud) - 5):
        if all(loud[first : first + 5]):
            assert within.issuperset(range(first, first + 5))


@given(st.lists(st.tuples(st.integers(30, 80), st.integers(20, 40)), max_size=9))
def test_times_are_those_of_the_sound(stretches: list[tuple[int, int]]) -> None:
    loud: list[bool] = []
    spoken = []
    for silent, voiced in stretches:
        loud += [False] * silent
        spoken.append((len(loud) * FRAME, (len(loud) + voiced) * FRAME))
        loud += [True] * voiced
    frames = [frame(n, loud=voiced) for n, voiced in enumerate(loud)]
    pieces = cut(frames, loud, None)
    for piece, (start, end) in zip(pieces, spoken, strict=True):
        assert abs(piece.start - start) <= 0.02
        assert abs(piece.end - end) <= 0.02


def test_a_detector_that_is_late_is_corrected_by_the_level() -> None:
    pieces = Pieces(RATE)
    pcm = b"".join(frame(n, loud=25 <= n < 75) for n in range(100))
    late = Ended(seconds=1.0, quiet=0.4)  # from 0.6 to 1.6 s, and it was 0.5 to 1.5
    (piece,) = pieces.feed([Begun(), pcm, late], 100 * BLOCK)
    assert (round(piece.start, 3), round(piece.end, 3)) == (0.5, 1.5)


def test_where_nothing_stands_out_the_detector_is_believed() -> None:
    pieces = Pieces(RATE)
    pcm = b"".join(frame(n, loud=True) for n in range(100))
    (piece,) = pieces.feed([Begun(), pcm, Ended(1.0, 0.4)], 100 * BLOCK)
    assert (round(piece.start, 3), round(piece.end, 3)) == (0.6, 1.6)


def test_what_was_no_voice_is_no_piece() -> None:
    pieces = Pieces(RATE)
    sounds: list[Sound] = [Begun(voiced=False), bytes(640), Ended(0, 0, voiced=False)]
    assert list(pieces.feed(sounds, BLOCK)) == []


@given(st.floats(0, 60), st.floats(0, 60))
def test_the_longer_a_piece_the_shorter_the_pause_that_ends_it(
    one: float, other: float
) -> None:
    pacing = Pacing(relaxed=10, pressed=25)
    shorter, longer = sorted([one, other])
    patient, pressed = (
        pacing.hangover_ms(seconds, 640, 160) for seconds in (shorter, longer)
    )
    assert 160 <= pressed <= patient <= 640
    assert shorter > 10 or patient == 640
    assert longer < 25 or pressed == 160


def test_a_long_speech_is_cut_at_a_short_pause() -> None:
    loud = ([True] * 20 + [False] * 4) * 10
    frames = [frame(n, loud=voiced) for n, voiced in enumerate(loud)]
    short = cut(frames, loud, Pacing(relaxed=0.5, pressed=1.0))
    assert all(piece.end - piece.start < 2 for piece in short)
    assert all(one.end < other.start for one, other in pairwise(short))
    assert len(cut(frames, loud, None)) == 2
