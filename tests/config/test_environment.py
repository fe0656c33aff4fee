from pathlib import Path

import pytest

from agent.config import Config, Secret, load
from agent.config.names import kinds, value, variable
from agent.config.template import as_toml
from agent.errors import Misconfigured


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    file = tmp_path / "agent.toml"
    file.touch()
    return file


def config(file: Path, **environ: str) -> Config:
    return load(file, environ).config


def complaint(file: Path, **environ: str) -> str:
    with pytest.raises(Misconfigured) as caught:
        load(file, environ)
    return str(caught.value)


def test_each_setting_has_a_variable_that_takes_its_default(empty: Path) -> None:
    for name in kinds():
        default = value(Config(), name)
        shown = default.reveal() if isinstance(default, Secret) else default
        text = shown if isinstance(shown, str) else as_toml(shown)
        loaded = load(empty, {variable(name): text})
        assert loaded.config == Config()
        assert loaded.origins == {name: variable(name)}


def test_the_variable_wins_over_the_file(empty: Path) -> None:
    empty.write_text('[stt]\nlanguage = "de"')
    assert config(empty).stt.language == "de"
    assert config(empty, TONNY_STT__LANGUAGE="fr").stt.language == "fr"


def test_values_are_read_as_their_settings_type(empty: Path) -> None:
    changed = config(
        empty,
        TONNY_AUDIO__MICROPHONE="3",
        TONNY_VAD__START_MS=" 100 ",
        TONNY_WORKFLOW__DEADLINE="1e2",
        TONNY_TTS__API_KEY="true",
        TONNY_LOG__FILE="False",
    )
    assert changed.audio.microphone == "3"
    assert changed.vad.start_ms == 100
    assert changed.workflow.deadline == 100.0
    assert changed.tts.api_key == Secret("true")
    assert changed.log.file is False


def test_levels_are_added_to_those_of_the_file(empty: Path) -> None:
    empty.write_text('log.levels = { "agent.hub" = "info", httpx = "info" }')
    changed = config(
        empty,
        TONNY_LOG__LEVELS='{ httpx = "error" }',
        TONNY_LOG__LEVELS__AGENT__HEARING="debug",
    )
    assert changed.log.levels == {
        "agent.hub": "info",
        "httpx": "error",
        "agent.hearing": "debug",
    }


def test_other_variables_are_left_alone(empty: Path) -> None:
    others = (
        "TONNY_CONFIG",
        "TONNY_DATA_DIR",
        "TONNY_MODELS_DIR",
        "STT__URL",
        "TONNY_",
    )
    assert load(empty, dict.fromkeys(others, "x")).origins == {}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("TONNY_SST__URL", "x", '"TONNY_SST__URL" names no setting; did you mean'),
        ("TONNY_STT__ULR", "x", "did you mean TONNY_STT__URL?"),
        ("TONNY_STT__URL__X", "x", '"TONNY_STT__URL__X" names no setting'),
        ("TONNY_X__Y", "x", "names no setting; such a name is like TONNY_STT__URL"),
        ("TONNY___", "x", "names no setting"),
        ("TONNY_VAD__THRESHOLD", "high", 'threshold is "high"; it has to be a number'),
        ("TONNY_VAD__THRESHOLD", "", 'is ""; it has to be a number from 0 to 1'),
        ("TONNY_LOG__FILE", "yes", 'log.file is "yes"; it has to be true or false'),
        ("TONNY_LOG__LEVELS", "debug", 'log.levels is "debug"; it has to be a table'),
        ("TONNY_LOG__LEVELS__A", "x", 'log.levels.a is "x"; it has to be one of'),
        ("TONNY_STT__LANGUAGE", "xx", 'stt.language is "xx"; it has to be a language'),
        ("TONNY_STT__TOKEN", "k\n", "stt.token is wrong; it has to be a text"),
    ],
)
def test_what_is_wrong_names_the_variable(
    empty: Path, name: str, text: str, said: str
) -> None:
    told = complaint(empty, **{name: text})
    assert name in told
    assert said in told
