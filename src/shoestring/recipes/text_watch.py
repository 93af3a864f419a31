"""What the text recipes look at on held-out rows; more is better."""

from typing import Any

import numpy as np
import torch

from shoestring.recipes.text_data import Prepared, TextRows
from shoestring.similarity.length_batches import cut_by_budget
from shoestring.similarity.nested import TextObjective
from shoestring.similarity.rank_correlation import spearman, spearman_interval
from shoestring.similarity.tokens import Tokens

ROWS = 256


class Watch:
    """``held_out_spearman`` for scored pairs, ``held_out_triplets`` for triplets, else ``held_out_gain``."""

    def __init__(self, rows: TextRows, objective: TextObjective) -> None:
        self._triplets = objective.reads in ("triplets", "positives") and len(rows.columns) == 3
        self._scores = objective.reads in ("scores", "teacher")
        kind = "spearman" if self._scores else "triplets" if self._triplets else "gain"
        self.name = f"held_out_{kind}"

    def measure(self, network: Any, rows: Prepared, loss: torch.nn.Module) -> float:
        """Spearman's correlation; or the share of triplets whose positive is nearer; or less loss than at random."""
        if self._scores:
            left, right = _vectors(network, rows)
            return spearman((left * right).sum(axis=1), rows.target.numpy())
        if self._triplets:
            anchor, positive, negative = _vectors(network, rows)
            has = rows.target.numpy() > 0
            nearer = (anchor * positive).sum(axis=1) > (anchor * negative).sum(axis=1)
            return float(nearer[has].mean()) if has.any() else 0.0
        return -_loss(network, rows, loss)

    def interval(self, network: Any, rows: Prepared, value: float) -> float | dict[str, float]:
        """The value at the restored weights, with an interval where there is one."""
        if not self._scores:
            return value
        left, right = _vectors(network, rows)
        return spearman_interval((left * right).sum(axis=1), rows.target.numpy())


@torch.no_grad()
def _vectors(network: Any, rows: Prepared) -> list[np.ndarray]:
    training = network.training
    network.eval()
    found = [_encode(network, column) for column in rows.columns]
    network.train(training)
    return found


def _encode(network: Any, tokens: Tokens) -> np.ndarray:
    out = np.empty((len(tokens), network.width), dtype=np.float32)
    for rows in cut_by_budget(tokens.lengths, 4_096, 1_024, padded=network.pads):
        out[rows] = torch.nn.functional.normalize(network(tokens.take(rows)), dim=1).cpu().numpy()
    return out


@torch.no_grad()
def _loss(network: Any, rows: Prepared, loss: torch.nn.Module) -> float:
    training = network.training
    network.eval()
    total = 0.0
    for start in range(0, len(rows.target), ROWS):
        places = np.arange(start, min(start + ROWS, len(rows.target)))
        batch, target = rows.batch(places)
        vectors = network(batch)
        total += len(places) * float(loss(vectors.split(len(places)), target.to(vectors.device)))
    network.train(training)
    return total / len(rows.target)
