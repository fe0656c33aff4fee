"""When something began, as people say it: "2h", "yesterday", "2026-11-23"."""

import re
import time
from datetime import datetime, timedelta

from agent.errors import Misconfigured

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_AGO = re.compile(rf"(\d{{1,6}}(?:\.\d+)?)([{''.join(_UNITS)}])")


def moment(said: str, option: str = "--since", now: float | None = None) -> float:
    """The wall-clock time that *said* means, in the time zone of whoever says it.

    Raises `Misconfigured`, which names the *option*.
    """
    now = time.time() if now is None else now
    text = said.strip().lower()
    if ago := _AGO.fullmatch(text):
        return now - float(ago[1]) * _UNITS[ago[2]]
    if text in {"today", "yesterday"}:
        day = datetime.fromtimestamp(now).astimezone()
        if text == "yesterday":
            day -= timedelta(days=1)
        midnight = day.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        return midnight.timestamp()
    try:
        return datetime.fromisoformat(said.strip()).timestamp()
    except (ValueError, OverflowError, OSError):
        raise Misconfigured(
            f'{option} "{said}" is no time: say how long ago (45m, 2h, 3d, 1w), today,'
            " yesterday, or a date like 2026-11-23 or 2026-11-23T15:30"
        ) from None
