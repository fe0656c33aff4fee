"""Where the program starts: ``tonny-agent`` and ``python -m agent``."""

import os
import sys

# One thread: our matrices are tiny, and idle BLAS threads cost memory.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def main() -> None:
    """Run the command line and exit with its status."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """The exit status of ``tonny-agent`` with these *arguments*.

    A user's mistake becomes one message on stderr, never a traceback.
    """
    # These come before anything heavy is imported: people and launchers wait, and
    # whoever presses a key to talk talks already.
    if arguments in (["--version"], ["-V"]):
        from agent import __version__

        print(f"tonny-agent {__version__}")
        return 0
    if arguments in ([], ["--help"], ["-h"]):
        from agent.cli.overview import overview

        print(overview())
        return 0
    if arguments[:1] == ["ptt"]:
        from agent.control.client import ptt

        if (status := ptt(arguments[1:])) is not None:
            return status
    from agent.cli.interpret import interpret

    return interpret(arguments)


if __name__ == "__main__":
    main()
