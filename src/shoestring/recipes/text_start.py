"""Where a text training starts from, and what a teacher says."""

from typing import Any

import numpy as np

from shoestring.core.errors import BadDataError, ConfigError
from shoestring.core.run import Run
from shoestring.recipes.loading import load
from shoestring.recipes.text_data import TextRows
from shoestring.similarity.cross_encoder import CrossEncoder
from shoestring.similarity.encoders import TextEncoding
from shoestring.similarity.nested import TextObjective, innermost
from shoestring.similarity.text_model import TextEncoder


def start_network(start: str, encoder: TextEncoding, run: Run) -> Any:
    """The network of the model ``start``, or a new one as ``encoder`` says. Raises ConfigError for another kind."""
    if not start:
        return encoder.build()
    model = load(start, root=run.folder.path.parent)
    if not isinstance(model, TextEncoder):
        raise ConfigError(f"start={start}: this is a {model.kind}, not a text encoder")
    run.narrate(f"start   {start}, fingerprint {model.fingerprint}")
    return model.network


def taught(rows: TextRows, objective: TextObjective, run: Run) -> TextRows:
    """``rows`` with the scores of the objective's teacher, from 0 to 1 or cosines; as they are where it has none."""
    inner = innermost(objective)
    if inner.kind != "distillation":
        return rows
    if not inner.teacher:
        raise ConfigError("objective.teacher is empty: give the run or folder of a cross-encoder or text encoder")
    teacher = load(inner.teacher, root=run.folder.path.parent)
    left, right = rows.columns
    match teacher:
        case CrossEncoder():
            scores = teacher.score(left, right)
        case TextEncoder():
            scores = (teacher.encode(left) * teacher.encode(right)).sum(axis=1)
        case _:
            raise BadDataError(f"objective.teacher={inner.teacher}: a {teacher.kind} cannot judge pairs of texts")
    run.narrate(f"teacher {inner.teacher}, fingerprint {teacher.fingerprint}: {len(scores):,} pairs judged")
    return TextRows(rows.columns, np.asarray(scores, dtype=np.float64))
