"""Train a new image encoder whose vectors match stored templates of an old one, so that nobody is enrolled again."""

from typing import Literal

import torch

from shoestring.core.component import component
from shoestring.core.errors import ConfigError
from shoestring.core.run import Run
from shoestring.data.augment import Augment, Changes, apply
from shoestring.data.images import ImageSet
from shoestring.distributed.compressors import Compressor, NoCompression
from shoestring.distributed.workers import Workers
from shoestring.nn.best import BestWeights
from shoestring.recipes.image_data import Crop, open_images
from shoestring.recipes.image_figures import look_at, warn_of_leaks
from shoestring.recipes.loading import load
from shoestring.recipes.signature_figures import error_figures
from shoestring.similarity.bridge import Bridge
from shoestring.similarity.calibration import Calibration
from shoestring.similarity.encoders.conv_small import ConvSmallEncoder
from shoestring.similarity.encoders.inception_nn2 import InceptionNn2Encoder
from shoestring.similarity.encoders.inception_small import InceptionSmallEncoder
from shoestring.similarity.group_batches import GroupBatch, GroupMix
from shoestring.similarity.losses import GroupLoss, Triplet
from shoestring.similarity.matchers import Centroid, CentroidMatcher
from shoestring.similarity.metrics import eer, rank
from shoestring.similarity.packed_vectors import unit_rows
from shoestring.similarity.protocol import Comparisons, compare, joined
from shoestring.similarity.sampling import IdentitySplit
from shoestring.similarity.verifier import Verifier


@component
class ImageHarmonic:
    """Harmonic embeddings: Schroff, Kalenichenko & Philbin 2015, section 7 and appendix A.

    Triplets mix vectors of the old and the new network, so that the new ones learn to lie where the old ones would
    look for them. It starts from a new network that was trained on its own, begins its last layer anew and trains that
    alone, then everything.
    """

    old: str = ""
    """The model whose templates are stored: a run, or a model folder, with the matcher ``centroid``."""
    new: str = ""
    """The better model to start from, trained on its own; its vectors are as long as the old ones."""
    data: str = "synthetic"
    """npz file, folder sorted by identity, "synthetic" or "glyphs"; the people whom ``new`` was trained on."""
    modality: Literal["face", "image"] = "face"
    crop: Crop = "none"
    loss: GroupLoss = Triplet()
    batch: GroupMix = GroupMix(identities=8, genuine=5, skilled=0)
    augment: Augment = Augment()
    matcher: Centroid = Centroid()
    split: IdentitySplit = IdentitySplit()
    compress: Compressor = NoCompression()
    steps: int = 300
    last_layer: int = 100
    """Steps, of these, in which only the last layer is trained."""
    learning_rate: float = 1e-3
    eval_every: int = 50
    """Steps between looks at new pictures against old templates of validation people; the best network is kept."""
    references: int = 5
    """Pictures that enrol an identity in calibration and test."""


def main(recipe: ImageHarmonic, run: Run) -> None:
    older, newer = (_centroid(where, run) for where in (recipe.old, recipe.new))
    samples = open_images(recipe.data, run, recipe.crop)
    training, validation, test = (samples.subset(part) for part in recipe.split.parts(samples))
    leaks = warn_of_leaks(run, training=training, validation=validation, test=test)
    encoder = newer.encoder
    if not isinstance(encoder, ConvSmallEncoder | InceptionSmallEncoder | InceptionNn2Encoder):
        raise ConfigError(f"new={recipe.new}: {encoder.config.kind} has no linear last layer to begin anew")
    encoder = encoder.to(run.device)
    encoder.out.reset_parameters()
    prepared = encoder.prepare(training)
    # Stored templates come from pictures as they are, so the old vectors are those of unchanged pictures.
    before = torch.from_numpy(unit_rows(older.encoder.encode(training.pictures))).float().to(run.device)

    sampler = recipe.batch.sampler(training, run.rng("batches"))
    changes = run.torch_rng("augment")
    optimizer = torch.optim.AdamW(encoder.parameters(), lr=recipe.learning_rate)
    best = BestWeights(encoder)
    workers = Workers(run, encoder, recipe.compress)
    run.track(encoder=encoder, optimizer=optimizer, sampler=sampler, best=best, workers=workers)
    if run.step == 0:
        run.spend("labels", len(training) + len(validation))

    def draw() -> tuple[GroupBatch, Changes]:
        batch = sampler.draw()
        return batch, recipe.augment.draw(len(batch.rows), changes)

    for step in run.steps(recipe.steps):
        only_last = step <= recipe.last_layer
        for weight in encoder.parameters():
            weight.requires_grad_(not only_last)
        encoder.out.requires_grad_(True)
        encoder.train(not only_last)
        batch, changed = workers.own(draw)
        rows, group = torch.from_numpy(batch.rows), torch.from_numpy(batch.group).to(run.device)
        vectors = encoder(apply(prepared[rows], changed))
        # Anchor, positive and negative may each be old or new.
        loss = recipe.loss(torch.cat([vectors, before[rows]]), torch.cat([group, group]))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        workers.reduce()
        optimizer.step()
        run.log(step, loss=loss)
        if run.due("eval", recipe.eval_every):
            look = look_at(encoder, validation, run)
            across = _eer(_compared(older, recipe.matcher.fit(encoder, training).following(older), validation, recipe))
            best.offer(across + look.eer, step)
            run.log(step, validation_eer=look.eer, validation_eer_across=across, best_step=best.step)

    best.restore()
    matcher = recipe.matcher.fit(encoder.cpu().eval(), training).following(older)
    # The thresholds have to hold for people enrolled before the upgrade and after it.
    after = compare(matcher, validation, references=recipe.references)
    both = joined([_compared(older, matcher, validation, recipe), after])
    calibration = Calibration.fit(both, None, "global")
    run.save_model(Verifier(matcher, calibration, modality=recipe.modality, title=run.folder.id).save)
    figures = error_figures(matcher, test, recipe.references)
    figures |= {f"{name}_old": value for name, value in error_figures(older, test, recipe.references).items()}
    across = error_figures(Bridge(older, matcher), test, recipe.references)
    figures |= {f"{name}_across": value for name, value in across.items()}
    run.summarise(best_step=best.step, leaks=leaks, **figures)


def _centroid(where: str, run: Run) -> CentroidMatcher:
    if not where:
        raise ConfigError("give old=RUN, the model whose templates are stored, and new=RUN, the model to start from")
    matcher = load(where, root=run.folder.path.parent).matcher
    if not isinstance(matcher, CentroidMatcher):
        raise ConfigError(f"{where}: its matcher is {matcher.kind}; old and new templates have to be of centroid")
    return matcher


def _compared(older: CentroidMatcher, newer: CentroidMatcher, samples: ImageSet, recipe: ImageHarmonic) -> Comparisons:
    return compare(Bridge(older, newer), samples, references=recipe.references)


def _eer(rows: Comparisons) -> float:
    return eer(rank(rows.score, rows.genuine)).value
