"""Checkpoints: tensors in safetensors, the rest in JSON, complete or absent, never a pickle."""

import hashlib
import json
import math
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from shoestring.core.errors import BadDataError
from shoestring.core.files import atomic_folder

KEEP = 2
"""Checkpoints that stay in a run folder: the newest, and one more in case the newest is damaged."""


@runtime_checkable
class Stateful(Protocol):
    """Anything whose state can be taken and put back: models, optimisers, samplers, environments."""

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state: dict[str, Any], /) -> Any: ...


def flatten(state: Any) -> tuple[dict[str, Tensor], Any]:
    """Split a nested state into its tensors and a JSON skeleton that refers to them.

    Dictionaries may have keys of any scalar type, and lists, tuples, NumPy arrays and numbers of any size keep their
    kind. Raises TypeError for what could not be restored exactly.
    """
    tensors: dict[str, Tensor] = {}
    return tensors, _pack(state, tensors)


def unflatten(tensors: Mapping[str, Tensor], skeleton: Any) -> Any:
    """The inverse of :func:`flatten`. Raises KeyError or ValueError for a skeleton that does not fit."""
    if isinstance(skeleton, list):
        return [unflatten(tensors, item) for item in skeleton]
    if not isinstance(skeleton, dict):
        return skeleton
    match skeleton:
        case {"tensor": name}:
            return tensors[name]
        case {"array": name}:
            return tensors[name].numpy().copy()
        case {"tuple": items}:
            return tuple(unflatten(tensors, item) for item in items)
        case {"float": text}:
            return float(text)
        case {"items": items}:
            return {key: unflatten(tensors, value) for key, value in items}
    raise ValueError(f"unknown entry {sorted(skeleton)} in a checkpoint")


def save(folder: Path, step: int, tracked: Mapping[str, Stateful], streams: Any) -> Path:
    """Write ``folder/step_XXXXXX`` so that it is complete or absent, then remove the oldest beyond :data:`KEEP`."""
    models = {name: item for name, item in tracked.items() if isinstance(item, nn.Module)}
    others = {name: item for name, item in tracked.items() if name not in models}
    path = folder / f"step_{step:06d}"

    def fill(target: Path) -> None:
        _write(target, "model", {name: item.state_dict() for name, item in models.items()})
        _write(target, "train_state", {name: item.state_dict() for name, item in others.items()})
        _write(target, "rng", streams)
        digests = {file.name: _digest(file) for file in sorted(target.iterdir())}
        manifest = {"schema": "shoestring.checkpoint/1", "step": step, "sha256": digests}
        (target / "manifest.json").write_text(json.dumps(manifest, indent=2))

    atomic_folder(path, fill)
    for old in _steps(folder)[:-KEEP]:
        shutil.rmtree(old, ignore_errors=True)
    return path


def load_newest(folder: Path) -> tuple[int, dict[str, Any], Any, list[str]] | None:
    """``(step, states by name, rng state, warnings)`` of the newest checkpoint that is intact; None if there is none.

    Raises:
        BadDataError: there are checkpoints and all of them are damaged.
    """
    warnings: list[str] = []
    for path in reversed(_steps(folder)):
        try:
            return (*_load(path), warnings)
        except BadDataError as error:
            warnings.append(str(error))
    if warnings:
        raise BadDataError("; ".join(warnings) + "; no intact checkpoint is left, start the run anew with --from")
    return None


def _load(path: Path) -> tuple[int, dict[str, Any], Any]:
    try:
        manifest = json.loads((path / "manifest.json").read_bytes())
        for name, digest in manifest["sha256"].items():
            if Path(name).name != name or _digest(path / name) != digest:
                raise BadDataError(f"{path / name}: its content does not fit the manifest")
        states = {**_read(path, "model"), **_read(path, "train_state")}
        return int(manifest["step"]), states, _read(path, "rng")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, SafetensorError) as error:
        raise BadDataError(f"{path}: damaged checkpoint: {error}") from error


def _write(folder: Path, name: str, state: Any) -> None:
    tensors, skeleton = flatten(state)
    save_file(tensors, folder / f"{name}.safetensors")
    (folder / f"{name}.json").write_text(json.dumps(skeleton, allow_nan=False))


def _read(folder: Path, name: str) -> Any:
    skeleton = json.loads((folder / f"{name}.json").read_bytes())
    return unflatten(load_file(folder / f"{name}.safetensors"), skeleton)


def _pack(value: Any, tensors: dict[str, Tensor]) -> Any:
    name = f"{len(tensors):06d}"
    match value:
        case Tensor():
            # A copy: views and tied weights share storage, which safetensors refuses.
            tensors[name] = value.detach().cpu().clone().contiguous()
            return {"tensor": name}
        case np.ndarray():
            tensors[name] = torch.from_numpy(np.array(value, order="C"))
            return {"array": name}
        case np.generic():
            return _pack(value.item(), tensors)
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else {"float": str(value)}
        case tuple():
            return {"tuple": [_pack(item, tensors) for item in value]}
        case list():
            return [_pack(item, tensors) for item in value]
        case Mapping():
            if not all(key is None or isinstance(key, bool | int | str) for key in value):
                raise TypeError(f"keys {list(value)[:3]} cannot be written as JSON; use names or integers")
            return {"items": [[key, _pack(item, tensors)] for key, item in value.items()]}
    raise TypeError(f"a {type(value).__name__} in a state cannot be checkpointed; use tensors, numbers, text, lists")


def _steps(folder: Path) -> list[Path]:
    found = [path for path in folder.glob("step_*") if re.fullmatch(r"step_\d{6,18}", path.name) and path.is_dir()]
    return sorted(found, key=lambda path: int(path.name.removeprefix("step_")))


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
