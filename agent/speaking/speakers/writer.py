"""The thread that writes to an open device.

Blocking writes of 20 ms from a thread of their own, with 0.1 s in the device's buffer,
had no underflow under any load that we measured; a callback into Python had dozens.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Literal

from agent import portaudio
from agent.speaking.speakers.gain import Gain
from agent.speaking.speakers.resample import Resampler
from agent.speaking.speakers.tapped import Tap

PIECE = 0.02
"""Seconds written at a time: so soon can it be silenced."""

AHEAD = 0.5
"""Seconds of sound that may wait."""

_IDLE_AFTER = 1.5
"""Seconds without sound after which the device is closed, and costs nothing."""


class Writer:
    """Writes to *stream* what it is given, until told to finish or nothing comes.

    All but `run` may be called from the event loop. *progressed* is called from the
    thread whenever something has changed, and *tap* is told what the device is given.
    """

    def __init__(
        self,
        stream: portaudio.OutputStream,
        progressed: Callable[[], None],
        tap: Tap | None = None,
        gain: Gain | None = None,
    ) -> None:
        self._stream = stream
        self._progressed = progressed
        self._tap = tap
        self._gain = gain or Gain()
        self._resampler = Resampler(round(stream.samplerate))
        self._changed = threading.Condition()
        self._pieces: deque[tuple[bytes, int]] = deque()
        self._waiting = 0.0  # seconds, in all pieces
        self._busy = False
        self._cut: Literal["", "softly", "at once"] = ""
        self._last: tuple[bytes, int] = b"", 1
        self._finishing = False
        self._sounds_until = 0.0
        self.underruns = 0
        """How often the device ran out of sound in the middle of one."""
        self.problem: Exception | None = None
        self.over = False
        """Nothing is taken any more."""
        self.closed = False

    @property
    def busy(self) -> bool:
        """Whether anything has not yet been handed to the device."""
        with self._changed:
            return not self.over and (
                self._busy or bool(self._cut) or bool(self._pieces)
            )

    @property
    def sounding(self) -> float:
        """For how many seconds what the device was handed will still sound."""
        return max(0.0, self._sounds_until - time.monotonic())

    def put(self, pcm: bytes, rate: int) -> bool:
        """Whether *pcm* was taken; no *pcm* says that a line ends. There may be no
        room now, or it is `over`."""
        with self._changed:
            if self.over or (pcm and self._waiting >= AHEAD):
                return False
            self._pieces.append((pcm, rate))
            self._waiting += len(pcm) / 2 / rate
            self._changed.notify()
            return True

    def cut(self, *, at_once: bool = True) -> float:
        """Throw away what waits, and *at_once* what the device has too; returns how many
        seconds that is."""
        with self._changed:
            left = self._waiting + (self.sounding if at_once else 0.0)
            self._last = self._pieces[0] if self._pieces else (b"", 1)
            self._pieces.clear()
            self._waiting = 0.0
            self._cut = "at once" if at_once else "softly"
            self._changed.notify()
        return left

    def finish(self) -> None:
        """Throw away what has not sounded, and close the device."""
        with self._changed:
            self._finishing = True
        self.cut()

    def run(self) -> None:
        """The thread."""
        try:
            with portaudio.faults("the speaker went away: "):
                while self._next():
                    with self._changed:
                        self._busy = False
                    self._progressed()
        except Exception as exc:  # noqa: BLE001 # raised by the next `play` or `drain`
            self.problem = exc
        with self._changed:
            self.over = True
        self._progressed()
        portaudio.close(self._stream)
        self.closed = True
        self._progressed()

    def _next(self) -> bool:
        """Do what there is to be done; false when nothing is, for good."""
        with self._changed:
            called = self._changed.wait_for(self._called, _IDLE_AFTER)
            if self._finishing or not called:
                self.over = True  # under the lock: no piece slips in behind us
                return False
            cut, self._cut = self._cut, ""
            pcm, rate = (b"", 1) if cut else self._pieces.popleft()
            self._waiting -= len(pcm) / 2 / rate
            self._busy = True
        if cut == "at once":
            self._hush()
        elif cut:
            self._fade_out()
        else:
            self._write(pcm, rate)
        return True

    def _called(self) -> bool:
        return bool(self._cut) or bool(self._pieces)

    def _write(self, pcm: bytes, rate: int) -> None:
        if pcm:
            self._put_out(self._resampler.feed(self._gain.apply(pcm, rate), rate))
            return
        self._put_out(self._resampler.flush())
        if self._tap is not None:
            self._tap.paused()

    def _put_out(self, sound: bytes) -> None:
        """Blocks until the device has room."""
        if not sound:
            return
        if self._stream.stopped:
            self._stream.start()
        if self._tap is not None:
            self._tap.played(sound, round(self._stream.samplerate))
        late = self._stream.write(sound)
        if late and self.sounding:
            self.underruns += 1
        self._sounds_until = time.monotonic() + self._stream.latency

    def _fade_out(self) -> None:
        """With what would have come next."""
        pcm, rate = self._last
        if pcm:
            faded = self._gain.end_softly(pcm, rate)
            self._put_out(self._resampler.feed(faded, rate))
        self._put_out(self._resampler.flush())
        self._gain.begin_softly()

    def _hush(self) -> None:
        """It fades in again; what the device cuts off, we cannot fade out."""
        self._resampler.forget()
        self._stream.abort(ignore_errors=False)
        self._sounds_until = 0.0
        self._gain.begin_softly()
        if self._tap is not None:
            self._tap.silenced()
