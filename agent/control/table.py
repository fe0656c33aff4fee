"""A `Standing` for people: a small table, and then what is wrong and what to do."""

from collections.abc import Iterator
from datetime import UTC, datetime

from agent.control.standing import Integration, Quota, Standing


def rows(standing: Standing) -> Iterator[str]:
    """One line after the other."""
    yield _headline(standing)
    facts = {
        "mode": standing.mode,
        "microphone": _microphone(standing),
        "speaker": standing.speaker,
        "ears": standing.stt,
    }
    for name, value in facts.items():
        yield f"  {name:14} {value}".rstrip()
    if standing.underruns:
        yield f"  {'':14} the speaker ran out of sound {standing.underruns} times"
    now = standing.since + standing.uptime
    for each in standing.integrations:
        yield f"  {each.name:14} {each.state:5} {about(each, now)}".rstrip()
        if each.retry_in:
            yield f"  {'':14} next try in {each.retry_in:.0f} s"
        if each.limited:
            yield f"  {'':14} {each.limited} wait: {each.per_minute:g} a minute"
    if standing.quota is not None:
        yield f"  {'quota':14} {plan(standing.quota)}"
    for text in standing.speech:
        said = "says" if text.said else "waits"
        yield f"  {'speech':14} {said} ({text.priority}): {text.text:.50}"
    if standing.queue.waiting or standing.queue.dead:
        counts = f"{standing.queue.waiting} waiting, {standing.queue.dead} given up"
        yield f"  {'queue':14} {counts} (tonny-agent queue list)"
    for trouble in standing.troubles:
        yield f"→ {trouble.title}. {trouble.remedy}"


def about(each: Integration, now: float) -> str:
    """Why, since when and how quick."""
    told = []
    if each.state != "ok":
        lasted = f"for {duration(now - each.since)}: " if now > each.since else ""
        told.append(f"{lasted}{each.reason}")
    if each.latency is not None:
        quick = each.latency
        told.append(f"p50 {seconds(quick.p50)}, p95 {seconds(quick.p95)}")
    if each.breaker not in {"", "closed"}:
        told.append(f"its breaker is {each.breaker}")
    return "; ".join(told)


def seconds(value: float) -> str:
    """A latency."""
    return f"{1000 * value:.0f} ms" if value < 1 else f"{value:.1f} s"


def duration(value: float) -> str:
    """How long something has lasted: two units say enough."""
    if value < 60:
        return f"{value:.0f} s"
    minutes, hours = int(value // 60), int(value // 3600)
    if hours < 1:
        return f"{minutes} min"
    if hours < 48:
        return f"{hours} h {minutes % 60} min"
    return f"{hours // 24} d {hours % 24} h"


def plan(quota: Quota) -> str:
    """What is left of it."""
    told = f"{quota.used} of {quota.limit} characters used" if quota.limit else ""
    if quota.reset:
        reset = datetime.fromtimestamp(quota.reset, UTC)
        told += f", reset on {reset:%Y-%m-%d}"
    if quota.budget:
        spent = f"{quota.today} of {quota.budget} today"
        told = f"{told}; {spent}" if told else spent
    return told


def _headline(standing: Standing) -> str:
    told = []
    if standing.since:
        told.append(f"up {duration(standing.uptime)}")
    if standing.turn:
        told.append(f"turn {standing.turn}")
    if standing.memory:
        told.append(f"{standing.memory / 2**20:.0f} MB")
    return f"{standing.state:12} {', '.join(told)}".rstrip()


def _microphone(standing: Standing) -> str:
    if standing.muted:
        return "muted: it is closed"
    level = "" if standing.level is None else f", {standing.level:.0f} dBFS"
    return f"{standing.microphone}{level}"
