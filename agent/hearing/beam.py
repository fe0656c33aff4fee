"""Beam search: the most plausible sentence, not the most plausible next word.

Following only the likeliest token, a recogniser that misheard a word's beginning
cannot take it back. Here a few sentences grow side by side, and the best one wins by
its tokens' mean log-probability: a sum would favour short sentences.
"""

import msgspec
import numpy as np
import numpy.typing as npt

Logits = npt.NDArray[np.float32]

LOOP = 4
"""So many repetitions of the same tokens in a row are a loop, not speech."""


class Guess(msgspec.Struct, frozen=True):
    """What may have been said: tokens, and the logarithm of each one's probability.

    A guess that is complete has one more of these: for the end.
    """

    tokens: tuple[int, ...] = ()
    logs: tuple[float, ...] = ()

    @property
    def score(self) -> float:
        """The mean log-probability; 0 is certainty."""
        return sum(self.logs) / max(1, len(self.logs))


class Beam:
    """The best *width* guesses that still grow, and those that are complete."""

    def __init__(self, width: int, end: int) -> None:
        self.live = [Guess()]
        self._width = width
        self._end = end
        self._complete: list[Guess] = []

    def grow(self, logits: Logits) -> list[int]:
        """Continue each live guess by one token; *logits* has a row for each.

        For each guess that is live now: the row it comes from. None: it is decided.
        """
        candidates = sorted(self._candidates(logits), key=_total, reverse=True)
        grown: list[tuple[int, Guess]] = []
        for row, guess in candidates[: 2 * self._width]:
            if guess.tokens[-1] == self._end:
                self._complete.append(Guess(guess.tokens[:-1], guess.logs))
            elif (length := loop(guess.tokens)) is not None:
                self._complete.append(Guess(guess.tokens[:length], guess.logs[:length]))
            elif len(grown) < self._width:
                grown.append((row, guess))
        if self._decided([guess for _, guess in grown]):
            return []
        self.live = [guess for _, guess in grown]
        return [row for row, _ in grown]

    def best(self) -> Guess:
        """The best complete guess; while there is none, the best live one."""
        return max(self._complete or self.live, key=lambda guess: guess.score)

    def _candidates(self, logits: Logits) -> list[tuple[int, Guess]]:
        shifted = logits - logits.max(axis=-1, keepdims=True)
        logs = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
        return [
            (row, Guess((*guess.tokens, int(token)), (*guess.logs, float(log[token]))))
            for row, (guess, log) in enumerate(zip(self.live, logs, strict=True))
            for token in np.argsort(-log)[: self._width + 1]
        ]

    def _decided(self, grown: list[Guess]) -> bool:
        if not grown or len(self._complete) >= self._width:
            return True
        best = max((guess.score for guess in self._complete), default=-np.inf)
        return best >= max(guess.score for guess in grown)


def _total(candidate: tuple[int, Guess]) -> float:
    return sum(candidate[1].logs)


def loop(tokens: tuple[int, ...]) -> int | None:
    """Where to cut *tokens* that end in the same few, over and over; else None."""
    for period in range(1, 9):
        tail = tokens[-period * LOOP :]
        if len(tail) == period * LOOP and tail == tail[:period] * LOOP:
            return len(tokens) - period * (LOOP - 1)
    return None
