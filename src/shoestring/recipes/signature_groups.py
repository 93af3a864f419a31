"""Train a signature encoder from identities, and calibrate a verifier with it."""

import numpy as np
import torch

from shoestring.core.component import component
from shoestring.core.run import Run
from shoestring.distributed.compressors import Compressor, NoCompression
from shoestring.distributed.workers import Workers
from shoestring.nn.best import BestWeights
from shoestring.recipes.signature_data import open_signatures
from shoestring.recipes.signature_figures import error_figures
from shoestring.similarity.encoders import Encoder, StrokeNet
from shoestring.similarity.group_batches import GroupMix
from shoestring.similarity.losses import GroupLoss, Triplet
from shoestring.similarity.matchers import GaussianSigner, References
from shoestring.similarity.metrics import eer, rank
from shoestring.similarity.protocol import compare
from shoestring.similarity.sampling import IdentitySplit
from shoestring.similarity.verifier import Verifier


@component
class SignatureGroups:
    """Metric learning on batches of identities, writers disjoint between training, validation and test."""

    data: str = "synthetic"
    """File or folder of signatures, or "synthetic" for generated writers."""
    encoder: Encoder = StrokeNet()
    loss: GroupLoss = Triplet()
    batch: GroupMix = GroupMix()
    matcher: References | GaussianSigner = References()
    compress: Compressor = NoCompression()
    steps: int = 1_000
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2
    eval_every: int = 100
    """Steps between looks at the validation writers' equal error rate; the network of the best look is kept."""
    split: IdentitySplit = IdentitySplit()
    references: int = 5
    """Genuine signatures that enrol a person in validation, calibration and test."""


def main(recipe: SignatureGroups, run: Run) -> None:
    samples = open_signatures(recipe.data, run)
    training, validation, test = (samples.subset(part) for part in recipe.split.parts(samples))
    encoder = recipe.encoder.build().to(run.device)
    encoder.fit_scales(training)
    # Preprocessing does not depend on the weights: it is done once, and a step only picks rows.
    prepared = encoder.prepare(training)

    sampler = recipe.batch.sampler(training, run.rng("batches"))
    optimizer = torch.optim.AdamW(encoder.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, recipe.steps)
    best = BestWeights(encoder)
    workers = Workers(run, encoder, recipe.compress)
    run.track(
        encoder=encoder, optimizer=optimizer, schedule=schedule, sampler=sampler, best=best, workers=workers
    )  # fmt: skip
    if run.step == 0:
        run.spend("labels", len(training) + len(validation))

    for step in run.steps(recipe.steps):
        batch = workers.own(sampler.draw)
        loss = recipe.loss(
            encoder(prepared[torch.from_numpy(batch.rows)]), torch.from_numpy(batch.group).to(run.device)
        )
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        workers.reduce()
        optimizer.step()
        schedule.step()
        run.log(step, loss=loss)
        if run.due("eval", recipe.eval_every):
            encoder.eval()
            matcher = recipe.matcher.fit(encoder, training)
            scores = compare(matcher, validation, references=recipe.references)
            values = {
                kind: eer(rank(scores.against(kind).score, scores.against(kind).genuine)).value
                for kind in ("skilled", "random")
                if scores.count(kind)
            }
            encoder.train()
            best.offer(float(np.mean(list(values.values()))), step)
            run.log(step, best_step=best.step, **{f"validation_eer_{kind}": value for kind, value in values.items()})

    best.restore()
    matcher = recipe.matcher.fit(encoder.cpu().eval(), training)
    verifier = Verifier.calibrate(matcher, validation, references=recipe.references, title=run.folder.id)
    run.save_model(verifier.save)
    run.summarise(
        best_validation_eer=best.value,
        best_step=best.step,
        weights=sum(weight.numel() for weight in encoder.parameters()),
        template_bytes=len(matcher.enrol(validation[: recipe.references]).payload),
        **error_figures(matcher, test, recipe.references),
    )
