"""The whole program with its three services, which stand-ins play."""

import json
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from agent.demo import QUESTION
from tests.e2e.agent_process import command, events, run_agent
from tests.standins.elevenlabs.account import KEY
from tests.standins.together import standing_in


@pytest.fixture(scope="module")
def services() -> Iterator[dict[str, str]]:
    with ExitStack() as stack:
        yield standing_in(stack)


def test_with_everything_configured_the_services_do_the_work(
    services: dict[str, str], tmp_path: Path, models: Path
) -> None:
    done = run_agent(
        "run", "--microphone", QUESTION, "--speaker", tmp_path / "out.wav",
        "--data-dir", tmp_path / "data", "--pace", "fast", "--json", env=services,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    assert {e["engine"] for e in events(done.stdout, "heard")} == {"whisperlivekit"}
    assert {e["mind"] for e in events(done.stdout, "replied")} == {"n8n"}
    assert {e["voice"] for e in events(done.stdout, "spoken")} == {"elevenlabs"}
    assert len(events(done.stdout, "replied")) == 3
    assert events(done.stdout, "overheard")
    with closing(sqlite3.connect(tmp_path / "data" / "tonny.db")) as db:
        rows = db.execute(
            "SELECT * FROM metrics WHERE metric_name = 'health.n8n'"
            " ORDER BY timestamp DESC LIMIT 100"
        ).fetchall()
    assert rows


def test_a_workflow_that_goes_away_costs_nobody_a_question(
    services: dict[str, str], tmp_path: Path, models: Path
) -> None:
    """It goes away after the first answer; the other two turns are kept."""
    with ExitStack() as leaving:
        env = {**services, **_only_workflow(standing_in(leaving))}
        arguments = command(
            "run", "--microphone", QUESTION, "--speaker", "none",
            "--data-dir", tmp_path / "data", "--json",
        )  # fmt: skip
        with subprocess.Popen(
            arguments, env={**os.environ, **env}, stdout=subprocess.PIPE
        ) as agent:
            assert agent.stdout is not None
            seen = b""
            for line in agent.stdout:
                seen += line
                if json.loads(line)["event"]["event"] == "replied":
                    leaving.close()
            agent.wait(60)
    assert agent.returncode == 0
    assert [e["turn"] for e in events(seen, "replied")] == [1]
    assert [e["turn"] for e in events(seen, "postponed")] == [2, 3]
    spoken = [e for e in events(seen, "spoken") if e["turn"] in (2, 3)]
    assert all("kept your question" in e["text"] for e in spoken)
    assert len(spoken) == 2
    with closing(sqlite3.connect(tmp_path / "data" / "tonny.db")) as db:
        kept = db.execute("SELECT state FROM outbox ORDER BY seq").fetchall()
    assert kept == [("answered",), ("pending",), ("pending",)]


def _only_workflow(environment: dict[str, str]) -> dict[str, str]:
    return {"TONNY_WORKFLOW__URL": environment["TONNY_WORKFLOW__URL"]}


def test_without_its_workflow_ask_keeps_the_question(
    services: dict[str, str], tmp_path: Path, models: Path
) -> None:
    env = {**services, "TONNY_WORKFLOW__URL": "http://127.0.0.1:1/webhook/tonny"}
    done = run_agent(
        "ask", "are you there?", "--speaker", "none", "--data-dir", tmp_path, env=env
    )
    assert done.returncode == 69
    assert "no answer now" in done.stderr.decode()
    with closing(sqlite3.connect(tmp_path / "tonny.db")) as db:
        ((state, body),) = db.execute("SELECT state, body FROM outbox")
    assert state == "pending"
    assert json.loads(body)["text"] == "are you there?"


def test_ask_and_say_use_the_services(
    services: dict[str, str], tmp_path: Path, models: Path
) -> None:
    done = run_agent(
        "ask", "hello", "--speaker", tmp_path / "answer.wav", "--json",
        "--data-dir", tmp_path / "data", env=services,
    )  # fmt: skip
    assert json.loads(done.stdout)["text"] == "You said hello."
    done = run_agent(
        "say", "-", "--speaker", tmp_path / "said.wav",
        "--data-dir", tmp_path / "data", env=services, stdin=b"Good morning.",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for name in ("answer.wav", "said.wav"):
        assert (tmp_path / name).stat().st_size > 20_000


def test_a_secret_is_found_nowhere(
    services: dict[str, str], tmp_path: Path, models: Path
) -> None:
    secrets = {
        **services,
        "TONNY_STT__TOKEN": "canary-stt-token",
        "TONNY_WORKFLOW__TOKEN": "canary-workflow-token",
        "TONNY_WORKFLOW__SECRET": "canary-workflow-secret",
    }
    said = b""
    for arguments in (
        ["run", "--microphone", QUESTION, "--speaker", "none", "--pace", "fast",
         "--json", "--log-level", "debug"],
        ["config", "show"],
        ["config", "show", "--json"],
        ["log", "--json"],
    ):  # fmt: skip
        folder = {"TONNY_DATA_DIR": str(tmp_path)}
        done = run_agent(*arguments, env={**secrets, **folder})
        assert done.returncode == 0, done.stderr
        said += done.stdout + done.stderr
    written = b"".join(
        path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()
    )
    for canary in (b"canary", KEY.encode()):
        assert canary not in said
        assert canary not in written
