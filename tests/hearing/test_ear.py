from collections import deque
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pytest

from agent.config.settings import Vad
from agent.core.loudness import Room
from agent.errors import Misconfigured
from agent.hearing.ear import Ear, make_ear
from agent.hearing.gate import Engine, Gated, Prominent, loudness
from agent.hearing.silero import Silero
from agent.hearing.surroundings import Orders, Surroundings
from agent.hearing.webrtc import WebRtc
from agent.sounds import Begun, Ended, Sound
from tests.hearing import sound


class Script:
    """An engine that is sure of a voice in every frame but a soft one."""

    def __init__(self, frame: int = 512) -> None:
        self.frame = frame
        self.heard: list[bytes] = []
        self.resets = 0

    def probability(self, frame: bytes) -> float:
        self.heard.append(frame)
        return float(loudness(frame) > -40)

    def reset(self) -> None:
        self.resets += 1


def around(speaking: Callable[[], bool] = lambda: False) -> Surroundings:
    return Surroundings(speaking, Orders())


class Faded:
    """A canceller that makes everything softer while we speak, and has learnt."""

    def __init__(self, *, learnt: bool = True) -> None:
        self.learnt = learnt
        self.forgets = 0

    def load(self) -> None: ...

    def clean(self, frame: bytes, *, ours: bool) -> bytes:
        return sound.quieter(frame, 20) if ours else frame

    def forget(self) -> None:
        self.forgets += 1


def speaking(
    *, full: bool, echo: Faded | None, of: Sequence[bool] = ()
) -> Surroundings:
    """We do, in the frames that *of* names, else always."""
    ours = deque(of).popleft if of else lambda: True
    return Surroundings(ours, Orders(), listens_on=full, echo=echo)


def numbered(n: int, block: int = 512) -> bytes:
    """A frame of noise that can be told from any other."""
    return n.to_bytes(2, "little") + sound.white(block / 16_000, -30)[2:]


def listened(ear: Ear, pcm: bytes) -> list[Sound]:
    found = [s for frame in sound.frames(pcm, ear.block) for s in ear.feed(frame)]
    return [*found, *ear.flush()]


def ends(sounds: Iterable[Sound]) -> list[Ended]:
    """Those of true utterances."""
    return [s for s in sounds if isinstance(s, Ended) and not s.too_short]


VAD = Vad(hangover_ms=640)
SILENT = sound.silence(0.032)
QUESTIONS = ("What time is it?", "Switch on the lights, please.", "How are you?")


def conversation() -> bytes:
    """Three utterances, 2 s apart."""
    pause = sound.silence(2)
    return pause.join([sound.silence(1), *map(sound.spoken, QUESTIONS), b""])


# The ear with an engine that is always right.


def test_silence_gives_an_empty_tuple() -> None:
    ear = Ear(VAD, Script(), around())
    assert all(ear.feed(SILENT) == () for _ in range(100))


@pytest.mark.parametrize("block", [320, 480, 512])
def test_speech_comes_in_pieces_of_a_tenth_of_a_second(block: int) -> None:
    ear = Ear(VAD, Script(block), around())
    spoken = [numbered(n, block) for n in range(50)]
    begun, first, *pieces, last, ended = listened(ear, b"".join(spoken))
    assert begun == Begun()
    assert isinstance(ended, Ended)
    assert {len(p) / 32 for p in pieces if isinstance(p, bytes)} <= {90.0, 96.0, 100.0}
    audio = [piece for piece in (first, *pieces, last) if isinstance(piece, bytes)]
    assert b"".join(audio) == b"".join(spoken)


def test_a_beginning_is_told_at_once_and_brings_its_pre_roll() -> None:
    ear = Ear(VAD, Script(), around())
    quiet = [SILENT] * 16
    spoken = [numbered(n) for n in range(3)]
    *before, now = [ear.feed(frame) for frame in [SILENT, *quiet, *spoken]]
    assert set(map(tuple, before)) == {()}
    assert list(now) == [Begun(), b"".join([*quiet, *spoken])]


