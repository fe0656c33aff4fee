"""What is written becomes what can be said, sentence by sentence."""

from agent.pipeline.script import Script, sentences_of


def test_markdown_becomes_sentences_while_it_arrives() -> None:
    text = "## Today\n- **Rain** in the morning\n- Sun later on\n\nSee [more](http://a.example/x)."
    pieces = [text[at : at + 3] for at in range(0, len(text), 3)]
    script = Script()
    said = [sentence for piece in pieces for sentence in script.feed(piece)]
    said += script.flush()
    assert said == ["Today. Rain in the morning.", "Sun later on. See more."]
    assert sentences_of(text) == said


def test_what_has_no_words_has_no_sentences() -> None:
    assert sentences_of("```\ncode\n```\n---\n") == []


def test_in_a_lull_a_whole_sentence_need_not_wait() -> None:
    script = Script()
    assert script.feed("The light is **on** now.") == []
    assert script.lull() == ["The light is on now."]


def test_half_a_character_is_never_passed_on() -> None:
    """It comes from a program that cut a text in two; nothing could write it down."""
    (said,) = sentences_of("So \ud83d and \ud83d\ude00.")
    assert said == "So \ufffd and \U0001f600."
