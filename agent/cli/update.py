"""`tonny-agent update check`."""

from typing import Annotated

import cyclopts
import msgspec
from cyclopts import Parameter

from agent.cli.common import ConfigPath, DataDir, data_folder, run_trio, settings

app = cyclopts.App(
    name="update",
    help="Whether there is a newer version.",
    help_format="plaintext",
)


@app.command
def check(
    *,
    config: ConfigPath = None,
    data_dir: DataDir = None,
    json: Annotated[bool, Parameter(help="Print JSON.", negative="")] = False,
) -> int:
    """Ask update.url whether there is a newer version, and tell; nothing is downloaded.

    The answer has to be signed with update.key.

    For example:

    tonny-agent update check
    """
    from agent.desktop.updates import check as ask

    answer = run_trio(ask, settings(config).update, data_folder(data_dir))
    print(msgspec.json.encode(answer).decode() if json else answer.as_text())
    return 0
