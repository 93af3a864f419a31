"""The calibration on disk: scores, choices and the certificate that states what they support."""

import hashlib
import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from shoestring import __version__
from shoestring.core.errors import BadDataError, ShoestringError
from shoestring.core.files import atomic_write, write_json
from shoestring.core.folder import read_json_object
from shoestring.similarity.calibration import Calibration, PerUser, Targets
from shoestring.similarity.protocol import KINDS, Comparisons

SCHEMA = "shoestring.calibration/1"


def certificate(calibration: Calibration) -> dict[str, Any]:
    """What was the evidence, and what does it promise: people, pairs, kinds, hash of the scores, thresholds, bounds."""
    comparisons, points = calibration.comparisons, calibration.points
    return {
        "matcher": comparisons.matcher,
        "library": __version__,
        "created": comparisons.created,
        "source": comparisons.source,
        "references": comparisons.references,
        "people": comparisons.subjects,
        "pairs": {kind: comparisons.count(kind) for kind in KINDS},
        "evidence_sha256": _digest(comparisons),
        "targets": asdict(calibration.targets),
        "per_user": asdict(calibration.per_user),
        "accept_at_or_above": _finite(points.accept),
        "reject_below": _finite(points.reject),
        "false_accept": [asdict(bound) for bound in points.false_accept],
        "false_reject": asdict(points.false_reject),
        "missing": list(points.missing),
    }


def write_calibration(calibration: Calibration, folder: Path) -> None:
    """``calibration.safetensors`` (the scores, people as numbers) and ``calibration.json``."""
    atomic_write(folder / "calibration.safetensors", save(_columns(calibration.comparisons)))
    write_json(folder / "calibration.json", {"schema": SCHEMA, "certificate": certificate(calibration)})


def read_calibration(folder: Path) -> Calibration:
    """Read what :func:`write_calibration` wrote and derive every threshold again from the scores.

    Raises :class:`BadDataError` when a file is damaged or the certificate does not follow from the scores.
    """
    place = folder / "calibration.json"
    stored = read_json_object(place)
    claims = stored.get("certificate")
    if stored.get("schema") != SCHEMA or not isinstance(claims, dict):
        raise BadDataError(f"{place}: schema {stored.get('schema')!r}, expected {SCHEMA!r} with a certificate")
    columns = _read_columns(folder / "calibration.safetensors")
    try:
        comparisons = _comparisons(columns, claims)
        choice, goal = claims["per_user"], claims["targets"]
        per_user = PerUser(float(choice["weight"]), float(choice["mean"]), str(choice["why"]))
        targets = Targets(float(goal["false_accept"]), float(goal["false_reject"]))
        if not (0 <= per_user.weight <= 1 and math.isfinite(per_user.mean)):
            raise ValueError(f"per-user weight {per_user.weight}, mean {per_user.mean}")
    except (KeyError, TypeError, ValueError, OverflowError, ShoestringError) as error:
        raise BadDataError(f"{place}: unusable certificate: {error!r}") from error
    calibration = Calibration(comparisons, targets, per_user)
    derived = certificate(calibration) | {"library": claims.get("library")}
    for key, value in derived.items():
        if not _same(value, claims.get(key)):
            raise BadDataError(
                f"{place}: {key} is {claims.get(key)!r}, but the stored scores give {value!r}: "
                "the folder was changed after it was saved; calibrate again"
            )
    return calibration


def _columns(comparisons: Comparisons) -> dict[str, NDArray[Any]]:
    # KINDS is in alphabetical order, which makes the search below a look-up.
    return {
        "score": comparisons.score,
        "level": comparisons.level,
        "kind": np.searchsorted(np.array(KINDS), comparisons.kind).astype(np.uint8),
        "subject": comparisons.subject.astype(np.int32),
        "probe": np.where(comparisons.probe == "", "-1", comparisons.probe).astype(np.int32),
    }


def _read_columns(place: Path) -> dict[str, NDArray[Any]]:
    try:
        columns = load(place.read_bytes())
    except OSError as error:
        raise BadDataError(f"{place}: {error.strerror}") from error
    except (SafetensorError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadDataError(f"{place}: damaged: {error}") from error
    expected = {"score": np.float64, "level": np.float64, "kind": np.uint8, "subject": np.int32, "probe": np.int32}
    found = {name: column.dtype for name, column in columns.items()}
    if found != expected:
        raise BadDataError(f"{place}: columns {found}, expected {expected}")
    shapes = {column.shape for column in columns.values()}
    if len(shapes) != 1 or len(next(iter(shapes))) != 1 or not len(columns["score"]):
        raise BadDataError(f"{place}: shapes {sorted(shapes)}; all columns must be one non-empty row of equal length")
    return columns


def _comparisons(columns: dict[str, NDArray[Any]], claims: dict[str, Any]) -> Comparisons:
    if (columns["kind"] >= len(KINDS)).any() or (columns["subject"] < 0).any() or (columns["probe"] < -1).any():
        raise ValueError("kind, subject or probe numbers out of range")
    kind = np.array(KINDS)[columns["kind"]]
    names = [np.char.zfill(columns[side].astype(np.str_), 6) for side in ("subject", "probe")]
    names[1][columns["probe"] < 0] = ""
    references = claims["references"]
    if type(references) is not int or references < 1:
        raise ValueError(f"references {references!r}")
    texts = {key: claims[key] for key in ("matcher", "created", "source")}
    if not all(isinstance(text, str) for text in texts.values()):
        raise ValueError(f"matcher, created and source must be texts: {texts}")
    return Comparisons(
        score=columns["score"],
        genuine=kind == "genuine",
        subject=names[0],
        probe=names[1],
        kind=kind,
        level=columns["level"],
        references=references,
        **texts,
    )


def _digest(comparisons: Comparisons) -> str:
    origin = [comparisons.matcher, comparisons.references, comparisons.source, comparisons.created]
    digest = hashlib.sha256(json.dumps(origin).encode())
    for name, column in sorted(_columns(comparisons).items()):
        digest.update(name.encode() + b"\0" + column.astype(column.dtype.newbyteorder("<")).tobytes())
    return digest.hexdigest()


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _same(derived: Any, stored: Any) -> bool:
    """Equal, with the last digits of a float left to the processor and to the version of scipy."""
    if isinstance(derived, dict):
        return (
            isinstance(stored, dict)
            and derived.keys() == stored.keys()
            and all(_same(value, stored[key]) for key, value in derived.items())
        )
    if isinstance(derived, list):
        return isinstance(stored, list) and len(derived) == len(stored) and all(map(_same, derived, stored))
    if isinstance(derived, float):
        return isinstance(stored, int | float) and math.isclose(derived, stored, rel_tol=1e-6, abs_tol=1e-9)
    return type(derived) is type(stored) and derived == stored
