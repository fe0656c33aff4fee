import json
from collections.abc import Sequence

import trio
from trio.testing import MockClock

from agent.doctor.examine import EACH_WITHIN, examine
from agent.doctor.findings import Finding, Report, fault, note, ok
from agent.errors import Misconfigured


async def well() -> Sequence[Finding]:
    return [ok("a", "A is well.")]


async def hanging() -> Sequence[Finding]:
    await trio.sleep_forever()
    raise AssertionError


async def failing() -> Sequence[Finding]:
    raise Misconfigured("its setting is wrong")


async def test_checks_run_side_by_side_and_none_can_hang_the_report(
    autojump_clock: MockClock,
) -> None:
    report = await examine({"slow": hanging, "too": hanging, "a": well, "b": failing})
    assert trio.current_time() == EACH_WITHIN < 10
    assert [finding.code for finding in report.findings] == [
        "slow.hangs", "too.hangs", "a", "b",
    ]  # fmt: skip
    assert "its setting is wrong" in report.findings[-1].title


def test_a_note_is_no_fault() -> None:
    assert Report([ok("a", "A."), note("b", "B.")]).healthy
    assert not Report([ok("a", "A."), fault("b", "B.", "do c")]).healthy


def test_the_text_says_what_to_do() -> None:
    text = Report([ok("a", "A is well."), fault("b", "B is not.", "do c")]).as_text()
    assert text == "✓ A is well.\n✗ B is not.\n  → do c\n\nOne fault was found."
    assert Report([]).as_text().endswith("All is well.")


def test_the_json_has_it_all() -> None:
    found = json.loads(Report([fault("b", "B is not.", "do c")]).as_json())
    assert found == {
        "healthy": False,
        "findings": [
            {
                "code": "b",
                "severity": "fault",
                "title": "B is not.",
                "remedy": "do c",
                "why": "",
            }
        ],
    }
