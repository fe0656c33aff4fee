"""`tonny-agent models`: what is embedded, and how it comes here."""

import sys
from typing import Annotated

import cyclopts
from cyclopts import Parameter

app = cyclopts.App(name="models", help="Fetch and list the embedded models and voices.")


@app.command
def fetch() -> int:
    """Fetch what is missing of the embedded models and voices (65 MB), once.

    For example:

    tonny-agent models fetch
    """
    from agent.config.folders import models_dir
    from agent.models.fetch import fetch as fetch_missing

    folder = models_dir()
    brought = fetch_missing(folder, say=lambda text: print(text, file=sys.stderr))
    print(f"{brought} files were fetched." if brought else f"All is in {folder}.")
    return 0


@app.command(name="list")
def list_(
    *,
    json: Annotated[
        bool, Parameter(help="Print the list as JSON.", negative="")
    ] = False,
) -> int:
    """List the embedded models and voices, and whether they are what was published.

    For example:

    tonny-agent models list --json
    """
    import msgspec

    from agent.models import fault
    from agent.models.manifest import MODELS

    rows = [
        {"name": m.name, "licence": m.licence, "bytes": m.size, "fault": fault(m)}
        for m in MODELS
    ]
    if json:
        print(msgspec.json.encode(rows).decode())
    else:
        for row in rows:
            print(f"{row['name']:44} {row['licence']:11} {row['fault'] or 'ok'}")
    return int(any(row["fault"] for row in rows))
