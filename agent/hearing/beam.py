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
"""So many rounds of the same few tokens, and no end to them, are not speech."""

LONGEST_ROUND = 8


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
            elif len(grown) < self._width:
                grown.append((row, guess))
        if self._decided([guess for _, guess in grown]):
            return []
        self.live = [guess for _, guess in grown]
        return [row for row, _ in grown]

    def best(self) -> Guess:
        """The best complete guess; if none came to an end, the best live one, but
        whatever it repeats only once: someone may well say the same thing ten times,
        but stops."""
        ended = self._complete or [_cut(guess) for guess in self.live]
        return max(ended, key=lambda guess: guess.score)

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


def _cut(guess: Guess) -> Guess:
    length = loop(guess.tokens)
    return Guess(guess.tokens[:length], guess.logs[:length])


def loop(tokens: tuple[int, ...]) -> int | None:
    """Where the first round ends in *tokens* that end in the same few, over and over;
    None: they do not."""
    ends = []
    for period in range(1, LONGEST_ROUND + 1):
        start = len(tokens)
        while start > period and tokens[start - 1] == tokens[start - 1 - period]:
            start -= 1
        if len(tokens) - start >= period * (LOOP - 1):
            ends.append(start)
    return min(ends, default=None)
