"""The signer model of 1993: independent Gaussians over a signer's last feature vectors, in 80 bytes if need be."""

import struct
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
from shoestring.similarity.encoders import Encoder, EncoderNetwork
from shoestring.similarity.metrics import eer, rank
from shoestring.similarity.protocol import Samples
from shoestring.similarity.signer_model import (
    Floats,
    Moments,
    from_byte,
    least_redundant,
    log_density,
    moments,
    to_byte,
    variances,
)
from shoestring.similarity.templates import Template

_HEAD = struct.Struct("<B3s")
"""Vectors inside, and the first bytes of the matcher's fingerprint, so that even the bare payload knows its maker."""
_NARROWEST = 1e-6
"""A byte range is never empty, even for a feature that did not vary in training."""


@component
class GaussianSigner:
    """Accept on p_yes / (p_yes + p_no): Bromley et al. 1993, "Testing"."""

    kind: Literal["gaussian-signer"] = "gaussian-signer"
    storage: Literal["bytes", "float"] = "float"
    """``bytes``: one byte per mean and per sum of squares, as on the card stripe; ``float``: four."""
    keep: int | None = None
    """Features kept, the least redundant ones; 38 of the 76 of architecture 2 make an 80-byte template."""
    window: int = 6
    """Signatures the model looks back on."""
    variance: Literal["own", "shared"] = "own"
    """Whether a signer has a variance for each feature, or one for all."""
    prior: float = 0.0
    """How many signatures the variance usual within people counts as; 0 as in the paper."""

    def __post_init__(self) -> None:
        if not 1 <= self.window <= 255:
            raise ValueError(f"window={self.window}: between 1 and 255 signatures")
        if self.prior < 0:
            raise ValueError(f"prior={self.prior}: a number of signatures, not below 0")

    def fit(self, encoder: EncoderNetwork, train: Samples) -> "GaussianSignerMatcher":
        """Learn from training people which features to keep, their usual spread, byte ranges and p_no.

        Raises:
            BadDataError: nobody has two genuine items, or a vector is too short for ``keep``.
        """
        vectors = encoder.encode([train[i] for i in range(len(train))]).astype(np.float64)
        groups = [vectors[(train.identity == w) & train.genuine] for w in np.unique(train.identity[train.genuine])]
        groups = [group for group in groups if len(group) > 1]
        if not groups:
            raise BadDataError("nobody has two genuine items, so the spread within a person is unknown; collect more")
        genuine = np.concatenate(groups)
        kept = least_redundant(genuine, self.keep or genuine.shape[1])
        windows = [
            moments(g[end - self.window : end], self.window)
            for g in groups
            for end in range(min(self.window, len(g)), len(g) + 1)
        ]
        low, high = genuine[:, kept].min(axis=0), genuine[:, kept].max(axis=0)
        root = np.sqrt(np.max([w.squares for w in windows], axis=0))[kept]
        tables = {
            "kept": torch.from_numpy(kept),
            "usual": torch.from_numpy(np.mean([g[:, kept].var(axis=0, ddof=1) for g in groups], axis=0)),
            "low": torch.from_numpy(low),
            "high": torch.from_numpy(np.maximum(high, low + _NARROWEST)),
            "root_squares": torch.from_numpy(np.maximum(root, _NARROWEST)),
            "log_no": torch.zeros((), dtype=torch.float64),
        }
        matcher = GaussianSignerMatcher(self, encoder, tables)
        tables["log_no"] = torch.tensor(_balance(matcher, train), dtype=torch.float64)
        return GaussianSignerMatcher(self, encoder, tables)


@component
class _Stored:
    """``config.json`` of a saved matcher."""

    kind: Literal["gaussian-signer"]
    signer: GaussianSigner
    encoder: Encoder


