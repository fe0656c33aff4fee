"""Every integration does its job once, or says why not."""

from pathlib import Path
from typing import Any

import pytest
import trio

from agent.api.settings import configure
from agent.app import trial
from agent.app.trial import Trial, try_everything
from agent.demo import CLIP_TEXT, QUESTION
from agent.speaking.speakers.silent import SilentSpeaker
from tests.standins.elevenlabs.account import KEY, Account, Fails
from tests.standins.elevenlabs.server import serve_elevenlabs
from tests.standins.recogniser import Recogniser, serve_recogniser
from tests.standins.web import Asked, Reply, serve_web
from tests.standins.workflow import repeat

Trials = dict[str, Trial]


async def _trials(folder: Path, **sections: dict[str, Any]) -> Trials:
    told: list[Trial] = []
    settings = {"audio": {"microphone": str(QUESTION)}, **sections}
    config = configure(**settings)
    found = await try_everything(config, folder, SilentSpeaker(), told.append)
    assert sorted(map(repr, told)) == sorted(map(repr, found))
    return {trial.name: trial for trial in found}


async def test_with_nothing_configured_what_is_embedded_passes(
    tmp_path: Path, models: Path
) -> None:
    found = await _trials(tmp_path)
    passed = {name for name, each in found.items() if each.passed}
    wanted = {"record", "microphone", "moonshine", "builtin", "pico", "speaker"}
    assert wanted <= passed
    assert not [each for each in found.values() if each.passed is False]
    assert CLIP_TEXT in found["moonshine"].detail


async def test_services_that_work_pass(
    tmp_path: Path, nursery: trio.Nursery, models: Path
) -> None:
    stt = await nursery.start(serve_recogniser, Recogniser(text=CLIP_TEXT))
    workflow = await nursery.start(serve_web, repeat)
    tts = await nursery.start(serve_elevenlabs, Account(key=KEY))
    found = await _trials(
        tmp_path,
        stt={"url": f"{stt}/asr"},
        workflow={"url": workflow},
        tts={"base_url": tts, "api_key": KEY},
    )
    for name in ("whisperlivekit", "n8n", "elevenlabs", "speaker"):
        assert found[name].passed, found[name]
    assert "elevenlabs sounded" in found["speaker"].detail
    nursery.cancel_scope.cancel()


async def _silent(asked: Asked, reply: Reply) -> None:
    await reply.whole(200, b'{"text": ""}')


async def test_services_that_fail_say_why_and_the_others_pass(
    tmp_path: Path, nursery: trio.Nursery, models: Path
) -> None:
    stt = await nursery.start(serve_recogniser, Recogniser(text="something else"))
    workflow = await nursery.start(serve_web, _silent)
    account = Account(key=KEY)
    account.faults += [Fails("invalid_api_key")] * 9
    tts = await nursery.start(serve_elevenlabs, account)
    found = await _trials(
        tmp_path,
        stt={"url": f"{stt}/asr"},
        workflow={"url": workflow},
        tts={"base_url": tts, "api_key": "canary-key-5261"},
    )
    assert found["whisperlivekit"].passed is False
    assert 'heard "something else"' in found["whisperlivekit"].detail
    assert found["n8n"].passed is False
    assert "text" in found["n8n"].detail
    assert found["elevenlabs"].passed is False
    assert "canary" not in repr(found)
    assert found["moonshine"].passed
    assert found["speaker"].passed  # by the next voice
    nursery.cancel_scope.cancel()


async def test_what_hangs_is_not_waited_for(
    tmp_path: Path, nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch, models: Path
) -> None:
    async def hang(asked: Asked, reply: Reply) -> None:
        await trio.sleep_forever()

    monkeypatch.setattr(trial, "EACH_WITHIN", 2.0)
    workflow = await nursery.start(serve_web, hang)
    found = await _trials(tmp_path, workflow={"url": workflow})
    assert found["n8n"].passed is False
    assert found["n8n"].detail == "not done within 2 s"
    nursery.cancel_scope.cancel()


async def test_a_microphone_that_is_not_there_fails(
    tmp_path: Path, models: Path
) -> None:
    found = await _trials(tmp_path, audio={"microphone": "no such microphone"})
    assert found["microphone"].passed is False


async def test_a_language_that_the_embedded_ear_does_not_know_is_no_failure(
    tmp_path: Path, models: Path
) -> None:
    found = await _trials(tmp_path, stt={"language": "de"})
    assert found["moonshine"].passed is None
