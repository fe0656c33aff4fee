"""All checks side by side, each with a deadline of its own."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

import trio

from agent.doctor.findings import Finding, Report, fault
from agent.errors import AgentError

EACH_WITHIN = 9.0
"""Seconds for one check, so that all take ten; one that takes longer has found
something."""

Check: TypeAlias = Callable[[], Awaitable[Sequence[Finding]]]


async def examine(
    checks: dict[str, Check], told: Callable[[str], None] = lambda _code: None
) -> Report:
    """Run *checks*, by their codes, at once; the report keeps their order. *told* hears
    of each as it ends."""
    found: dict[str, Sequence[Finding]] = {}

    async def run(code: str, check: Check) -> None:
        found[code] = await _within_limits(code, check)
        told(code)

    async with trio.open_nursery() as nursery:
        for code, check in checks.items():
            nursery.start_soon(run, code, check)
    return Report([finding for code in checks for finding in found[code]])


async def _within_limits(code: str, check: Check) -> Sequence[Finding]:
    try:
        with trio.fail_after(EACH_WITHIN):
            return await check()
    except trio.TooSlowError:
        return [
            fault(
                f"{code}.hangs",
                f"The check of {code} did not end within {EACH_WITHIN:.0f} s.",
                "Something it needs hangs. Try again; then report it.",
            )
        ]
    except AgentError as exc:
        return [fault(code, f"{code}: {exc}", "See the sentence above.")]
