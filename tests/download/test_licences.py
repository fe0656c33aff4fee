"""What may travel along in the download."""

import pytest

from download.licences import Part, refused


def part(licence: str, *texts: str) -> Part:
    return Part("thing", "1.0", licence, "pkg:pypi/thing@1.0", texts or ("the text",))


@pytest.mark.parametrize(
    "licence",
    [
        "MIT",
        "MIT OR Apache-2.0",
        "BSD-3-Clause AND 0BSD AND MIT AND Zlib AND CC0-1.0",
        "GPL-2.0-only OR BSD-2-Clause",  # the one that allows it may be chosen
        "GPL-3.0-or-later WITH GCC-exception-3.1",
        "LGPL-2.1-or-later",
    ],
)
def test_it_may(licence: str) -> None:
    assert not list(refused(part(licence)))


@pytest.mark.parametrize(
    "licence",
    [
        "GPL-2.0-only",
        "GPL-3.0-or-later",
        "AGPL-3.0-only",
        "MIT AND GPL-3.0-only",
        "GPL-3.0-or-later WITH Autoconf-exception-3.0",
        "GPL",
        "Free for everybody",
        "MIT AND",
        "",
    ],
)
def test_it_may_not(licence: str) -> None:
    assert [each for each in refused(part(licence)) if each.startswith("thing 1.0: ")]


def test_without_the_text_of_its_licence_it_may_not() -> None:
    alone = Part("thing", "1.0", "MIT", "pkg:pypi/thing@1.0", ())
    assert list(refused(alone)) == ["thing 1.0: the text of its licence is missing"]
