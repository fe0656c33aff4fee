"""What is known of a code that `tonny-agent doctor` may report."""

import msgspec


class Known(msgspec.Struct, frozen=True):
    """What a code *means*, and *why* it matters to whoever reads it."""

    means: str
    why: str
