"""Settings from Python instead of from a file, checked just as strictly."""

from collections.abc import Mapping
from pathlib import Path

from agent.config import Config, load, names
from agent.config.assemble import Given, assemble


def configure(**sections: Mapping[str, object]) -> Config:
    """The defaults of agent.toml, changed by *sections*; no file and no environment is
    read: ``configure(workflow={"url": "http://localhost:5678/webhook/tonny"})``.

    Raises `Misconfigured` with all that is wrong: unknown names, and values that are of
    another type or out of range.
    """
    problems: list[str] = []
    given: dict[str, Given] = {}
    for section, values in sections.items():
        if section not in names.sections():
            problems.append(names.unknown_section(section))
            continue
        for key, value in values.items():
            name = f"{section}.{key}"
            if name in names.kinds():
                given[name] = Given(value, "configure")
            else:
                problems.append(names.unknown_key(section, key))
    return assemble(given, problems)


def load_config(path: Path | None = None) -> Config:
    """The settings that `tonny-agent run` would have: of the file at *path* (or where
    the user's is), changed by the environment. Raises `Misconfigured`."""
    return load(path).config