def test_an_end_is_told_at_once_and_after_all_of_its_audio() -> None:
    ear = Ear(VAD, Script(), around())
    for n in range(10):
        ear.feed(numbered(n))
    *before, now = [ear.feed(SILENT) for _ in range(20)]
    assert not any(isinstance(s, Ended) for found in before for s in found)
    *audio, ended = now
    assert all(isinstance(piece, bytes) for piece in audio)
    assert ended == Ended(seconds=10 * 0.032, quiet=0.64)


def test_a_long_speech_is_cut_without_losing_anything() -> None:
    ear = Ear(Vad(max_utterance=2), Script(), around())
    spoken = b"".join(numbered(n) for n in range(200))
    sounds = listened(ear, spoken)
    assert [s.cut for s in sounds if isinstance(s, Ended)] == [True, True, True, False]
    assert b"".join(s for s in sounds if isinstance(s, bytes)) == spoken


def test_a_gap_in_the_stream_ends_an_utterance() -> None:
    engine = Script()
    ear = Ear(VAD, engine, around())
    for n in range(10):
        ear.feed(numbered(n))
    *_, ended = ear.flush()
    assert ended == Ended(seconds=10 * 0.032, quiet=0)
    assert engine.resets == 1
    assert ear.flush() == []


def test_the_level_is_that_of_the_last_frame() -> None:
    ear = Ear(VAD, Script(), around())
    assert ear.level == -100
    ear.feed(sound.tone(0.032, -20, hertz=500))
    assert ear.level == pytest.approx(-20, abs=0.1)
    ear.feed(b"\x00\x80" * 512)
    assert ear.level == pytest.approx(0, abs=0.01)


# While we speak ourselves.


def test_a_deaf_ear_hears_nothing() -> None:
    engine = Script()
    ear = Ear(VAD, engine, around(lambda: True))
    assert listened(ear, b"".join(map(numbered, range(50)))) == []
    assert engine.heard == []


def test_what_was_not_to_be_heard_is_in_no_pre_roll() -> None:
    deaf = [False] * 5 + [True] * 5 + [False] * 5
    ear = Ear(VAD, Script(), around(deque(deaf).popleft))
    frames = [*[SILENT] * 5, *map(numbered, range(10))]
    found = [s for frame in frames for s in ear.feed(frame)]
    assert found[0] == Begun()
    assert b"".join(s for s in found if isinstance(s, bytes)) == b"".join(frames[-5:-2])


def test_going_deaf_ends_an_utterance_in_silence() -> None:
    deaf = [False] * 10 + [True] * 30
    ear = Ear(VAD, Script(), around(deque(deaf).popleft))
    frames = [numbered(n) for n in range(40)]
    found = [s for frame in frames for s in ear.feed(frame)]
    assert found[-1] == Ended(seconds=10 * 0.032, quiet=0.64)
    audio = b"".join(s for s in found if isinstance(s, bytes))
    assert audio == b"".join(frames[:10]) + SILENT * 20


def test_an_engine_forgets_what_it_heard_before_going_deaf() -> None:
    engine = Script()
    ear = Ear(VAD, engine, around(deque([False, True, True, False, True]).popleft))
    resets = []
    for _ in range(5):
        ear.feed(SILENT)
        resets.append(engine.resets)
    assert resets == [0, 1, 1, 1, 2]


def test_in_full_duplex_it_listens_on_to_what_is_left_without_our_voice() -> None:
    ours = [False] * 5 + [True] * 10
    around = speaking(full=True, echo=Faded(), of=ours)
    engine = Script()
    ear = Ear(VAD, engine, around)
    spoken = [sound.white(0.032, -30, seed=n) for n in range(15)]
    found = [s for frame in spoken for s in ear.feed(frame)]
    assert found[0] == Begun()
    assert engine.heard == [
        *spoken[:5],
        *(sound.quieter(frame, 20) for frame in spoken[5:]),
    ]


