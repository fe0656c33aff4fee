"""As much of Markdown as the tests of the documentation read."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


class Page(msgspec.Struct, frozen=True):
    """A file, as *prose* without its blocks of code, and those (language, text)."""

    path: Path
    prose: str
    blocks: list[tuple[str, str]]

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    def spans(self) -> Iterator[str]:
        """What stands between backticks, on one line."""
        for span in re.findall(r"`([^`]+)`", self.prose):
            yield " ".join(span.split())

    def links(self) -> Iterator[str]:
        """Where its links, references and pictures go."""
        bare = re.sub(r"`[^`]*`", "", self.prose)
        yield from re.findall(r"\]\(([^)\s]+)\)", bare)
        yield from re.findall(r"^\[[^\]]+\]: (\S+)$", bare, flags=re.MULTILINE)
        yield from re.findall(r'(?:src|href)="([^"]+)"', bare)

    def anchors(self) -> set[str]:
        """The names that its headings have on a web page of it."""
        found: set[str] = set()
        for heading in re.findall(r"^#+ (.+)$", self.prose, flags=re.MULTILINE):
            text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
            found.add(re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-"))
        return found


def pages() -> list[Page]:
    """Every Markdown file of the project."""
    files = [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "packaging").rglob("*.md"),
    ]
    return [_read(path) for path in sorted(files)]


def _read(path: Path) -> Page:
    text = path.read_text("utf-8")
    blocks = [
        (language, re.sub(f"^{indent}", "", body, flags=re.MULTILINE))
        for indent, language, body in _FENCE.findall(text)
    ]
    return Page(path, _FENCE.sub("", text), blocks)
