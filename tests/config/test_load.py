import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from agent.config import Config, Secret, find, load
from agent.config.document import LARGEST
from agent.config.names import kinds
from agent.errors import Misconfigured

CANARY = "sk-canary-0451"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "agent.toml"


def config(file: Path, text: str, **environ: str) -> Config:
    file.write_text(text, "utf-8")
    return load(file, environ).config


def complaint(file: Path, text: str | bytes, **environ: str) -> str:
    """What is said about *text*, with the folder left out."""
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(Misconfigured) as caught:
        load(file, environ)
    return str(caught.value).replace(f"{file.parent}{os.sep}", "")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's configuration folder, not made yet."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "tonny-agent"


def test_without_a_file_all_is_as_by_default(home: Path) -> None:
    loaded = load(None, {})
    assert (loaded.config, loaded.path, loaded.origins) == (Config(), None, {})


def test_the_file_named_comes_before_the_variable_and_the_folder(
    home: Path, file: Path
) -> None:
    assert find(None, {}) is None
    home.mkdir(parents=True)
    (home / "agent.toml").touch()
    assert find(None, {}) == home / "agent.toml"
    assert find(None, {"TONNY_CONFIG": "mine.toml"}) == Path("mine.toml")
    assert find(file, {"TONNY_CONFIG": "mine.toml"}) == file


def test_a_file_in_the_way_of_the_folder_is_no_file_there(home: Path) -> None:
    home.parent.mkdir()
    home.touch()
    assert load(None, {}).path is None


def test_a_link_to_nowhere_is_not_overlooked(home: Path) -> None:
    home.mkdir(parents=True)
    (home / "agent.toml").symlink_to("gone.toml")
    with pytest.raises(Misconfigured, match="cannot be read: No such file"):
        load(None, {})


def test_a_folder_that_may_not_be_entered_is_not_overlooked(
    home: Path,
) -> None:
    home.parent.mkdir()
    home.symlink_to(home)  # even the administrator cannot pass
    with pytest.raises(Misconfigured, match="cannot be read: Too many levels"):
        load(None, {})


def test_a_file_that_was_named_has_to_be_there(tmp_path: Path) -> None:
    missing = tmp_path / "missing.toml"
    for explicit, environ in ((missing, {}), (None, {"TONNY_CONFIG": str(missing)})):
        with pytest.raises(
            Misconfigured, match=r"missing\.toml cannot be read: No such"
        ):
            load(explicit, environ)


def test_a_user_without_a_home_has_no_file(homeless: None) -> None:
    assert load(None, {}).config == Config()


def test_what_is_written_wins_over_the_defaults(file: Path) -> None:
    written = config(
        file,
        """
        [stt]
        url = "ws://localhost:8000/asr"
        [workflow]
        deadline = 30
        [tts]
        api_key = "k"
        [log.levels]
        "agent.hearing" = "debug"
        """,
    )
    assert written.stt.url == "ws://localhost:8000/asr"
    assert written.workflow.deadline == 30.0
    assert written.tts.api_key == Secret("k")
    assert written.log.levels == {"agent.hearing": "debug"}
    assert written.vad == Config().vad


def test_a_file_from_windows_is_understood(file: Path) -> None:
    assert config(file, '\ufeff[stt]\r\nlanguage = "de"\r\n').stt.language == "de"


