"""Controls of an agent that is not there."""

import trio

from agent.app.attention import Attention
from agent.app.condition import Condition, Place
from agent.app.controls import Controls, Reread
from agent.app.muting import Muting
from agent.app.oversight import Oversight
from agent.app.tongue import Tongue
from agent.app.typed import Typed
from agent.config import Config
from agent.events import Heard
from agent.floor import Floor
from agent.hearing.surroundings import Orders
from agent.pipeline import Publish
from agent.pipeline.speech import Speech
from agent.ports import Microphone
from agent.vitals import Vitals
from tests.fakes import Mouth, Tape

PLACE = Place("/data", "a session", since=1.0)


def controls_of(
    orders: Orders,
    floor: Floor,
    speech: Speech,
    publish: Publish,
    *,
    microphone: Microphone | None = None,
    heard: trio.MemorySendChannel[Heard] | None = None,
    reread: Reread | None = None,
) -> Controls:
    muting = Muting(microphone or Tape([], live=True), orders)
    attention = Attention(Config(), orders, floor, muting, publish)
    tongue = Tongue(speech, Mouth(), publish)
    oversight = Oversight(Vitals({}))
    to = heard or trio.open_memory_channel[Heard](1)[0]
    condition = Condition(PLACE, attention, tongue, oversight, lambda: -40.0)
    typed = Typed(floor, to, publish)
    return Controls(attention, tongue, typed, condition, oversight, reread=reread)
