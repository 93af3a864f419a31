"""One vector an identity, in as little as a bit a number: FaceNet's template of 128 bytes."""

import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

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
from shoestring.similarity.packed_vectors import unit_rows
from shoestring.similarity.protocol import Samples
from shoestring.similarity.template_codes import TABLES, Storage, Tables, code_tables, decode_template, encode_template
from shoestring.similarity.templates import Template

Floats = NDArray[np.float64]


@component
class Centroid:
    """The mean of an identity's unit vectors, scaled to length 1; scores are minus squared distances.

    Schroff, Kalenichenko & Philbin 2015 compare by squared distance (section 3.1) and store one byte a number (section
    5.5).
    """

    kind: Literal["centroid"] = "centroid"
    storage: Storage = "bytes"
    """Of 128 numbers, ``float`` takes 512 bytes, ``bytes`` 128 and ``binary`` 16."""
    window: int = 20
    """Items that the mean looks back on when accepted items update it."""

    def __post_init__(self) -> None:
        if self.window < 1:
            raise ValueError(f"window={self.window}: at least one item")

    def fit(self, encoder: EncoderNetwork, train: Samples) -> "CentroidMatcher":
        """Learn the ranges of the code. Raises BadDataError with fewer than two items."""
        vectors = unit_rows(encoder.encode([train[i] for i in range(len(train))]))
        tables = code_tables(vectors.astype(np.float32))
        return CentroidMatcher(self, encoder, {name: torch.from_numpy(table) for name, table in tables.items()})


class Ancestor(NamedTuple):
    """A model whose templates are understood: how it wrote them."""

    storage: Storage
    tables: Tables


@component
class _Stored:
    """``config.json`` of a saved matcher."""

    kind: Literal["centroid"]
    matcher: Centroid
    encoder: Encoder
    ancestors: tuple[str, ...] = ()
    """Fingerprints of earlier models whose templates are read; their tables are with the weights."""
    ancestor_storage: tuple[Storage, ...] = ()
    """How each of them stores a vector."""


