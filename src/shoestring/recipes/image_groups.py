"""Train an image encoder from identities, and calibrate a verifier with it."""

from functools import partial
from typing import Literal

import torch

from shoestring.core.component import component
from shoestring.core.run import Run
from shoestring.data.augment import Augment, Changes, apply
from shoestring.distributed.compressors import Compressor, NoCompression
from shoestring.distributed.workers import Workers
from shoestring.nn.best import BestWeights
from shoestring.recipes.image_data import Crop, open_images
from shoestring.recipes.image_figures import look_at, note_doubts, warn_of_leaks
from shoestring.recipes.signature_figures import error_figures
from shoestring.similarity.encoders import Encoder, InceptionSmall
from shoestring.similarity.grad_cache import backward_in_chunks
from shoestring.similarity.group_batches import GroupBatch, GroupMix
from shoestring.similarity.losses import ClassLoss, GroupLoss, Triplet
from shoestring.similarity.matchers import Centroid, Matching
from shoestring.similarity.sampling import IdentitySplit
from shoestring.similarity.verifier import Verifier


@component
class ImageGroups:
    """Metric learning on batches of identities, disjoint between training, validation and test."""

    data: str = "synthetic"
    """npz file, folder sorted by identity, or "synthetic" (faces, "synthetic:200") or "glyphs" for drawn pictures."""
    modality: Literal["face", "image"] = "face"
    """What the saved verifier says it compares."""
    crop: Crop = "none"
    """``face``: find the face in each picture and keep that; ``none``: pictures are framed already."""
    encoder: Encoder = InceptionSmall()
    loss: GroupLoss | ClassLoss = Triplet()
    batch: GroupMix = GroupMix(identities=8, genuine=5, skilled=0)
    augment: Augment = Augment()
    matcher: Matching = Centroid()
    split: IdentitySplit = IdentitySplit()
    compress: Compressor = NoCompression()
    steps: int = 400
    learning_rate: float = 2e-3
    weight_decay: float = 1e-2
    eval_every: int = 50
    """Steps between looks at the validation people; the network of the best look is kept."""
    references: int = 5
    """Pictures that enrol an identity in calibration and test."""
    chunk: int = 0
    """Pictures that go through the network at once, so that FaceNet's batch of 1,800 fits into memory; 0 for all.
    Batch normalisation then sees a chunk. It costs one more forward pass."""


def main(recipe: ImageGroups, run: Run) -> None:
    samples = open_images(recipe.data, run, recipe.crop)
    training, validation, test = (samples.subset(part) for part in recipe.split.parts(samples))
    leaks = warn_of_leaks(run, training=training, validation=validation, test=test)
    encoder = recipe.encoder.build().to(run.device)
    encoder.fit_scales(training)
    # Fitting pictures into the input does not depend on the weights: it is done once, and a step only picks rows.
    prepared = encoder.prepare(training)

    sampler = recipe.batch.sampler(training, run.rng("batches"))
    changes = run.torch_rng("augment")
    # A loss over all identities of the training set has weights of its own, which are thrown away at the end.
    loss_of = recipe.loss
    if isinstance(loss_of, ClassLoss):
        loss_of = loss_of.build(sampler.identities, encoder.width).to(run.device)
    heads = {"loss": loss_of} if isinstance(loss_of, torch.nn.Module) else {}
    weights = [*encoder.parameters(), *(weight for head in heads.values() for weight in head.parameters())]
    optimizer = torch.optim.AdamW(weights, lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, recipe.steps)
    best = BestWeights(encoder)
    workers = Workers(run, torch.nn.ModuleDict({"encoder": encoder, **heads}), recipe.compress)
    run.track(
        encoder=encoder, **heads, optimizer=optimizer, schedule=schedule, sampler=sampler, best=best, workers=workers
    )
    if run.step == 0:
        run.spend("labels", len(training) + len(validation))

    def draw() -> tuple[GroupBatch, Changes]:
        batch = sampler.draw()
        return batch, recipe.augment.draw(len(batch.rows), changes)

    for step in run.steps(recipe.steps):
        batch, changed = workers.own(draw)
        images = apply(prepared[torch.from_numpy(batch.rows)], changed)
        group = torch.from_numpy(batch.group).to(run.device)
        optimizer.zero_grad(set_to_none=True)
        if recipe.chunk:
            loss = backward_in_chunks(encoder, images, partial(loss_of, group=group), recipe.chunk)
        else:
            loss = loss_of(encoder(images), group)
            loss.backward()
        workers.reduce()
        optimizer.step()
        schedule.step()
        run.log(step, loss=loss)
        if run.due("eval", recipe.eval_every):
            look = look_at(encoder, validation, run)
            best.offer(look.eer, step)
            run.log(step, validation_eer=look.eer, best_step=best.step, spread=look.spread, dimensions=look.dimensions)

    best.restore()
    matcher = recipe.matcher.fit(encoder.cpu().eval(), training)
    verifier = Verifier.calibrate(
        matcher, validation, references=recipe.references, modality=recipe.modality, title=run.folder.id
    )
    run.save_model(verifier.save)
    run.summarise(
        best_validation_eer=best.value,
        best_step=best.step,
        leaks=leaks,
        doubtful=note_doubts(run, matcher, samples),
        weights=sum(weight.numel() for weight in encoder.parameters()),
        template_bytes=len(matcher.enrol(validation[: recipe.references]).payload),
        **error_figures(matcher, test, recipe.references),
    )
