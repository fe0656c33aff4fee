"""python -m download STEP...: the steps of the build, in the order given."""

import sys
from collections.abc import Callable

from download import deb, judge, pack, proof, release, repeat
from download.compile import build
from download.places import alone

STEPS: dict[str, Callable[[], None]] = {
    "compile": build,
    "pack": pack.pack,
    "deb": deb.build,
    "check-deb": judge.judge,
    "checksums": release.checksums,
    "sign": release.sign,
    "smoke": proof.prove,
    "smoke-folder": proof.prove_folder,
    "reproducible": repeat.repeat,
    "--break-each": proof.break_each,
}


def main() -> None:
    names = sys.argv[1:]
    if not names or any(name not in STEPS for name in names):
        sys.exit(f"usage: build/compile {'|'.join(STEPS)}...")
    with alone():
        for name in names:
            STEPS[name]()


main()
