"""Train a signature encoder from pairs that are genuine or not, and calibrate a verifier with it."""

import torch

from shoestring.core.component import component
from shoestring.core.run import Run
from shoestring.distributed.compressors import Compressor, NoCompression
from shoestring.distributed.workers import Workers
from shoestring.nn.best import BestWeights
from shoestring.recipes.signature_data import open_signatures
from shoestring.recipes.signature_figures import error_figures
from shoestring.similarity.encoders import Encoder, SignatureTdnn
from shoestring.similarity.losses import CosineTarget, PairLoss
from shoestring.similarity.matchers import GaussianSigner, Matching
from shoestring.similarity.sampling import IdentitySplit, PairMix
from shoestring.similarity.verifier import Verifier


@component
class SignaturePairs:
    """Siamese training on pairs of signatures, writers disjoint between training, validation and test."""

    data: str = "synthetic"
    """File or folder of signatures, or "synthetic" (or "synthetic:200") for generated writers."""
    encoder: Encoder = SignatureTdnn()
    loss: PairLoss = CosineTarget()
    pairs: PairMix = PairMix()
    matcher: Matching = GaussianSigner()
    compress: Compressor = NoCompression()
    steps: int = 1_000
    batch_size: int = 64
    """Pairs a step and worker."""
    learning_rate: float = 3e-3
    eval_every: int = 50
    """Steps between looks at the validation pairs; the network of the best look is kept."""
    validation_pairs: int = 960
    split: IdentitySplit = IdentitySplit(validation=4)
    references: int = 5
    """Genuine signatures that enrol a person in calibration and test."""


def main(recipe: SignaturePairs, run: Run) -> None:
    samples = open_signatures(recipe.data, run)
    training, validation, test = (samples.subset(part) for part in recipe.split.parts(samples))
    encoder = recipe.encoder.build().to(run.device)
    encoder.fit_scales(training)
    # Preprocessing does not depend on the weights: it is done once, and a step only picks rows.
    prepared, prepared_validation = encoder.prepare(training), encoder.prepare(validation)

    sampler = recipe.pairs.sampler(training, run.rng("pairs"))
    judged = recipe.pairs.sampler(validation, run.rng("validation")).draw(recipe.validation_pairs)
    optimizer = torch.optim.Adam(encoder.parameters(), lr=recipe.learning_rate)
    best = BestWeights(encoder)
    workers = Workers(run, encoder, recipe.compress)
    run.track(encoder=encoder, optimizer=optimizer, sampler=sampler, best=best, workers=workers)
    if run.step == 0:
        run.spend("labels", len(training) + len(validation))

    for step in run.steps(recipe.steps):
        drawn = sampler.draw(run.afford("comparisons", recipe.batch_size * workers.count))
        pairs = drawn.part(workers.index, workers.count)
        vectors = encoder(prepared[torch.from_numpy(pairs.both)])
        left, right = vectors.chunk(2)
        loss = recipe.loss(left, right, torch.from_numpy(pairs.same).to(run.device))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        workers.reduce()
        optimizer.step()
        run.spend("comparisons", len(drawn.same))
        run.log(step, loss=loss)
        if run.due("eval", recipe.eval_every):
            with torch.inference_mode():
                left, right = encoder(prepared_validation[torch.from_numpy(judged.both)]).chunk(2)
                same = torch.from_numpy(judged.same).to(run.device)
                value = float(recipe.loss(left, right, same))
            best.offer(value, step)
            run.log(step, validation_loss=value, best_step=best.step)

    best.restore()
    matcher = recipe.matcher.fit(encoder.cpu().eval(), training)
    template_bytes = len(matcher.enrol(validation[: recipe.references]).payload)
    verifier = Verifier.calibrate(matcher, validation, references=recipe.references, title=run.folder.id)
    run.save_model(verifier.save)
    run.summarise(
        best_validation_loss=best.value,
        best_step=best.step,
        weights=sum(weight.numel() for weight in encoder.parameters()),
        template_bytes=template_bytes,
        **error_figures(matcher, test, recipe.references),
    )
