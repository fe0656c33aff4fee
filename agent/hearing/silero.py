"""Silero's voice detector in numpy: how likely is it that someone is speaking?

The network is Silero VAD v6 for 16 kHz, © Silero Team, MIT licence; its weights
are those of ``silero_vad_16k_op15.onnx`` in the silero-vad 6.2.3 package. Per
frame of 512 samples (32 ms):

====================  =================================================  ========
samples               64 of context, the frame, 64 reflected at its end  640
spectrum              4 windows of 256 samples, 128 apart; magnitudes    4 x 129
encoder               4 convolutions of width 3, strides 1, 2, 2, 1      1 x 128
decoder               LSTM cell, ReLU, one output, sigmoid               1
====================  =================================================  ========

Each convolution is one matrix product over a strided view of its input, whose
first and last rows stay zero as padding. What only ever meets padding is left
out of the weights: from the third convolution on there are two rows and then
one, so that only two taps and then one touch anything.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import numpy as np
from numpy.lib.stride_tricks import as_strided

from agent.errors import Misconfigured
from agent.hearing import onnxweights
from agent.hearing.onnxweights import Tensor

SHAPES = {
    "stft.forward_basis_buffer": (258, 1, 256),
    "encoder.0.reparam_conv.weight": (128, 129, 3),
    "encoder.0.reparam_conv.bias": (128,),
    "encoder.1.reparam_conv.weight": (64, 128, 3),
    "encoder.1.reparam_conv.bias": (64,),
    "encoder.2.reparam_conv.weight": (64, 64, 3),
    "encoder.2.reparam_conv.bias": (64,),
    "encoder.3.reparam_conv.weight": (128, 64, 3),
    "encoder.3.reparam_conv.bias": (128,),
    "decoder.rnn.weight_ih": (512, 128),
    "decoder.rnn.weight_hh": (512, 128),
    "decoder.rnn.bias_ih": (512,),
    "decoder.rnn.bias_hh": (512,),
    "decoder.decoder.2.weight": (1, 128, 1),
    "decoder.decoder.2.bias": (1,),
}


class Silero:
    """Follows one stream of audio; it remembers what it heard, until `reset`."""

    frame = 512

    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        """Raises `ValueError` when *tensors* are not this network's."""
        self._take(_checked(tensors))
        self._samples = np.zeros(64 + 512 + 64, np.float32)
        self._spectrum = np.zeros((6, 129), np.float32)
        self._first = np.zeros((6, 128), np.float32)
        self._decoder_input = np.zeros(256, np.float32)  # the encoder's, then its own
        self._cell = np.zeros(128, np.float32)
        self._windows = as_strided(self._samples, (4, 256), (128 * 4, 4))
        self._spectrum_taps = as_strided(self._spectrum, (4, 3 * 129), (129 * 4, 4))
        self._first_taps = as_strided(self._first, (2, 3 * 128), (2 * 128 * 4, 4))

    @classmethod
    def load(cls, path: Path) -> Self:
        """With the weights in *path*; raises `Misconfigured` if they are not."""
        try:
            return cls(onnxweights.read(path))
        except ValueError as exc:
            raise Misconfigured(
                f"{path} is not the voice detector that was expected: {exc}"
            ) from exc

    def _take(self, weights: Mapping[str, Tensor]) -> None:
        """Lay the weights out for products from the left; gates for one tanh."""
        # sigmoid(x) is tanh(x / 2) / 2 + 1/2: halved here, all gates are one tanh.
        halves = np.repeat(np.array([0.5, 0.5, 1, 0.5], np.float32), 128)
        spectrum = weights["stft.forward_basis_buffer"][:, 0].T / 32768
        self._basis = np.ascontiguousarray(spectrum)  # of int16 samples
        taps = [_taps(weights[f"encoder.{n}.reparam_conv.weight"]) for n in range(4)]
        self._conv = (taps[0], taps[1], taps[2][64:].copy(), taps[3][64:128].copy())
        self._bias = [weights[f"encoder.{n}.reparam_conv.bias"] for n in range(4)]
        inputs = [weights["decoder.rnn.weight_ih"], weights["decoder.rnn.weight_hh"]]
        self._gates = np.ascontiguousarray(np.concatenate(inputs, axis=1).T * halves)
        self._gates_bias = halves * (
            weights["decoder.rnn.bias_ih"] + weights["decoder.rnn.bias_hh"]
        )
        self._output = np.ascontiguousarray(
            weights["decoder.decoder.2.weight"][0, :, 0]
        )
        self._output_bias = float(weights["decoder.decoder.2.bias"][0])

    def reset(self) -> None:
        """Forget what was heard: the next frame does not continue the last one."""
        self._samples[:] = 0
        self._decoder_input[:] = 0
        self._cell[:] = 0

    def probability(self, frame: bytes) -> float:
        """Of speech in *frame*: the next 512 samples of 16-bit PCM."""
        samples = self._samples
        samples[:64] = samples[512:576]
        samples[64:576] = np.frombuffer(frame, "<i2", 512)
        samples[576:] = samples[574:510:-1]
        self._encode()
        return self._decode()

    def _encode(self) -> None:
        parts = self._windows @ self._basis  # 129 real parts, 129 imaginary ones
        parts *= parts
        power = np.add(parts[:, :129], parts[:, 129:], out=self._spectrum[1:5])
        np.sqrt(power, out=power)
        first = self._spectrum_taps @ self._conv[0]
        first += self._bias[0]
        np.maximum(first, 0, out=self._first[1:5])
        second = self._first_taps @ self._conv[1]
        second += self._bias[1]
        np.maximum(second, 0, out=second)
        third = second.reshape(128) @ self._conv[2]
        third += self._bias[2]
        np.maximum(third, 0, out=third)
        fourth = third @ self._conv[3]
        fourth += self._bias[3]
        np.maximum(fourth, 0, out=self._decoder_input[:128])

    def _decode(self) -> float:
        gates = self._decoder_input @ self._gates
        gates += self._gates_bias
        np.tanh(gates, out=gates)
        candidate = gates[256:384].copy()
        gates += 1
        gates *= 0.5
        cell = self._cell
        cell *= gates[128:256]
        candidate *= gates[:128]
        cell += candidate
        hidden = np.tanh(cell, out=self._decoder_input[128:])
        hidden *= gates[384:]
        score = float(np.maximum(hidden, 0) @ self._output) + self._output_bias
        return 0.5 + 0.5 * math.tanh(0.5 * score)


def _checked(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The network's own tensors, without the prefix that the file gives them."""
    found = {name.removeprefix("model."): tensor for name, tensor in tensors.items()}
    for name, shape in SHAPES.items():
        if name not in found:
            raise ValueError(f"{name} is missing")
        if found[name].shape != shape:
            raise ValueError(f"{name} is {found[name].shape} instead of {shape}")
    return found


def _taps(kernel: Tensor) -> Tensor:
    """A convolution's weights for rows that hold its taps side by side."""
    return np.ascontiguousarray(kernel.transpose(2, 1, 0).reshape(-1, kernel.shape[0]))