class GaussianSignerMatcher:
    """A trained encoder with the signer model; scores are natural log odds ln p_yes - ln p_no.

    Their logistic function is the paper's p_yes / (p_yes + p_no), which would round to 0 or 1 for most signatures.
    """

    kind = "gaussian-signer"

    def __init__(self, signer: GaussianSigner, encoder: EncoderNetwork, tables: dict[str, Tensor]) -> None:
        """``tables`` as made by :meth:`GaussianSigner.fit`; raises ValueError for others."""
        _check_tables(tables, encoder.width)
        self.config, self.encoder = signer, encoder
        self._weights = files.join(encoder=encoder.state_dict(), signer=tables)
        self._kept = tables["kept"].numpy()
        self._usual, self._low, self._high, self._root = (
            tables[name].numpy().astype(np.float64) for name in ("usual", "low", "high", "root_squares")
        )
        self._log_no = float(tables["log_no"])
        self.fingerprint = files.fingerprint([config.as_table(signer), config.as_table(encoder.config)], self._weights)
        self._cache: weakref.WeakKeyDictionary[Any, Floats] = weakref.WeakKeyDictionary()

    def enrol(self, items: Sequence[Any]) -> Template:
        """A template of the last ``window`` of at least one signature."""
        if not len(items):
            raise BadDataError("a template needs at least one signature")
        return Template(self.fingerprint, len(items), self._pack(moments(self._vectors(items), self.config.window)))

    def score(self, template: Template, items: Sequence[Any]) -> NDArray[np.float64]:
        """Natural log odds [N] that the signer wrote each signature; raises BadDataError for a foreign template."""
        model = self._unpack(template)
        variance = variances(model, self._usual, self.config.prior, self.config.variance == "shared")
        return log_density(self._vectors(items), model.mean, variance) - self._log_no

    def update(self, template: Template, item: Any) -> Template:
        """The template after an accepted signature, without any stored signature: only the moments move on."""
        model = self._unpack(template).add(self._vectors([item])[0], self.config.window)
        return Template(self.fingerprint, template.count + 1, self._pack(model), template.level)

    def explain(self, template: Template, item: Any) -> None:
        """Nothing: the template holds no signature to lay beside this one."""

    def save(self, folder: Path) -> None:
        """Write ``config.json`` and ``model.safetensors``."""
        files.write(folder, _Stored(kind=self.kind, signer=self.config, encoder=self.encoder.config), self._weights)

    @classmethod
    def load(cls, folder: Path) -> "GaussianSignerMatcher":
        """Read what :meth:`save` wrote; raises BadDataError for damaged files and ConfigError for unknown settings."""
        stored, weights = files.read(folder, _Stored)
        encoder = stored.encoder.build()
        with files.refusing_damage(folder):
            encoder.load_state_dict(files.part(weights, "encoder"))
            return cls(stored.signer, encoder, files.part(weights, "signer"))

    def _vectors(self, items: Sequence[Any]) -> Floats:
        missing = [item for item in items if item not in self._cache]
        if missing:
            encoded = self.encoder.encode(missing)[:, self._kept].astype(np.float64)
            self._cache.update(zip(missing, encoded, strict=True))
        return np.array([self._cache[item] for item in items]).reshape(-1, len(self._kept))

    def _pack(self, model: Moments) -> bytes:
        head = _HEAD.pack(model.count, bytes.fromhex(self.fingerprint)[:3])
        if self.config.storage == "float":
            return head + np.concatenate([model.mean, model.squares]).astype("<f4").tobytes()
        # Levels are spent evenly on standard deviations: even steps of their squares would lose the steadiest features.
        squares = to_byte(np.sqrt(model.squares), np.zeros_like(self._root), self._root)
        return head + to_byte(model.mean, self._low, self._high).tobytes() + squares.tobytes()

    def _unpack(self, template: Template) -> Moments:
        wide = self.config.storage == "float"
        size = _HEAD.size + 2 * len(self._kept) * (4 if wide else 1)
        if template.matcher != self.fingerprint:
            raise BadDataError(
                f"template of model {template.matcher}, but this is model {self.fingerprint}; enrol the person again"
            )
        if len(template.payload) != size:
            raise BadDataError(f"template of {len(template.payload)} bytes, {size} expected; enrol the person again")
        count, maker = _HEAD.unpack_from(template.payload)
        if maker != bytes.fromhex(self.fingerprint)[:3] or not 1 <= count <= self.config.window:
            raise BadDataError("the template is damaged; enrol the person again")
        codes = np.frombuffer(template.payload, dtype="<f4" if wide else np.uint8, offset=_HEAD.size)
        mean, squares = np.split(codes, 2)
        if wide:
            return Moments(count, mean.astype(np.float64), squares.astype(np.float64))
        roots = from_byte(squares, np.zeros_like(self._root), self._root)
        return Moments(count, from_byte(mean, self._low, self._high), np.square(roots))


def _check_tables(tables: dict[str, Tensor], width: int) -> None:
    kept, log_no = tables["kept"], tables["log_no"]
    if kept.dtype != torch.int64 or kept.ndim != 1 or not len(kept) or kept.min() < 0 or kept.max() >= width:
        raise ValueError(f"kept features {tuple(kept.shape)} do not fit {width} outputs")
    columns = {name: tables[name] for name in ("usual", "low", "high", "root_squares")}
    for name, column in columns.items():
        if column.shape != kept.shape or not column.isfinite().all():
            raise ValueError(f"{name} has shape {tuple(column.shape)} or holds what is no number")
    if log_no.shape != () or not log_no.isfinite() or not (columns["high"] > columns["low"]).all():
        raise ValueError("log_no or the byte ranges are out of order")


def _balance(matcher: GaussianSignerMatcher, train: Samples) -> float:
    """ln p_no: the log density at which training people's first errors of both kinds are equal, 0 if there is none."""
    scores, labels = [], []
    for writer in np.unique(train.identity):
        mine = train.identity == writer
        genuine = np.flatnonzero(mine & train.genuine)
        genuine = genuine[np.argsort(train.sample[genuine], kind="stable")]
        enrolled, probes = genuine[: matcher.config.window], genuine[matcher.config.window :]
        skilled = np.flatnonzero(mine & ~train.genuine)
        against = skilled if len(skilled) else np.flatnonzero(~mine & train.genuine)
        if len(probes) and len(against):
            template = matcher.enrol([train[int(i)] for i in enrolled])
            scores.append(matcher.score(template, [train[int(i)] for i in np.concatenate([probes, against])]))
            labels.append(np.arange(len(scores[-1])) < len(probes))
    if not scores:
        return 0.0
    return eer(rank(np.concatenate(scores), np.concatenate(labels))).threshold