class CentroidMatcher:
    """A trained encoder with one vector an identity; scores are minus squared distances, from -4 to 0.

    A matcher that was trained to match the vectors of an earlier one (the recipe ``image-harmonic``) reads that one's
    templates: it knows the earlier fingerprint and the ranges of its codes. An update turns such a template into one of
    its own.
    """

    kind = "centroid"

    def __init__(
        self, settings: Centroid, encoder: EncoderNetwork, tables: dict[str, Tensor],
        ancestors: Mapping[str, Ancestor] | None = None,
    ) -> None:  # fmt: skip
        """``tables`` as made by :meth:`Centroid.fit`; raises ValueError for others."""
        self.config, self.encoder, self.ancestors = settings, encoder, dict(ancestors or {})
        own = Ancestor(settings.storage, {name: table.numpy() for name, table in tables.items()})
        for known in (own, *self.ancestors.values()):
            _check(known.tables, encoder.width)
        parts = {"matcher": tables} | {
            f"ancestor-{name}": {key: torch.from_numpy(value) for key, value in known.tables.items()}
            for name, known in self.ancestors.items()
        }
        self._weights = files.join(encoder=encoder.state_dict(), **parts)
        described = [config.as_table(settings), config.as_table(encoder.config)]
        if self.ancestors:
            described.append({name: known.storage for name, known in sorted(self.ancestors.items())})
        self.fingerprint = files.fingerprint(described, self._weights)
        self._readable = {self.fingerprint: own, **self.ancestors}
        self.maker = encoder_fingerprint(encoder)
        self._cache: weakref.WeakKeyDictionary[Any, Floats] = weakref.WeakKeyDictionary()

    @property
    def reads(self) -> frozenset[str]:
        """Fingerprints of the matchers whose templates this one understands, its own included."""
        return frozenset(self._readable)

    def following(self, older: "CentroidMatcher") -> "CentroidMatcher":
        """The same matcher, which also reads the templates of ``older`` and of whatever that one reads.

        It is for whoever trained the encoder to match the older vectors: nothing here can tell whether it does. Raises
        BadDataError when the vectors differ in length.
        """
        if older.encoder.width != self.encoder.width:
            raise BadDataError(f"vectors of {older.encoder.width} and {self.encoder.width} numbers do not match")
        tables = files.part(self._weights, "matcher")
        return CentroidMatcher(self.config, self.encoder, tables, older._readable)

    def enrol(self, items: Sequence[Any]) -> Template:
        """A template of all of at least one item."""
        if not len(items):
            raise BadDataError("a template needs at least one item")
        return self._template(self._vectors(items).mean(axis=0), len(items))

    def score(self, template: Template, items: Sequence[Any]) -> Floats:
        """Minus squared distance [N] to the identity; raises BadDataError for a foreign template."""
        centre = self.centre(template)
        if not len(items):
            return np.empty(0)
        return -np.square(self._vectors(items) - centre).sum(axis=1)

    def update(self, template: Template, item: Any) -> Template:
        """The template with ``item`` in its mean."""
        before = min(template.count, self.config.window - 1)
        mean = (before * self.centre(template) + self._vectors([item])[0]) / (before + 1)
        return self._template(mean, template.count + 1, template.level)

    def explain(self, template: Template, item: Any) -> None:
        """Nothing: vectors do not show what they saw."""

    def centre(self, template: Template) -> Floats:
        """The unit vector [D] that ``template`` stands for; raises BadDataError for a foreign template."""
        known = self._readable.get(template.matcher)
        if known is None:
            raise BadDataError(
                f"template of model {template.matcher}, but this is model {self.fingerprint}; enrol the person again"
            )
        return unit_rows(decode_template(template.payload, known.storage, known.tables)[None])[0]

    def encoded(self, items: Sequence[Any]) -> list[Encoded]:
        """The vectors of items, which this matcher takes in their place."""
        return encode_items(self.encoder, self.maker, items)

    def save(self, folder: Path) -> None:
        """Write ``config.json`` and ``model.safetensors``."""
        stored = _Stored(
            kind=self.kind, matcher=self.config, encoder=self.encoder.config, ancestors=tuple(self.ancestors),
            ancestor_storage=tuple(known.storage for known in self.ancestors.values()),
        )  # fmt: skip
        files.write(folder, stored, self._weights)

    @classmethod
    def load(cls, folder: Path) -> "CentroidMatcher":
        """Read what :meth:`save` wrote; raises BadDataError for damaged files and ConfigError for unknown settings."""
        stored, weights = files.read(folder, _Stored)
        encoder = stored.encoder.build()
        with files.refusing_damage(folder):
            encoder.load_state_dict(files.part(weights, "encoder"))
            ancestors = {
                name: Ancestor(storage, {k: v.numpy() for k, v in files.part(weights, f"ancestor-{name}").items()})
                for name, storage in zip(stored.ancestors, stored.ancestor_storage, strict=True)
            }
            return cls(stored.matcher, encoder.eval(), files.part(weights, "matcher"), ancestors)

    def _vectors(self, items: Sequence[Any]) -> Floats:
        missing = [item for item in items if item not in self._cache]
        if missing:
            self._cache.update(zip(missing, unit_rows(vectors_of(self.encoder, self.maker, missing)), strict=True))
        return np.array([self._cache[item] for item in items])

    def _template(self, mean: Floats, count: int, level: float | None = None) -> Template:
        payload = encode_template(unit_rows(mean[None])[0], *self._readable[self.fingerprint])
        return Template(self.fingerprint, count, payload, level)


def _check(tables: Tables, width: int) -> None:
    for name in TABLES:
        if tables[name].shape != (width,) or not np.isfinite(tables[name]).all():
            raise ValueError(f"{name} has shape {tables[name].shape} or holds what is no number")
    if (tables["step"] <= 0).any():
        raise ValueError("a step is not above 0")
