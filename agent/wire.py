"""How an entry is written: in the journal, on a terminal, and to whoever watches."""

from typing import Any, get_args

import msgspec

from agent.events import Entry, Event

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Entry)


def encode(entry: Entry) -> bytes:
    """*entry* as one line of JSON (UTF-8, no line break)."""
    return _encoder.encode(entry)


def topic(event: Event) -> str:
    """The part of us that it is about, and its name: ``hearing.speech_ended``."""
    return _topic(type(event), event.__struct_config__.tag)


def topics() -> list[str]:
    """All there are."""
    from msgspec.inspect import StructType, multi_type_info

    found = multi_type_info(get_args(Event))
    return sorted(
        _topic(each.cls, each.tag) for each in found if isinstance(each, StructType)
    )


def _topic(kind: type, name: object) -> str:
    return f"{kind.__module__.rpartition('.')[2]}.{name}"


def decode(line: bytes | str) -> Entry:
    """The entry in *line*; raises `msgspec.DecodeError` when it is not one."""
    return _decoder.decode(line)


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of `Entry`."""
    document = msgspec.json.schema(Entry)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **document}
