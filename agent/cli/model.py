"""`tonny-agent model`: which server hears."""

from collections.abc import Iterator
from typing import Annotated

import cyclopts
import msgspec
from cyclopts import Parameter

from agent.cli.common import ConfigPath, DataDir, settings
from agent.config.folders import data_dir as data_folder
from agent.config.settings import Server, Stt
from agent.control.client import drive
from agent.control.commands import UseModel, encode

app = cyclopts.App(name="model", help="Choose the server that turns speech into text.")


class Choice(msgspec.Struct, frozen=True):
    """A configured server; *first* is the one that a new run begins with."""

    name: str
    url: str
    model: str
    languages: tuple[str, ...]
    first: bool


@app.command
def use(
    name: Annotated[str, Parameter(help="A server's name, as in `model list`.")],
    /,
    *,
    data_dir: DataDir = None,
) -> int:
    """Let another server turn speech into text, from the next utterance on.

    The running agent does so until it ends; the setting is stt.server. The exit
    status is 3 when no agent is running.

    For example:

    tonny-agent model use base
    """
    return drive(str(data_folder(data_dir)), encode(UseModel(name)))


@app.command(name="list")
def list_(
    *,
    config: ConfigPath = None,
    json: Annotated[
        bool, Parameter(help="Print the list as JSON.", negative="")
    ] = False,
) -> int:
    """List the configured servers; a star is at the one that a run begins with.

    For example:

    tonny-agent model list --json
    """
    found = [*choices(settings(config).stt)]
    if json:
        print(msgspec.json.encode(found).decode())
        return 0
    for each in found:
        star = "*" if each.first else " "
        model = each.model or "its own model"
        spoken = ", ".join(each.languages) or "all languages"
        print(f"{star} {each.name or '-':14} {each.url}  {model}, {spoken}")
    if not found:
        print('None is configured. Name one: [stt.servers.base] url = "ws://…"')
    return 0


def choices(stt: Stt) -> Iterator[Choice]:
    """The server at ``stt.url``, which has no name, and those in ``stt.servers``."""
    unnamed = {"": Server(url=stt.url, model=stt.model)} if stt.url else {}
    servers = {**unnamed, **stt.servers}
    first = stt.server or next(iter(servers), "")
    for name, server in servers.items():
        yield Choice(
            name, server.url, server.model, server.languages, first=name == first
        )
