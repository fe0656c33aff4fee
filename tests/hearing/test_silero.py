import math
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.errors import Misconfigured
from agent.hearing import onnxweights
from agent.hearing.onnxweights import Tensor
from agent.hearing.silero import SHAPES, Silero
from tests.hearing import sound


def random_weights(seed: int = 1) -> dict[str, Tensor]:
    """Of the right shapes, and of a size that keeps every layer lively."""
    random = np.random.default_rng(seed)
    return {
        name: (random.normal(size=shape) / math.sqrt(math.prod(shape[1:]))).astype("f4")
        for name, shape in SHAPES.items()
    }


def random_frames(n: int, seed: int = 1) -> list[bytes]:
    noise = np.random.default_rng(seed).normal(0, 9000, n * 512).clip(-32768, 32767)
    return sound.frames(noise.astype("<i2").tobytes(), 512)


class Plain:
    """The network as its authors draw it, layer by layer, without any cunning."""

    def __init__(self, weights: dict[str, Tensor]) -> None:
        self.weights = {name: w.astype(float) for name, w in weights.items()}
        self.context = np.zeros(64)
        self.hidden = self.cell = np.zeros(128)

    def probability(self, frame: bytes) -> float:
        w = self.weights
        samples = np.frombuffer(frame, "<i2") / 32768
        heard = np.pad(np.concatenate([self.context, samples]), (0, 64), "reflect")
        self.context = samples[-64:]
        layer = convolve(heard[None], w["stft.forward_basis_buffer"], 128)
        layer = np.hypot(layer[:129], layer[129:])
        for n, stride in enumerate([1, 2, 2, 1]):
            kernel = w[f"encoder.{n}.reparam_conv.weight"]
            layer = convolve(np.pad(layer, ((0, 0), (1, 1))), kernel, stride)
            layer = np.maximum(layer + w[f"encoder.{n}.reparam_conv.bias"][:, None], 0)
        self.remember(layer[:, 0])
        score = np.maximum(self.hidden, 0) @ w["decoder.decoder.2.weight"][0, :, 0]
        return float(sigmoid(score + w["decoder.decoder.2.bias"][0]))

    def remember(self, seen: npt.NDArray[np.float64]) -> None:
        w = self.weights
        gates = w["decoder.rnn.weight_ih"] @ seen + w["decoder.rnn.bias_ih"]
        gates += w["decoder.rnn.weight_hh"] @ self.hidden + w["decoder.rnn.bias_hh"]
        take, keep, new, show = gates.reshape(4, 128)
        self.cell = sigmoid(keep) * self.cell + sigmoid(take) * np.tanh(new)
        self.hidden = sigmoid(show) * np.tanh(self.cell)


