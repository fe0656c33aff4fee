"""How an entry is written: in the journal, on a terminal, and to whoever watches."""

from typing import Any

import msgspec

from agent.events import Entry

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Entry)


def encode(entry: Entry) -> bytes:
    """*entry* as one line of JSON (UTF-8, no line break)."""
    return _encoder.encode(entry)


def decode(line: bytes | str) -> Entry:
    """The entry in *line*; raises `msgspec.DecodeError` when it is not one."""
    return _decoder.decode(line)


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of `Entry`."""
    document = msgspec.json.schema(Entry)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **document}
