import pytest
import webrtcvad

from agent.hearing.webrtc import WebRtc
from agent.ports import RATE
from tests.hearing import sound


def test_a_voice_is_told_from_silence() -> None:
    engine = WebRtc()
    speech = [
        engine.probability(frame)
        for frame in sound.frames(sound.spoken("What time is it in Paris?"), 320)
    ]
    assert set(speech) == {0.0, 1.0}
    assert sum(speech) > 0.6 * len(speech)
    quiet = [engine.probability(f) for f in sound.frames(sound.silence(1), 320)]
    assert sum(quiet[10:]) == 0


@pytest.mark.parametrize("level", [-70, -60, -50, -40])
@pytest.mark.parametrize("before", [0, 1])
def test_a_fresh_detector_does_not_take_the_first_noise_for_a_voice(
    level: float, before: float
) -> None:
    pcm = sound.silence(before) + sound.white(1, level, seed=2)
    hiss = sound.frames(pcm, 320)
    raw = webrtcvad.Vad(2)
    assert any(raw.is_speech(frame, RATE) for frame in hiss)
    engine = WebRtc()
    assert not any(engine.probability(frame) for frame in hiss)
    engine.reset()
    assert not any(engine.probability(frame) for frame in hiss)


def test_a_reset_detector_hears_like_a_new_one() -> None:
    speech = sound.frames(sound.spoken("Switch off the lights."), 480)
    engine = WebRtc(3, frame=480)
    first = [engine.probability(frame) for frame in speech]
    engine.reset()
    assert [engine.probability(frame) for frame in speech] == first


def test_a_longer_frame_is_judged_by_its_beginning() -> None:
    speech = sound.frames(sound.spoken("Hello, how are you?"), 512)
    whole, cut = WebRtc(frame=480), WebRtc(frame=480)
    assert [whole.probability(frame) for frame in speech] == [
        cut.probability(frame[:960]) for frame in speech
    ]


def test_the_less_aggressive_detector_lets_more_pass() -> None:
    faint = sound.quieter(sound.spoken("Switch off the lights."), 30)
    noisy = sound.frames(sound.mixed(faint, sound.white(3, -50)), 320)
    mild, strict = WebRtc(0), WebRtc(3)
    assert sum(map(mild.probability, noisy)) > sum(map(strict.probability, noisy)) > 0
