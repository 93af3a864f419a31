"""Train a cross-encoder on scored pairs: what Sentence-BERT is compared with, and a teacher for it."""

import math

import numpy as np
import torch
from torch.nn import functional as F

from shoestring.core.component import component
from shoestring.core.run import Run
from shoestring.data.text_leaks import Level
from shoestring.distributed.compressors import Compressor, NoCompression
from shoestring.distributed.workers import Workers
from shoestring.nn.best import BestWeights
from shoestring.nn.rates import set_rate, warm_up
from shoestring.recipes.text_data import open_rows, split_rows, without_leaks
from shoestring.similarity.cross_encoder import CrossBert, CrossEncoder
from shoestring.similarity.length_batches import LengthBatches
from shoestring.similarity.objectives import CosineRegression
from shoestring.similarity.rank_correlation import spearman, spearman_interval


@component
class TextCross:
    """Both texts of a pair through one BERT; the score from 0 to 1 is learned with binary cross-entropy."""

    data: str = "generated"
    """Scored pairs."""
    encoder: CrossBert = CrossBert()
    batches: LengthBatches = LengthBatches(rows=16)
    compress: Compressor = NoCompression()
    epochs: int = 4
    learning_rate: float = 2e-5
    warm_up: float = 0.1
    scores: tuple[float, float] = (0.0, 5.0)
    """Lowest and highest score of the files."""
    held_out: str = ""
    """Scored pairs that choose the best moment; by default ``held_out_share`` of ``data``."""
    held_out_share: float = 0.1
    leak_level: Level = "pair"
    """What counts as leakage from the held-out rows: the same pair, or any same text."""
    eval_every: int = 100


def main(recipe: TextCross, run: Run) -> None:
    rows = open_rows(recipe.data, CosineRegression(), run, "training", recipe.scores)
    if recipe.held_out:
        held_out = open_rows(recipe.held_out, CosineRegression(), run, "held-out", recipe.scores)
    else:
        rows, held_out = split_rows(rows, recipe.held_out_share, run.rng("held-out"))
    rows = without_leaks(rows, held_out, recipe.leak_level, run, "training")
    network = recipe.encoder.build().to(run.device)
    pairs = network.prepare(*rows.columns)
    target = torch.from_numpy(rows.target.astype(np.float32))
    sampler = recipe.batches.sampler(np.array([len(pair.ids) for pair in pairs]), run.rng("batches"))
    optimizer = torch.optim.AdamW(network.parameters(), lr=recipe.learning_rate, weight_decay=0.0)
    best = BestWeights(network)
    workers = Workers(run, network, recipe.compress)
    run.track(encoder=network, optimizer=optimizer, sampler=sampler, best=best, workers=workers)
    if run.step == 0:
        run.spend("labels", len(rows) + len(held_out))
    network.train()

    total = recipe.epochs * math.ceil(len(rows) / (recipe.batches.rows * workers.count))
    for step in run.steps(total):
        set_rate(optimizer, recipe.learning_rate * warm_up(step, total, recipe.warm_up))
        chosen = workers.own(sampler.draw)
        logits = network([pairs[i] for i in chosen])
        loss = F.binary_cross_entropy_with_logits(logits, target[torch.from_numpy(chosen)].to(logits.device))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        workers.reduce()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        run.log(step, loss=loss)
        if run.due("eval", recipe.eval_every):
            network.eval()
            value = spearman(CrossEncoder(network).score(*held_out.columns), held_out.target)
            network.train()
            best.offer(-value, step)
            run.log(step, held_out_spearman=value, best_step=best.step)

    best.restore()
    model = CrossEncoder(network.cpu(), title=run.folder.id)
    run.save_model(model.write)
    found = spearman_interval(model.score(*held_out.columns), held_out.target)
    weights = sum(weight.numel() for weight in network.parameters())
    run.summarise(best_held_out_spearman=found, best_step=best.step, weights=weights)
