"""A private PulseAudio: real devices on a machine that has none.

What is played into its sink "micfeed" is heard by the microphone "mic"; what the sink
"speaker" plays can be recorded. It needs no D-Bus, no systemd and no sound card.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes.util import find_library
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

PROGRAMS = ("pulseaudio", "pactl", "paplay", "parec")

# Without norewinds=1 a null sink renders 2 s ahead, and loses most of what it is given.
SCRIPT = """\
.fail
load-module module-native-protocol-unix auth-anonymous=1
load-module module-null-sink sink_name=speaker rate=48000 norewinds=1
load-module module-null-sink sink_name=micfeed rate=48000 norewinds=1
load-module module-null-sink sink_name=quiet rate=48000 norewinds=1
load-module module-remap-source source_name=mic master=micfeed.monitor
load-module module-remap-source source_name=mute_mic master=quiet.monitor
set-default-sink speaker
set-default-source mic
"""

DAEMON = [
    *("pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", "--disable-shm=yes"),
    *("--exit-idle-time=-1", "--realtime=no", "--high-priority=no"),
    *("--log-target=stderr", "--log-level=info"),
]

STARTED_WITHIN = 10.0


def skip_without_sound() -> None:
    """Skip the test where the rig or PortAudio is not installed."""
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if find_library("portaudio") is None:
        missing.append("libportaudio2")
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")


class Pulse:
    """The daemon, from `start` to `stop`; *env* leads clients to it."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="pulse-"))
        runtime = self._folder / "run"
        runtime.mkdir(mode=0o700)
        self._script = self._folder / "script.pa"
        self._script.write_text(SCRIPT)
        self.env = {
            "HOME": str(self._folder),
            "XDG_RUNTIME_DIR": str(runtime),
            "PULSE_RUNTIME_PATH": str(runtime / "pulse"),
            "PULSE_STATE_PATH": str(self._folder / "state"),
            "PULSE_SERVER": f"unix:{runtime}/pulse/native",
        }
        self._daemon: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self) -> None:
        daemon = subprocess.Popen(
            [*DAEMON, "-F", str(self._script)],
            env=self._environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._daemon = daemon
        ready = threading.Event()
        log: list[str] = []

        def read() -> None:
            assert daemon.stderr is not None
            with daemon.stderr:
                for line in daemon.stderr:
                    log.append(line)
                    if "startup complete" in line:
                        ready.set()

        threading.Thread(target=read, daemon=True).start()
        if not ready.wait(STARTED_WITHIN):
            self.stop()
            pytest.fail("PulseAudio did not start: " + "".join(log[-9:]))

    def stop(self) -> None:
        """Kill it, frozen or not."""
        if self._daemon is not None:
            self._daemon.kill()
            self._daemon.wait()
            self._daemon = None

    def freeze(self) -> None:
        assert self._daemon is not None
        self._daemon.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._daemon is not None
        self._daemon.send_signal(signal.SIGCONT)

    def pactl(self, *arguments: str) -> str:
        return subprocess.run(
            ["pactl", *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    def unplug(self, name: str) -> None:
        """Take the microphone *name* away."""
        for line in self.pactl("list", "short", "modules").splitlines():
            number, _, rest = line.partition("\t")
            if f"source_name={name} " in f"{rest} ":
                self.pactl("unload-module", number)

    def plug(self, name: str, sink: str) -> None:
        """Bring it back: what is played into *sink* is heard by it."""
        self.pactl(
            "load-module",
            "module-remap-source",
            f"source_name={name}",
            f"master={sink}.monitor",
        )

    def say(self, pcm: bytes) -> None:
        """Let the microphone hear *pcm* (16 kHz), and return at its end."""
        subprocess.run(
            [
                *("paplay", "--device=micfeed", "--raw"),
                *("--format=s16le", "--channels=1", "--rate=16000"),
                "/dev/stdin",
            ],
            env=self._environment,
            input=pcm,
            check=True,
        )

    @contextmanager
    def humming(self) -> Iterator[None]:
        """The microphone hears a soft hum meanwhile, for a minute at most."""
        hum = self._folder / "hum.raw"
        hum.write_bytes((b"\x00\x04" * 80 + b"\x00\xfc" * 80) * 6000)
        with subprocess.Popen(
            [
                *("paplay", "--device=micfeed", "--raw"),
                *("--format=s16le", "--channels=1", "--rate=16000", hum),
            ],
            env=self._environment,
        ) as player:
            try:
                deadline = time.monotonic() + STARTED_WITHIN
                while not self.pactl("list", "short", "sink-inputs"):
                    assert time.monotonic() < deadline, "paplay does not play"
                    threading.Event().wait(0.05)
                yield
            finally:
                player.terminate()

    @contextmanager
    def recording(self) -> Iterator["Recording"]:
        """What the speaker plays meanwhile."""
        with subprocess.Popen(
            [
                *("parec", "-d", "speaker.monitor", "--raw", "--latency-msec=20"),
                *("--format=s16le", "--channels=1", "--rate=16000"),
            ],
            env=self._environment,
            stdout=subprocess.PIPE,
        ) as recorder:
            recording = Recording(recorder)
            try:
                recording.more(0.02)
                yield recording
            finally:
                recorder.terminate()
                recording.end()

    @property
    def _environment(self) -> dict[str, str]:
        return {**os.environ, **self.env}


class Recording:
    """Grows in real time, from 16 kHz mono PCM; begins when there is something."""

    def __init__(self, recorder: subprocess.Popen[bytes]) -> None:
        assert recorder.stdout is not None
        self._out = recorder.stdout
        self.pcm = b""
        self._grown = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def more(self, seconds: float) -> bytes:
        """All there is, once it has become this much longer."""
        with self._grown:
            wanted = len(self.pcm) + 2 * round(16_000 * seconds)
            assert self._grown.wait_for(lambda: len(self.pcm) >= wanted, timeout=10)
            return self.pcm

    def end(self) -> None:
        """Return when nothing is read any more: then the pipe may be closed."""
        self._reader.join()

    def _read(self) -> None:
        while piece := os.read(self._out.fileno(), 65_536):
            with self._grown:
                self.pcm += piece
                self._grown.notify_all()
