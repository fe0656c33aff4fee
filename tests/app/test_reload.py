"""What of the settings takes effect while Tonny runs."""

import pytest

from agent.app.reload import Rereading
from agent.config import Config
from agent.config.settings import Secret, Tts, Workflow
from agent.control.commands import Done, Reload
from agent.errors import Misconfigured
from agent.events import Event
from agent.floor import Floor
from agent.hearing.surroundings import Orders
from agent.pipeline.speech import Manner, Speech
from tests.app.driving import controls_of

WRONG = Misconfigured('tts.speed is "fast"; it has to be a number')


async def test_what_can_change_changes_and_the_rest_is_named() -> None:
    configs: list[Config | Misconfigured] = [
        Config(
            tts=Tts(speed=1.5),
            workflow=Workflow(url="http://n8n", token=Secret("hush")),
        ),
        WRONG,
        Config(tts=Tts(speed=1.5), workflow=Workflow(url="http://n8n")),
        Config(tts=Tts(speed=1.5), workflow=Workflow(url="http://n8n")),
    ]

    def read() -> Config:
        found = configs.pop(0)
        if isinstance(found, Misconfigured):
            raise found
        return found

    events: list[Event] = []
    floor = Floor()
    speech = Speech(floor, events.append, Manner())
    again = Rereading(Config(), read)
    controls = controls_of(Orders(), floor, speech, events.append, reread=again)
    first = await controls.handle(Reload())
    assert first == Done(
        "tts.speed is 1.5; only a new start changes workflow.url, workflow.token"
    )
    assert speech.manner.speed == 1.5
    with pytest.raises(Misconfigured, match=r"tts\.speed"):
        await controls.handle(Reload())
    assert speech.manner.speed == 1.5
    assert await controls.handle(Reload()) == Done(
        "only a new start changes workflow.token"
    )
    assert await controls.handle(Reload()) == Done("nothing has changed")
