"""The verification of 2005: a full Gaussian of a subject's first vectors against the constant of its impostors."""

import struct
import weakref
from collections.abc import Sequence
from functools import lru_cache
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
from shoestring.similarity.encoded import Encoded, encode_items, encoder_fingerprint, vectors_of
from shoestring.similarity.encoders import Encoder, EncoderNetwork
from shoestring.similarity.protocol import Samples
from shoestring.similarity.subject_model import (
    Floats,
    gaussian_log_density,
    log_mean_density,
    subject_covariance,
    within_covariance,
)
from shoestring.similarity.templates import Template

_HEAD = struct.Struct("<B3s")
"""Vectors inside, and the first bytes of the matcher's fingerprint."""
_OPEN_TEMPLATES = 256
_PER_IDENTITY = 5


@component
class GaussianSubject:
    """Chopra, Hadsell & LeCun 2005, section 4.1: ``p_g / (p_g + p_i)`` with mean and covariance of five vectors.

    The impostor likelihood ``p_i`` is constant for a subject: the mean density that its model gives to other people,
    for whom training people stand in.
    """

    kind: Literal["gaussian-subject"] = "gaussian-subject"
    window: int = 5
    """Vectors that make the model; updates push out the oldest."""
    prior: float = 10.0
    """How many vectors the covariance usual within people counts as; five say little about a matrix."""
    ridge: float = 0.1
    """Share of the mean variance that is added to the variance in every direction."""
    impostors: int = 300
    """Vectors of training people that are kept for the impostor likelihood."""

    def __post_init__(self) -> None:
        if not 1 <= self.window <= 255 or self.prior < 0 or self.ridge <= 0 or self.impostors < 1:
            raise ValueError("window is from 1 to 255, prior not below 0, ridge above 0, impostors at least 1")

    def fit(self, encoder: EncoderNetwork, train: Samples) -> "GaussianSubjectMatcher":
        """Learn what covariance is usual, and keep impostors. Raises BadDataError when nobody has two genuine items."""
        vectors = encoder.encode([train[i] for i in range(len(train))]).astype(np.float64)
        rows = [np.flatnonzero((train.identity == name) & train.genuine) for name in np.unique(train.identity)]
        usual = within_covariance([vectors[mine] for mine in rows])
        # A few of everybody, as far apart in the order of capture as they come.
        spread = [mine[np.linspace(0, len(mine) - 1, min(_PER_IDENTITY, len(mine))).astype(int)] for mine in rows]
        others = np.concatenate(spread)
        if len(others) > self.impostors:
            others = others[np.linspace(0, len(others) - 1, self.impostors).astype(int)]
        tables = {"usual": torch.from_numpy(usual), "impostors": torch.from_numpy(vectors[others])}
        return GaussianSubjectMatcher(self, encoder, tables)


@component
class _Stored:
    """``config.json`` of a saved matcher."""

    kind: Literal["gaussian-subject"]
    matcher: GaussianSubject
    encoder: Encoder


class GaussianSubjectMatcher:
    """A trained encoder with a Gaussian for each subject; scores are natural log odds ln p_g - ln p_i."""

    kind = "gaussian-subject"

    def __init__(self, settings: GaussianSubject, encoder: EncoderNetwork, tables: dict[str, Tensor]) -> None:
        """``tables`` as made by :meth:`GaussianSubject.fit`: ``usual`` [D, D] and ``impostors`` [N, D], float64."""
        usual, impostors = tables["usual"], tables["impostors"]
        if usual.shape != (encoder.width,) * 2 or impostors.ndim != 2 or impostors.shape[1] != encoder.width:
            raise ValueError(f"tables {tuple(usual.shape)} and {tuple(impostors.shape)} do not fit {encoder.width}")
        if not len(impostors) or not usual.isfinite().all() or not impostors.isfinite().all():
            raise ValueError("the tables hold what is no number, or nobody")
        self.config, self.encoder = settings, encoder
        self._weights = files.join(encoder=encoder.state_dict(), matcher=tables)
        self._usual, self._impostors = usual.numpy(), impostors.numpy()
        self.fingerprint = files.fingerprint(
            [config.as_table(settings), config.as_table(encoder.config)], self._weights
        )
        self.maker = encoder_fingerprint(encoder)
        self._cache: weakref.WeakKeyDictionary[Any, Floats] = weakref.WeakKeyDictionary()
        self._open = lru_cache(_OPEN_TEMPLATES)(self._model)

    def enrol(self, items: Sequence[Any]) -> Template:
        """A template of the last ``window`` of at least one item."""
        if not len(items):
            raise BadDataError("a template needs at least one item")
        return Template(self.fingerprint, len(items), self._pack(self._vectors(items)[-self.config.window :]))

    def score(self, template: Template, items: Sequence[Any]) -> NDArray[np.float64]:
        """Natural log odds [N]; raises BadDataError for a foreign template."""
        self._check(template)
        mean, covariance, constant = self._open(template.payload)
        if not len(items):
            return np.empty(0)
        return gaussian_log_density(self._vectors(items), mean, covariance) - constant

    def update(self, template: Template, item: Any) -> Template:
        """The template with ``item`` as its newest vector."""
        self._check(template)
        vectors = np.concatenate([self._unpack(template.payload), self._vectors([item])])[-self.config.window :]
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
    def load(cls, folder: Path) -> "GaussianSubjectMatcher":
        """Read what :meth:`save` wrote; raises BadDataError for damaged files and ConfigError for unknown settings."""
        stored, weights = files.read(folder, _Stored)
        encoder = stored.encoder.build()
        with files.refusing_damage(folder):
            encoder.load_state_dict(files.part(weights, "encoder"))
            return cls(stored.matcher, encoder.eval(), files.part(weights, "matcher"))

    def _vectors(self, items: Sequence[Any]) -> Floats:
        missing = [item for item in items if item not in self._cache]
        if missing:
            found = vectors_of(self.encoder, self.maker, missing).astype(np.float64)
            self._cache.update(zip(missing, found, strict=True))
        return np.array([self._cache[item] for item in items])

    def _pack(self, vectors: Floats) -> bytes:
        return _HEAD.pack(len(vectors), bytes.fromhex(self.fingerprint)[:3]) + vectors.astype("<f4").tobytes()

    def _check(self, template: Template) -> None:
        if template.matcher != self.fingerprint:
            raise BadDataError(
                f"template of model {template.matcher}, but this is model {self.fingerprint}; enrol the person again"
            )

    def _unpack(self, payload: bytes) -> Floats:
        count, maker = _HEAD.unpack_from(payload.ljust(_HEAD.size, b"\0"))
        whole = len(payload) == _HEAD.size + 4 * count * self.encoder.width
        if not count or not whole or maker != bytes.fromhex(self.fingerprint)[:3]:
            raise BadDataError("the template is damaged; enrol the person again")
        return np.frombuffer(payload, "<f4", offset=_HEAD.size).reshape(count, -1).astype(np.float64)

    def _model(self, payload: bytes) -> tuple[Floats, Floats, float]:
        """Mean, covariance and ln p_i of a stored subject."""
        vectors = self._unpack(payload)
        settings = self.config
        mean = vectors.mean(axis=0)
        covariance = subject_covariance(vectors, self._usual, settings.prior, settings.ridge)
        return mean, covariance, log_mean_density(gaussian_log_density(self._impostors, mean, covariance))
