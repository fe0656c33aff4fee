"""The bundle tells a maintainer much, and nobody what was said or what is secret."""

import json
import zipfile
from pathlib import Path

import pytest

from agent.api.settings import configure
from agent.doctor.bundle import write_bundle
from agent.doctor.findings import Report, fault
from agent.errors import Misconfigured
from agent.events import Entry, Heard, Replied
from agent.logs import FILE
from agent.record.sqlite import DATABASE
from agent.record.store import open_store

KEY, WORDS = "canary-key-5261", "purple elephants"

LOG = f"""\
2026-11-28 10:00:00,000 WARNING agent.supervisor: n8n is away
2026-11-28 10:00:01,000 INFO agent.journal: Heard turn=1 text='{WORDS}' confidence=0.9
    {WORDS} go on
2026-11-28 10:00:02,000 INFO agent.journal: Heard turn=2 text='{WORDS}' confidence=0.9
2026-11-28 10:00:03,000 ERROR agent.thinking: it answered "{WORDS}", says {KEY}
    Traceback (most recent call last)
"""


async def _bundled(folder: Path) -> dict[str, str]:
    config = configure(tts={"api_key": KEY}, workflow={"token": KEY})
    async with open_store(folder / DATABASE) as store:
        await store.write(
            [
                Entry(1.0, "s", Heard(1, WORDS, engine="moonshine")),
                Entry(2.0, "s", Replied(1, WORDS, mind="n8n")),
            ]
        )
    (folder / FILE).write_text(LOG, "utf-8")
    report = Report([fault("workflow.away", f"It says {KEY}.", "Start it.")])
    file = folder / "bundle.zip"
    write_bundle(file, report, config, folder)
    assert file.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(file) as bundle:
        return {name: bundle.read(name).decode() for name in bundle.namelist()}


async def test_nothing_secret_and_nothing_said_is_in_it(tmp_path: Path) -> None:
    parts = await _bundled(tmp_path)
    for name, text in parts.items():
        assert KEY not in text, name
        assert "elephants" not in text, name


async def test_what_happened_is(tmp_path: Path) -> None:
    parts = await _bundled(tmp_path)
    assert "n8n is away" in parts["log.txt"]
    assert "Traceback" in parts["log.txt"]
    assert "2 × Heard" in parts["log.txt"]
    assert [row[:2] for row in json.loads(parts["record.json"])["events"]] == [
        ["heard", 1],
        ["replied", 1],
    ]
    assert json.loads(parts["versions.json"])["packages"]["trio"]
    assert json.loads(parts["settings.json"])["tts"]["api_key"] != ""
    assert json.loads(parts["report.json"])["findings"][0]["code"] == "workflow.away"


async def test_no_file_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "bundle.zip").write_text("mine")
    with pytest.raises(Misconfigured, match="File exists"):
        await _bundled(tmp_path)
    assert (tmp_path / "bundle.zip").read_text() == "mine"


async def test_a_bundle_needs_neither_record_nor_log(tmp_path: Path) -> None:
    file = tmp_path / "bundle.zip"
    write_bundle(file, Report([]), configure(), tmp_path)
    with zipfile.ZipFile(file) as bundle:
        assert "no log" in bundle.read("log.txt").decode()