def test_until_the_canceller_has_learnt_nobody_listens_on() -> None:
    echo = Faded(learnt=False)
    engine = Script()
    ear = Ear(VAD, engine, speaking(full=True, echo=echo))
    assert listened(ear, b"".join(map(numbered, range(50)))) == []
    assert engine.heard == []
    assert not ear.talkover
    echo.learnt = True
    assert Begun() in listened(ear, sound.white(1, -10))


@pytest.mark.parametrize("full", [False, True])
def test_who_speaks_while_we_do_is_known_for_a_second(full: bool) -> None:
    ear = Ear(VAD, Script(), speaking(full=full, echo=Faded()))
    loud, soft = sound.white(0.032, -10), sound.white(0.032, -30)
    for frame in [loud] * 40 + [soft] * 2 + [loud]:
        ear.feed(frame)
    assert [*ear.talkover] == [1] * 29 + [0, 0, 1]


def test_who_speaks_while_we_do_makes_no_utterance_in_half_duplex() -> None:
    ear = Ear(VAD, Script(), speaking(full=False, echo=Faded()))
    assert listened(ear, sound.white(2, -10)) == []
    assert sum(ear.talkover) == 32


def test_once_we_are_silent_nobody_speaks_while_we_do() -> None:
    around = speaking(full=False, echo=Faded(), of=[True] * 5 + [False])
    ear = Ear(VAD, Script(), around)
    for n in range(5):
        ear.feed(numbered(n))
    assert len(ear.talkover) == 5
    ear.feed(numbered(5))
    assert not ear.talkover


def test_without_a_canceller_nobody_can_tell_who_speaks_while_we_do() -> None:
    ear = Ear(VAD, Script(), speaking(full=False, echo=None))
    ear.feed(numbered(1))
    assert not ear.talkover


def test_another_stream_may_be_another_room() -> None:
    echo = Faded()
    Ear(VAD, Script(), speaking(full=True, echo=echo)).flush()
    assert echo.forgets == 1


# The gate.


def gated(engine: Engine) -> Gated:
    return Gated(engine, hold=1, release=0.35, threshold=0.5)


def test_after_a_second_of_silence_the_engine_rests() -> None:
    engine = Script()
    gate = gated(engine)
    for _ in range(200):
        assert gate.probability(SILENT) == 0
    assert len(engine.heard) == 32


def test_a_waking_engine_first_hears_the_last_moments() -> None:
    engine = Script()
    gate = gated(engine)
    murmur = [sound.white(0.032, -80 + n / 100) for n in range(100)]
    for frame in murmur:
        gate.probability(frame)
    engine.heard.clear()
    voice = numbered(1)
    assert gate.probability(voice) == 1
    assert engine.heard == [*murmur[-4:], voice]


def test_the_gate_stays_open_while_the_engine_hears_a_voice() -> None:
    class Believer(Script):
        def probability(self, frame: bytes) -> float:
            super().probability(frame)
            return 0.4

    gate = gated(Believer())
    assert [gate.probability(SILENT) for _ in range(200)] == [0.4] * 200


def test_after_a_reset_the_gate_is_open() -> None:
    engine = Script()
    gate = gated(engine)
    for _ in range(200):
        gate.probability(SILENT)
    gate.reset()
    assert engine.resets == 1
    gate.probability(SILENT)
    assert len(engine.heard) == 33


def test_a_voice_too_soft_to_stand_out_opens_the_gate_all_the_same() -> None:
    hiss = sound.white(12, -50)
    faint = sound.quieter(sound.spoken("Hello there, how are you?"), 37)
    both = sound.frames(sound.mixed(faint, hiss), 512)
    engine, room = Script(), Room(0.032)
    gate = gated(engine)
    for frame in sound.frames(hiss, 512):
        gate.probability(frame)
        room.exceeded(loudness(frame))
    engine.heard.clear()
    for frame in both:
        assert gate.probability(frame) == 0
    assert not any(room.exceeded(loudness(frame)) for frame in both)
    assert len(engine.heard) > len(both) / 2


