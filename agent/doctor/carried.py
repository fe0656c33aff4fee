"""Checks of what Tonny carries: models and voices."""

from collections.abc import Sequence

import trio

from agent.doctor.findings import Finding, fault, ok, some


async def check_models() -> Sequence[Finding]:
    """Every embedded file is what was published."""
    from agent.models import REMEDY, verify

    found = await trio.to_thread.run_sync(verify)
    wrong = [problem.removesuffix(f"; to mend it: {REMEDY}") for problem in found]
    if wrong:
        title = f"Of the embedded models and voices, {some(wrong)}."
        return [fault("models", title, REMEDY)]
    return [ok("models", "The embedded models and voices are complete.")]
