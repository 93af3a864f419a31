"""Learn from pairs that a person called the same or different: a matrix on top of what makes a collection's vectors."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from shoestring.core.component import component
from shoestring.core.errors import ConfigError
from shoestring.core.run import Run
from shoestring.similarity.objectives import Cosent, CosineRegression
from shoestring.similarity.pair_errors import (
    boundary,
    check_enough,
    difference,
    folds_of,
    groups_of,
    rate,
    wrong_when_held_out,
)
from shoestring.similarity.pair_lessons import FOLDS, LEAST, Lessons
from shoestring.similarity.projection import Projection, project


@component
class TaughtPairs:
    """Cross-validated: each pair is held out once, so that all answers measure, and one more matrix learns from all."""

    data: str = ""
    """The file of pairs that ``shoestring collection learn`` writes."""
    collection: str = ""
    """Its name, to tell runs apart; the rows are never read from here."""
    objective: CosineRegression | Cosent = CosineRegression()
    steps: int = 100
    learning_rate: float = 0.01
    decay: float = 0.05
    """Price of each squared difference from leaving the vectors as they are: few pairs may change little."""
    folds: int = FOLDS
    """Parts that are held out in turn; pairs that share a row are in the same part."""
    least: int = LEAST
    """Pairs of each kind without which nothing is learned."""
    batch: int = 512
    """Pairs of a step; all where there are no more."""
    eval_every: int = 10


class Changes(nn.Module):
    """``v + C v`` for F + 1 matrices C [D, D], all zero at first: F that miss a part each, and one that misses none."""

    def __init__(self, count: int, width: int) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.zeros(count, width, width))

    def forward(self, vectors: Tensor, place: int) -> Tensor:
        """[N, D] with the matrix at ``place``."""
        return vectors + vectors @ self.weights[place].T


def main(recipe: TaughtPairs, run: Run) -> None:
    if not recipe.data:
        raise ConfigError("data is empty: teach pairs, then use: shoestring collection learn NAME")
    lessons = Lessons.read(Path(recipe.data).expanduser())
    licence = "answers of the user about rows of a collection"
    run.data("taught", path=recipe.data, rows=len(lessons), sha256=lessons.sha256, licence=licence)
    group = groups_of(lessons.pairs)
    fold = folds_of(group, recipe.folds, run.rng("folds"))
    check_enough(lessons.same, group, fold, recipe.least)
    before = wrong_when_held_out(lessons.scores, lessons.same, fold)

    changes = Changes(recipe.folds + 1, lessons.vectors.shape[1])
    loss = recipe.objective.build(lessons.vectors.shape[1])
    optimizer = torch.optim.Adam(changes.parameters(), lr=recipe.learning_rate)
    run.track(changes=changes, optimizer=optimizer)
    if run.step == 0:
        run.spend("comparisons", lessons.answers)
        run.log(0, held_out_error=before.mean())
    vectors = torch.from_numpy(lessons.vectors)
    target = torch.from_numpy(lessons.same.astype(np.float32))
    draw = run.rng("batches")

    for step in run.steps(recipe.steps):
        chosen = np.sort(draw.permutation(len(lessons))[: recipe.batch])
        total = recipe.decay * changes.weights.square().sum()
        for place in range(recipe.folds + 1):
            rows = chosen[fold[chosen] != place]
            left, right = (changes(vectors[torch.from_numpy(side)], place) for side in lessons.pairs[rows].T)
            last = loss((left, right), target[torch.from_numpy(rows)])
            total = total + last
        optimizer.zero_grad(set_to_none=True)
        total.backward()
        optimizer.step()
        run.log(step, loss=last)
        if run.due("eval", recipe.eval_every):
            wrong = wrong_when_held_out(_scores(changes, lessons), lessons.same, fold)
            run.log(step, held_out_error=wrong.mean())

    after = wrong_when_held_out(_scores(changes, lessons), lessons.same, fold)
    matrix = np.eye(lessons.vectors.shape[1], dtype=np.float32) + changes.weights[-1].detach().numpy()
    model = Projection(matrix, lessons.model, lessons.source, lessons.modality, title=run.folder.id)
    run.save_model(model.write)
    left, right = (project(lessons.vectors[side], matrix).astype(np.float64) for side in lessons.pairs.T)
    run.summarise(
        held_out_error_before=rate(before, group), held_out_error_after=rate(after, group),
        held_out_gain=difference(before, after, group),
        threshold_before=boundary(lessons.scores, lessons.same),
        threshold_after=boundary((left * right).sum(axis=1), lessons.same),
        pairs=len(lessons), same=int(lessons.same.sum()), answers=lessons.answers,
    )  # fmt: skip


def _scores(changes: Changes, lessons: Lessons) -> np.ndarray:
    """[F, P] cosines by the matrices that miss a part."""
    with torch.no_grad():
        vectors = torch.from_numpy(lessons.vectors)
        made = [nn.functional.normalize(changes(vectors, place), dim=1) for place in range(len(changes.weights) - 1)]
        left, right = (torch.stack([one[torch.from_numpy(side)] for one in made]) for side in lessons.pairs.T)
        return (left * right).sum(dim=2).double().numpy()
