"""Where secrets come from, and which of several wins."""

import sys
import threading
from pathlib import Path
from types import ModuleType

import pytest

from agent.config import Secret, keyring, load, names, secrets
from agent.config.settings import Config
from agent.errors import Misconfigured, Unavailable

NAME = "tts.api_key"
VARIABLE = "TONNY_TTS__API_KEY"


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    file = tmp_path / "agent.toml"
    file.write_text('[tts]\napi_key = "from agent.toml"\n')
    file.chmod(0o600)
    return file


def kept(settings: Path, text: str, mode: int = 0o600) -> Path:
    file = settings.with_name("secrets.toml")
    file.write_text(text)
    file.chmod(mode)
    return file


def credential(folder: Path, name: str, content: bytes) -> dict[str, str]:
    (folder / "credentials").mkdir(exist_ok=True)
    (folder / "credentials" / name).write_bytes(content)
    return {"CREDENTIALS_DIRECTORY": str(folder / "credentials")}


class Ring(ModuleType):
    """The library, as far as it is used."""

    def __init__(self) -> None:
        super().__init__("keyring")
        self.kept: dict[tuple[str, str], str] = {}
        self.slow = 0.0
        self.asked = 0

    def get_password(self, service: str, name: str) -> str | None:
        self.asked += 1
        threading.Event().wait(self.slow)
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, secret: str) -> None:
        self.kept[service, name] = secret

    def delete_password(self, service: str, name: str) -> None:
        del self.kept[service, name]


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Ring:
    one = Ring()
    monkeypatch.setitem(sys.modules, "keyring", one)
    return one


def test_the_sources_have_an_order(settings: Path, ring: Ring) -> None:
    def key(environ: dict[str, str]) -> tuple[str, str]:
        loaded = load(settings, environ)
        return loaded.config.tts.api_key.reveal(), loaded.origins[NAME]

    keyring.store(NAME, "from the keyring")
    ours = kept(settings, "[tts]\napi_key = { keyring = true }\n")
    assert key({}) == ("from agent.toml", f"{settings}:2")
    settings.write_text("")
    assert key({}) == ("from the keyring", "the keyring")
    assert key({VARIABLE: "from the environment"})[0] == "from the environment"
    kept(settings, '[tts]\napi_key = "from the file"\n')
    found = key({VARIABLE: "from the environment"})
    assert found == ("from the file", f"{ours}:2")
    systemd = credential(settings.parent, NAME, b"from systemd\n")
    assert key(systemd | {VARIABLE: "x"}) == ("from systemd", f"the credential {NAME}")


@pytest.mark.parametrize("name", [n for n in names.kinds() if names.is_secret(n)])
def test_every_secret_can_be_kept_apart(name: str, settings: Path) -> None:
    file = settings.with_name("secrets.toml")
    secret = "amqp://a:b@c/" if name == "rabbitmq.url" else "abc"
    secrets.keep(file, name, secret)
    assert file.stat().st_mode & 0o777 == 0o600
    config = load(settings, {}).config
    assert names.value(config, name) == Secret(secret)
    assert secrets.forget(file, name) == secret
    assert secrets.forget(file, name) is None
    settings.write_text("")
    assert names.value(load(settings, {}).config, name) == names.value(Config(), name)


def test_so_can_those_of_servers_with_names(settings: Path) -> None:
    settings.write_text('[stt]\nservers = { fast = { url = "ws://h/asr" } }\n')
    secrets.keep(settings.with_name("secrets.toml"), "stt.servers.fast.token", "abc")
    config = load(settings, {}).config
    assert config.stt.servers["fast"].token.reveal() == "abc"
    assert config.stt.servers["fast"].url == "ws://h/asr"
    credentials = credential(settings.parent, "stt.servers.fast.token", b"def")
    config = load(settings, credentials).config
    assert config.stt.servers["fast"].token.reveal() == "def"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_file_that_others_can_read_is_refused_with_the_remedy(
    mode: int, settings: Path
) -> None:
    file = kept(settings, '[tts]\napi_key = "canary"\n', mode)
    with pytest.raises(Misconfigured) as told:
        load(settings, {})
    assert f"chmod 600 '{file}'" in str(told.value)
    assert "canary" not in str(told.value)
    with pytest.raises(Misconfigured):
        secrets.keep(file, NAME, "x")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[tts]\nvoice = "x"\n', ":2:1: tts.voice is no secret of a setting"),
        ('[tts]\napi_kye = "x"\n', ':2:1: there is no "api_kye" in [tts]'),
        ("[tts]\napi_key = 5\n", ":2:1: tts.api_key has to be a text"),
        ("[tts\n", ":1:5: this is not TOML"),
        (
            '[stt.servers.slow]\ntoken = "x"\n',
            ":2:1: stt.servers.slow.token is no secret of a setting",
        ),
    ],
)
def test_what_is_wrong_in_it_is_told_with_its_line(
    text: str, told: str, settings: Path
) -> None:
    file = kept(settings, text)
    with pytest.raises(Misconfigured) as found:
        load(settings, {})
    assert f"{file}{told}" in str(found.value)


def test_a_credential_that_is_no_text_is_told(settings: Path) -> None:
    with pytest.raises(Misconfigured, match="not UTF-8"):
        load(settings, credential(settings.parent, NAME, b"\xff"))


def test_a_keyring_is_asked_for_nothing_that_it_does_not_keep(
    settings: Path, ring: Ring
) -> None:
    load(settings, {})
    assert ring.asked == 0


def test_a_keyring_that_hangs_or_is_missing_is_a_warning(
    settings: Path, ring: Ring, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.write_text("")
    kept(settings, "[tts]\napi_key = { keyring = true }\n")
    assert "has none" in load(settings, {}).warnings[0]
    monkeypatch.setattr(keyring, "ANSWERS_WITHIN", 0.05)
    ring.slow = 2.0
    assert "does not answer" in load(settings, {}).warnings[0]
    monkeypatch.setitem(sys.modules, "keyring", None)
    loaded = load(settings, {})
    assert "tonny-agent[keyring]" in loaded.warnings[0]
    assert not loaded.config.tts.api_key


def test_what_a_keyring_says_is_told(ring: Ring) -> None:
    with pytest.raises(Unavailable, match="KeyError"):
        keyring.erase(NAME)
