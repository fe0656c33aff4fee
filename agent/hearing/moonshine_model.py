"""Moonshine's two networks and its tokenizer, without an event loop.

Interface of the exported graphs, as published: the encoder takes samples
``(1, n)`` in [-1, 1]; the merged decoder takes one token at a time with the
encoder's states and, for each of its layers, the keys and values so far. Its mask
has the length of the *samples*: the graph reduces it itself.
"""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from agent.errors import Misconfigured
from agent.ports import RATE

Samples = npt.NDArray[np.float32]

LAYERS, HEADS, WIDTH = 6, 8, 36
START, END = 1, 2
TOKENS_PER_SECOND = 6.5
"""More than anyone says: beyond it the decoder is talking to itself."""

SHORTEST, LONGEST = 0.3, 30.0
"""Seconds the networks accept; shorter sounds are padded with silence."""

LOOP = 4
"""So many repetitions of the same tokens in a row are a loop, not speech."""


class MoonshineModel:
    """Both networks, loaded; 170 MB. Not for two threads at once."""

    def __init__(self, folder: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._encoder, self._decoder = (
                onnxruntime.InferenceSession(
                    str(folder / file), options, providers=["CPUExecutionProvider"]
                )
                for file in ("encoder_model.ort", "decoder_model_merged.ort")
            )
        except Exception as exc:  # onnxruntime has no base class for its errors
            raise Misconfigured(
                f"the embedded recogniser in {folder} cannot be loaded: {exc}."
                " Run: tonny-agent models fetch"
            ) from exc
        self._vocabulary = read_vocabulary((folder / "tokenizer.bin").read_bytes())
        self._outputs = [output.name for output in self._decoder.get_outputs()]
        inputs = {each.name for each in self._decoder.get_inputs()}
        self._masked = "encoder_attention_mask" in inputs

    def transcribe(self, pcm: bytes) -> tuple[str, float]:
        """The text in *pcm* (16 kHz, s16le, mono), and how sure that it is one:
        the mean probability of its tokens, 0 to 1."""
        samples = np.frombuffer(pcm, "<i2").astype(np.float32) / 32768
        tokens: list[int] = []
        likelihoods: list[float] = []
        for piece in split(samples):
            found, logs = self._decode(piece)
            tokens += found
            likelihoods += logs
        confidence = float(np.exp(np.mean(likelihoods))) if likelihoods else 0.0
        return self._text(tokens), min(1.0, confidence)

    def _decode(self, samples: Samples) -> tuple[list[int], list[float]]:
        heard = samples[None]
        mask = np.ones(heard.shape, np.int64)
        (states,) = self._encoder.run(
            None, {"input_values": heard, "attention_mask": mask}
        )
        feed: dict[str, Any] = {"encoder_hidden_states": states, **_no_memory()}
        if self._masked:
            feed["encoder_attention_mask"] = mask
        tokens: list[int] = []
        logs: list[float] = []
        token = START
        for step in range(max(8, int(samples.size / RATE * TOKENS_PER_SECOND) + 4)):
            feed["input_ids"] = np.array([[token]], np.int64)
            feed["use_cache_branch"] = np.array([step > 0])
            logits, *memory = self._decoder.run(None, feed)
            token, log = _likeliest(logits[0, -1])
            logs.append(log)
            if token == END:
                break
            tokens.append(token)
            if (length := loop(tokens)) is not None:
                return tokens[:length], logs[:length]
            self._remember(feed, memory, first=step == 0)
        return tokens, logs

    def _remember(
        self, feed: dict[str, Any], memory: list[Any], *, first: bool
    ) -> None:
        """The encoder's keys and values stay as the first step made them."""
        for name, value in zip(self._outputs[1:], memory, strict=True):
            if first or ".decoder." in name:
                feed[name.replace("present", "past_key_values")] = value

    def _text(self, tokens: list[int]) -> str:
        joined = b"".join(self._vocabulary[token] for token in tokens if token > END)
        return joined.decode("utf-8", "replace").replace("\u2581", " ").strip()


def _no_memory() -> dict[str, Any]:
    return {
        f"past_key_values.{layer}.{side}.{kind}": np.zeros(
            (1, HEADS, 0, WIDTH), np.float32
        )
        for layer in range(LAYERS)
        for side in ("decoder", "encoder")
        for kind in ("key", "value")
    }


def _likeliest(logits: Samples) -> tuple[int, float]:
    """The likeliest token, and the logarithm of its probability."""
    token = int(logits.argmax())
    shifted = logits - logits[token]
    return token, -float(np.log(np.exp(shifted).sum()))


def split(samples: Samples) -> list[Samples]:
    """Pieces that the networks accept, cut where it is quietest."""
    pieces = []
    longest = round(LONGEST * RATE)
    while samples.size > longest:
        half = samples[longest // 2 : longest]
        frames = half[: half.size // 320 * 320].reshape(-1, 320)
        cut = longest // 2 + int((frames**2).sum(axis=1).argmin()) * 320
        pieces.append(samples[:cut])
        samples = samples[cut:]
    lacking = round(SHORTEST * RATE) - samples.size
    return [*pieces, np.pad(samples, (0, max(0, lacking)))]


def loop(tokens: list[int]) -> int | None:
    """Where to cut *tokens* that end in the same few, over and over; else None."""
    for period in range(1, 9):
        tail = tokens[-period * LOOP :]
        if len(tail) == period * LOOP and tail == tail[:period] * LOOP:
            return len(tokens) - period * (LOOP - 1)
    return None


def read_vocabulary(content: bytes) -> list[bytes]:
    """The tokens' texts. Each is preceded by its length: one byte, or two when it
    is 128 or more; an empty one is a control token."""
    tokens: list[bytes] = []
    at = 0
    while at < len(content):
        length = content[at]
        at += 1
        if length >= 128:
            length = content[at] * 128 + length - 128
            at += 1
        tokens.append(content[at : at + length])
        at += length
    return tokens
