"""What counts as an utterance, and when one may begin."""

from typing import Literal, TypeAlias

import msgspec

Mode: TypeAlias = Literal["voice", "continuous", "ptt"]


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What counts as an utterance; *threshold* is to start one, *release* to stay.

    After *pause_ms* of the hangover a pause is told; never, if it is 0.
    """

    threshold: float = 0.5
    release: float = 0.35
    start_ms: float = 96
    start_window_ms: float = 128
    pause_ms: float = 0
    hangover_ms: float = 576
    pre_roll_ms: float = 500
    min_speech_ms: float = 200
    max_utterance: float = 30.0
