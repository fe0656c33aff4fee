"""`tonny-agent stats`."""

from collections.abc import Iterable, Iterator
from typing import Annotated

import msgspec
from cyclopts import Parameter

from agent.cli.common import DataDir
from agent.cli.log import nothing
from agent.cli.plain import plain
from agent.cli.since import moment
from agent.config import folders
from agent.record.history import Wanted, open_history
from agent.record.sqlite import DATABASE
from agent.record.totals import NOTHING, By, Totals, Trouble, totals

_TROUBLES = ("unanswered", "unspoken", "unheard", "dismissed")
_DAYS = "{:10}  {:>5}  {:>6}  {:>5}  {:>5}  {:>10}  {:>8}  {:>7}  {:>9}  {:>6}  {:>10}"
_STAGES = "{:12}  {:>7}  {:>7}  {:>7}"
_NONE = "-"


def stats(
    *,
    since: Annotated[
        str | None,
        Parameter(help="Only what is newer: 2h, 3d, yesterday, 2026-11-23."),
    ] = None,
    by: Annotated[By, Parameter(help="All in one, or day by day.")] = "total",
    json: Annotated[
        bool,
        Parameter(help="Print JSON, an object a line; times in seconds.", negative=""),
    ] = False,
    data_dir: DataDir = None,
) -> int:
    """Show how much was said, how quick the answers were, and what went wrong.

    For example:

    tonny-agent stats --since 7d

    tonny-agent stats --by day
    """
    after = moment(since) if since is not None else 0.0
    with open_history(folders.data_dir(data_dir) / DATABASE) as record:
        found = totals(record, after, by) if record else []
    if json:
        told = as_json(found if found or by == "day" else [NOTHING])
    elif not found:
        told = iter([nothing(Wanted(since=after))])
    else:
        told = as_days(found) if by == "day" else as_text(found[0])
    for line in told:
        print(line)
    return 0


def as_json(found: Iterable[Totals]) -> Iterator[str]:
    """Each as it is."""
    return (msgspec.json.encode(each).decode() for each in found)


def as_text(found: Totals) -> Iterator[str]:
    """All of it, in three small tables."""
    yield f"{'turns':12}  {found.turns:7}"
    yield f"{'  an hour':12}  {_number(found.per_hour):>7}  (of those that had any)"
    yield f"{'  a day':12}  {_number(found.per_day):>7}"
    for kind in _TROUBLES:
        trouble: Trouble = getattr(found, kind)
        yield f"{kind:12}  {trouble.turns:7}  {_percent(trouble.rate):>7}".rstrip()
    yield f"{'characters':12}  {found.characters:7}"
    yield ""
    yield _STAGES.format("until", "turns", "p50", "p95")
    for name, stage in found.latency.items():
        times = (_seconds(stage.p50), _seconds(stage.p95))
        yield _STAGES.format(name.replace("_", " "), stage.turns, *times)
    if found.requests:
        yield ""
        yield _STAGES.format("requests", "made", "failed", "").rstrip()
    for peer, tries in found.requests.items():
        failed = (tries.made, tries.failed, _percent(tries.rate))
        yield _STAGES.format(plain(peer), *failed)


def as_days(found: Iterable[Totals]) -> Iterator[str]:
    """A line for each; of the times, those to the first sound."""
    heads = ("day", "turns", "/hour", "p50", "p95", *_TROUBLES, "failed", "characters")
    yield _DAYS.format(*heads)
    for each in found:
        sounded = each.latency["first_sample"]
        yield _DAYS.format(
            str(each.day),
            each.turns,
            _number(each.per_hour),
            _seconds(sounded.p50),
            _seconds(sounded.p95),
            *(getattr(each, kind).turns for kind in _TROUBLES),
            sum(tries.failed for tries in each.requests.values()),
            each.characters,
        )


def _number(value: float | None) -> str:
    return _NONE if value is None else f"{value:.1f}"


def _seconds(value: float | None) -> str:
    return _NONE if value is None else f"{value:.2f}s"


def _percent(rate: float | None) -> str:
    return _NONE if rate is None else f"{rate:.1%}"
