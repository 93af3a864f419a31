"""Unit vectors of the references, with a spread of their own: multi-reference scoring for any encoder."""

import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from shoestring.core import config
from shoestring.core.component import component
from shoestring.core.errors import BadDataError
from shoestring.similarity import fusion_data
from shoestring.similarity import matcher_files as files
from shoestring.similarity.deviations import deviations
from shoestring.similarity.encoded import Encoded, encode_items, encoder_fingerprint, vectors_of
from shoestring.similarity.encoders import Encoder, EncoderNetwork
from shoestring.similarity.fusion import Fusion, fit_fusion
from shoestring.similarity.packed_vectors import Storage, pack_vectors, unpack_vectors
from shoestring.similarity.protocol import Samples
from shoestring.similarity.templates import Template

Floats = NDArray[np.float64]
_LEAST = 1e-3
"""Floor of a distance of unit vectors: below it rounding to bytes is all that is left."""


@component
class References:
    """Mean distance to the references' vectors, judged by their distances among one another."""

    kind: Literal["references"] = "references"
    storage: Storage = "bytes"
    """``bytes``: one byte a number of a vector; ``float``: four."""
    prior: float = 2.5
    """How many references the spread usual among people counts as; 0 normalises by the person's own spread alone."""
    keep: int = 8
    """References kept when accepted signatures update a template; the oldest go first."""

    def __post_init__(self) -> None:
        if self.prior < 0 or not 1 <= self.keep <= 255:
            raise ValueError(f"prior={self.prior}, keep={self.keep}: prior is not below 0, keep from 1 to 255")

    def fit(self, encoder: EncoderNetwork, train: Samples) -> "ReferencesMatcher":
        """Learn what spread is usual, and the log odds of a deviation.

        Raises BadDataError when nobody has three genuine items or there are no impostors.
        """
        vectors = encoder.encode([train[i] for i in range(len(train))]).astype(np.float64)
        draws = [draw for draw in fusion_data.draws(train) if len(draw.probes)]
        kinds = np.concatenate([draw.kind for draw in draws]) if draws else np.empty(0, np.str_)
        if "genuine" not in kinds or len(np.unique(kinds)) < 2:
            raise BadDataError("fitting needs people with three or more genuine signatures, and impostors")
        own = [_own(vectors[draw.references]) for draw in draws]
        usual = np.mean([spread for spread in own if spread is not None], axis=0)
        rows = [
            deviations(_distance(vectors[d.references], vectors[d.probes]), o, usual, len(d.references), self.prior)
            for d, o in zip(draws, own, strict=True)
        ]
        fusion = fit_fusion(np.concatenate(rows), kinds)
        tables = {"usual": usual, "weight": fusion.weights, "offset": np.array([fusion.offset])}
        return ReferencesMatcher(self, encoder, {name: torch.from_numpy(table) for name, table in tables.items()})


@component
class _Stored:
    """``config.json`` of a saved matcher."""

    kind: Literal["references"]
    matcher: References
    encoder: Encoder


class ReferencesMatcher:
    """A trained encoder with multi-reference scoring; scores are natural log odds."""

    kind: Literal["references"] = "references"

    def __init__(self, settings: References, encoder: EncoderNetwork, tables: dict[str, Tensor]) -> None:
        """``tables`` as made by :meth:`References.fit`: ``usual``, ``weight``, ``offset``, float64 [1] each."""
        self.config, self.encoder = settings, encoder
        self._weights = files.join(encoder=encoder.state_dict(), matcher=tables)
        self._usual = tables["usual"].numpy()
        self._fusion = Fusion(tables["weight"].numpy(), float(tables["offset"][0]))
        self.fingerprint = files.fingerprint(
            [config.as_table(settings), config.as_table(encoder.config)], self._weights
        )
        self.maker = encoder_fingerprint(encoder)
        self._cache: weakref.WeakKeyDictionary[Any, Floats] = weakref.WeakKeyDictionary()

    def enrol(self, items: Sequence[Any]) -> Template:
        """A template of the last ``keep`` of at least one item."""
        if not len(items):
            raise BadDataError("a template needs at least one signature")
        return Template(self.fingerprint, len(items), self._pack(self._vectors(items)[-self.config.keep :]))

    def score(self, template: Template, items: Sequence[Any]) -> Floats:
        """Natural log odds [N]; raises BadDataError for a foreign template."""
        references = self._unpack(template)
        if not len(items):
            return np.empty(0)
        distance = _distance(references, self._vectors(items))
        found = deviations(distance, _own(references), self._usual, len(references), self.config.prior)
        return self._fusion(found)

    def update(self, template: Template, item: Any) -> Template:
        """The template with ``item`` as its newest reference."""
        vectors = np.concatenate([self._unpack(template), self._vectors([item])])[-self.config.keep :]
        return Template(self.fingerprint, template.count + 1, self._pack(vectors), template.level)

    def explain(self, template: Template, item: Any) -> None:
        """Nothing: vectors do not show what they saw."""

    def encoded(self, items: Sequence[Any]) -> list[Encoded]:
        """The vectors of items, which this matcher takes in their place."""
        return encode_items(self.encoder, self.maker, items)

    def save(self, folder: Path) -> None:
        """Write ``config.json`` and ``model.safetensors``."""
        files.write(folder, _Stored(kind=self.kind, matcher=self.config, encoder=self.encoder.config), self._weights)

    @classmethod
    def load(cls, folder: Path) -> "ReferencesMatcher":
        """Read what :meth:`save` wrote; raises BadDataError for damaged files and ConfigError for unknown settings."""
        stored, weights = files.read(folder, _Stored)
        encoder = stored.encoder.build()
        with files.refusing_damage(folder):
            encoder.load_state_dict(files.part(weights, "encoder"))
            tables = files.part(weights, "matcher")
            if any(tables[name].shape != (1,) for name in ("usual", "weight", "offset")):
                raise ValueError("usual, weight and offset are one number each")
            return cls(stored.matcher, encoder.eval(), tables)

    def _vectors(self, items: Sequence[Any]) -> Floats:
        missing = [item for item in items if item not in self._cache]
        if missing:
            found = vectors_of(self.encoder, self.maker, missing).astype(np.float64)
            self._cache.update(zip(missing, found, strict=True))
        return np.array([self._cache[item] for item in items])

    def _pack(self, vectors: Floats) -> bytes:
        return pack_vectors(vectors, self.fingerprint, self.config.storage)

    def _unpack(self, template: Template) -> Floats:
        if template.matcher != self.fingerprint:
            raise BadDataError(
                f"template of model {template.matcher}, but this is model {self.fingerprint}; enrol the person again"
            )
        return unpack_vectors(template.payload, self.fingerprint, self.config.storage, self.encoder.width)


def _distance(references: Floats, probes: Floats) -> Floats:
    """Logarithm [N, 1] of the mean Euclidean distance of each probe to the references."""
    gaps = np.linalg.norm(probes[:, None] - references[None], axis=2).mean(axis=1)
    return np.asarray(np.log(np.maximum(gaps, _LEAST))[:, None])


def _own(references: Floats) -> Floats | None:
    """Logarithm [1] of the mean distance of all pairs; None for a single reference."""
    first, second = np.triu_indices(len(references), k=1)
    if not len(first):
        return None
    gaps = np.linalg.norm(references[first] - references[second], axis=1).mean()
    return np.log(np.maximum([gaps], _LEAST))
