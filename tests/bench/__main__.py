"""``python -m tests.bench``: one table of what Tonny costs, beside its floors.

Costs are CPU time, the minimum of several rounds; waiting times are medians.
Every floor is measured in the same run, on the same machine, between the rounds.
"""

from collections.abc import Callable, Iterator

from tests.bench import endpointing, frames, process
from tests.bench.figures import Figure

MEASURES: list[Callable[[], Iterator[Figure]]] = [
    frames.measure,
    endpointing.measure,
    process.measure,
]


def main() -> None:
    print(f"{'figure':52} {'value':>9} {'floor':>9} {'ratio':>6}  {'goal':>9}")
    for measure in MEASURES:
        for figure in measure():
            print(figure.as_text(), flush=True)


if __name__ == "__main__":
    main()
