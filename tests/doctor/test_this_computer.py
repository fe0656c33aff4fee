"""Settings, clock, limits and detector: what is wrong with them is found and named."""

import resource
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from pathlib import Path

import pytest
import trio

from agent.api.settings import configure
from agent.config.settings import Vad
from agent.doctor.checks import checks
from agent.doctor.clock import check_clock
from agent.doctor.detector import check_detector
from agent.doctor.limits import check_limits
from agent.doctor.settings import read_settings
from agent.events import Entry, Ready
from agent.record.sqlite import DATABASE
from agent.record.store import open_store
from tests.standins.web import Asked, Reply, serve_web

CANARY = "canary-7741"


def _written(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "agent.toml"
    path.write_text(text, "utf-8")
    path.chmod(mode)
    return path


def test_each_wrong_setting_is_a_fault_and_the_rest_is_looked_at(
    tmp_path: Path,
) -> None:
    path = _written(tmp_path, '[tts]\nspeed = 9\n[stt]\nurll = "x"\n')
    settled = read_settings(path)
    assert not settled.usable
    assert [finding.code for finding in settled.findings] == ["config", "config"]
    told = " ".join(finding.title for finding in settled.findings)
    assert f"{path}:2:9: tts.speed is 9" in told
    assert f"{path}:4:1" in told
    assert "did you mean url?" in told
    left = checks(settled.config, tmp_path, usable=settled.usable)
    assert {"record", "models"} <= left.keys()
    assert "workflow" not in left


def test_a_file_that_is_no_toml_is_a_fault(tmp_path: Path) -> None:
    (finding,) = read_settings(_written(tmp_path, "[tts\n")).findings
    assert (finding.code, finding.severity) == ("config.syntax", "fault")


def test_secrets_that_others_can_read_are_a_fault(tmp_path: Path) -> None:
    path = _written(tmp_path, f'[tts]\napi_key = "{CANARY}"\n', 0o644)
    settled = read_settings(path)
    assert settled.usable
    assert settled.findings[-1].code == "config.exposed"
    assert settled.findings[-1].remedy == f"chmod 600 {path}"
    assert CANARY not in repr(settled.findings)
    path.chmod(0o600)
    assert [each.severity for each in read_settings(path).findings] == ["ok"]


async def _clock(ahead: float, asked: Asked, reply: Reply) -> None:
    there = datetime.now(UTC) - timedelta(seconds=ahead)
    await reply.whole(404, b"", date=format_datetime(there, usegmt=True))


@pytest.mark.parametrize(
    ("ahead", "said"),
    [
        (600.0, "10 minutes ahead of that of 127.0.0.1"),
        (-90_000.0, "25 hours behind that of 127.0.0.1"),
        (20.0, ""),
        (-20.0, ""),
    ],
)
async def test_a_clock_is_held_against_the_servers(
    ahead: float, said: str, tmp_path: Path, nursery: trio.Nursery
) -> None:
    url = await nursery.start(serve_web, partial(_clock, ahead))
    config = configure(workflow={"url": f"{url}/webhook/tonny"})
    (finding,) = await check_clock(config, tmp_path)
    assert finding.code == "clock"
    assert finding.severity == ("fault" if said else "ok")
    assert said in finding.title
    nursery.cancel_scope.cancel()


async def test_one_server_among_several_may_be_the_one_that_is_wrong(
    tmp_path: Path, nursery: trio.Nursery
) -> None:
    wrong = await nursery.start(serve_web, partial(_clock, 7200.0))
    right = await nursery.start(serve_web, partial(_clock, 0.0))
    config = configure(
        workflow={"url": wrong.replace("127.0.0.1", "localhost")},
        tts={"base_url": right, "api_key": CANARY},
    )
    (finding,) = await check_clock(config, tmp_path)
    assert finding.severity == "fault"
    assert "set the clock of localhost" in finding.remedy
    nursery.cancel_scope.cancel()


async def test_a_record_from_the_future_shows_a_clock_set_back(tmp_path: Path) -> None:
    async with open_store(tmp_path / DATABASE) as store:
        await store.write([Entry(time.time() + 90_000, "s", Ready("n8n"))])
    (finding,) = await check_clock(configure(), tmp_path)
    assert "25 hours from now: the clock was set back" in finding.title


async def test_nobody_is_asked_where_nothing_is_configured(tmp_path: Path) -> None:
    (finding,) = await check_clock(configure(), tmp_path)
    assert finding.severity == "ok"


@pytest.fixture
def few_files() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (128, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


async def test_a_low_limit_of_open_files_is_a_fault(few_files: None) -> None:
    (finding,) = await check_limits()
    assert finding.code == "limits.files"
    assert "Only 128 files" in finding.title


async def test_an_ordinary_limit_is_none() -> None:
    assert [each.severity for each in await check_limits()] == ["ok"]


@pytest.mark.parametrize("engine", ["silero", "webrtc"])
async def test_a_detector_tells_speech(engine: str, models: Path) -> None:
    vad = Vad(engine=engine)  # type: ignore[arg-type] # one of the two
    (finding,) = await check_detector(vad)
    assert finding.severity == "ok", finding


async def test_a_detector_that_is_too_strict_is_a_fault(models: Path) -> None:
    (finding,) = await check_detector(Vad(threshold=1.0, release=1.0))
    assert finding.code == "vad"
    assert "vad.threshold" in finding.remedy
