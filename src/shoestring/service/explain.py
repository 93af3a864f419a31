"""Why a score is what it is, in terms of what was drawn: rows of the captures instead of a matcher's own samples."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoestring.data.stroke_page import from_page_json
from shoestring.data.strokes import Signature
from shoestring.service.store import Sample
from shoestring.similarity.templates import Matcher

CONSIDERED = 8
"""The newest samples, among which the closest is looked for."""


def explain(
    matcher: Matcher, probe: Signature, strokes: Mapping[str, Any], samples: Sequence[Sample]
) -> dict[str, Any] | None:
    """The probe laid beside the sample that ``matcher`` finds closest; None where the matcher has nothing to show.

    ``path`` [[i, j], ...] pairs rows of the probe with rows of the sample, ``difference`` has one number a pair;
    ``probe_length`` and ``reference_length`` are numbers of rows. Whatever else the matcher tells is passed on.
    """
    found = []
    for sample in samples[-CONSIDERED:]:
        drawn = (sample.capture or {})["strokes"]
        # A template of this sample alone, since the person's own may hold samples in a form that cannot be shown.
        template = matcher.enrol([from_page_json(drawn)])
        found.append((float(matcher.score(template, [probe])[0]), template, sample, drawn))
    if not found:
        return None
    _, template, sample, drawn = max(found, key=lambda entry: entry[0])
    told = matcher.explain(template, probe)
    if told is None:
        return None
    answer = {
        key: value for key, value in told.items() if key not in {"reference", "reference_seconds", "probe_seconds"}
    }
    # The matcher pairs its samples as (reference, probe).
    pairs = np.array(told["path"], dtype=np.int64).reshape(-1, 2)
    mine = rows_at(strokes, told["probe_seconds"])[pairs[:, 1]]
    theirs = rows_at(drawn, told["reference_seconds"])[pairs[:, 0]]
    return answer | {
        "reference_sample": sample.id,
        "path": np.stack([mine, theirs], axis=1).tolist(),
        "probe_length": len(strokes["rows"]),
        "reference_length": len(drawn["rows"]),
    }


def rows_at(strokes: Mapping[str, Any], seconds: Sequence[float]) -> NDArray[np.int64]:
    """For each moment, counted from the first row, the row of a page capture that is nearest in time."""
    column = strokes["columns"].index("t")
    # A clock that stepped back was mended in the signature; here the latest time so far stands for it.
    t = np.maximum.accumulate(np.array([row[column] for row in strokes["rows"]], dtype=np.float64))
    t = (t - t[0]) / 1000
    after = np.searchsorted(t, seconds).clip(1, len(t) - 1)
    earlier = np.asarray(seconds) - t[after - 1] < t[after] - np.asarray(seconds)
    rows: NDArray[np.int64] = (after - earlier).astype(np.int64)
    return rows
