"""Stored references, aligned with the probe by dynamic time warping: the strongest verifier that few people can train.

Kholmatov & Yanikoglu 2005 ("Identity authentication using improved online signature verification method") won SVC2004
with DTW distances that are normalised by the spread of a person's own references, and a fit of a few weights. This is
that idea with one distance a feature (:mod:`shoestring.similarity.deviations`).
"""

import struct
import weakref
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from shoestring.core import config
from shoestring.core.component import component
from shoestring.core.errors import BadDataError
from shoestring.data.pen_features_modern import InkPath, ModernFeature, ink_path
from shoestring.similarity import deviations as dev
from shoestring.similarity import dtw, fusion_data
from shoestring.similarity import matcher_files as files
from shoestring.similarity.deviations import EQUIPMENTS, Equipment, Series
from shoestring.similarity.encoders import EncoderNetwork
from shoestring.similarity.fusion import Fusion, fit_fusion
from shoestring.similarity.ink_store import pack, unpack
from shoestring.similarity.protocol import Samples
from shoestring.similarity.templates import Template

Floats = NDArray[np.float64]
_HEAD = struct.Struct("<4sBB")
"""First bytes of the matcher's fingerprint, references inside, features of the stored own spread."""
_OPEN_TEMPLATES = 256
"""Templates whose features are kept at hand: about 25 MB."""


@component
class DtwReferences:
    """Differences along a DTW alignment with each stored reference, judged by the person's own spread."""

    kind: Literal["dtw-references"] = "dtw-references"
    align: tuple[ModernFeature, ...] = (
        "vx", "vy", "cos", "sin", "log_curvature", "tangential", "centripetal", "pressure",
    )  # fmt: skip
    """Features that decide which moments belong together."""
    compare: tuple[ModernFeature, ...] = (
        "x", "y", "vx", "vy", "ax", "ay", "jx", "jy", "tangential", "centripetal", "log_curvature",
        "pressure", "pressure_level", "pressure_change", "tilt_x", "tilt_y",
    )  # fmt: skip
    """Features whose differences are summed along the alignment; empty for the cost of the alignment itself."""
    prior: float = 2.5
    """How many references the spread usual among people counts as; 0 normalises by the person's own spread alone."""
    pull: float = 1.0
    """How strongly the weights of the features are held equal."""
    cutoff: float = 20.0
    """Hz; what is faster is taken for noise of hand and device."""
    step: int = 2
    """Every so many of 100 samples a second are compared."""
    keep: int = 8
    """References kept when accepted signatures update a template; the oldest go first."""

    def __post_init__(self) -> None:
        if not dev.within(self.align, "ink"):
            raise ValueError(f"align={list(self.align)}: at least one feature that every device records is needed")
        if self.compare and not dev.within(self.compare, "ink"):
            raise ValueError(f"compare={list(self.compare)}: at least one feature that every device records is needed")
        if self.prior < 0 or self.pull < 0 or self.cutoff <= 0 or self.step < 1 or not 1 <= self.keep <= 255:
            raise ValueError("prior and pull are not below 0, cutoff is above 0, step at least 1, keep from 1 to 255")

    def fit(self, encoder: EncoderNetwork | None, train: Samples) -> "DtwReferencesMatcher":
        """Learn from training people what spread is usual, and how deviations weigh; ``encoder`` is not used.

        Raises BadDataError when nobody has three genuine items or there are no impostors.
        """
        pairs = fusion_data.PairSums(fusion_data.series_of(train, self.cutoff, self.step), self.compare)
        fits: dict[Equipment, _Fit] = {}
        for equipment in EQUIPMENTS:
            table = fusion_data.distances(pairs, train, *self.features(equipment), equipment)
            if table is not None:
                usual = np.mean(table.own, axis=0)
                rows = [
                    dev.deviations(distance, own, usual, table.references, self.prior)
                    for distance, own in zip(table.distance, table.own, strict=True)
                ]
                fits[equipment] = _Fit(usual, fit_fusion(np.concatenate(rows), np.concatenate(table.kind), self.pull))
        if "ink" not in fits:
            raise BadDataError("fitting needs people with three or more genuine signatures, and impostors")
        return DtwReferencesMatcher(self, fits)

    def features(self, equipment: Equipment) -> tuple[tuple[ModernFeature, ...], tuple[ModernFeature, ...]]:
        """What aligns and what is compared on a device."""
        return dev.within(self.align, equipment), dev.within(self.compare, equipment)


