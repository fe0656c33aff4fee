"""WebRTC's voice detector: costs next to nothing, and takes many noises for a voice."""

import webrtcvad

from agent.ports import RATE

_SETTLING = 0.2  # seconds of sound


class WebRtc:
    """Says yes (1.0) or no (0.0) to each frame of sound.

    *aggressiveness* is 0 (lets most pass) to 3 (misses up to a fifth of speech);
    *frame* is 160, 320 or 480 samples.
    """

    def __init__(self, aggressiveness: int = 2, frame: int = 320) -> None:
        self.frame = frame
        self._aggressiveness = aggressiveness
        self._silence = bytes(2 * frame)
        self.reset()

    def reset(self) -> None:
        """Forget what was heard.

        A fresh detector takes the first noise it hears for a voice, so its first
        opinions do not count. They are not spent on digital silence, from which it
        learns nothing; and a recorded noise would teach it the wrong room.
        """
        self._vad = webrtcvad.Vad(self._aggressiveness)
        self._settling = round(_SETTLING * RATE / self.frame)

    def probability(self, frame: bytes) -> float:
        """Of speech in the beginning of *frame*, which may be longer than ours."""
        speech = self._vad.is_speech(frame, RATE, self.frame)
        if self._settling:
            self._settling -= not frame.startswith(self._silence)
            return 0.0
        return float(speech)
