import io

import pytest
import trio

from agent.cli.show import Screen, line
from agent.events import (
    AudioDropped,
    Dismissed,
    Entry,
    Event,
    Heard,
    Lost,
    Overheard,
    Postponed,
    Ready,
    Replied,
    SpeechStarted,
    Timed,
    Unanswered,
    Unheard,
    Unspoken,
)


@pytest.mark.parametrize(
    ("event", "shown"),
    [
        (Ready("microphone", "Jabra"), "listening to Jabra (Ctrl-C ends)"),
        (Lost("n8n", "refused", 30.0), "  ! n8n: refused; next try in 30 s"),
        (Lost("n8n", "a bug", None), None),
        (Heard(1, "hello", "typist"), "You:   hello"),
        (Heard(1, "hi", "typist", confidence=0.876), "You:   hi   (88%)"),
        (Replied(1, "Yes.", "sage"), "Tonny: Yes."),
        (Replied(1, "Yes.", "sage", late=True), "Tonny: Yes.   (too late to say)"),
        (Postponed(1, "id", "away"), "  ! kept for later: away"),
        (Unanswered(1, "id", "no"), "  ! no answer: no"),
        (Unheard(1, "away"), "  ! not understood: away"),
        (Unspoken(1, "text", "no speaker"), "  ! not spoken: no speaker"),
        (Dismissed(1, "too short"), "   (a sound: too short)"),
        (
            Timed(2, 0.7, 0.71, None, 0.9, 0.95),
            "       [turn 2: transcript 700 · request 710 · voice 900 · sound 950 ms]",
        ),
        (Timed(2), None),
        (SpeechStarted(1), None),
    ],
)
def test_each_event_is_a_line_for_people_or_none(
    event: Event, shown: str | None
) -> None:
    assert line(event) == shown


def test_lost_audio_is_told() -> None:
    assert "1.5 s of audio were lost" in (line(AudioDropped(1.5)) or "")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


async def shown_on(out: io.StringIO) -> str:
    send, entries = trio.open_memory_channel[Entry](9)
    for event in (
        Overheard(1, "tu", "t"),
        Overheard(1, "turn", "t"),
        Heard(1, "turn", "t"),
    ):
        send.send_nowait(Entry(1, "s", event))
    send.close()
    await Screen(out).show(entries)
    return out.getvalue()


async def test_a_terminal_shows_partial_transcripts_in_one_place() -> None:
    assert await shown_on(Terminal()) == (
        "   … tu\r\x1b[K   … turn\r\x1b[KYou:   turn\n"
    )


async def test_in_a_pipe_every_line_stays() -> None:
    assert await shown_on(io.StringIO()) == "   … tu\n   … turn\nYou:   turn\n"
