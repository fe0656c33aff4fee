"""python -m reference.picture ROOT: `tonny-agent demo` as a moving picture (SVG)."""

import math
import os
import sys
import tempfile
from collections.abc import Sequence
from html import escape
from pathlib import Path

from reference.terminal import Line, lines, record

COLUMNS = 92
_WIDE, _HIGH, _EDGE = 8.43, 19, 18
_REST = 5.0  # seconds for which the end is shown
_STYLE = """
rect { fill: #1d2027 }
text { font: 14px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace;
  fill: #d8dbe2; white-space: pre }
.gone { visibility: hidden }
@media (prefers-reduced-motion: no-preference) {
"""


def draw(seen: Sequence[Line]) -> str:
    """A picture in which each line appears and goes when it did; where nothing moves,
    what stayed to the end."""
    end = max(line.since for line in seen) + _REST
    rows = max(line.row for line in seen) + 1
    width = 2 * _EDGE + COLUMNS * _WIDE
    height = 2 * _EDGE + rows * _HIGH
    moves, texts = [], []
    for number, line in enumerate(seen):
        begin, over = (100 * min(at, end) / end for at in (line.since, line.until))
        moves.append(
            f"@keyframes k{number} {{ 0%, {begin:.2f}% {{ visibility: hidden }} "
            f"{begin + 0.01:.2f}%, {over - 0.01:.2f}% {{ visibility: visible }} "
            f"{over:.2f}%, 100% {{ visibility: "
            f"{'visible' if math.isinf(line.until) else 'hidden'} }} }}"
        )
        moves.append(
            f"#l{number} {{ animation: k{number} {end:.1f}s step-end infinite }}"
        )
        gone = "" if math.isinf(line.until) else ' class="gone"'
        texts.append(
            f'<text id="l{number}"{gone} x="{_EDGE}" y="{_EDGE + 14 + line.row * _HIGH}"'
            f' xml:space="preserve">{escape(line.text)}</text>'
        )
    return "\n".join(
        [
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}"'
                f' width="{width:.0f}" height="{height}" role="img">'
            ),
            "<title>tonny-agent demo, as it was recorded in a terminal</title>",
            f"<style>{_STYLE}{chr(10).join(moves)}\n}}</style>",
            '<rect width="100%" height="100%" rx="8"/>',
            *texts,
            "</svg>",
            "",
        ]
    )


def main(root: Path) -> None:
    program = Path(sys.executable).with_name("tonny-agent")
    with tempfile.TemporaryDirectory() as empty:
        ours = {k: v for k, v in os.environ.items() if not k.startswith("TONNY_")}
        bare = {"XDG_CONFIG_HOME": empty, "TONNY_DATA_DIR": f"{empty}/data"}
        pieces = [*record([str(program), "demo"], COLUMNS, root, ours | bare)]
    (root / "demo.wav").unlink()
    bare_names = [(at, text.replace(f"{root}/", "")) for at, text in pieces]
    asked = (0.0, "$ tonny-agent demo\r\n")
    picture = draw([*lines([asked, *bare_names], COLUMNS)])
    (root / "docs/conversation.svg").write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
