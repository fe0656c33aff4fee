"""A private PipeWire, which speaks PulseAudio's protocol: the other sound server."""

import os
import shutil
import signal
import subprocess
import threading
from contextlib import suppress

import pytest

from tests.rigs.pulse import SCRIPT, STARTED_WITHIN, Pulse

PROGRAMS = ("dbus-run-session", "pipewire", "pipewire-pulse", "wireplumber")

# The others give up where PipeWire is not there yet.
SESSION = """\
rm -f "$XDG_RUNTIME_DIR"/pipewire-0*
pipewire &
until [ -S "$XDG_RUNTIME_DIR/pipewire-0" ]; do sleep 0.01; done
wireplumber &
exec pipewire-pulse
"""


def skip_without_pipewire() -> None:
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")


class PipeWire(Pulse):
    """As `Pulse`; PipeWire's devices are made through the same protocol."""

    _session: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._session = subprocess.Popen(
            ["dbus-run-session", "--", "sh", "-c", SESSION],
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._until_it_answers()
        for line in SCRIPT.splitlines():
            if "null-sink" in line or "remap" in line or line.startswith("set-"):
                self.pactl(*line.split())

    def _until_it_answers(self) -> None:
        pause = threading.Event()
        for _ in range(round(STARTED_WITHIN / 0.05)):
            with suppress(subprocess.CalledProcessError):
                if "wireplumber" in self.pactl("list", "short", "clients"):
                    return
            pause.wait(0.05)
        self.stop()
        pytest.fail("PipeWire did not start")

    def stop(self) -> None:
        """Kill all of it, frozen or not."""
        if self._session is not None:
            self._signal(signal.SIGKILL)
            self._session.wait()
            self._session = None

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        assert self._session is not None
        os.killpg(self._session.pid, number)
