"""The documentation is true: its links lead somewhere, its commands and settings exist."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import cyclopts
import pytest

from agent import __main__ as program
from agent.cli.interpret import application
from agent.cli.overview import COMMANDS
from agent.config import assemble, load
from agent.config.names import kinds, sections
from agent.doctor.catalogue import KNOWN
from reference import pages as generated
from tests.docs.markdown import ROOT, Page, pages

PAGES = pages()
OTHER_NAMES = {"health.n8n", "rabbitmq.unroutable", "agent.toml"}
"""What looks like a setting and is a metric, or a file."""

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


@pytest.mark.parametrize("name", generated())
def test_what_the_program_tells_of_itself_is_what_is_written(name: str) -> None:
    written = (ROOT / "docs" / name).read_text("utf-8")
    assert written == generated()[name], "run ./build/just docs"


@each_page
def test_every_link_leads_somewhere(page: Page) -> None:
    anchors = {other.path: other.anchors() for other in PAGES}
    broken = []
    for link in page.links():
        if re.match(r"https?://", link):
            continue
        file, _, anchor = link.partition("#")
        target = (page.path.parent / file).resolve() if file else page.path
        if not target.exists() or (anchor and anchor not in anchors.get(target, ())):
            broken.append(link)
    assert broken == []


def shown(page: Page) -> Iterator[str]:
    """The command lines of tonny-agent on *page*: in its text and in its examples."""
    yield from (span for span in page.spans() if span.startswith("tonny-agent "))
    for language, text in page.blocks:
        if language in {"", "sh", "console", "bash"}:
            for line in text.replace("\\\n", " ").splitlines():
                if found := re.search(
                    r"(?:^|\| |\$ |/|TONNY_\S+ )(tonny-agent .*)", line
                ):
                    yield found[1]


def fault_of(line: str) -> str | None:
    """What the program would say of this command line; it may leave out arguments."""
    try:
        words = shlex.split(re.sub(r" \[[^\]]+\]", "", line), comments=True)[1:]
    except ValueError as exc:
        return str(exc)
    words = list(takewhile(lambda word: word not in {">", "|", "<"}, words))
    words = [word for word in words if not re.fullmatch("[A-Z]+", word)]  # NAME
    words = program._without_globals(words)
    if not words or words[0].startswith(("-", "COMMAND")):
        return None
    words[0] = program._EARLIER.get(words[0], words[0])
    if words[0] not in COMMANDS:
        return f"there is no {words[0]}"
    app = application(words[0])
    if "--help" in words:
        return None
    try:
        app.parse_args(words, print_error=False, exit_on_error=False)
    except cyclopts.MissingArgumentError:
        return None
    except cyclopts.CycloptsError as exc:
        return str(exc)
    return None


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if page.name != "CHANGELOG.md"],  # which tells of the past
    ids=lambda page: page.name,
)
def test_the_program_understands_every_command_that_is_shown(page: Page) -> None:
    faults = {line: fault_of(line) for line in shown(page)}
    assert {line: fault for line, fault in faults.items() if fault} == {}


@pytest.mark.parametrize(
    "line",
    [
        "tonny-agent dance",
        "tonny-agent queue burn",
        "tonny-agent log --loud",
        "tonny-agent mode whisper",
        'tonny-agent say "hello',
    ],
)
def test_a_command_that_there_is_not_would_be_noticed(line: str) -> None:
    assert fault_of(line) is not None


@each_page
def test_every_setting_that_is_named_exists(page: Page) -> None:
    begins = "|".join(sections())
    named = {
        found[1]
        for span in page.spans()
        if (found := re.fullmatch(rf"((?:{begins})\.[a-z_0-9]+)(?: = .*)?", span))
    }
    assert named - {*kinds(), *KNOWN, *OTHER_NAMES} == set()


@each_page
def test_every_piece_of_agent_toml_is_accepted(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "agent.toml"
    for language, text in page.blocks:
        if language == "toml":
            file.write_text(text, "utf-8")
            load(file, {})


@each_page
def test_every_value_that_is_named_is_one_of_its_setting(page: Page) -> None:
    for span in page.spans():
        if found := re.fullmatch(r"([a-z]+\.[a-z_0-9]+) = ([^…]+)", span):
            value = tomllib.loads(f"value = {found[2]}")["value"]
            assemble._converted(found[1], value)


def test_every_page_is_in_the_index() -> None:
    index = next(page for page in PAGES if page.name == "docs/README.md")
    named = {(index.path.parent / link).resolve() for link in index.links()}
    there = {page.path for page in PAGES if page.path.parent == index.path.parent}
    assert there - named == {index.path}
