"""Stand-ins for what WhisperLiveKit imports and, with another recogniser, hardly uses.

Its voice activity detector runs on onnxruntime, but hands its arrays around as
torch's: a few of numpy's do for that. Everything else is only imported.
"""

import importlib.abc
import importlib.machinery
import sys
import types
from typing import Any

import numpy as np

HOLLOW = {
    *("faster_whisper", "huggingface_hub", "librosa", "numba", "scipy", "soundfile"),
    *("torch", "torchaudio", "tqdm"),
}


class Tensor(np.ndarray[Any, Any]):
    """An array with the names that torch has for things."""

    def dim(self) -> int:
        return self.ndim

    def unsqueeze(self, axis: int) -> "Tensor":
        return np.expand_dims(self, axis).view(Tensor)

    def float(self) -> "Tensor":
        return self.astype(np.float32).view(Tensor)

    def numpy(self) -> np.ndarray[Any, Any]:
        return np.asarray(self)


def _tensor(values: Any) -> Tensor:
    return np.asarray(values, np.float32).view(Tensor)


def _zeros(*shape: Any) -> Tensor:
    size = shape[0] if isinstance(shape[0], tuple) else shape
    return np.zeros(size, np.float32).view(Tensor)


def _cat(pieces: Any, dim: int = 0) -> Tensor:
    return np.concatenate([np.asarray(piece) for piece in pieces], dim).view(Tensor)


def _no_grad(function: Any = None) -> Any:
    """Both ``@no_grad`` and ``@no_grad()``."""
    return function if callable(function) else lambda decorated: decorated


TORCH: dict[str, Any] = {
    "Tensor": _tensor,
    "cat": _cat,
    "cuda": types.SimpleNamespace(is_available=bool, empty_cache=bool),
    "device": str,
    "from_numpy": _tensor,
    "is_tensor": lambda value: isinstance(value, Tensor),
    "no_grad": _no_grad,
    "zeros": _zeros,
}


class _Nothing:
    """Whatever is asked of it or done with it, there is nothing."""

    def __init__(self, *args: object, **more: object) -> None: ...

    def __init_subclass__(cls, **more: object) -> None: ...

    def __call__(self, *args: object, **more: object) -> "_Nothing":
        return self

    def __getattr__(self, name: str) -> "_Nothing":
        if name.startswith("__"):
            raise AttributeError(name)
        return self


class _Hollow(types.ModuleType):
    """A module that has every name; what looks like a class can be inherited from."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (_Nothing,), {}) if name[:1].isupper() else _Nothing()


class _Finder(importlib.abc.Loader):
    def find_spec(
        self, name: str, path: object = None, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name.partition(".")[0] not in HOLLOW:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        module = _Hollow(spec.name)
        module.__path__ = []
        module.__dict__.update(TORCH if spec.name == "torch" else {})
        return module

    def exec_module(self, module: types.ModuleType) -> None: ...


def install() -> None:
    """Last in line: a package that is really there wins."""
    sys.meta_path.append(_Finder())
