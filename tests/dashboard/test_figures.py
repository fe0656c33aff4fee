"""What Prometheus reads, as its own parser understands it."""

import stat
from pathlib import Path

import pytest
import trio
from prometheus_client.parser import text_string_to_metric_families

from agent.config.settings import Metrics
from agent.dashboard.figures import TOKEN, scrape_token
from agent.events import AudioDropped, Heard, Lost, Timed, Unanswered
from tests.dashboard.opened import Answer, Opened, opened


async def scrape(page: Opened, token: str) -> Answer:
    head = (
        f"GET /metrics HTTP/1.1\r\nHost: localhost:{page.port}\r\nConnection: close\r\n"
        "Accept: application/openmetrics-text;q=0.5,*/*;q=0.1\r\n"
    )
    if token:
        head += f"Authorization: Bearer {token}\r\n"
    return await page.say(f"{head}\r\n".encode())


def figures(text: bytes) -> dict[tuple[str, ...], float]:
    """Each sample, by its name and the values of its labels."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


async def test_what_happens_is_counted(tmp_path: Path) -> None:
    async with opened(tmp_path) as page:
        for turn in range(3):
            page.hub.publish(Heard(turn, "hello", "ears"))
            page.hub.publish(Timed(turn, transcript=0.4, first_sample=1.0 + turn))
        page.hub.publish(Heard(3, "hello", "ears", "text"))
        page.hub.publish(Lost("n8n", "away", 1.0))
        page.hub.publish(Unanswered(3, "q", "no"))
        page.hub.publish(AudioDropped(1.5))
        await trio.testing.wait_all_tasks_blocked(0.05)
        reply = await scrape(page, (tmp_path / TOKEN).read_text().strip())
    assert reply.status == 200
    assert reply.header("content-type").startswith("text/plain; version=0.0.4")
    found = figures(reply.body)
    assert found["tonny_turns_total", "voice"] == 3
    assert found["tonny_turns_total", "text"] == 1
    assert found["tonny_stage_seconds_count", "transcript"] == 3
    assert found["tonny_stage_seconds_sum", "first_sample"] == 6
    assert found["tonny_errors_total", "lost n8n"] == 1
    assert found["tonny_errors_total", "unanswered"] == 1
    assert found["tonny_audio_dropped_seconds_total",] == 1.5
    assert found["tonny_integration_up", "n8n"] == 0


@pytest.mark.parametrize(
    ("metrics", "without", "with_"), [("token", 401, 200), ("open", 200, 200), ("off", 404, 404)]
)  # fmt: skip
async def test_who_may_read_them_is_a_setting(
    metrics: Metrics, without: int, with_: int, tmp_path: Path
) -> None:
    async with opened(tmp_path, metrics) as page:
        token = scrape_token(tmp_path)
        assert (await scrape(page, "")).status == without
        assert (await scrape(page, token[:-1])).status == without
        assert (await scrape(page, token)).status == with_


def test_the_token_stays_the_same_and_is_private(tmp_path: Path) -> None:
    token = scrape_token(tmp_path)
    assert len(token) == 43
    assert scrape_token(tmp_path) == token
    assert stat.S_IMODE((tmp_path / TOKEN).stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"short\n", b"\xff\xfe"])
def test_a_token_that_is_none_is_replaced(content: bytes, tmp_path: Path) -> None:
    (tmp_path / TOKEN).write_bytes(content)
    assert len(scrape_token(tmp_path)) == 43
