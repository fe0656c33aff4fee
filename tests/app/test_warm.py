import msgspec
import trio

from agent.app.voices import Voices
from agent.app.warm import fixed, keep, keep_once_there
from agent.config import Config
from agent.errors import Unavailable
from agent.events import Entry, Event, Silent, Spoken
from agent.ports import Passage
from tests import fakes
from tests.fakes import Failing, Letters, Shelved


class Storing(Letters):
    """Keeps what it says, as ElevenLabs does."""

    def __init__(self, shelf: Shelved) -> None:
        super().__init__("elevenlabs")
        self._shelf = shelf

    def speak(self, passage: Passage):  # type: ignore[no-untyped-def] # as Letters
        self._shelf.sounds[passage.text] = b"..", 1
        return super().speak(passage)


async def test_only_what_is_not_there_yet_is_said(autojump_clock: object) -> None:
    shelf = Shelved({"One.": (b"..", 1)})
    voices = Voices(fakes.voices(Storing(shelf)), str, shelf)
    done = await keep(["One.", "Two."], voices)
    assert (done.said, done.kept, done.failed) == (1, 1, [])
    assert set(shelf.sounds) == {"One.", "Two."}


async def test_what_cannot_be_said_is_told() -> None:
    away = Failing("elevenlabs", Unavailable("away"))
    done = await keep(["One."], Voices(fakes.voices(away), str, Shelved()))
    assert done.failed == [("One.", "away")]


async def test_the_fixed_phrases_are_kept_once_elevenlabs_has_spoken(
    autojump_clock: object,
) -> None:
    shelf = Shelved()
    voices = Voices(fakes.voices(Storing(shelf)), str, shelf)
    send, receive = trio.open_memory_channel[Entry](9)
    happened: list[Event] = [
        Spoken(1, "Hi.", "pico", 1.0),
        Silent(1),
        Spoken(2, "Hi.", "elevenlabs", 1.0),
    ]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(keep_once_there, receive, Config(), voices)
        for event in happened:
            send.send_nowait(Entry(0.0, "s", event))
        await trio.testing.wait_all_tasks_blocked()
        assert not shelf.sounds
        send.send_nowait(Entry(0.0, "s", Silent(2)))
    assert set(shelf.sounds) == set(fixed(Config()))


async def test_no_phrase_is_said_where_nothing_would_be_kept() -> None:
    tts = msgspec.structs.replace(Config().tts, cache_mb=0)
    config = msgspec.structs.replace(Config(), tts=tts)
    away = Failing("elevenlabs", Unavailable("never asked"))
    send, receive = trio.open_memory_channel[Entry](9)
    for event in (Spoken(1, "Hi.", "elevenlabs", 1.0), Silent(1)):
        send.send_nowait(Entry(0.0, "s", event))
    send.close()
    voices = Voices(fakes.voices(away), str, Shelved())
    await keep_once_there(receive, config, voices)
    assert away.calls == 0
