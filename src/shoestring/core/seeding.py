"""Named random streams: adding a consumer never changes the draws of another."""

import hashlib
from typing import Any

import numpy as np
import torch


def stream_seed(seed: int, name: str) -> np.random.SeedSequence:
    """The seed of the stream ``name`` of a run: independent of all other names and of the order of use."""
    digest = hashlib.sha256(name.encode()).digest()
    return np.random.SeedSequence([seed, *np.frombuffer(digest[:16], dtype=np.uint32).tolist()])


class Streams:
    """The random streams of one run, with their positions."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._numpy: dict[str, np.random.Generator] = {}
        self._torch: dict[str, torch.Generator] = {}
        self._saved: dict[str, Any] = {"numpy": {}, "torch": {}}
        # Dropout and initialisers draw from torch's global generator.
        torch.manual_seed(self._torch_seed("global"))

    def numpy(self, name: str) -> np.random.Generator:
        """The NumPy stream ``name``; the same object at every call."""
        if name not in self._numpy:
            generator = np.random.Generator(np.random.PCG64(stream_seed(self._seed, name)))
            if name in self._saved["numpy"]:
                generator.bit_generator.state = self._saved["numpy"][name]
            self._numpy[name] = generator
        return self._numpy[name]

    def torch(self, name: str) -> torch.Generator:
        """The torch stream ``name`` on the CPU; the same object at every call."""
        if name not in self._torch:
            generator = torch.Generator().manual_seed(self._torch_seed(name))
            if name in self._saved["torch"]:
                generator.set_state(self._saved["torch"][name])
            self._torch[name] = generator
        return self._torch[name]

    def state_dict(self) -> dict[str, Any]:
        """The position of every stream, torch's global one and those of other devices included."""
        numpy_states = {name: generator.bit_generator.state for name, generator in self._numpy.items()}
        torch_states = {name: generator.get_state() for name, generator in self._torch.items()}
        return {
            "numpy": {**self._saved["numpy"], **numpy_states},
            "torch": {**self._saved["torch"], **torch_states},
            "global": torch.get_rng_state(),
            "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go to a saved position: streams in use are moved in place, those that are first used later start from it."""
        self._saved = {"numpy": state["numpy"], "torch": state["torch"]}
        for name, generator in self._numpy.items():
            if name in state["numpy"]:
                generator.bit_generator.state = state["numpy"][name]
        for name, source in self._torch.items():
            if name in state["torch"]:
                source.set_state(state["torch"][name])
        torch.set_rng_state(state["global"])
        if torch.cuda.is_available() and len(state["cuda"]) == torch.cuda.device_count():
            torch.cuda.set_rng_state_all(state["cuda"])

    def _torch_seed(self, name: str) -> int:
        return int(stream_seed(self._seed, f"torch/{name}").generate_state(1, np.uint64)[0] >> np.uint64(1))
