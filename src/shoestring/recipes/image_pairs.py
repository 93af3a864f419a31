"""Train an image encoder from pairs that show the same or not, and calibrate a verifier with it."""

from typing import Literal

import numpy as np
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
from shoestring.similarity.encoders import Encoder, SiameseConv
from shoestring.similarity.losses import ExponentialContrastive, PairLoss
from shoestring.similarity.matchers import GaussianSubject, Matching
from shoestring.similarity.pooled_pairs import PooledPairs
from shoestring.similarity.sampling import IdentitySplit, PairMix, Pairs
from shoestring.similarity.verifier import Verifier


@component
class ImagePairs:
    """Siamese training on pairs of pictures, identities disjoint between training, validation and test."""

    data: str = "synthetic"
    """npz file, folder sorted by identity, or "synthetic" (faces, "synthetic:200") or "glyphs" for drawn pictures."""
    modality: Literal["face", "image"] = "face"
    """What the saved verifier says it compares."""
    crop: Crop = "none"
    """``face``: find the face in each picture and keep that; ``none``: pictures are framed already."""
    encoder: Encoder = SiameseConv()
    loss: PairLoss = ExponentialContrastive()
    pairs: PooledPairs | PairMix = PooledPairs()
    augment: Augment = Augment()
    matcher: Matching = GaussianSubject()
    split: IdentitySplit = IdentitySplit()
    compress: Compressor = NoCompression()
    steps: int = 300
    batch_size: int = 160
    """Pairs a step and worker."""
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2
    eval_every: int = 50
    """Steps between looks at the validation people; the network of the best look is kept."""
    references: int = 5
    """Pictures that enrol an identity in calibration and test."""


def main(recipe: ImagePairs, run: Run) -> None:
    samples = open_images(recipe.data, run, recipe.crop)
    training, validation, test = (samples.subset(part) for part in recipe.split.parts(samples))
    leaks = warn_of_leaks(run, training=training, validation=validation, test=test)
    encoder = recipe.encoder.build().to(run.device)
    encoder.fit_scales(training)
    # Fitting pictures into the input does not depend on the weights: it is done once, and a step only picks rows.
    prepared = encoder.prepare(training)

    sampler = recipe.pairs.sampler(training, run.rng("pairs"))
    changes = run.torch_rng("augment")
    optimizer = torch.optim.AdamW(encoder.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, recipe.steps)
    best = BestWeights(encoder)
    workers = Workers(run, encoder, recipe.compress)
    run.track(encoder=encoder, optimizer=optimizer, schedule=schedule, sampler=sampler, best=best, workers=workers)
    if run.step == 0:
        run.spend("labels", len(training) + len(validation))

    def draw() -> tuple[Pairs, np.ndarray, np.ndarray, Changes]:
        # At least one pair each, where the budget ends within a step of several workers.
        pairs = sampler.draw(max(1, run.afford("comparisons", recipe.batch_size)))
        run.spend("comparisons", len(pairs.same))
        # A picture that is in several pairs goes through the network once.
        rows, place = np.unique(pairs.both, return_inverse=True)
        return pairs, rows, place, recipe.augment.draw(len(rows), changes)

    for step in run.steps(recipe.steps):
        pairs, rows, place, changed = workers.own(draw)
        vectors = encoder(apply(prepared[torch.from_numpy(rows)], changed))
        left, right = vectors[torch.from_numpy(place)].chunk(2)
        loss = recipe.loss(left, right, torch.from_numpy(pairs.same).to(run.device))
        optimizer.zero_grad(set_to_none=True)
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
