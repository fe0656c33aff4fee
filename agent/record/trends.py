"""How long answers took and what went wrong, over time: what a chart is drawn from."""

import math
from collections.abc import Sequence

import msgspec

from agent.record.rows import iso
from agent.record.sqlite import sqlite3

_STAGES = ("transcript", "first_answer", "first_sample")
_LATENCIES = """
SELECT (julianday(timestamp) - 2440587.5) * 86400, metric_name, metric_value FROM metrics
WHERE metric_name IN ('latency.transcript', 'latency.first_answer', 'latency.first_sample')
AND timestamp >= ? AND timestamp < ?
"""
_ERRORS = """
SELECT (julianday(timestamp) - 2440587.5) * 86400 FROM conversations
WHERE type = 'error' AND timestamp >= ? AND timestamp < ?
"""


class Stretch(msgspec.Struct, frozen=True):
    """What happened from *at* (Unix time) until the next one: so many *turns* sounded, and
    so many *errors* were told. Of the seconds to the first sound the median, and what 19
    of 20 were below; of those to the text and to the answer, the medians."""

    at: float
    turns: int = 0
    errors: int = 0
    p50: float | None = None
    p95: float | None = None
    transcript: float | None = None
    answer: float | None = None


def trend(
    connection: sqlite3.Connection, until: float, seconds: float, stretches: int
) -> list[Stretch]:
    """The last *seconds* before *until*, in as many *stretches*, the oldest first."""
    began, length = until - seconds, seconds / stretches
    span = (iso(began), iso(until))
    latencies: list[dict[str, list[float]]] = [
        {stage: [] for stage in _STAGES} for _ in range(stretches)
    ]
    errors = [0] * stretches
    for at, name, value in connection.execute(_LATENCIES, span):
        place = _place(at, began, length, stretches)
        latencies[place][name.removeprefix("latency.")].append(value)
    for (at,) in connection.execute(_ERRORS, span):
        errors[_place(at, began, length, stretches)] += 1
    return [
        _stretch(began + n * length, latencies[n], errors[n]) for n in range(stretches)
    ]


def _place(at: float, began: float, length: float, stretches: int) -> int:
    return min(stretches - 1, max(0, int((at - began) / length)))


def _stretch(at: float, found: dict[str, list[float]], errors: int) -> Stretch:
    sounded = found["first_sample"]
    return Stretch(
        at,
        len(sounded),
        errors,
        quantile(sounded, 0.5),
        quantile(sounded, 0.95),
        quantile(found["transcript"], 0.5),
        quantile(found["first_answer"], 0.5),
    )


def quantile(values: Sequence[float], share: float) -> float | None:
    """The least of *values* that is not below *share* of them; None of nothing."""
    ordered = sorted(values)
    if not ordered:
        return None
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
