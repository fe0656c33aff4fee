"""Reads the weights out of an ONNX file, and nothing else.

An ONNX file is one protobuf message (`onnx.proto`): a ModelProto whose graph
lists its trained tensors as *initializers*. That corner of the format is small
enough to read here, which spares the ear a runtime of 70 MB for one network.
Wire format: https://protobuf.dev/programming-guides/encoding/
"""

import math
from collections.abc import Iterator
from enum import IntEnum
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from agent.errors import Misconfigured

Tensor: TypeAlias = npt.NDArray[np.float32]

_GRAPH = 7  # of ModelProto
_INITIALIZER = 5  # of GraphProto
_FLOAT32 = 1  # of TensorProto.DataType


class _TensorProto(IntEnum):
    DIMS = 1
    DATA_TYPE = 2
    FLOAT_DATA = 4
    NAME = 8
    RAW_DATA = 9


class _Wire(IntEnum):
    VARINT = 0
    EIGHT_BYTES = 1
    SIZED = 2
    FOUR_BYTES = 5


def read(path: Path) -> dict[str, Tensor]:
    """The float32 tensors of the ONNX file at *path* by name, read-only.

    Raises `Misconfigured` when the file cannot be read or is damaged.
    """
    try:
        return parse(path.read_bytes())
    except OSError as exc:
        raise Misconfigured(f"{path}: {exc.strerror or exc}") from exc
    except ValueError as exc:
        raise Misconfigured(f"{path} is not a whole ONNX file: {exc}") from exc


def parse(model: bytes) -> dict[str, Tensor]:
    """The float32 initializers of *model*; raises only `ValueError`, for any bytes."""
    named = (
        _tensor(initializer)
        for graph in _messages(memoryview(model), _GRAPH)
        for initializer in _messages(graph, _INITIALIZER)
    )
    tensors = {name: tensor for name, tensor in named if tensor is not None}
    if not tensors:
        raise ValueError("there are no weights in it")
    return tensors


def _tensor(message: memoryview) -> tuple[str, Tensor | None]:
    """A TensorProto's name and values; None if they are of another type."""
    name, kind = "", 0
    dims: list[int] = []
    values = bytearray()
    for field, value in _fields(message):
        match field, value:
            case _TensorProto.DIMS, int():
                dims.append(value)
            case _TensorProto.DIMS, memoryview():
                dims += _varints(value)
            case _TensorProto.DATA_TYPE, int():
                kind = value
            case _TensorProto.NAME, memoryview():
                name = str(value, "utf-8")
            case _TensorProto.FLOAT_DATA | _TensorProto.RAW_DATA, memoryview():
                values += value
    if kind != _FLOAT32:
        return name, None
    if 0 in dims or 4 * math.prod(dims) != len(values):
        raise ValueError(f"{name or 'a tensor'} has {len(values)} bytes for {dims}")
    return name, np.frombuffer(bytes(values), "<f4").reshape(dims)


def _messages(message: memoryview, wanted: int) -> Iterator[memoryview]:
    for field, value in _fields(message):
        if field == wanted and isinstance(value, memoryview):
            yield value


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Each field's number, and its number or the bytes of anything else."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        match key & 7:
            case _Wire.VARINT:
                number, at = _varint(message, at)
                yield key >> 3, number
                continue
            case _Wire.SIZED:
                size, at = _varint(message, at)
            case _Wire.EIGHT_BYTES:
                size = 8
            case _Wire.FOUR_BYTES:
                size = 4
            case unknown:
                raise ValueError(f"wire type {unknown} before byte {at}")
        if at + size > len(message):
            raise ValueError("it ends too early")
        yield key >> 3, message[at : at + size]
        at += size


def _varints(packed: memoryview) -> Iterator[int]:
    at = 0
    while at < len(packed):
        number, at = _varint(packed, at)
        yield number


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """The number at *at* (seven bits a byte, lowest first) and where it ends."""
    number = 0
    for shift in range(0, 70, 7):
        if at >= len(message):
            raise ValueError("it ends too early")
        byte = message[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
    raise ValueError(f"a number without an end before byte {at}")
