"""The examples in docs/api.md run as they stand, with services and without."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.rigs.rabbitmq import RabbitMQ
from tests.standins.together import standing_in

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
EXAMPLES = dict(
    re.findall(
        r"^## (.*?)\n(?:(?!^## ).*\n)*?```python\n((?:.*\n)*?)```$",
        PAGE.read_text("utf-8"),
        re.MULTILINE,
    )
)
SERVED = {
    "The whole agent": r"answer: You said what time is it\?\.\n(event: .*\n)+health: (.*\n)+test: ",
    "Settings": r"voice -6\.0\nthere is no \"volum\" in \[tts\]; did you mean volume",
    "WhisperLiveKit: PCM in, transcripts out": r"Partial .*\nTranscript what time is it$",
    "n8n: a question, an answer": r"whole: You said what time is it\?\. \(\)\npart: You",
    "ElevenLabs: voices, and text as sound": r"George(.*\n)+\d\.\d s of sound at 24000 Hz",
}
ALONE = {
    "The whole agent": r"answer: It is \d(.*\n)+event: \w*poken\nhealth: (.*\n)+test: builtin True",
    "RabbitMQ: one message": r"^not published: .*",
    "Settings": SERVED["Settings"],
    "WhisperLiveKit: PCM in, transcripts out": r"^not heard: .*refused",
    "n8n: a question, an answer": r"^no answer: .*refused",
}


@pytest.fixture(scope="module")
def services() -> Iterator[dict[str, str]]:
    with ExitStack() as stack:
        yield standing_in(stack)


def _run(example: str, folder: Path, env: dict[str, str]) -> str:
    script = folder / "example.py"
    script.write_text(example, "utf-8")
    alone = {k: v for k, v in os.environ.items() if not k.startswith("TONNY_")}
    done = subprocess.run(
        [sys.executable, script],
        env={
            **alone,
            "XDG_CONFIG_HOME": str(folder),
            "PYTHONPATH": str(PAGE.parents[1]),
            **env,
        },
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_message_finds_its_broker(broker: RabbitMQ, tmp_path: Path) -> None:
    env = {"TONNY_RABBITMQ__URL": broker.url}
    assert _run(EXAMPLES["RabbitMQ: one message"], tmp_path, env) == (
        "nobody wanted it\n"
    )


def test_every_example_is_known() -> None:
    assert EXAMPLES.keys() == SERVED.keys() | ALONE.keys()
    assert PAGE.read_text("utf-8").count("```python") == len(EXAMPLES)


@pytest.mark.parametrize("heading", SERVED)
def test_an_example_runs_with_services(
    heading: str, services: dict[str, str], tmp_path: Path, models: Path
) -> None:
    said = _run(EXAMPLES[heading], tmp_path, services)
    assert re.search(SERVED[heading], said.strip(), re.MULTILINE), said


@pytest.mark.parametrize("heading", ALONE)
def test_an_example_says_what_is_not_there(
    heading: str, tmp_path: Path, models: Path
) -> None:
    # Nobody listens at these, whatever else runs on this machine.
    nobody = {
        "TONNY_STT__URL": "ws://127.0.0.1:9/asr",
        "TONNY_WORKFLOW__URL": "http://127.0.0.1:9/webhook/tonny",
        "TONNY_RABBITMQ__URL": "amqp://guest:guest@127.0.0.1:9/",
    }
    if heading == "The whole agent":  # with nothing configured at all
        nobody = {}
    said = _run(EXAMPLES[heading], tmp_path, nobody)
    assert re.search(ALONE[heading], said.strip(), re.MULTILINE), said
