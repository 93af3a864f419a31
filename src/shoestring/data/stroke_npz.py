"""The npz layouts of pen data: SVC2004 signatures, UNIPEN words, Omniglot characters. No pickle is ever loaded."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from shoestring.core.errors import BadDataError
from shoestring.data.npz import MAX_ARRAY_BYTES, Arrays, array_names, read_arrays
from shoestring.data.stroke_capture import Capture, clockless
from shoestring.data.stroke_svc import svc_npz

OmniglotIdentity = Literal["drawer", "character"]
OMNIGLOT_SIZE = 105.0

LAYOUTS: dict[str, tuple[str, ...]] = {
    "SVC2004": ("points", "offsets", "user", "sample", "genuine"),
    "UNIPEN words": ("points", "offsets", "writer", "word", "source"),
    "Omniglot": ("points", "offsets", "stroke", "label", "drawer", "class_names"),
}

KINDS = {
    "user": "iuU",
    "sample": "iu",
    "genuine": "biu",
    "writer": "U",
    "word": "U",
    "source": "U",
    "stroke": "iu",
    "label": "iu",
    "drawer": "iu",
    "class_names": "U",
}
"""Kinds of NumPy type that each label array may have."""


def read_npz(path: Path, optional: tuple[str, ...] = ("columns",)) -> tuple[str, Arrays]:
    """The name of the layout and its arrays; :class:`BadDataError` for damage, pickles, bombs and unknown layouts."""
    members = array_names(path)
    layout = next((name for name, needed in LAYOUTS.items() if set(needed) <= members), None)
    if layout is None:
        known = "; ".join(f"{name}: {', '.join(needed)}" for name, needed in LAYOUTS.items())
        raise BadDataError(f"{path}: holds {', '.join(sorted(members))[:200]}; known layouts are {known}")
    wanted = [name for name in (*LAYOUTS[layout], *optional) if name in members]
    arrays = read_arrays(path, wanted, MAX_ARRAY_BYTES)
    _check(arrays, layout, path)
    return layout, arrays


def npz_captures(path: Path) -> tuple[list[Capture], list[str]]:
    """Captures of any known layout, with notes on what the layout does not tell."""
    layout, arrays = read_npz(path)
    if layout == "SVC2004":
        return list(svc_npz(arrays, path)), []
    if layout == "UNIPEN words":
        return list(_unipen(arrays, path)), [f"{path}: no time stamps, 100 points a second assumed"]
    return list(omniglot_captures(path, arrays)), []


def omniglot_captures(
    path: Path,
    arrays: Arrays | None = None,
    identity: OmniglotIdentity = "drawer",
) -> Iterator[Capture]:
    """Omniglot characters; y is turned upwards.

    With ``identity="drawer"`` the writer is ``"Greek/07"``: drawer numbers mean the same person only within one
    alphabet. With ``"character"`` it is the symbol, ``"Greek/character05"``, and each sample is by another drawer.
    Samples are numbered in file order within the writer. All of them are genuine.
    """
    if identity not in get_args(OmniglotIdentity):
        raise BadDataError(f"identity is {identity!r}, expected one of {', '.join(get_args(OmniglotIdentity))}")
    if arrays is None:
        layout, arrays = read_npz(path)
        if layout != "Omniglot":
            raise BadDataError(f"{path}: is laid out as {layout}, expected Omniglot")
    points, offsets = arrays["points"].astype(np.float64), arrays["offsets"]
    stroke = arrays["stroke"].astype(np.float64)
    names = arrays["class_names"].tolist()
    count: dict[str, int] = {}
    for i, (label, drawer) in enumerate(zip(arrays["label"].tolist(), arrays["drawer"].tolist(), strict=True)):
        writer = names[label] if identity == "character" else f"{names[label].split('/')[0]}/{drawer:02d}"
        count[writer] = count.get(writer, 0) + 1
        rows = slice(offsets[i], offsets[i + 1])
        x, y, t = points[rows].T
        yield Capture(
            writer,
            True,
            count[writer],
            f"{path}: item {i} ({names[label]}, drawer {drawer})",
            x,
            OMNIGLOT_SIZE - y,
            t / 1000.0,
            np.ones(len(x)),
            stroke=stroke[rows],
        )


def _unipen(arrays: Arrays, path: Path) -> Iterator[Capture]:
    points, offsets = arrays["points"].astype(np.float64), arrays["offsets"]
    labels = zip(arrays["writer"].tolist(), arrays["source"].tolist(), arrays["word"].tolist(), strict=True)
    count: dict[str, int] = {}
    for i, (writer, source, word) in enumerate(labels):
        # Tablets differ by site, so the site belongs to the name: impostors are to be taken from the same site.
        name = f"{source}/{writer}"
        count[name] = count.get(name, 0) + 1
        x, y, stroke = points[offsets[i] : offsets[i + 1]].T
        yield Capture(
            name,
            True,
            count[name],
            f"{path}: item {i} ({word!r} by {name})",
            x,
            y,
            clockless(x, y, stroke),
            np.ones(len(x)),
            stroke=stroke,
        )


def _check(arrays: Arrays, layout: str, path: Path) -> None:
    points, offsets = arrays["points"], arrays["offsets"]
    if points.ndim != 2 or points.dtype.kind not in "iuf" or points.shape[1] != (7 if layout == "SVC2004" else 3):
        raise BadDataError(f"{path}: points has shape {points.shape} of {points.dtype}, not that of {layout}")
    if offsets.ndim != 1 or offsets.dtype.kind not in "iu" or len(offsets) < 2:
        raise BadDataError(f"{path}: offsets has shape {offsets.shape} of {offsets.dtype}, not whole numbers [N + 1]")
    steps = np.diff(offsets.astype(np.int64))
    if offsets[0] != 0 or offsets[-1] != len(points) or (steps < 0).any():
        raise BadDataError(
            f"{path}: offsets must rise from 0 to {len(points)}, the number of points; "
            f"they run from {offsets[0]} to {offsets[-1]}"
        )
    for name in LAYOUTS[layout][2:]:
        rows = {"stroke": len(points), "class_names": arrays[name].size}.get(name, len(offsets) - 1)
        if arrays[name].shape != (rows,) or arrays[name].dtype.kind not in KINDS[name]:
            raise BadDataError(
                f"{path}: {name} has shape {arrays[name].shape} of {arrays[name].dtype}, "
                f"expected ({rows},) of kind {KINDS[name]}"
            )
    if layout == "Omniglot":
        label = arrays["label"].astype(np.int64)
        if label.min() < 0 or label.max() >= arrays["class_names"].size:
            raise BadDataError(
                f"{path}: label runs from {label.min()} to {label.max()}, "
                f"there are {arrays['class_names'].size} class names"
            )
