"""Questions of the queue, for people to read."""

from collections.abc import Iterable, Iterator, Sequence

from agent.cli.plain import local, plain
from agent.record.queue import Queued, Try

_STATES = {"pending": "waits", "refused": "given up", "expired": "expired"}
_SHOWN = 8
"""Characters of an id: enough to tell some thousands of them apart."""


def as_table(questions: Iterable[Queued]) -> Iterator[str]:
    """A line each; and why it has no answer, if that is known."""
    yield f"{'id':{_SHOWN}}  {'asked':19}  {'state':8}  {'tries':>5}  question"
    for each in questions:
        yield (
            f"{each.id[:_SHOWN]}  {local(each.asked_at)}  {_STATES[each.state]:8}"
            f"  {each.attempts:5}  {plain(each.text):.100}"
        )
        if each.error:
            yield f"{'':{_SHOWN}}  {plain(each.error):.160}"


def as_text(question: Queued, tries: Sequence[Try]) -> Iterator[str]:
    """All there is to know of one."""
    facts = {
        "id": question.id,
        "question": plain(question.text),
        "asked": local(question.asked_at),
        "state": _STATES[question.state],
        "because": plain(question.error or ""),
        "session": f"{question.session}, turn {question.turn}",
    }
    for name, value in facts.items():
        if value:
            yield f"{name:9} {value}"
    for each in tries:
        status = "no answer" if each.status is None else f"{each.status}"
        yield (
            f"  {local(each.at)}  {each.method} {each.url}  {status}"
            f"  {each.latency:.2f} s  {plain(each.error):.160}"
        ).rstrip()
