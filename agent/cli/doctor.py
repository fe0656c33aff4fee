"""`tonny-agent doctor`."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from agent.cli.common import ConfigPath, DataDir, run_trio
from agent.doctor.findings import Report


def doctor(
    *,
    config: ConfigPath = None,
    data_dir: DataDir = None,
    json: Annotated[
        bool, Parameter(help="Print the report as JSON.", negative="")
    ] = False,
    fix: Annotated[
        bool,
        Parameter(
            help="Mend what can safely be mended, and say what was done.", negative=""
        ),
    ] = False,
    deep: Annotated[
        bool,
        Parameter(
            help="Also say a sentence, and listen whether it is heard.", negative=""
        ),
    ] = False,
    bundle: Annotated[
        Path | None,
        Parameter(
            help="Write what a maintainer asks for into this ZIP file: no secret, and"
            " nothing that was said."
        ),
    ] = None,
) -> int:
    """Check everything Tonny needs, and say how to mend what is wrong.

    A workflow that has never let Tonny in is asked a question. The exit status is 1 when
    something is wrong, and 78 when the settings are.

    For example:

    tonny-agent doctor

    tonny-agent doctor --fix

    tonny-agent doctor --json
    """
    from agent.config.folders import data_dir as data_folder
    from agent.doctor.bundle import write_bundle
    from agent.doctor.checks import checks
    from agent.doctor.examine import examine
    from agent.doctor.mending import mend
    from agent.doctor.settings import read_settings

    settled, folder = read_settings(config), data_folder(data_dir)

    def look() -> Report:
        todo = checks(settled.config, folder, usable=settled.usable, deep=deep)
        report: Report = run_trio(examine, todo, _progress(len(todo)))
        return Report([*settled.findings, *report.findings])

    report = look()
    if fix and (done := list(mend(report.findings, folder, settled.path))):
        for each in done:
            print(each, file=sys.stderr)
        settled = read_settings(config)
        report = look()
    if bundle is not None:
        write_bundle(bundle, report, settled.config, folder)
        print(
            f"{bundle} is made; look into it before you give it away.", file=sys.stderr
        )
    print(report.as_json() if json else report.as_text())
    return report.status


def _progress(total: int) -> Callable[[str], None]:
    """Shows on a terminal how far the checks are."""
    if not sys.stderr.isatty():
        return lambda _done: None
    done = list[str]()

    def show(code: str) -> None:
        done.append(code)
        line = f"checked {len(done)} of {total}: {code}" if len(done) < total else ""
        print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)

    return show