def test_it_is_told_where_each_setting_was_given(file: Path) -> None:
    file.write_text('[stt]\nlanguage = "de"\nurl = ""\n[log.levels]\na = "info"\n')
    assert load(file, {"TONNY_STT__URL": "ws://there/asr"}).origins == {
        "stt.language": f"{file}:2",
        "stt.url": "TONNY_STT__URL",
        "log.levels": f"{file}:4",
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[stt]\nulr = 1",
            'agent.toml:2:1: there is no "ulr" in [stt]; did you mean url?',
        ),
        ("[stt]\napi_key = 1", "did you mean tts.api_key? it has engine, url, token"),
        ("[sst]", 'agent.toml:1:2: there is no section "sst"; did you mean stt?'),
        ("[nonsense]", '"nonsense"; the sections are audio, vad, stt, workflow, tts'),
        ('url = "x"', 'agent.toml:1:1: there is no section "url"; the sections are'),
        ("stt = 1", "agent.toml:1:1: stt is 1; it has to be a section: [stt]"),
        ("[[stt]]", "stt is a list; it has to be a section: [stt]"),
        ('"a\\nb" = 1', 'there is no section "a\\nb"; the sections are'),
    ],
)
def test_what_does_not_exist_is_refused_with_what_does(
    file: Path, text: str, said: str
) -> None:
    assert said in complaint(file, text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "vad.threshold = 2",
            "1:17: vad.threshold is 2; it has to be a number from 0 to 1",
        ),
        ("vad.start_ms = 5.5", "is 5.5; it has to be a whole number from 20 to 2000"),
        ("vad.threshold = true", "is true; it has to be a number from 0 to 1"),
        ("vad.threshold = nan", "is nan; it has to be a number from 0 to 1"),
        ("vad.threshold = [1]", "is a list; it has to be a number"),
        ("vad.threshold.a = 1", "is a table; it has to be a number"),
        ("vad.threshold = 07:30:00", "is a date or a time; it has to be a number"),
        (f"vad.threshold = 0x{'f' * 5000}", "is a huge number; it has to be a number"),
        ("workflow.speak_within = inf", "is inf; it has to be a number above 0"),
        ("workflow.deadline = 0", "has to be a number above 0 and of at most 600"),
        ("log.file = 1", "log.file is 1; it has to be true or false"),
        (
            'log.level = "INFO"',
            'is "INFO"; it has to be one of "debug", "error", "info"',
        ),
        ("log.levels = 1", 'is 1; it has to be a table such as { "agent.hearing" = '),
        ('log.levels.a.b = "x"', "log.levels.a is a table; it has to be one of"),
        ('log.levels = { "a.b" = "x" }', 'log.levels.a.b is "x"; it has to be one of'),
        ("audio.speaker = 3", "is 3; it has to be a text, in quotes and on one line"),
        ('audio.speaker = "a\\u0000"', 'is "a\\x00"; it has to be a text'),
        ("tts.api_key = 3", "tts.api_key is wrong; it has to be a text"),
    ],
)
def test_a_wrong_value_is_shown_with_what_would_be_right(
    file: Path, text: str, said: str
) -> None:
    assert said in complaint(file, text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"\n\xff", "agent.toml:2:1: this is not UTF-8 text"),
        (
            b"[stt]\nurl = x",
            "agent.toml:2:7: this is not TOML: Invalid value; a text has",
        ),
        (b'{"a": 1}', "agent.toml:1:1: this is not TOML: Invalid statement; if it"),
        (b"[stt]\nurl\n", "agent.toml:2:4: this is not TOML: Expected '=' after a key"),
        (b"a = '''", "agent.toml:1:8: this is not TOML: "),
        (
            b"[stt]\n[stt]",
            "agent.toml:2:5: this is not TOML: Cannot declare ('stt',) twice",
        ),
        (b"a = \x00", "agent.toml:1:5: this is not TOML"),
        (b"a = " + b"[" * 9000, "agent.toml: its values are nested too deeply"),
        (b"a = " + b"1" * 5000, "agent.toml: a number in it has too many digits"),
        (b"#" * (LARGEST + 1), "agent.toml is larger than 1 MiB"),
    ],
)
def test_what_is_not_toml_is_refused_with_its_place(
    file: Path, text: bytes, said: str
) -> None:
    assert said in complaint(file, text)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="cannot be read: Is a directory"):
        load(tmp_path, {})


def test_everything_that_is_wrong_is_told_at_once(file: Path) -> None:
    said = complaint(
        file,
        "[sst]\n[vad]\nthreshold = 2\n[stt]\nulr = 1",
        TONNY_HEALTH__INTERVAL="0",
        TONNY_HEALTH__INTERVALL="1",
    ).splitlines()
    assert len(said) == 5


def test_a_thousand_faults_are_not_all_told(file: Path) -> None:
    said = complaint(file, "\n".join(f"a{number} = 1" for number in range(1000)))
    assert len(said.splitlines()) == 11
    assert said.endswith("\nand 990 more")


