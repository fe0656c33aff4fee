import pytest

from agent import web
from agent.doctor.certificates import check_certificates


def without_authorities(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "system_has_authorities", lambda: False)


async def test_where_the_system_has_none_ours_are_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    without_authorities(monkeypatch)
    (found,) = await check_certificates()
    assert found.severity == "ok"
    assert "certificates that Tonny carries" in found.title


async def test_where_nobody_has_any_it_is_a_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    without_authorities(monkeypatch)
    monkeypatch.setattr("certifi.where", lambda: "/nowhere/cacert.pem")
    (found,) = await check_certificates()
    assert found.severity == "fault"
    assert found.remedy == "Install ca-certificates."
