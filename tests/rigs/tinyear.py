"""Moonshine tiny for the rig: numpy and onnxruntime alone, and none of our own code,
so that what it hears says something about the client."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

LAYERS, HEADS, WIDTH = 6, 8, 36
START, END = 1, 2
SHORTEST = 3_200
"""Samples, 0.2 s; the networks fail on less."""


class TinyEar:
    def __init__(self, folder: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self._encoder, self._decoder = (
            onnxruntime.InferenceSession(str(folder / file), options)
            for file in ("encoder_model.ort", "decoder_model_merged.ort")
        )
        self._names = [each.name for each in self._decoder.get_outputs()][1:]
        self._vocabulary = _vocabulary((folder / "tokenizer.bin").read_bytes())

    def hear(self, samples: npt.NDArray[np.float32]) -> str:
        """The words in *samples* (16 kHz, -1 to 1)."""
        if len(samples) < SHORTEST:
            return ""
        mask = np.ones((1, len(samples)), np.int64)
        heard = {"input_values": samples[None], "attention_mask": mask}
        feed: dict[str, Any] = {
            "encoder_hidden_states": self._encoder.run(None, heard)[0],
            "encoder_attention_mask": mask,
            **_no_memory(),
        }
        tokens = [START]
        for step in range(len(samples) * 13 // 32_000 + 8):
            feed["input_ids"] = np.array([tokens[-1:]], np.int64)
            feed["use_cache_branch"] = np.array([step > 0])
            logits, *memory = self._decoder.run(None, feed)
            tokens.append(int(logits[0, -1].argmax()))
            if tokens[-1] == END:
                break
            for name, value in zip(self._names, memory, strict=True):
                if step == 0 or "decoder" in name:
                    feed[name.replace("present", "past_key_values")] = value
        words = b"".join(self._vocabulary[token] for token in tokens if token > END)
        return words.decode("utf-8", "replace").replace("\u2581", " ").strip()


def _no_memory() -> dict[str, Any]:
    return {
        f"past_key_values.{layer}.{side}.{kind}": np.zeros(
            (1, HEADS, 0, WIDTH), np.float32
        )
        for layer in range(LAYERS)
        for side in ("decoder", "encoder")
        for kind in ("key", "value")
    }


def _vocabulary(packed: bytes) -> list[bytes]:
    """Each token is its length, in one byte or, from 128 on, in two, and its bytes."""
    tokens: list[bytes] = []
    at = 0
    while at < len(packed):
        length = packed[at]
        at += 1
        if length >= 128:
            length += packed[at] * 128 - 128
            at += 1
        tokens.append(packed[at : at + length])
        at += length
    return tokens