class _Fit(NamedTuple):
    usual: Floats
    fusion: Fusion


@component
class _Stored:
    """``config.json`` of a saved matcher."""

    kind: Literal["dtw-references"]
    matcher: DtwReferences


class _References(NamedTuple):
    """An opened template."""

    paths: list[InkPath]
    series: list[Series]
    own: Floats | None
    equipment: Equipment


class DtwReferencesMatcher:
    """Scores are natural log odds that the person of the template wrote the probe, with forgers as the alternative."""

    kind = "dtw-references"

    def __init__(self, settings: DtwReferences, fits: dict[Equipment, _Fit]) -> None:
        self.config = settings
        self._fits = fits
        self._tables = {
            f"{equipment}.{name}": torch.from_numpy(np.atleast_1d(np.asarray(values, dtype=np.float64)))
            for equipment, fit in fits.items()
            for name, values in (
                ("usual", fit.usual), ("weights", fit.fusion.weights), ("offset", fit.fusion.offset)
            )
        }  # fmt: skip
        self.fingerprint = files.fingerprint(config.as_table(self.config), self._tables)
        self._cache: weakref.WeakKeyDictionary[Any, tuple[InkPath, Series]] = weakref.WeakKeyDictionary()
        self._open = lru_cache(_OPEN_TEMPLATES)(self._unpack)

    def enrol(self, items: Sequence[Any]) -> Template:
        """A template of the last ``keep`` of at least one signature."""
        if not len(items):
            raise BadDataError("a template needs at least one signature")
        return self._template([self._prepared(item)[0] for item in items[-self.config.keep :]], len(items))

    def score(self, template: Template, items: Sequence[Any]) -> Floats:
        """Natural log odds [N]; raises BadDataError for a foreign template."""
        references = self._references(template)
        return np.array([self._score(references, self._prepared(item)[1]) for item in items], dtype=np.float64)

    def update(self, template: Template, item: Any) -> Template:
        """The template with ``item`` as its newest reference."""
        paths = [*self._references(template).paths, self._prepared(item)[0]][-self.config.keep :]
        return self._template(paths, template.count + 1, template.level)

    def explain(self, template: Template, item: Any) -> dict[str, Any]:
        """The alignment with the closest reference, for a replay.

        ``reference`` counts from 0 in the order of enrolment among those kept; ``path`` [[i, j], ...] are samples of
        reference and probe whose times, on each signature's own clock, are in ``reference_seconds`` and
        ``probe_seconds``; ``difference`` is one number a step of the path, 1 where it is as usual within a person;
        ``features`` are each feature's deviation, 0 as usual within a person.
        """
        references = self._references(template)
        probe = self._prepared(item)[1]
        found, equipment = self._deviations(references, probe)
        align, compare = self.config.features(equipment)
        every = [dev.sums(series, probe, align, compare) for series in references.series]
        usual = self._fits[equipment].usual
        closest = int(np.argmin([np.log(s).mean() for s in every]))
        series = references.series[closest]
        steps = dtw.path(series.array(align), probe.array(align))
        shown = compare or align
        gaps = np.abs(series.array(shown)[steps[:, 0]] - probe.array(shown)[steps[:, 1]])
        expected = np.exp(usual) if compare else np.full(len(shown), float(np.exp(usual[0])) / np.sqrt(len(shown)))
        return {
            "reference": closest,
            "path": steps.tolist(),
            "reference_seconds": np.round(series.seconds, 4).tolist(),
            "probe_seconds": np.round(probe.seconds, 4).tolist(),
            "difference": np.round((gaps / expected).mean(axis=1), 4).tolist(),
            "features": {name: round(float(d), 4) for name, d in zip(compare or ("alignment",), found, strict=True)},
        }

    def save(self, folder: Path) -> None:
        """Write ``config.json`` and ``model.safetensors``."""
        files.write(folder, _Stored(kind=self.kind, matcher=self.config), self._tables)

    @classmethod
    def load(cls, folder: Path) -> "DtwReferencesMatcher":
        """Read what :meth:`save` wrote; raises BadDataError for damaged files and ConfigError for unknown settings."""
        stored, tensors = files.read(folder, _Stored)
        settings = stored.matcher
        fits: dict[Equipment, _Fit] = {}
        with files.refusing_damage(folder):
            tables = {name: tensor.numpy() for name, tensor in tensors.items()}
            for equipment in EQUIPMENTS:
                if f"{equipment}.usual" not in tables:
                    continue
                usual, weights, offset = (tables[f"{equipment}.{name}"] for name in ("usual", "weights", "offset"))
                wanted = max(len(settings.features(equipment)[1]), 1)
                if not usual.shape == weights.shape == (wanted,) or offset.shape != (1,):
                    raise ValueError(f"{equipment}: {usual.shape} values, {wanted} expected")
                fits[equipment] = _Fit(usual, Fusion(weights, float(offset[0])))
            if "ink" not in fits:
                raise ValueError("no fit for ink alone")
            return cls(settings, fits)

    def _prepared(self, item: Any) -> tuple[InkPath, Series]:
        if item not in self._cache:
            path = ink_path(item, self.config.cutoff)
            # What a template stores is what is compared, so that a stored and a fresh reference agree to the last bit.
            path = unpack(pack([path]))[0]
            self._cache[item] = (path, Series(path, self.config.step))
        return self._cache[item]

    def _usable(self, equipment: Equipment) -> Equipment:
        """The most of ``equipment`` that was seen in training."""
        if equipment in self._fits:
            return equipment
        for fewer in ("ink+pressure", "ink+tilt"):
            if fewer in self._fits and all(part in equipment for part in fewer.split("+")):
                return dev.equipment_of("pressure" in fewer, "tilt" in fewer)
        return "ink"

    def _deviations(self, references: _References, probe: Series) -> tuple[Floats, Equipment]:
        equipment = self._usable(dev.common([*references.series, probe]))
        align, compare = self.config.features(equipment)
        own = references.own
        if equipment != references.equipment:
            own = dev.own_spread(references.series, align, compare)
        every = [dev.sums(series, probe, align, compare) for series in references.series]
        distance = dev.log_mean(every, dev.median_length(references.series))
        count = len(references.series)
        return dev.deviations(distance, own, self._fits[equipment].usual, count, self.config.prior), equipment

    def _score(self, references: _References, probe: Series) -> float:
        found, equipment = self._deviations(references, probe)
        return float(self._fits[equipment].fusion(found[None])[0])

    def _template(self, paths: Sequence[InkPath], count: int, level: float | None = None) -> Template:
        series = [Series(path, self.config.step) for path in paths]
        equipment = self._usable(dev.common(series))
        own = dev.own_spread(series, *self.config.features(equipment))
        spread = np.empty(0) if own is None else own
        head = _HEAD.pack(bytes.fromhex(self.fingerprint)[:4], len(paths), len(spread))
        return Template(self.fingerprint, count, head + spread.astype("<f8").tobytes() + pack(paths), level)

    def _references(self, template: Template) -> _References:
        if template.matcher != self.fingerprint:
            raise BadDataError(
                f"template of model {template.matcher}, but this is model {self.fingerprint}; enrol the person again"
            )
        return self._open(template.payload)

    def _unpack(self, payload: bytes) -> _References:
        if len(payload) < _HEAD.size:
            raise BadDataError("the template is damaged; enrol the person again")
        maker, count, width = _HEAD.unpack_from(payload)
        paths = unpack(payload[_HEAD.size + 8 * width :])
        series = [Series(path, self.config.step) for path in paths]
        if maker != bytes.fromhex(self.fingerprint)[:4] or not count or len(paths) != count:
            raise BadDataError("the template is damaged; enrol the person again")
        equipment = self._usable(dev.common(series))
        own = np.frombuffer(payload, "<f8", width, _HEAD.size).copy() if width else None
        if (count > 1) != (own is not None) or (own is not None and len(own) != len(self._fits[equipment].usual)):
            raise BadDataError("the template is damaged; enrol the person again")
        return _References(paths, series, own, equipment)