def sigmoid(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return 1 / (1 + np.exp(-x))


def convolve(
    rows: npt.NDArray[np.float64], kernel: npt.NDArray[np.float64], stride: int
) -> npt.NDArray[np.float64]:
    width = kernel.shape[2]
    at = range(0, rows.shape[1] - width + 1, stride)
    return np.stack(
        [np.tensordot(kernel, rows[:, i : i + width], 2) for i in at], axis=1
    )


def test_it_is_the_network_that_its_authors_describe() -> None:
    weights = random_weights()
    ours, plain = Silero(weights), Plain(weights)
    frames = random_frames(30)
    expected = [plain.probability(frame) for frame in frames]
    assert np.std(expected) > 0.001
    assert [ours.probability(f) for f in frames] == pytest.approx(expected, abs=1e-5)


def test_after_a_reset_it_hears_as_if_new() -> None:
    silero = Silero(random_weights())
    frames = random_frames(20)
    first = [silero.probability(frame) for frame in frames]
    assert [silero.probability(frame) for frame in frames] != first
    silero.reset()
    assert [silero.probability(frame) for frame in frames] == first


def test_the_loudest_and_the_wildest_are_still_probabilities() -> None:
    wild = {name: tensor * 1000 for name, tensor in random_weights().items()}
    silero = Silero(wild)
    for frame in (b"\x00\x80" * 512, b"\xff\x7f" * 512, *random_frames(5)):
        assert 0 <= silero.probability(frame) <= 1


def test_it_agrees_with_onnxruntime() -> None:
    path = sound.silero_weights()
    silero, session = Silero.load(path), onnxruntime.InferenceSession(path)
    state, context = np.zeros((2, 1, 128), "f4"), np.zeros(64, "f4")
    sounds = (sound.spoken("How are you?"), sound.pink(1, -30), sound.silence(1))
    probabilities = []
    for frame in sound.frames(b"".join(sounds), 512):
        samples = np.frombuffer(frame, "<i2").astype("f4") / 32768
        heard = np.concatenate([context, samples])[None]
        context = samples[-64:]
        (expected,), state = session.run(
            None, {"input": heard, "state": state, "sr": np.array(16_000)}
        )
        probabilities.append(silero.probability(frame))
        assert probabilities[-1] == pytest.approx(float(expected[0]), abs=1e-4)
    assert max(probabilities) > 0.9
    assert min(probabilities) < 0.05


# ONNX files, written by hand: a field is its number and wire type, then the value.


def varint(number: int) -> bytes:
    low, rest = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def sized(field: int, value: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(value)) + value


def tensor(
    name: str,
    values: npt.NDArray[np.float32],
    *,
    packed: bool = False,
    raw: bool = True,
    kind: int = 1,
) -> bytes:
    dims = [varint(dim) for dim in values.shape]
    shape = (
        sized(1, b"".join(dims)) if packed else b"".join(b"\x08" + dim for dim in dims)
    )
    content = sized(9 if raw else 4, values.astype("<f4").tobytes())
    return shape + number(2, kind) + content + sized(8, name.encode())


def model(*tensors: bytes) -> bytes:
    graph = sized(2, b"a graph") + b"".join(sized(5, one) for one in tensors)
    return number(1, 8) + sized(2, b"a producer") + sized(7, graph)


def whole() -> bytes:
    """A file as set-up leaves it, but with weights of no worth."""
    weights = random_weights().items()
    return model(*(tensor(f"model.{name}", values) for name, values in weights))


@given(
    st.lists(st.integers(1, 5), max_size=4),
    st.text(max_size=9),
    st.booleans(),
    st.booleans(),
)
def test_tensors_are_read_as_they_were_written(
    shape: list[int], name: str, packed: bool, raw: bool
) -> None:
    values = np.arange(math.prod(shape), dtype="f4").reshape(shape)
    read = onnxweights.parse(model(tensor(name, values, packed=packed, raw=raw)))
    assert list(read) == [name]
    np.testing.assert_array_equal(read[name], values, strict=True)


def test_floats_may_be_written_one_by_one() -> None:
    singles = b"".join(
        varint(4 << 3 | 5) + np.float32(n).tobytes() for n in (1.5, -2.5)
    )
    message = number(1, 2) + number(2, 1) + singles + sized(8, b"pair")
    (pair,) = onnxweights.parse(model(message)).values()
    assert pair.tolist() == [1.5, -2.5]


def test_what_is_not_float32_is_left_out() -> None:
    values = np.ones(2, "f4")
    mixed = model(tensor("whole numbers", values, kind=7), tensor("weights", values))
    assert list(onnxweights.parse(mixed)) == ["weights"]


@settings(max_examples=60)
@given(st.data())
def test_a_truncated_file_raises_nothing_but_a_value_error(data: st.DataObject) -> None:
    complete = model(
        tensor("a", np.ones((2, 3), "f4"), packed=True),
        tensor("b", np.ones(4, "f4"), raw=False),
    )
    cut = data.draw(st.integers(0, len(complete) - 1))
    with pytest.raises(ValueError, match=r"early|no weights"):
        onnxweights.parse(complete[:cut])


@given(st.binary(max_size=80), st.integers(0, 3))
def test_no_bytes_raise_anything_but_a_value_error(junk: bytes, depth: int) -> None:
    for field in (5, 7)[2 - min(depth, 2) :]:
        junk = sized(field, junk)
    try:
        onnxweights.parse(junk)
    except ValueError:
        return
    assert junk  # it happened to be a model


@given(st.data())
def test_no_damage_raises_anything_but_a_value_error(data: st.DataObject) -> None:
    damaged = bytearray(model(tensor("a", np.ones((2, 3), "f4"))))
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(
            st.integers(0, 255)
        )
    try:
        tensors = onnxweights.parse(bytes(damaged))
    except ValueError:
        return
    assert all(one.dtype == np.float32 for one in tensors.values())


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "no weights"),
        (b"<!doctype html>", "whole ONNX file"),
        (b"\xff" * 20, "a number without an end"),
        (whole()[:-100], "too early"),
        (model(tensor("other", np.ones(3, "f4"))), "stft.forward_basis_buffer is miss"),
        (
            model(*(tensor(name, np.ones(3, "f4")) for name in SHAPES)),
            r"\(3,\) instead of \(258, 1, 256\)",
        ),
        (model(number(1, 2**62) + number(2, 1) + sized(9, b"abcd")), "has 4 bytes for"),
        (model(number(1, 0) + number(1, 2**63) + number(2, 1)), "has 0 bytes for"),
        (model(number(1, 1) * 99 + number(2, 1) + sized(9, b"abcd")), "dimension"),
    ],
)
def test_a_wrong_file_is_named_with_what_is_wrong(
    tmp_path: Path, content: bytes, complaint: str
) -> None:
    path = tmp_path / "silero.onnx"
    path.write_bytes(content)
    with pytest.raises(Misconfigured, match=complaint) as refusal:
        Silero.load(path)
    assert str(path) in str(refusal.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"silero\.onnx: No such file"):
        Silero.load(tmp_path / "silero.onnx")


def test_a_whole_file_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "silero.onnx"
    path.write_bytes(whole())
    frames = random_frames(3)
    ours, same = Silero.load(path), Silero(random_weights())
    assert [*map(ours.probability, frames)] == [*map(same.probability, frames)]
