"""The vectors of the references, and each comparison judged by a cohort of strangers: the nearest reference counts."""

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
from shoestring.similarity import matcher_files as files
from shoestring.similarity.cohort_scores import spread_over, symmetric_norm
from shoestring.similarity.encoded import Encoded, encode_items, encoder_fingerprint, vectors_of
from shoestring.similarity.encoders import Encoder, EncoderNetwork
from shoestring.similarity.packed_vectors import Storage, pack_vectors, unit_rows, unpack_vectors
from shoestring.similarity.protocol import Samples
from shoestring.similarity.templates import Template

Floats = NDArray[np.float64]


@component
class Cohort:
    """Cosine with the nearest reference, in standard deviations from what both compare to strangers.

    Pictures differ in how much they resemble any other: a dark one, or an ordinary face. The cohort, vectors of
    training people, measures that for either side and takes it out (symmetric normalisation, Kenny 2010). Five
    references of 128 numbers take 664 bytes.
    """

    kind: Literal["cohort"] = "cohort"
    storage: Storage = "bytes"
    """``bytes``: one byte a number of a vector; ``float``: four."""
    keep: int = 8
    """References kept; the oldest go first."""
    size: int = 300
    """Vectors of training people that make the cohort, at most; they are stored with the model."""

    def __post_init__(self) -> None:
        if not 1 <= self.keep <= 255 or self.size < 1:
            raise ValueError(f"keep={self.keep}, size={self.size}: keep is from 1 to 255, size at least 1")

    def fit(self, encoder: EncoderNetwork, train: Samples) -> "CohortMatcher":
        """Keep the cohort. Raises BadDataError for nobody."""
        rows = np.flatnonzero(train.genuine)
        if not len(rows):
            raise BadDataError("a cohort needs genuine items of training people")
        rows = rows[spread_over(train.identity[rows], self.size)]
        vectors = unit_rows(encoder.encode([train[int(i)] for i in rows]))
        return CohortMatcher(self, encoder, {"cohort": torch.from_numpy(vectors)})


@component
class _Stored:
    """``config.json`` of a saved matcher."""

    kind: Literal["cohort"]
    matcher: Cohort
    encoder: Encoder


class CohortMatcher:
    """A trained encoder with a cohort; scores are standard deviations above what strangers get."""

    kind = "cohort"

    def __init__(self, settings: Cohort, encoder: EncoderNetwork, tables: dict[str, Tensor]) -> None:
        """``tables`` as made by :meth:`Cohort.fit`: ``cohort``, float64 [K >= 1, D]; raises ValueError for others."""
        cohort = tables["cohort"]
        if cohort.ndim != 2 or cohort.shape[1] != encoder.width or not len(cohort) or not cohort.isfinite().all():
            raise ValueError(f"a cohort of shape {tuple(cohort.shape)} does not fit vectors of {encoder.width}")
        self.config, self.encoder = settings, encoder
        self._weights = files.join(encoder=encoder.state_dict(), matcher=tables)
        self._cohort: Floats = cohort.numpy()
        self.fingerprint = files.fingerprint(
            [config.as_table(settings), config.as_table(encoder.config)], self._weights
        )
        self.maker = encoder_fingerprint(encoder)
        self._cache: weakref.WeakKeyDictionary[Any, Floats] = weakref.WeakKeyDictionary()

    def enrol(self, items: Sequence[Any]) -> Template:
        """A template of the last ``keep`` of at least one item."""
        if not len(items):
            raise BadDataError("a template needs at least one item")
        return Template(self.fingerprint, len(items), self._pack(self._vectors(items)[-self.config.keep :]))

    def score(self, template: Template, items: Sequence[Any]) -> Floats:
        """Standard deviations [N]; raises BadDataError for a foreign template."""
        references = unit_rows(self._unpack(template))
        if not len(items):
            return np.empty(0)
        probes = self._vectors(items)
        cohort = self._cohort.T
        return np.asarray(symmetric_norm(probes @ references.T, probes @ cohort, references @ cohort).max(axis=1))

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
    def load(cls, folder: Path) -> "CohortMatcher":
        """Read what :meth:`save` wrote; raises BadDataError for damaged files and ConfigError for unknown settings."""
        stored, weights = files.read(folder, _Stored)
        encoder = stored.encoder.build()
        with files.refusing_damage(folder):
            encoder.load_state_dict(files.part(weights, "encoder"))
            return cls(stored.matcher, encoder.eval(), files.part(weights, "matcher"))

    def _vectors(self, items: Sequence[Any]) -> Floats:
        missing = [item for item in items if item not in self._cache]
        if missing:
            found = unit_rows(vectors_of(self.encoder, self.maker, missing))
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
