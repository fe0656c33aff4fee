"""The whole of Tonny against a real n8n: ``just e2e-n8n N8N_DIR``."""

import json
import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.e2e.agent_process import command, events, run_agent, silence, write_wav
from tests.live.model import PIECES, model
from tests.live.servers import SECRET, TOKEN, Ports, Server


def settings(url: str, **more: str) -> dict[str, str]:
    """Of the workflow, as the environment has them."""
    given = {"url": url, "header": "X-Tonny-Token", "token": TOKEN, **more}
    return {f"TONNY_WORKFLOW__{name.upper()}": value for name, value in given.items()}


def ask(
    folder: Path, text: str, env: dict[str, str]
) -> tuple[int, str, list[dict[str, Any]]]:
    """The exit status, the answer, and what happened."""
    done = run_agent(*("ask", text, "--data-dir", folder, "--speaker", "none"), env=env)
    with closing(sqlite3.connect(folder / "tonny.db")) as record:
        rows = record.execute("SELECT body FROM events ORDER BY id").fetchall()
    found = [json.loads(body)["event"] for (body,) in rows]
    return done.returncode, done.stdout.decode().strip(), found


def kinds(found: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [event for event in found if event["event"] == kind]


def test_a_signed_turn_and_a_signed_answer(real_n8n: Server, tmp_path: Path) -> None:
    env = settings(f"{real_n8n.url}/webhook/tonny", secret=SECRET, verify="true")
    status, answer, found = ask(tmp_path, "hello", env)
    assert (status, answer) == (0, "You said: hello")
    (attempt,) = kinds(found, "attempted")
    assert attempt["status"] == 200


def test_a_secret_that_is_being_replaced(real_n8n: Server, tmp_path: Path) -> None:
    env = settings(f"{real_n8n.url}/webhook/tonny", secret="new", old_secret=SECRET)
    assert ask(tmp_path, "hello", env)[:2] == (0, "You said: hello")


def test_a_bad_signature_is_refused(real_n8n: Server, tmp_path: Path) -> None:
    env = settings(f"{real_n8n.url}/webhook/tonny", secret="wrong")
    status, _, found = ask(tmp_path, "hello", env)
    assert status != 0
    (unanswered,) = kinds(found, "unanswered")
    assert "401" in unanswered["reason"]


def test_a_wrong_token_is_refused(real_n8n: Server, tmp_path: Path) -> None:
    env = settings(f"{real_n8n.url}/webhook/tonny", token="wrong")
    status, _, found = ask(tmp_path, "hello", env)
    assert status != 0
    (unanswered,) = kinds(found, "unanswered")
    assert "403" in unanswered["reason"]
    assert "workflow.token" in unanswered["reason"]


def test_the_first_sentence_is_said_before_the_stream_ends(
    real_n8n: Server, tmp_path: Path
) -> None:
    env = settings(f"{real_n8n.url}/webhook/tonny-stream")
    done = run_agent(
        *("ask", "hello there my friend", "--data-dir", tmp_path),
        *("--speaker", tmp_path / "said.wav"),
        env=env,
    )
    assert done.returncode == 0, done.stderr
    with closing(sqlite3.connect(tmp_path / "tonny.db")) as record:
        rows = record.execute("SELECT at, type FROM events ORDER BY id").fetchall()
    at = {kind: moment for moment, kind in reversed(rows)}
    assert at["sounding"] < at["replied"]
    assert at["replied"] - at["answer_begun"] > 0.8


def test_a_workflow_that_fails_is_asked_again_later(
    real_n8n: Server, tmp_path: Path
) -> None:
    env = settings(f"{real_n8n.url}/webhook/tonny-failing")
    status, _, found = ask(tmp_path, "hello", env)
    assert status != 0
    (postponed,) = kinds(found, "postponed")
    assert "500" in postponed["reason"]


def test_an_inactive_workflow_is_told_from_one_that_is_away(
    real_n8n: Server, tmp_path: Path
) -> None:
    env = settings(f"{real_n8n.url}/webhook/nothing-here")
    status, _, found = ask(tmp_path, "hello", env)
    assert status != 0
    (postponed,) = kinds(found, "postponed")
    assert "not registered (404)" in postponed["reason"]


def test_the_websocket(real_n8n: Server, ports: Ports, tmp_path: Path) -> None:
    env = settings(
        "", transport="websocket", websocket_url=f"ws://127.0.0.1:{ports.socket}/ws"
    )
    status, answer, _ = ask(tmp_path, "hello", env)
    assert (status, answer) == (0, "You said: hello. And that is all there is to it.")


def test_a_websocket_that_signs(real_n8n: Server, ports: Ports, tmp_path: Path) -> None:
    env = settings(
        "",
        transport="websocket",
        websocket_url=f"ws://127.0.0.1:{ports.signed}/ws",
        secret=SECRET,
        verify="true",
    )
    assert ask(tmp_path, "hello", env)[:2] == (0, "You said: hello. Signed.")


def test_an_agent_speaks_as_it_thinks(
    real_n8n: Server, ports: Ports, tmp_path: Path
) -> None:
    env = settings(f"{real_n8n.url}/webhook/tonny-agent")
    with model(ports.model) as playing:
        status, answer, _ = ask(tmp_path, "what is two and three?", env)
    assert (status, answer) == (0, "".join(PIECES))
    assert playing.asked[0][-1]["content"] == "what is two and three?"


def test_where_the_websocket_is_away_the_webhook_answers(
    real_n8n: Server, tmp_path: Path
) -> None:
    env = settings(
        f"{real_n8n.url}/webhook/tonny",
        secret=SECRET,
        transport="websocket",
        websocket_url="ws://127.0.0.1:9/ws",
    )
    assert ask(tmp_path, "hello", env)[:2] == (0, "You said: hello")


def test_the_chat_trigger(real_n8n: Server, tmp_path: Path) -> None:
    url = f"{real_n8n.url}/webhook/tonny-chat/chat"
    env = settings(url, transport="chat", auth="basic", user="tonny")
    assert ask(tmp_path, "hello", env)[:2] == (0, "You said: hello")


def test_one_that_is_restarted_in_the_middle_gets_every_question(
    real_n8n: Server, tmp_path: Path
) -> None:
    env = settings(f"{real_n8n.url}/webhook/tonny", secret=SECRET)
    real_n8n.stop()
    status, _, found = ask(tmp_path, "while you were away", env)
    assert status != 0
    assert kinds(found, "postponed")
    with subprocess.Popen(
        command(
            *("run", "--data-dir", tmp_path, "--speaker", "none", "--json"),
            *("--microphone", write_wav(tmp_path / "room.wav", [silence(120)])),
        ),
        env={**os.environ, **env, "TONNY_WORKFLOW__DEADLINE": "5"},
        stdout=subprocess.PIPE,
    ) as agent:
        assert agent.stdout is not None
        real_n8n.start()
        try:
            for line in agent.stdout:
                for event in events(line, "replied"):
                    assert event["text"] == "You said: while you were away"
                    return
        finally:
            agent.terminate()
            real_n8n.wait_for("/webhook/tonny", {})
    raise AssertionError("the question was never answered")


def test_doctor_finds_a_wrong_token_that_nobody_has_tried(
    real_n8n: Server, tmp_path: Path
) -> None:
    url = f"{real_n8n.url}/webhook/tonny-stream"
    assert "workflow.token" not in diagnosed(tmp_path, settings(url))
    wrong = diagnosed(tmp_path, settings(url, token="wrong"))
    assert "did not accept workflow.token (403)" in wrong["workflow.token"]
    none = diagnosed(tmp_path, settings(url, token=""))
    assert "wanted to know who asks" in none["workflow.token"]


def diagnosed(folder: Path, env: dict[str, str]) -> dict[str, str]:
    """What doctor says of the workflow that is not well, by its codes."""
    done = run_agent("doctor", "--json", "--data-dir", folder / "none", env=env)
    found = json.loads(done.stdout)["findings"]
    return {
        each["code"]: each["title"]
        for each in found
        if each["code"].startswith("workflow") and each["severity"] == "fault"
    }
