"""Classify small images with gradients averaged over several workers."""

from functools import partial
from typing import Literal

import numpy as np
import torch
from torch.nn import functional as F

from shoestring.core.component import component
from shoestring.core.run import Run
from shoestring.data.labelled_images import as_floats, open_images
from shoestring.distributed.compressors import Compressor, NoCompression
from shoestring.distributed.shards import shard_rows
from shoestring.distributed.simulated import gather_workers
from shoestring.nn.residual_net import ResidualNet, flipped_and_shifted
from shoestring.recipes.network_files import write_network


@component
class SharedImages:
    """A residual network, SGD with Nesterov momentum as in Vogels et al. 2019, at a size that is set here."""

    data: str = "synthetic"
    """An npz file of JPEG images with labels, or "synthetic"."""
    images: int = 6_000
    """Images that are read."""
    test_images: int = 1_500
    """The last of them: never trained on."""
    side: int = 16
    """Pixels of the images that the network sees; divides 32."""
    width: int = 16
    """Channels of the first block; ResNet-18 has 64."""
    blocks: tuple[int, ...] = (1, 1, 1)
    """Blocks of each group; ResNet-18 has [2, 2, 2, 2]."""
    compress: Compressor = NoCompression()
    workers: int = 1
    """Simulated in this process; leave it at 1 under ``shoestring launch``."""
    buckets: int = 1
    """Parts of the network that launched processes average while backward still computes the others."""
    shards: Literal["iid", "shifted"] = "iid"
    """What a worker owns: a random part, or a part sorted by class."""
    steps: int = 400
    batch_size: int = 32
    """Images a step and worker."""
    learning_rate: float = 0.1
    """Of SGD without compression; never tuned for a compressor. It warms up over a tenth and falls as a cosine."""
    weight_decay: float = 1e-4
    """Not on norms and biases."""
    eval_every: int = 200


def main(recipe: SharedImages, run: Run) -> None:
    images = open_images(recipe.data, recipe.images)
    run.data("images", path=recipe.data, rows=len(images), sha256=images.sha256, licence="of the file that was given")
    pixels = torch.from_numpy(as_floats(images.pixels, recipe.side))
    label = torch.from_numpy(images.label)
    trained = len(images) - recipe.test_images
    network = partial(ResidualNet, width=recipe.width, blocks=[*recipe.blocks], classes=int(label.max()) + 1)
    model = network().to(run.device)
    workers = gather_workers(run, model, recipe.compress, recipe.workers, buckets=recipe.buckets)
    sort_by = images.label[:trained] if recipe.shards == "shifted" else None
    shards = shard_rows(trained, workers.count, run.rng("shards"), sort_by)

    decayed = [one for one in model.parameters() if one.dim() > 1]
    others = [one for one in model.parameters() if one.dim() <= 1]
    groups = [{"params": decayed, "weight_decay": recipe.weight_decay}, {"params": others, "weight_decay": 0.0}]
    optimizer = torch.optim.SGD(groups, lr=recipe.learning_rate, momentum=0.9, nesterov=True)
    warm = max(1, recipe.steps // 10)

    def rate(step: int) -> float:
        return min((step + 1) / warm, 0.5 + 0.5 * np.cos(np.pi * min(1.0, step / recipe.steps)))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
    run.track(model=model, optimizer=optimizer, schedule=schedule, workers=workers)
    if run.step == 0:
        run.spend("labels", trained)

    for step in run.steps(recipe.steps):
        # Every process draws for all workers, so that their streams stay the same.
        drawn = [run.rng("rows").choice(shard, size=recipe.batch_size) for shard in shards]
        changed = [flipped_and_shifted(pixels[torch.from_numpy(rows)], run.torch_rng("changes")) for rows in drawn]
        losses = []
        for worker in workers.members:
            target = label[torch.from_numpy(drawn[worker])].to(run.device)
            loss = F.cross_entropy(model(changed[worker].to(run.device)), target)
            loss.backward()
            workers.collect(worker)
            losses.append(loss.detach())
        workers.reduce()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        schedule.step()
        run.log(step, loss=torch.stack(losses).mean())
        if run.due("eval", recipe.eval_every):
            accuracy = _accuracy(model, pixels[trained:].to(run.device), label[trained:].to(run.device))
            run.log(step, test_accuracy=accuracy)

    run.save_model(lambda folder: write_network(folder, "image-classifier", model, network=network.keywords))
    run.summarise(test_accuracy=accuracy, weights=sum(one.numel() for one in model.parameters()))


def _accuracy(model: ResidualNet, pixels: torch.Tensor, label: torch.Tensor) -> float:
    model.eval()
    with torch.inference_mode():
        right = sum(
            int((model(x).argmax(1) == y).sum()) for x, y in zip(pixels.split(500), label.split(500), strict=True)
        )
    model.train()
    return right / max(1, len(label))
