"""``python -m tests.bench``: one table of what Tonny costs, beside its floors.

Costs are CPU time, the minimum of several rounds; waiting times are medians.
Every floor is measured in the same run, on the same machine, between the rounds.
With names as arguments (``turns noisy``) only these modules measure.
"""

import sys
from collections.abc import Callable, Iterator

from tests.bench import (
    broker,
    control,
    endpointing,
    frames,
    interruption,
    memory,
    noisy,
    pestered,
    process,
    queue,
    record,
    speaking,
    turns,
)
from tests.bench.figures import Figure, Quoted
from tests.bench.recordings import Missing

MEASURES: list[Callable[[], Iterator[Figure | Quoted]]] = [
    frames.measure,
    endpointing.measure,
    turns.measure,
    noisy.measure,
    interruption.measure,
    speaking.measure,
    queue.measure,
    control.measure,
    pestered.measure,
    broker.measure,
    record.measure,
    process.measure,
    memory.measure,
]


def main(names: list[str]) -> None:
    print(f"{'figure':52} {'value':>9} {'floor':>9} {'ratio':>6}  {'goal':>9}")
    for measure in MEASURES:
        if names and measure.__module__.rpartition(".")[2] not in names:
            continue
        try:
            for figure in measure():
                print(figure.as_text(), flush=True)
        except Missing as exc:
            print(f"{measure.__module__}: not measured: {exc}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
