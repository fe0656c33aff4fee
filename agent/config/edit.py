"""One setting of a configuration file changed, and the rest left as it was written."""

import re
from pathlib import Path

from agent.config.template import as_toml, write
from agent.errors import Misconfigured


def assign(path: Path, name: str, value: object) -> Path:
    """Set *name* ("tts.voice") to *value* in the file *path*, which is made if need be.

    Raises `Misconfigured` when it cannot be read or written.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        text = ""
    except (OSError, UnicodeDecodeError) as exc:
        raise Misconfigured(f"{path} cannot be read: {exc}") from exc
    section, _, key = name.partition(".")
    write(assigned(text, section, key, f"{key} = {as_toml(value)}"), path)
    return path


def drop(path: Path, name: str) -> None:
    """Take the setting *name* out of the file *path*, if it is there, on one line.

    Raises `Misconfigured` when it cannot be read or written.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as exc:
        raise Misconfigured(f"{path} cannot be read: {exc}") from exc
    section, _, key = name.partition(".")
    within = ""
    kept = []
    for line in lines:
        if header := re.match(r"[ \t]*\[([^\]]*)\]", line):
            within = header[1].strip()
        if within != section or not re.match(rf"[ \t]*{re.escape(key)}[ \t]*=", line):
            kept.append(line)
    write("".join(f"{line}\n" for line in kept), path)


def assigned(text: str, section: str, key: str, line: str) -> str:
    """*text* with *line* in the place of that *key*, else at the end of its section, else
    in a new one."""
    lines = text.splitlines()
    header = re.compile(rf"[ \t]*\[[ \t]*{re.escape(section)}[ \t]*\][ \t]*(#.*)?")
    start = next((n for n, each in enumerate(lines) if header.fullmatch(each)), None)
    if start is None:
        gap = [""] if lines else []
        return "\n".join([*lines, *gap, f"[{section}]", line]) + "\n"
    end = start + 1
    while end < len(lines) and not lines[end].lstrip().startswith("["):
        if re.match(rf"[ \t]*{re.escape(key)}[ \t]*=", lines[end]):
            lines[end] = line
            return "\n".join(lines) + "\n"
        end += 1
    while not lines[end - 1].strip():
        end -= 1
    lines.insert(end, line)
    return "\n".join(lines) + "\n"
