"""What is wrong with a running agent, what to do about it, and after how long it is worth
saying: nobody needs to hear of a reconnection that takes two seconds."""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from agent.control.standing import Integration, Standing, Trouble

_DOCTOR = "tonny-agent doctor"


class Known(msgspec.Struct, frozen=True):
    """What is said of an integration that has been away for *after* seconds. Unless
    *itself* is well, nothing is said of what depends on it."""

    title: str
    remedy: str
    after: float = 5.0
    unless: str = ""


_KNOWN = {
    "microphone": Known(
        "There is no microphone",
        "Connect one, or choose another: tonny-agent devices",
        after=2.0,
    ),
    "speaker": Known(
        "There is no speaker",
        "Connect one, or choose another: tonny-agent devices",
        after=2.0,
    ),
    "whisperlivekit": Known(
        "WhisperLiveKit does not answer",
        f"Start it where stt.url says, or look closer: {_DOCTOR}. Meanwhile the"
        " embedded recogniser hears English",
        unless="microphone",
    ),
    "moonshine": Known(
        "The embedded recogniser does not work",
        "Fetch its model again: tonny-agent models fetch",
        unless="microphone",
    ),
    "n8n": Known(
        "The workflow does not answer",
        f"Start n8n where workflow.url says, or look closer: {_DOCTOR}. What you ask is"
        " kept until then",
    ),
    "n8n-websocket": Known(
        "The workflow's WebSocket is away",
        f"Start n8n where workflow.websocket_url says, or look closer: {_DOCTOR}",
    ),
    "elevenlabs": Known(
        "ElevenLabs does not speak",
        f"Look at your network and your plan, or closer: {_DOCTOR}. Meanwhile another"
        " voice speaks",
    ),
    "control": Known(
        "Commands cannot reach Tonny",
        "Look for the reason in the log, and start it again",
    ),
    "hotkey": Known(
        "The key to talk does not work",
        f"See what your desktop allows: {_DOCTOR}; tonny-agent ptt works everywhere",
    ),
}
_OTHER = Known("{name} is away", f"Look closer: {_DOCTOR}")

_WAITS_LONG = 60.0
"""Seconds after which a question that waits is worth mentioning."""

_MUCH_OF_THE_PLAN = 0.9


def troubles(standing: Standing, now: float) -> tuple[Trouble, ...]:
    """What there is to say at *now* (wall-clock time), the worst first."""
    return (*_away(standing, now), *_queue(standing, now), *_rest(standing, now))


def _away(standing: Standing, now: float) -> Iterator[Trouble]:
    lost = {each.name: each for each in standing.integrations if each.state != "ok"}
    for each in sorted(lost.values(), key=_severity):
        known = _KNOWN.get(each.name, _OTHER)
        if now - each.since < known.after or known.unless in lost:
            continue
        reason = f" ({each.reason})" if each.reason else ""
        title = f"{known.title.format(name=each.name)}{reason}"
        yield Trouble(f"{each.name}-{each.state}", title, known.remedy, each.since)


def _severity(each: Integration) -> tuple[bool, int]:
    names = [*_KNOWN]
    rank = names.index(each.name) if each.name in names else len(names)
    return each.state != "down", rank


def _queue(standing: Standing, now: float) -> Iterator[Trouble]:
    queue = standing.queue
    if queue.oldest is not None:
        since = datetime.fromisoformat(queue.oldest).timestamp()
        if queue.waiting and now - since >= _WAITS_LONG:
            yield Trouble(
                "queue-waiting",
                f"Waiting for the workflow: {_questions(queue.waiting)}",
                "Try them now: tonny-agent queue retry",
                since,
            )
    if queue.dead:
        yield Trouble(
            "queue-dead",
            f"Given up: {_questions(queue.dead)}",
            "See why: tonny-agent queue list",
            now,
        )


def _rest(standing: Standing, now: float) -> Iterator[Trouble]:
    quota = standing.quota
    if quota is not None and quota.limit and quota.used >= quota.limit:
        yield Trouble(
            "quota-spent",
            "The plan at ElevenLabs is used up",
            "Wait for its reset, or enlarge it; another voice speaks meanwhile",
            now,
        )
    elif quota is not None and quota.used >= _MUCH_OF_THE_PLAN * (quota.limit or 1e12):
        yield Trouble(
            "quota-low",
            f"{quota.used} of {quota.limit} characters of the plan are used",
            "Set tts.budget to spread the rest, or enlarge the plan",
            now,
        )
    if standing.replaced:
        yield Trouble(
            "record-replaced",
            standing.replaced,
            "Keep that file if you miss something, else remove it",
            standing.since,
        )
    if standing.muted:
        yield Trouble(
            "muted",
            "The microphone is closed",
            "Open it again: tonny-agent unmute",
            now,
        )


def _questions(number: int) -> str:
    return f"{number} question{'s' * (number != 1)}"