@pytest.mark.parametrize(
    "text",
    [
        f'tts.api_key = "{CANARY}\\n"',
        f'tts.api_key = ["{CANARY}"]',
        f'stt.token = "{CANARY}é"',
        f'workflow.url = "http://me:{CANARY}@host/"',
        f'workflow.url = "ftp://me:{CANARY}@host/"',
        f'workflow.url = "ftp://host/?token={CANARY}"',
        f'tts.api_key = "{CANARY}',
        f'tts.api_key = {CANARY}"',
        f'tts.api_kye = "{CANARY}"',
    ],
)
def test_no_complaint_holds_a_secret(file: Path, text: str) -> None:
    assert CANARY not in complaint(file, text)


def test_a_secret_that_others_can_read_is_warned_of(file: Path) -> None:
    file.write_text('[tts]\napi_key = "k"')
    file.chmod(0o640)
    assert load(file, {}).warnings == (
        f"others can read the secrets in {file}: chmod 600 {file}",
    )
    file.chmod(0o600)
    assert load(file, {}).warnings == ()


def test_a_file_without_secrets_may_be_read_by_anyone(file: Path) -> None:
    file.write_text('[tts]\napi_key = ""')
    file.chmod(0o644)
    assert load(file, {"TONNY_TTS__API_KEY": "k"}).warnings == ()


# Names and values that come near to being right, and what breaks parsers.
SNIPPETS = st.sampled_from(
    [
        *(name.encode() for name in kinds()),
        *(f"[{name.partition('.')[0]}]\n".encode() for name in kinds()),
        *(f"{name.partition('.')[2]} = ".encode() for name in kinds()),
        *(
            b'"',
            b"'''",
            b"[",
            b"]",
            b"{",
            b"}",
            b"=",
            b".",
            b"\n",
            b"#",
            b"\\u",
            b" = ",
        ),
        *(b"\x00", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\\ud800", b"1e999"),
        *(b"nan", b"-1", b"0x" + b"f" * 5000, b"9" * 5000, b"true", b"0000-99-99"),
        *(b'"ws://[::1"', b'"http://h:99999/"', b'"http://\\u2100/"', b'"//"', b'""'),
        *(b"[" * 500, b"a." * 900 + b"a=1", b"{a=" * 500, b'{"agent.x"="debug"}'),
    ]
)


@pytest.fixture(scope="module")
def anything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz") / "agent.toml"


def load_or_refuse(file: Path, environ: Mapping[str, str]) -> None:
    """Raises what is not `Misconfigured`."""
    try:
        load(file, environ)
    except Misconfigured as exc:
        str(exc).encode()


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=200) | st.lists(SNIPPETS, max_size=12).map(b"".join))
@example(b"[stt]\nurl = 'ws://[::1'")
@example(b"[log]\nlevels" + b".a" * 1500 + b" = 1")
def test_whatever_is_in_the_file_nothing_else_is_raised(
    anything: Path, content: bytes
) -> None:
    anything.write_bytes(content)
    load_or_refuse(anything, {})


VALUES = st.text() | SNIPPETS.map(lambda raw: raw.decode(errors="surrogateescape"))


@settings(max_examples=400)
@given(st.sampled_from([*kinds(), "log.levels.x", "a.b"]), VALUES)
def test_whatever_is_in_the_environment_nothing_else_is_raised(
    anything: Path, name: str, value: str
) -> None:
    anything.write_bytes(b"")
    load_or_refuse(anything, {f"TONNY_{name.upper().replace('.', '__')}": value})


@settings(max_examples=200)
@given(st.sampled_from([*kinds()]), st.data())
def test_what_is_refused_names_the_setting(
    anything: Path, name: str, data: st.DataObject
) -> None:
    value = data.draw(st.sampled_from(["[]", "1979-05-27", "{ a = [] }"]))
    anything.write_text(f"{name} = {value}")
    assert tomllib.loads(anything.read_text())
    with pytest.raises(Misconfigured, match=rf"agent\.toml:1:\d+: {name}"):
        load(anything, {})
