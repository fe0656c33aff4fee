"""docs/settings.md: what agent.toml says, as tables to look things up in."""

import re
from collections.abc import Iterator

import msgspec

from agent.config.names import kinds
from agent.config.settings import Secret
from agent.config.template import template
from reference.markdown import code, plain, table

_HEAD = """\
# Every setting

Made from [`agent.toml`](../agent.toml), which is this same list as a file.
[configuring.md](configuring.md) says where settings come from. A setting that is a secret is best kept
by `tonny-agent secrets set NAME`. In the environment `stt.url` is `TONNY_STT__URL`.
"""


class Setting(msgspec.Struct, frozen=True):
    """A setting as agent.toml has it; its *default* is TOML."""

    name: str
    default: str
    about: str


def settings() -> str:
    told = [*written(template())]
    lines = [_HEAD]
    for section in dict.fromkeys(one.name.partition(".")[0] for one in told):
        lines += [f"## {section}", ""]
        lines += table(
            ["setting", "default", "what it is"],
            [
                [code(one.name), code(one.default), _about(one)]
                for one in told
                if one.name.startswith(f"{section}.")
            ],
        )
        lines.append("")
    return "\n".join(lines)


def written(text: str) -> Iterator[Setting]:
    """All that agent.toml sets, with the comment that stands before it."""
    section, about = "", list[str]()
    for line in text.splitlines():
        if line.startswith("#"):
            about.append(line.removeprefix("#").strip())
            continue
        if header := re.fullmatch(r"\[(\w+)\]", line):
            section = header[1]
        elif given := re.fullmatch(r"(\w+) = (.*)", line):
            yield Setting(f"{section}.{given[1]}", given[2], " ".join(about))
        about = []


def _about(one: Setting) -> str:
    secret = " A secret." if kinds()[one.name] is Secret else ""
    return plain(re.sub(r'\{.*\}|"[^"]*"', r"`\g<0>`", one.about)) + secret
