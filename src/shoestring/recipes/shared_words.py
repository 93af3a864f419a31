"""Learn a language model with gradients averaged over several workers."""

import math
from functools import partial
from typing import Literal

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from shoestring.core.component import component
from shoestring.core.errors import BadDataError
from shoestring.core.run import Run
from shoestring.data.word_streams import open_sentences, stream, vocabulary
from shoestring.distributed.compressors import Compressor, NoCompression
from shoestring.distributed.shards import shard_rows
from shoestring.distributed.simulated import gather_workers
from shoestring.nn.word_models import WordLstm, WordTransformer
from shoestring.recipes.network_files import write_network


@component
class SharedWords:
    """The LSTM of Vogels et al. 2019 or a small transformer, by SGD without momentum, at a size that is set here."""

    data: str = "synthetic"
    """A file of JSON lines with captions, or "synthetic"."""
    words: int = 1_500
    """Size of the vocabulary."""
    model: Literal["lstm", "transformer"] = "lstm"
    hidden: int = 64
    """The paper has 650."""
    layers: int = 3
    dropout: float = 0.0
    """Of the LSTM; the paper has 0.4, which a training as short as this one does not need."""
    compress: Compressor = NoCompression()
    workers: int = 1
    """Simulated in this process; leave it at 1 under ``shoestring launch``."""
    shards: Literal["iid", "shifted"] = "iid"
    """What a worker owns: random sentences, or sentences sorted by length."""
    steps: int = 400
    batch_size: int = 16
    """Pieces of text a step and worker."""
    length: int = 20
    """Words of a piece."""
    learning_rate: float = 5.0
    """Of SGD without compression; never tuned for a compressor. It falls as a cosine."""
    clip: float = 0.4
    """Largest norm of a worker's gradient, before anything is remembered."""
    eval_every: int = 200


def main(recipe: SharedWords, run: Run) -> None:
    sentences = open_sentences(recipe.data)
    run.data(
        "text", path=recipe.data, rows=len(sentences), sha256=sentences.sha256, licence="of the file that was given"
    )
    order = run.rng("split").permutation(len(sentences))
    held_out, trained = np.split(order, [max(1, len(order) // 10)])
    numbers = vocabulary([sentences.words[row] for row in trained], recipe.words)
    size = len(numbers) + 2
    network: partial[nn.Module]
    if recipe.model == "lstm":
        network = partial(WordLstm, words=size, hidden=recipe.hidden, layers=recipe.layers)
        model = network(dropout=recipe.dropout)
    else:
        network = partial(
            WordTransformer, words=size, hidden=recipe.hidden, layers=recipe.layers, longest=recipe.length
        )
        model = network()
    model.to(run.device)
    workers = gather_workers(run, model, recipe.compress, recipe.workers)
    lengths = np.array([len(sentences.words[row]) for row in trained]) if recipe.shards == "shifted" else None
    shards = shard_rows(len(trained), workers.count, run.rng("shards"), lengths)
    streams = [stream([sentences.words[trained[row]] for row in shard], numbers) for shard in shards]
    if min(map(len, streams)) <= recipe.length:
        raise BadDataError(f"{recipe.data}: too few words for {workers.count} workers with pieces of {recipe.length}")
    test = _pieces(stream([sentences.words[row] for row in held_out], numbers), recipe.length)
    optimizer = torch.optim.SGD(model.parameters(), lr=recipe.learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, recipe.steps)
    run.track(model=model, optimizer=optimizer, schedule=schedule, workers=workers)

    for step in run.steps(recipe.steps):
        # Every process draws for all workers, so that their streams stay the same.
        drawn = [run.rng("pieces").integers(len(text) - recipe.length, size=recipe.batch_size) for text in streams]
        losses = []
        for worker in workers.members:
            at = drawn[worker][:, None] + np.arange(recipe.length + 1)
            piece = torch.from_numpy(streams[worker][at]).to(run.device)
            loss = F.cross_entropy(model(piece[:, :-1]).flatten(0, 1), piece[:, 1:].flatten())
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), recipe.clip)
            workers.collect(worker)
            losses.append(loss.detach())
        workers.reduce()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        schedule.step()
        run.log(step, loss=torch.stack(losses).mean())
        if run.due("eval", recipe.eval_every):
            perplexity = _perplexity(model, test.to(run.device))
            run.log(step, test_perplexity=perplexity)

    run.save_model(
        lambda folder: write_network(
            folder, "language-model", model, form=recipe.model, network=network.keywords, vocabulary=numbers
        )
    )
    run.summarise(test_perplexity=perplexity, weights=sum(one.numel() for one in model.parameters()))


def _pieces(text: np.ndarray, length: int) -> torch.Tensor:
    """[N, length + 1]: pieces one after the other, each starting with the last word of the one before."""
    count = (len(text) - 1) // length
    at = length * np.arange(count)[:, None] + np.arange(length + 1)
    return torch.from_numpy(text[at])


def _perplexity(model: nn.Module, pieces: torch.Tensor) -> float:
    model.eval()
    with torch.inference_mode():
        sums = [
            F.cross_entropy(model(part[:, :-1]).flatten(0, 1), part[:, 1:].flatten(), reduction="sum")
            for part in pieces.split(128)
        ]
    model.train()
    return math.exp(float(torch.stack(sums).sum()) / pieces[:, 1:].numel())
