"""A finished text encoder: encode, compare, save, load."""

import copy
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from shoestring.core import config
from shoestring.core.errors import BadDataError, ConfigError
from shoestring.core.files import atomic_folder, write_json
from shoestring.core.folder import read_json_object
from shoestring.similarity.encoders import Bert, StaticWords, TextEncoding
from shoestring.similarity.matcher_files import WEIGHTS, fingerprint, refusing_damage
from shoestring.similarity.text_encoding import encode_texts
from shoestring.similarity.text_files import read_words, write_words
from shoestring.similarity.word_vectors import BUNDLED

SCHEMA = "shoestring.model/1"
HEAD, ENCODER = "shoestring.json", "encoder.json"


class TextEncoder:
    """Texts to unit vectors; what :func:`shoestring.load` returns for a text model."""

    kind = "text-encoder"
    modality = "text"

    def __init__(self, network: Any, *, title: str = "") -> None:
        self.network = network.eval()
        self.title = title
        self.width = int(network.width)
        """Numbers of a vector."""
        weights = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
        self.fingerprint = fingerprint(_settings(network.config), weights)
        """16 hexadecimal digits of settings and weights: vectors of different ones must not be compared."""

    def encode(self, texts: Sequence[str], *, out: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
        """Unit vectors float32 [N, ``width``], written into ``out`` where it is given.

        A text in which the model knows no word has a vector of zeros. Raises BadDataError for an item that is no text.
        """
        if isinstance(texts, str):
            raise BadDataError("encode takes a list of texts; this is one text")
        return encode_texts(self.network, texts, out=out).vectors

    def similarity(self, left: Sequence[str], right: Sequence[str]) -> NDArray[np.float32]:
        """Cosines float32 [N, M] of each text of ``left`` with each of ``right``."""
        return self.encode(left) @ self.encode(right).T

    def shortened(self, size: int) -> "TextEncoder":
        """The encoder of the first ``size`` numbers, scaled to length 1 again: another model, on the same weights.

        Worth it after training on nested sizes (``objective=nested``); other vectors lose more. Raises ConfigError for
        a size that is below 1 or above ``width``.
        """
        if not 1 <= size <= self.width:
            raise ConfigError(f"size={size}: from 1 to {self.width}, the numbers of a vector of this model")
        # The parts are shared, and what is said of them is its own.
        network = copy.copy(self.network)
        network.config, network.width = replace(network.config, cut=size), size
        return TextEncoder(network, title=self.title)

    def save(self, folder: Path) -> None:
        """Write the model folder, whole or not at all. Refuses to replace a folder that is not a model."""
        folder = Path(folder)
        foreign = folder.is_dir() and any(folder.iterdir()) and not (folder / HEAD).is_file()
        if foreign or (folder.exists() and not folder.is_dir()):
            raise BadDataError(f"{folder}: exists and is not a model folder; choose another place")
        atomic_folder(folder, self.write)

    def write(self, folder: Path) -> None:
        """The files of :meth:`save` into an empty folder. A BERT is at the same time a folder of Hugging Face."""
        from safetensors.torch import save_file

        match self.network.config:
            case Bert():
                self.network.write(folder)
                weights = self.network.network.state_dict()
            case StaticWords():
                write_words(self.network.tokeniser, folder)
                weights = self.network.state_dict()
        tensors = {name: tensor.detach().cpu().clone().contiguous() for name, tensor in weights.items()}
        save_file(tensors, folder / WEIGHTS, metadata={"format": "pt"})
        write_json(folder / ENCODER, _settings(self.network.config))
        write_json(folder / HEAD, {
            "schema": SCHEMA, "kind": self.kind, "modality": self.modality, "title": self.title,
            "encoder": self.network.config.kind, "width": self.width, "fingerprint": self.fingerprint,
        })  # fmt: skip


def load(folder: Path) -> TextEncoder:
    """Read a model folder. Raises BadDataError, naming the file, for what :meth:`TextEncoder.save` does not write."""
    from safetensors.torch import load_file

    folder = Path(folder)
    head = read_json_object(folder / HEAD)
    if head.get("schema") != SCHEMA or head.get("kind") != TextEncoder.kind:
        raise BadDataError(f"{folder / HEAD}: not a text encoder of schema {SCHEMA!r}")
    table = read_json_object(folder / ENCODER)
    kinds = {"bert": Bert, "static-words": StaticWords}
    if table.get("kind") not in kinds:
        raise BadDataError(f"{folder / ENCODER}: kind {str(table.get('kind'))[:40]!r} is no encoder of texts")
    settings = config.load(kinds[table["kind"]], [config.Layer(str(folder / ENCODER), table)])
    if head.get("weights") == "bundled":
        network: Any = settings.build()
    elif isinstance(settings, Bert):
        network = settings.read(folder)
        with refusing_damage(folder):
            network.network.load_state_dict(load_file(folder / WEIGHTS))
    else:
        with refusing_damage(folder):
            network = settings.read(*read_words(folder), load_file(folder / WEIGHTS))
    model = TextEncoder(network, title=str(head.get("title") or ""))
    if head.get("weights") == "bundled":
        model.fingerprint = bundled_fingerprint(settings)
    if head.get("fingerprint") != model.fingerprint:
        raise BadDataError(
            f"{folder}: the weights have the fingerprint {model.fingerprint}, {HEAD} says {head.get('fingerprint')!r}: "
            "the folder was changed after it was saved"
        )
    return model


def bundled_fingerprint(settings: TextEncoding) -> str:
    """Of settings and the file of the vectors: what is computed from it differs in its last bits by machine."""
    bundled = np.frombuffer(BUNDLED.read_bytes(), dtype=np.uint8)
    return fingerprint(_settings(settings), {"bundled": torch.from_numpy(bundled.copy())})


def _settings(component: TextEncoding) -> dict[str, Any]:
    table = config.as_table(component)
    # Where the first weights came from has nothing to do with what they have become, and may name a person's folder.
    table.update({"model": ""} if isinstance(component, Bert) else {"vectors": "glove"})
    # Models saved before there was a cut have none in their fingerprint.
    kept = {name: value for name, value in table.items() if name != "cut" or value}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in kept.items()}
