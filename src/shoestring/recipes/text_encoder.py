"""Train a text encoder on pairs or triplets of texts: Sentence-BERT's training, on any of its objectives."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from shoestring.core.component import component
from shoestring.core.run import Run
from shoestring.data.text_leaks import Level
from shoestring.distributed.compressors import Compressor, NoCompression
from shoestring.distributed.workers import Workers
from shoestring.nn.best import BestWeights
from shoestring.nn.rates import set_rate, warm_up
from shoestring.recipes.text_data import Prepared, TextRows, open_rows, open_texts, prepare, split_rows, without_leaks
from shoestring.recipes.text_negatives import with_negatives
from shoestring.recipes.text_start import start_network, taught
from shoestring.recipes.text_watch import Watch
from shoestring.similarity.encoders import StaticWords, TextEncoding
from shoestring.similarity.grad_cache import backward_in_chunks
from shoestring.similarity.length_batches import LengthBatches, LengthSampler
from shoestring.similarity.nested import TextObjective, innermost
from shoestring.similarity.objectives import CosineRegression, MultipleNegatives, PairClasses
from shoestring.similarity.text_model import TextEncoder


@component
class EarlierStage:
    """A training that comes before the main one, on other data and with another objective."""

    data: str = "generated"
    objective: TextObjective = PairClasses()
    epochs: int = 1
    learning_rate: float = 2e-5


@component
class TextTraining:
    """Siamese training of a text encoder; rows are cleared of held-out texts, and batches hold texts of like length."""

    data: str = "generated"
    """Rows that ``objective`` can read: scored pairs, inference pairs, triplets, or pairs that mean the same."""
    encoder: TextEncoding = StaticWords()
    start: str = ""
    """Run, folder or name of a text model whose weights and settings take the place of ``encoder``."""
    objective: TextObjective = CosineRegression()
    before: EarlierStage | None = None
    batches: LengthBatches = LengthBatches(rows=16)
    compress: Compressor = NoCompression()
    epochs: int = 1
    """Rounds through the data; each shows every row once."""
    learning_rate: float = 2e-5
    warm_up: float = 0.1
    """Share of a stage's steps in which the rate rises to its value; it then falls to 0 in a line."""
    scores: tuple[float, float] = (0.0, 5.0)
    """Lowest and highest score of the files, for objectives that read scores and for ``held_out``."""
    held_out: str = ""
    """Scored pairs that choose the best moment; by default ``held_out_share`` of ``data``."""
    held_out_share: float = 0.1
    avoid: tuple[str, ...] = ()
    """Files of pairs that will be tested on: rows that leak something of them are removed as well."""
    leak_level: Level = "pair"
    """What counts as leakage from the held-out rows: the same pair, or any same text."""
    eval_every: int = 100


@dataclass(frozen=True, eq=False)
class Stage:
    """One of the trainings of a run, ready to go."""

    rows: Prepared
    loss: torch.nn.Module
    sampler: LengthSampler
    steps: int
    rate: float
    chunk: int
    """Texts that are encoded at once; 0 is all of the batch."""


def main(recipe: TextTraining, run: Run) -> None:
    network = start_network(recipe.start, recipe.encoder, run).to(run.device)
    rows, held_out, watch = _rows(recipe, run)
    avoided = [open_texts(path) for path in recipe.avoid]
    stages = []
    parts = [(recipe.before, None)] if recipe.before else []
    for number, (part, given) in enumerate([*parts, (recipe, rows)]):
        name = "training" if given is not None else "before"
        clean = given if given is not None else open_rows(part.data, part.objective, run, name, recipe.scores)
        for tested in (held_out, *avoided):
            clean = without_leaks(clean, tested, recipe.leak_level, run, name)
        draw = run.rng(f"batches{number}")
        ready = prepare(network, with_negatives(clean, part.objective, network, run))
        stages.append(_stage(recipe, part, ready, network.width, rng=draw, workers=run.workers))
        stages[-1].loss.to(run.device)
    prepared = prepare(network, held_out)
    # Each of the parameters once: heads of the stages behind the encoder.
    trained = torch.nn.ModuleDict({"encoder": network, **{f"stage{i}": stage.loss for i, stage in enumerate(stages)}})
    optimizer = torch.optim.AdamW([one for one in trained.parameters() if one.requires_grad], weight_decay=0.0)
    best = BestWeights(network)
    workers = Workers(run, trained, recipe.compress)
    tracked: dict[str, Any] = {f"stage{i}_{word}": item for i, stage in enumerate(stages)
                               for word, item in (("loss", stage.loss), ("batches", stage.sampler))}  # fmt: skip
    run.track(encoder=network, optimizer=optimizer, best=best, workers=workers, **tracked)
    if run.step == 0:
        run.spend("labels", sum(len(stage.rows.target) for stage in stages) + len(held_out))
    network.train()
    tokens = computed = 0
    ends = np.cumsum([stage.steps for stage in stages])

    for step in run.steps(int(ends[-1])):
        place = int(np.searchsorted(ends, step))
        stage, done = stages[place], step - int(ends[place]) + stages[place].steps
        set_rate(optimizer, stage.rate * warm_up(done, stage.steps, recipe.warm_up))
        batch, target = stage.rows.batch(workers.own(stage.sampler.draw))
        target = target.to(run.device)
        optimizer.zero_grad(set_to_none=True)
        if stage.chunk:
            loss = backward_in_chunks(
                network, batch, lambda z, s=stage, t=target: s.loss(z.split(len(t)), t), stage.chunk
            )
        else:
            loss = stage.loss(network(batch).split(len(target)), target)
            loss.backward()
        workers.reduce()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        tokens, computed = tokens + len(batch.ids), computed + len(batch) * int(batch.lengths.max(initial=1))
        run.log(step, loss=loss, texts=len(batch), padding=1 - tokens / computed if network.pads else 0.0)
        if run.due("eval", recipe.eval_every):
            value = watch.measure(network, prepared, stages[-1].loss)
            best.offer(-value, step)
            run.log(step, best_step=best.step, **{watch.name: value})

    best.restore()
    run.save_model(TextEncoder(network.cpu(), title=run.folder.id).write)
    run.summarise(
        best_step=best.step,
        width=network.width,
        weights=sum(weight.numel() for weight in network.parameters()),
        **{f"best_{watch.name}": watch.interval(network, prepared, -best.value)},
    )


def _rows(recipe: TextTraining, run: Run) -> tuple[TextRows, TextRows, Watch]:
    """What is trained on, what is held out, and how the latter is judged."""
    held_out = (
        open_rows(recipe.held_out, CosineRegression(), run, "held-out", recipe.scores) if recipe.held_out else None
    )
    rows = taught(open_rows(recipe.data, recipe.objective, run, "training", recipe.scores), recipe.objective, run)
    if held_out is not None:
        return rows, held_out, Watch(held_out, CosineRegression())
    rows, held_out = split_rows(rows, recipe.held_out_share, run.rng("held-out"))
    return rows, held_out, Watch(held_out, recipe.objective)


def _stage(
    recipe: TextTraining, part: TextTraining | EarlierStage, rows: Prepared, width: int,
    *, rng: np.random.Generator, workers: int,
) -> Stage:  # fmt: skip
    steps = part.epochs * math.ceil(len(rows.target) / (recipe.batches.rows * workers))
    inner = innermost(part.objective)
    chunk = inner.chunk if isinstance(inner, MultipleNegatives) else 0
    sampler = recipe.batches.sampler(rows.lengths, rng)
    return Stage(rows, part.objective.build(width), sampler, steps, part.learning_rate, chunk)
