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
    if arguments in (["--version"], ["-V"]):
        # Before anything heavy is imported: installers and launchers ask this.
        from agent import __version__

        print(f"tonny-agent {__version__}")
        return 0
    from agent.cli import interpret

    return interpret(arguments)


if __name__ == "__main__":
    main()
