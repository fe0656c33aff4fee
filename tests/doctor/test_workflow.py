"""What is wrong with a workflow is told from everything else that may be."""

from pathlib import Path
from typing import Any

import pytest
import trio

from agent.config import Config
from agent.config.settings import Secret, Workflow
from agent.doctor.findings import Finding
from agent.doctor.workflow import check_workflow
from agent.events import Attempted, Entry
from agent.record.sqlite import DATABASE
from agent.record.store import open_store
from tests.standins.n8n import N8n, listing
from tests.standins.web import Asked, Reply, serve_web


async def looked(n8n: N8n, folder: Path, **settings: Any) -> list[Finding]:
    async with trio.open_nursery() as nursery:
        url = await nursery.start(serve_web, n8n)
        path = settings.pop("path", "/webhook/tonny")
        if settings.get("transport") == "websocket":
            settings["websocket_url"] = f"ws{url.removeprefix('http')}/ws"
            path = ""
        config = Config(workflow=Workflow(url=path and url + path, **settings))
        found = [*await check_workflow(config, folder)]
        nursery.cancel_scope.cancel()
    return found


def codes(found: list[Finding]) -> list[str]:
    return [f"{each.severity} {each.code}" for each in found]


async def test_one_that_is_active_is_well(tmp_path: Path) -> None:
    assert codes(await looked(N8n(), tmp_path)) == ["ok workflow"]


async def test_one_that_is_not_is_told(tmp_path: Path) -> None:
    found = await looked(N8n(active=False), tmp_path)
    assert codes(found) == ["fault workflow.inactive"]


KEY = Secret("key")


@pytest.mark.parametrize(
    ("n8n", "settings", "code", "told"),
    [
        (
            listing(active=False),
            {},
            "fault workflow.inactive",
            "“My turn” is not active",
        ),
        (
            listing(active=False, httpMethod="GET"),
            {},
            "fault workflow.method",
            "takes GET, not POST",
        ),
        (
            listing(active=False, path="other"),
            {},
            "fault workflow.missing",
            "No workflow in this n8n",
        ),
        (listing(), {}, "fault workflow.token", "wants to know who asks"),
        (listing(), {"token": Secret("t")}, "ok workflow", "registered and active"),
    ],
)
async def test_with_a_key_it_is_known_why(
    n8n: N8n, settings: dict[str, Any], code: str, told: str, tmp_path: Path
) -> None:
    found = await looked(n8n, tmp_path, api_key=KEY, **settings)
    assert code in codes(found)
    assert any(told in each.title for each in found)


async def test_a_key_that_is_not_accepted(tmp_path: Path) -> None:
    found = await looked(N8n(), tmp_path, api_key=Secret("wrong"))
    assert codes(found) == ["ok workflow", "fault workflow.api_key"]
    assert "wrong" not in f"{found}"


async def test_a_test_url(tmp_path: Path) -> None:
    found = await looked(N8n(), tmp_path, path="/webhook-test/tonny")
    assert codes(found) == ["fault workflow.test_url"]


async def test_a_page_for_people(tmp_path: Path) -> None:
    found = await looked(N8n(), tmp_path, path="/workflow/7")
    assert codes(found) == ["fault workflow.page"]


async def test_an_old_n8n(tmp_path: Path) -> None:
    found = await looked(N8n(release="1.120.0"), tmp_path)
    assert codes(found) == ["ok workflow", "fault workflow.n8n.old"]
    assert "1.120.0" in found[1].title
    assert "1.123.81" in found[1].remedy


async def test_n8ns_own_port_is_no_websocket(tmp_path: Path) -> None:
    found = await looked(N8n(), tmp_path, transport="websocket")
    assert codes(found) == ["fault workflow.websocket.n8n"]


async def test_nobody_there(tmp_path: Path) -> None:
    config = Config(workflow=Workflow(url="http://127.0.0.1:9/webhook/tonny"))
    assert codes([*await check_workflow(config, tmp_path)]) == ["fault workflow.away"]


async def test_none_configured(tmp_path: Path) -> None:
    found = [*await check_workflow(Config(), tmp_path)]
    assert codes(found) == ["note workflow.url.unset"]


async def tried(folder: Path, url: str, status: int) -> None:
    """What the record has of the last time."""
    async with open_store(folder / DATABASE) as store:
        attempted = Attempted("id", "n8n", "POST", url, 0.1, status)
        await store.write([Entry(1.0, "s", attempted)])


async def test_a_token_that_was_never_tried_is_tried(tmp_path: Path) -> None:
    n8n = N8n(token="right")
    assert codes(await looked(n8n, tmp_path, token=Secret("right"))) == ["ok workflow"]
    assert b"test of the connection" in n8n.asked[0]
    (_, wrong) = await looked(n8n, tmp_path, token=Secret("wrong"))
    assert (wrong.severity, wrong.code) == ("fault", "workflow.token")
    assert "did not accept workflow.token (403)" in wrong.title
    assert "workflow.auth" in wrong.remedy
    (_, none) = await looked(n8n, tmp_path)
    assert "wanted to know who asks (403)" in none.title
    assert "secrets set workflow.token" in none.remedy


async def test_who_was_let_in_the_last_time_does_not_ask(tmp_path: Path) -> None:
    n8n = N8n()
    async with trio.open_nursery() as nursery:
        url = await nursery.start(serve_web, n8n)
        config = Config(workflow=Workflow(url=f"{url}/webhook/tonny?a=b"))
        await tried(tmp_path, f"{url}/webhook/tonny", 200)
        assert codes([*await check_workflow(config, tmp_path)]) == ["ok workflow"]
        assert not n8n.asked
        await tried(tmp_path, f"{url}/webhook/tonny", 403)
        assert codes([*await check_workflow(config, tmp_path)]) == ["ok workflow"]
        assert n8n.asked
        nursery.cancel_scope.cancel()


async def test_where_nobody_tells_in_time_what_was_refused_the_last_time_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Thinking(N8n):
        async def _answer(self, asked: Asked, reply: Reply) -> None:
            await trio.sleep_forever()

    monkeypatch.setattr("agent.thinking.trying.REFUSED_WITHIN", 0.1)
    async with trio.open_nursery() as nursery:
        url = await nursery.start(serve_web, Thinking())
        config = Config(workflow=Workflow(url=f"{url}/webhook/tonny"))
        assert codes([*await check_workflow(config, tmp_path)]) == ["ok workflow"]
        await tried(tmp_path, f"{url}/webhook/tonny", 401)
        (_, found) = await check_workflow(config, tmp_path)
        assert "the last time (401)" in found.title
        nursery.cancel_scope.cancel()
