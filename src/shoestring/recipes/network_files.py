"""A trained network as a model folder: what kind it is, its sizes and its weights."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from shoestring.core.errors import BadDataError
from shoestring.core.files import write_json
from shoestring.core.folder import read_json_object
from shoestring.nn.residual_net import ResidualNet
from shoestring.nn.word_models import WordLstm, WordTransformer

NetworkKind = Literal["image-classifier", "language-model"]


def write_network(folder: Path, kind: NetworkKind, model: nn.Module, **more: Any) -> None:
    """``shoestring.json`` with the arguments that build the network again, and ``model.safetensors``."""
    state = {name: tensor.detach().cpu().clone().contiguous() for name, tensor in model.state_dict().items()}
    head = {"schema": "shoestring.model/1", "kind": kind, **more}
    write_json(folder / "shoestring.json", head)
    save_file(state, folder / "model.safetensors")


def read_network(folder: Path) -> nn.Module:
    """The network of :func:`write_network`, ready to predict. Raises BadDataError."""
    head = read_json_object(folder / "shoestring.json")
    try:
        model = _build(head)
        model.load_state_dict(load_file(folder / "model.safetensors"))
    except (OSError, SafetensorError, RuntimeError, KeyError, TypeError, ValueError) as error:
        raise BadDataError(f"{folder}: not a network that this version can read: {error}") from error
    return model.eval()


def _build(head: Mapping[str, Any]) -> nn.Module:
    sizes = dict(head["network"])
    if any(not isinstance(size, int | list) or size in (0, []) for size in sizes.values() if size is not None):
        raise ValueError(f"sizes {sizes}")
    match head["kind"], head.get("form"):
        case "image-classifier", _:
            return ResidualNet(**sizes)
        case "language-model", "lstm":
            return WordLstm(sizes.pop("words"), **sizes)
        case "language-model", "transformer":
            return WordTransformer(sizes.pop("words"), **sizes)
    raise ValueError(f"kind {head['kind']!r}")
