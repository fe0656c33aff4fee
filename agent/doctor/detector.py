"""Whether the voice detector tells speech from silence, and quickly enough."""

import time
from collections.abc import Sequence

import trio

from agent.app.tools import make_ear
from agent.config.settings import Vad
from agent.demo import read_clip
from agent.doctor.findings import Finding, fault, ok
from agent.errors import AgentError
from agent.hearing.surroundings import Orders, Surroundings
from agent.models import REMEDY
from agent.ports import RATE
from agent.sounds import Begun

SLOW = 0.25
"""Of real time; it takes a hundredth of that on any computer that is not busy."""

_SILENCE = bytes(2 * RATE)


async def check_detector(vad: Vad) -> Sequence[Finding]:
    """It hears a second of silence, and then a bundled question."""
    try:
        heard, share = await trio.to_thread.run_sync(_hear, vad)
    except AgentError as exc:
        return [fault("vad", f"There is no voice detector: {exc}", REMEDY)]
    if not heard:
        title = f"The voice detector ({vad.engine}) does not take speech for speech."
        return [fault("vad", title, "Set vad.threshold back to 0.5, or lower.")]
    if share > SLOW:
        title = f"The voice detector takes {share:.0%} of real time."
        return [fault("vad.slow", title, 'Set vad.engine = "webrtc".')]
    return [
        ok("vad", f"The voice detector ({vad.engine}) takes {share:.1%} of real time.")
    ]


def _hear(vad: Vad) -> tuple[bool, float]:
    """Whether it took the question for speech, and its share of real time."""
    ear = make_ear(vad, Surroundings(lambda: False, Orders()))
    ear.load()
    pcm, step, heard = _SILENCE + read_clip() + _SILENCE, 2 * ear.block, False
    began = time.thread_time()
    for at in range(0, len(pcm) - step, step):
        sounds = ear.feed(pcm[at : at + step])
        heard = heard or any(isinstance(sound, Begun) for sound in sounds)
    return heard, (time.thread_time() - began) * 2 * RATE / len(pcm)
