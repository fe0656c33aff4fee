"""Every code that may be reported is known, and whatever is known may be reported."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from agent.doctor import catalogue
from agent.doctor.answering import Trouble
from agent.doctor.findings import fault, ok

CHECKS = Path(catalogue.__file__).parent
PREFIXED = {"_fault": "stt.", "_note": "stt."}
COMPUTED = {
    "tts.elevenlabs",
    "tts.pico",
    "tts.system",
    "stt.moonshine",
    "record",
    "hangs",
}
"""From a name, or from a variable that holds it."""


def _said() -> Iterator[str]:
    for module in CHECKS.glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Name(id=kind) | ast.Attribute(attr=kind),
                    args=[ast.Constant(value=str(code)), *_],
                ) if kind in {"fault", "note"}:
                    yield code
                case ast.Call(
                    func=ast.Attribute(attr=kind),
                    args=[ast.Constant(value=str(code)), *_],
                ) if kind in PREFIXED:
                    yield PREFIXED[kind] + code


def test_the_catalogue_is_complete_and_has_nothing_else() -> None:
    said = {*_said(), *COMPUTED}
    suffixed = {f"{name}.slow" for name in COMPUTED}
    suffixed |= {
        f"{service}.{trouble}"
        for service in ("stt", "workflow", "tts.elevenlabs")
        for trouble in (*get_args(Trouble), "failing")
    }
    assert said - catalogue.KNOWN.keys() == set()
    assert catalogue.KNOWN.keys() - said - suffixed == {
        *("microphone", "microphone.absent", "speaker", "speaker.absent"),
        "stt.ca",
    }


def test_a_server_s_name_is_no_part_of_a_code() -> None:
    assert catalogue.canonical("stt.servers.big box.away") == "stt.away"
    assert catalogue.canonical("workflow.hangs") == "hangs"
    assert catalogue.canonical("tts.pico") == "tts.pico"


def test_a_fault_says_why_it_matters_and_what_is_well_does_not() -> None:
    assert "Questions wait" in fault("workflow.away", "It is away.", "Start it.").why
    assert ok("workflow", "It is there.").why == ""
