"""The files of a saved matcher, and the fingerprint of what is in them."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from shoestring.core import config
from shoestring.core.errors import BadDataError
from shoestring.core.folder import read_json_object

T = TypeVar("T")
WEIGHTS = "model.safetensors"
CONFIG = "config.json"


def fingerprint(settings: Any, tensors: Mapping[str, Tensor]) -> str:
    """16 hexadecimal digits that change with any setting (plain JSON values) and any bit of the tensors."""
    digest = hashlib.sha256(json.dumps(settings).encode())
    for name in sorted(tensors):
        digest.update(name.encode() + tensors[name].numpy().tobytes())
    return digest.hexdigest()[:16]


def join(**parts: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Copies of all tensors on the CPU under ``part.name``, as safetensors wants them."""
    return {
        f"{part}.{name}": tensor.detach().cpu().clone().contiguous()
        for part, tensors in parts.items()
        for name, tensor in tensors.items()
    }


def part(tensors: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    """What :func:`join` was given under ``name``."""
    return {key.removeprefix(f"{name}."): value for key, value in tensors.items() if key.startswith(f"{name}.")}


def write(folder: Path, stored: Any, tensors: Mapping[str, Tensor]) -> None:
    """Write the component ``stored`` as ``config.json`` and the tensors as ``model.safetensors``."""
    save_file(dict(tensors), folder / WEIGHTS)
    text = json.dumps(config.as_table(stored), indent=2) + "\n"
    (folder / CONFIG).write_text(text, encoding="utf-8")


def read(folder: Path, stored: type[T]) -> tuple[T, dict[str, Tensor]]:
    """What :func:`write` wrote; raises BadDataError for damaged files and ConfigError for unknown settings."""
    path = folder / CONFIG
    settings = config.load(stored, [config.Layer(str(path), read_json_object(path))])
    with refusing_damage(folder):
        return settings, load_file(folder / WEIGHTS)


@contextmanager
def refusing_damage(folder: Path) -> Iterator[None]:
    """Say of tensors that do not fit what is made of them, in place of how that shows."""
    try:
        yield
    except (SafetensorError, RuntimeError, KeyError, ValueError, OSError) as error:
        raise BadDataError(f"{folder / WEIGHTS}: damaged or of another model: {error}") from error
