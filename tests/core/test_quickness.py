from agent.core.quickness import Quick, Quickness
from agent.events import AnswerBegun, Asked, Heard, SpeechEnded, VoiceBegun


def test_each_is_measured_from_what_it_was_given() -> None:
    quick = Quickness()
    quick.feed(SpeechEnded(1, 1.0, quiet=0.5), 10.5)
    quick.feed(Heard(1, "hi", "whisperlivekit"), 10.75)
    quick.feed(Asked(1, "id", "n8n"), 11)
    quick.feed(AnswerBegun(1), 13)
    quick.feed(VoiceBegun(1, "elevenlabs"), 13.5)
    assert quick.of("whisperlivekit") == Quick(0.75, 0.75)
    assert quick.of("n8n") == Quick(2, 2)
    assert quick.of("elevenlabs") == Quick(0.5, 0.5)
    assert quick.of("pico") is None


def test_of_many_turns_the_middle_and_the_slow_ones_are_told() -> None:
    quick = Quickness()
    for turn in range(300):
        quick.feed(Asked(turn, "id", "n8n"), 0)
        quick.feed(AnswerBegun(turn), turn % 100)
    assert quick.of("n8n") == Quick(50, 94)


def test_a_typed_turn_says_nothing_of_a_recogniser() -> None:
    quick = Quickness()
    quick.feed(Heard(1, "hi", "keyboard"), 1)
    assert quick.of("keyboard") is None


def test_turns_that_come_to_nothing_are_forgotten() -> None:
    quick = Quickness()
    for turn in range(1000):
        quick.feed(Asked(turn, "id", "n8n"), turn)
    quick.feed(AnswerBegun(1), 2000)
    assert quick.of("n8n") is None
