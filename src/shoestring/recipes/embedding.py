"""What makes the vectors of a collection: any model with an encoder, under one small interface."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoestring.core.errors import ConfigError
from shoestring.recipes.loading import load


@dataclass(frozen=True)
class Embedder:
    """An encoder of :class:`shoestring.Collection` that also says what it takes."""

    fingerprint: str
    modality: str
    """``text``, ``signature``, ``image``, ...: what the items are."""
    _encode: Callable[[Sequence[Any]], NDArray[np.float32]]

    def encode(self, items: Sequence[Any]) -> NDArray[np.float32]:
        """One vector [N, D] for each item."""
        return self._encode(items)


def load_embedder(reference: str | Path, *, root: Path | None = None) -> Embedder:
    """The encoder of a run, a model folder or a packaged model. Errors as in ``load`` and :func:`embedder_of`."""
    return embedder_of(load(reference, root=root), str(reference))


def embedder_of(model: Any, name: str = "this model") -> Embedder:
    """The encoder within what ``load`` gives: its own ``encode``, or that of the matcher of a verifier.

    Raises:
        ConfigError: there is none, as in matchers that align signatures instead of making vectors.
    """
    if hasattr(model, "encode"):
        return Embedder(model.fingerprint, model.modality, model.encode)
    matcher = getattr(model, "matcher", None)
    encoder = getattr(matcher, "encoder", None)
    if matcher is None or encoder is None:
        kind = getattr(matcher, "kind", type(model).__name__)
        raise ConfigError(f"{name} ({kind}) makes no vectors: a collection needs a model with an encoder")
    return Embedder(matcher.fingerprint, model.modality, encoder.encode)
