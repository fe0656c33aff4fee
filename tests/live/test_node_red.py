"""The whole of Tonny against a real Node-RED: ``just e2e-node-red DIR``."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.live.servers import Server
from tests.live.test_n8n import ask, kinds, settings


def test_a_turn(real_node_red: Server, tmp_path: Path) -> None:
    env = settings(f"{real_node_red.url}/tonny")
    assert ask(tmp_path, "hello", env)[:2] == (0, "You said: hello")


def test_a_wrong_token(real_node_red: Server, tmp_path: Path) -> None:
    status, _, found = ask(
        tmp_path, "hello", settings(f"{real_node_red.url}/tonny", token="wrong")
    )
    assert status != 0
    (unanswered,) = kinds(found, "unanswered")
    assert "403" in unanswered["reason"]


def test_a_stream(real_node_red: Server, tmp_path: Path) -> None:
    env = settings(f"{real_node_red.url}/tonny-stream")
    status, answer, _ = ask(tmp_path, "hello", env)
    assert (status, answer) == (0, "You said: hello. And that is all there is to it.")
    with closing(sqlite3.connect(tmp_path / "tonny.db")) as record:
        rows = record.execute("SELECT at, type FROM events ORDER BY id").fetchall()
    at = {kind: moment for moment, kind in reversed(rows)}
    assert at["replied"] - at["answer_begun"] > 0.8
