"""`tonny-agent doctor` beside servers that are not as they should be: each fault has a
name, and nothing else is blamed."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e.doctor import CANARY, Env, diagnosed, faults, home
from tests.rigs.certificates import make_certificate, make_expired_certificate
from tests.standins.elevenlabs.account import KEY
from tests.standins.n8n import KEY as N8N_KEY
from tests.standins.strangers import strangers

WELL = {
    "STT__ENGINE": "whisperlivekit",
    "STT__URL": "ws://{ear}/asr",
    "WORKFLOW__URL": "http://{n8n}/webhook/tonny",
    "TTS__ENGINE": "elevenlabs",
    "TTS__BASE_URL": "http://{voice}",
    "TTS__API_KEY": KEY,
}


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Env]:
    folder = tmp_path_factory.mktemp("certificates")
    for kind, make in (
        ("untrusted", make_certificate),
        ("expired", make_expired_certificate),
    ):
        (folder / kind).mkdir()
        make(folder / kind)
    with ExitStack() as stack:
        at = {**strangers(stack, folder), "closed": "127.0.0.1:9"}
        yield {**at, "misnamed": at["n8n_untrusted"].replace("127.0.0.1", "localhost")}


def everywhere(name: str, tls: str = "") -> Env:
    """All three services are said to be at the one that has this *name*."""
    return elsewhere(name, name, name, tls)


def elsewhere(ear: str, n8n: str, voice: str, tls: str = "") -> Env:
    return {
        "STT__URL": f"ws{tls}://{{{ear}}}/asr",
        "WORKFLOW__URL": f"http{tls}://{{{n8n}}}/webhook/tonny",
        "TTS__BASE_URL": f"http{tls}://{{{voice}}}",
    }


def of_all(trouble: str) -> set[str]:
    return {f"{each}.{trouble}" for each in ("stt", "workflow", "tts.elevenlabs")}


NOWHERE = {
    "STT__URL": "ws://nowhere.invalid/asr",
    "WORKFLOW__URL": "http://nowhere.invalid/webhook/tonny",
    "TTS__BASE_URL": "https://nowhere.invalid",
}

PLANTED: dict[str, tuple[Env, set[str]]] = {
    "nothing at all": ({}, set()),
    "a host that is not there": (NOWHERE, of_all("host")),
    "a closed port": (everywhere("closed"), of_all("away")),
    "a silent port": (everywhere("silent"), of_all("silent")),
    "a mail server": (everywhere("mail"), of_all("other")),
    "a port that hangs up": (everywhere("gone"), of_all("other")),
    "a page for people": (
        everywhere("page"),
        {"stt.other", "workflow.page", "tts.elevenlabs.other"},
    ),
    "a wrong path": (
        elsewhere("ear_elsewhere", "nothing", "nothing"),
        {"stt.path", "workflow.path", "tts.elevenlabs.other"},
    ),
    "a server that refuses": (
        everywhere("forbidden"),
        {"stt.refused", "workflow.token", "tts.elevenlabs.other"},
    ),
    "a server in trouble": (everywhere("failing"), of_all("failing")),
    "TLS where there is none": (elsewhere("ear", "n8n", "voice", "s"), of_all("tls")),
    "no TLS where there is": (
        elsewhere("ear_untrusted", "n8n_untrusted", "voice_untrusted"),
        of_all("tls"),
    ),
    "a certificate that nobody trusts": (
        elsewhere("ear_untrusted", "n8n_untrusted", "voice_untrusted", "s"),
        of_all("certificate"),
    ),
    "a certificate that has expired": (
        elsewhere("ear_expired", "n8n_expired", "voice_expired", "s"),
        of_all("certificate.expired"),
    ),
    "a certificate for another name": (
        {"WORKFLOW__URL": "https://{misnamed}/webhook/tonny"},
        {"workflow.certificate.name"},
    ),
    "no certificate in stt.ca": (
        {**elsewhere("ear_untrusted", "moved", "voice"), "STT__CA": "/dev/null"}
        | {"STT__URL": "wss://{ear_untrusted}/asr"},
        {"stt.ca", "workflow.moved"},
    ),
    "a wrong token, and no token": (
        {
            **elsewhere("ear_locked", "n8n_locked", "voice"),
            "STT__TOKEN": CANARY,
            "WORKFLOW__API_KEY": N8N_KEY,
            "TTS__API_KEY": CANARY,
        },
        {"stt.token", "workflow.token", "tts.elevenlabs.key"},
    ),
    "a wrong token of a webhook that looks at it when it is asked": (
        {"WORKFLOW__URL": "http://{n8n_guarded}/webhook/tonny"}
        | {"WORKFLOW__TOKEN": CANARY},
        {"workflow.token"},
    ),
    "the right one": (
        {"WORKFLOW__URL": "http://{n8n_guarded}/webhook/tonny"}
        | {"WORKFLOW__TOKEN": "right"},
        set(),
    ),
    "a model that it does not have": (
        {
            "STT__MODEL": "large-v3",
            "WORKFLOW__API_KEY": CANARY,
            "TTS__MODEL": "eleven_v99",
        },
        {"stt.model", "workflow.api_key", "tts.elevenlabs.model"},
    ),
    "an old n8n, and a plan that is used up": (
        elsewhere("ear_loading", "n8n_old", "voice_spent"),
        {"stt.loading", "workflow.n8n.old", "tts.quota.spent"},
    ),
    "a workflow that is not active": (
        elsewhere("ear", "n8n_inactive", "voice_unpermitted"),
        {"workflow.inactive", "tts.elevenlabs.permission"},
    ),
    "a webhook that takes GET": (
        {**elsewhere("ear", "n8n_get", "voice"), "WORKFLOW__API_KEY": N8N_KEY},
        {"workflow.method"},
    ),
    "a page of n8n's": (
        {"WORKFLOW__URL": "http://{n8n}/workflow/7"},
        {"workflow.page"},
    ),
    "a WebSocket that is silent": (
        {
            "WORKFLOW__TRANSPORT": "websocket",
            "WORKFLOW__WEBSOCKET_URL": "ws://{silent}/ws",
            "RABBITMQ__ENABLED": "true",
            "RABBITMQ__URL": "amqp://guest:guest@{silent}/",
        },
        {"workflow.silent", "rabbitmq.silent"},
    ),
    "a broker that is none": (
        {
            "RABBITMQ__ENABLED": "true",
            "RABBITMQ__URL": "amqp://guest:guest@{page}/",
            "STT__ENGINE": "moonshine",
            "STT__URL": "",
            "STT__LANGUAGE": "de",
            "TTS__BUDGET": "5",
        },
        {"rabbitmq.other", "stt.moonshine.language", "tts.budget"},
    ),
    "a clock that is a day ahead": (
        {**elsewhere("ear", "yesterday", "voice"), "TTS__ENGINE": "pico"},
        {"clock"},
    ),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_each_fault_is_named(
    planted: str, tmp_path: Path, addresses: Env, models: Path
) -> None:
    settings, wanted = PLANTED[planted]
    given = {
        f"TONNY_{name}": value.format_map(addresses)
        for name, value in {**WELL, **settings}.items()
    }
    status, report = diagnosed({**home(tmp_path), **given})
    assert faults(report) == wanted
    assert status == (1 if wanted else 0)


def test_a_plan_that_is_nearly_used_up_is_worth_a_note(
    tmp_path: Path, addresses: Env, models: Path
) -> None:
    settings = {**WELL, "TTS__BASE_URL": "http://{voice_low}"}
    given = {f"TONNY_{n}": v.format_map(addresses) for n, v in settings.items()}
    status, report = diagnosed({**home(tmp_path), **given})
    assert status == 0
    (low,) = [each for each in report["findings"] if each["code"] == "tts.quota.low"]
    assert low["severity"] == "note"
