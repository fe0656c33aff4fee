"""What of agent.toml takes effect while Tonny runs, and what needs a new start."""

from collections.abc import Callable, Iterator

from agent.app.controls import Controls
from agent.config import Config
from agent.config.settings import to_builtins
from agent.errors import AgentError

_AT_ONCE = {
    "tts.speed",
    "tts.pitch",
    "tts.volume",
    "audio.mode",
    "stt.server",
    "response.mode",
}


class Rereading:
    """*read* gives the settings as they are now, or raises `Misconfigured`."""

    def __init__(self, before: Config, read: Callable[[], Config]) -> None:
        self._now = before
        self._read = read

    def __call__(self, controls: Controls) -> str:
        """Adopt what can be adopted; a sentence about all that is new."""
        after = self._read()
        changed = dict(_changes(self._now, after))
        told, later = [], []
        for name, value in changed.items():
            if name not in _AT_ONCE:
                later.append(name)
                continue
            try:
                controls.adopt(name, value)
            except AgentError as exc:
                later.append(f"{name} ({exc})")
            else:
                told.append(f"{name} is {value}")
        self._now = after
        if later:
            told.append(f"only a new start changes {', '.join(later)}")
        return "; ".join(told) or "nothing has changed"


def _changes(before: Config, after: Config) -> Iterator[tuple[str, str]]:
    """The names of what is different, and as what it is written now."""
    for section, values in to_builtins(after).items():
        old, new = getattr(before, section), getattr(after, section)
        for key in values:
            if getattr(old, key) != getattr(new, key):
                yield f"{section}.{key}", f"{values[key]}"
