"""Moonshine's two networks and its tokenizer, without an event loop.

Interface of the exported graphs, as published: the encoder takes samples
``(1, n)`` in [-1, 1]; the merged decoder takes one token at a time with the
encoder's states and, for each of its layers, the keys and values so far. Its mask
has the length of the *samples*: the graph reduces it itself.
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

# Read once, while it is loaded: otherwise it tells its maker what it does.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime

from agent.errors import Unavailable
from agent.hearing.beam import Beam, Guess
from agent.models import REMEDY
from agent.ports import RATE

Samples = npt.NDArray[np.float32]

LAYERS, HEADS, WIDTH = 6, 8, 36
START, END = 1, 2
TOKENS_PER_SECOND = 6.5
"""More than anyone says: beyond it the decoder is talking to itself."""

SHORTEST, LONGEST = 0.3, 30.0
"""Seconds the networks accept; shorter sounds are padded with silence."""

PEAK = 0.9
"""What the loudest sample becomes: the networks mishear what is quiet, and of a
machine's voice they mishear a third less when it is as loud as their lessons were."""

BEAM = 3
"""Guesses side by side: half the wrong words of a single one, for half as much
time again; a fourth and fifth make no difference."""


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
            raise Unavailable(
                f"the embedded recogniser in {folder} cannot be loaded: {exc}."
                f" To mend it: {REMEDY}"
            ) from exc
        self._vocabulary = read_vocabulary((folder / "tokenizer.bin").read_bytes())
        self._outputs = [output.name for output in self._decoder.get_outputs()]
        inputs = {each.name for each in self._decoder.get_inputs()}
        self._masked = "encoder_attention_mask" in inputs

    def transcribe(
        self, pcm: bytes, checkpoint: Callable[[], None] = lambda: None
    ) -> tuple[str, float]:
        """The text in *pcm* (16 kHz, s16le, mono), and how sure that it is one:
        the mean probability of its tokens, 0 to 1.

        *checkpoint* is called before each token; it may end this by raising.
        """
        samples = np.frombuffer(pcm, "<i2").astype(np.float32)
        pieces = split(levelled(samples))
        guesses = [self._decode(piece, checkpoint) for piece in pieces]
        logs = [log for guess in guesses for log in guess.logs]
        confidence = float(np.exp(np.mean(logs))) if logs else 0.0
        text = " ".join(filter(None, (self._text(guess.tokens) for guess in guesses)))
        return text, min(1.0, confidence)

    def _decode(self, samples: Samples, checkpoint: Callable[[], None]) -> Guess:
        heard = samples[None]
        mask = np.ones(heard.shape, np.int64)
        (states,) = self._encoder.run(
            None, {"input_values": heard, "attention_mask": mask}
        )
        beam = Beam(BEAM, END)
        tokens = [START]
        rows = [0]
        memory = _no_memory()
        for step in range(max(8, int(samples.size / RATE * TOKENS_PER_SECOND) + 4)):
            checkpoint()
            feed: dict[str, Any] = {name: past[rows] for name, past in memory.items()}
            feed["encoder_hidden_states"] = states.repeat(len(rows), axis=0)
            if self._masked:
                feed["encoder_attention_mask"] = mask.repeat(len(rows), axis=0)
            feed["input_ids"] = np.array(tokens, np.int64)[:, None]
            feed["use_cache_branch"] = np.array([step > 0])
            logits, *present = self._decoder.run(None, feed)
            memory = self._remembered(feed, present, first=step == 0)
            rows = beam.grow(logits[:, -1])
            if not rows:
                break
            tokens = [guess.tokens[-1] for guess in beam.live]
        return beam.best()

    def _remembered(
        self, feed: dict[str, Any], present: list[Any], *, first: bool
    ) -> dict[str, Any]:
        """The encoder's keys and values stay as the first step made them."""
        memory = {}
        for output, value in zip(self._outputs[1:], present, strict=True):
            name = output.replace("present", "past_key_values")
            memory[name] = value if first or ".decoder." in name else feed[name]
        return memory

    def _text(self, tokens: Sequence[int]) -> str:
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


def levelled(samples: Samples) -> Samples:
    """*samples* as loud as the networks like them; silence stays silence."""
    loudest = float(np.abs(samples).max(initial=0))
    return samples * np.float32(PEAK / loudest) if loudest else samples


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


def read_vocabulary(content: bytes) -> list[bytes]:
    """The tokens' texts. Each is preceded by its length: one byte, or two when it
    is 128 or more; an empty one is a control token.

    Raises `Unavailable` when *content* ends in the middle of a token.
    """
    tokens: list[bytes] = []
    at = 0
    while at < len(content):
        length = content[at]
        at += 1
        if length >= 128:
            length += (content[at] - 1) * 128 if at < len(content) else 0
            at += 1
        tokens.append(content[at : at + length])
        at += length
    if at > len(content):
        raise Unavailable(
            f"the embedded recogniser's tokenizer is not whole. To mend it: {REMEDY}"
        )
    return tokens
