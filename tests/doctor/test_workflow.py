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
from tests.standins.web import serve_web


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


async def test_what_was_refused_the_last_time_is_known(tmp_path: Path) -> None:
    async with open_store(tmp_path / DATABASE) as store:
        tried = Attempted("id", "n8n", "POST", "http://h/webhook/t", 0.1, 403)
        await store.write([Entry(1.0, "s", tried)])
    found = await looked(N8n(), tmp_path)
    assert codes(found) == ["ok workflow", "fault workflow.token"]