def test_what_does_not_stand_out_from_the_room_may_go_on_but_not_begin() -> None:
    gate = gated(Script())
    room = sound.frames(sound.white(20, -35), 512)  # which the engine takes for a voice
    assert [gate.probability(frame) for frame in room[:3]] == [1, 1, 1]  # it is news
    judged = [gate.probability(frame) for frame in room[3:]]
    assert all(0.35 < probability < 0.5 for probability in judged[-300:])
    voice = sound.white(0.032, -20)
    assert gate.probability(voice) == 1
    after = [gate.probability(frame) for frame in room[:20]]
    assert after[:15] == [1] * 15
    assert max(after[15:]) < 0.5


def test_webrtc_is_believed_only_where_something_stands_out() -> None:
    hum = sound.frames(sound.tone(40, -30, hertz=100), 320)
    raw, engine = WebRtc(), Prominent(WebRtc())
    assert sum(map(raw.probability, hum[-500:])) > 400
    assert sum(map(engine.probability, hum)) > 0  # at first it is news
    assert sum(map(engine.probability, hum[-500:])) == 0


# With real engines and sounds.


def silero_ear() -> Ear:
    return make_ear(Vad(), sound.silero_weights(), around())


def webrtc_ear() -> Ear:
    return make_ear(Vad(engine="webrtc"), None, around())


def test_without_weights_an_ear_hears_with_webrtc() -> None:
    assert make_ear(Vad(), None, around()).block == 320


def test_wrong_weights_are_named(tmp_path: Path) -> None:
    path = tmp_path / "weights"
    path.write_bytes(b"something else")
    with pytest.raises(Misconfigured, match="weights"):
        make_ear(Vad(), path, around())


@pytest.mark.parametrize("ear", [silero_ear, webrtc_ear])
@pytest.mark.parametrize("noise", [sound.silence(1), sound.pink(20, -55)])
def test_three_utterances_are_three(ear: Callable[[], Ear], noise: bytes) -> None:
    speech = conversation()
    pcm = sound.mixed(speech, noise.ljust(len(speech), b"\0"))
    assert len(ends(listened(ear(), pcm))) == 3


@pytest.mark.parametrize(
    "pcm",
    [
        sound.silence(10),
        sound.white(10, -60),
        sound.white(10, -30),
        sound.pink(10, -50),
        sound.pink(10, -30),
        sound.tone(10, -30),
        sound.tone(10, -12),
    ],
    ids=["silence", "hiss", "noise", "rain", "waterfall", "tone", "whistle"],
)
def test_what_is_no_voice_is_no_utterance(pcm: bytes) -> None:
    sudden = sound.silence(3) + pcm + sound.silence(3)
    assert ends(listened(silero_ear(), sudden)) == []


def edges(engine: Engine, pcm: bytes) -> list[float]:
    """When utterances begin and end, in frames."""
    ear = Ear(VAD, engine, around())
    found: list[Sequence[Sound]] = [ear.feed(f) for f in sound.frames(pcm, ear.block)]
    return [
        n for n, some in enumerate(found) for s in some if isinstance(s, Begun | Ended)
    ]


def test_the_gate_moves_no_boundary() -> None:
    weights = sound.silero_weights()
    pcm = sound.mixed(conversation(), sound.white(20, -60))
    with_gate = edges(Gated(Silero.load(weights), 1.04, 0.35, 0.5), pcm)
    without = edges(Silero.load(weights), pcm)
    assert len(without) == 6
    assert with_gate == pytest.approx(without, abs=1)


def test_loudness_is_in_decibels() -> None:
    assert loudness(b"") == -100
    assert loudness(SILENT) == -100
    assert loudness(b"\x00\x40" * 512) == pytest.approx(-6.02, abs=0.01)
    assert loudness(b"\xff\x7f" * 512) == pytest.approx(0, abs=0.01)
