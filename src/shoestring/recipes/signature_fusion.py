"""Fit a verifier that needs no network: DTW alignments with stored references, a few numbers learned from people."""

from shoestring.core.component import component
from shoestring.core.run import Run
from shoestring.recipes.signature_data import open_signatures
from shoestring.recipes.signature_figures import error_figures
from shoestring.similarity.matchers import DtwReferences
from shoestring.similarity.sampling import IdentitySplit
from shoestring.similarity.verifier import Verifier


@component
class SignatureFusion:
    """Reference alignment with the weights of its differences, writers disjoint between fit, calibration and test."""

    data: str = "synthetic"
    """File or folder of signatures, or "synthetic" for generated writers."""
    matcher: DtwReferences = DtwReferences()
    split: IdentitySplit = IdentitySplit()
    references: int = 5
    """Genuine signatures that enrol a person in calibration and test."""


def main(recipe: SignatureFusion, run: Run) -> None:
    samples = open_signatures(recipe.data, run)
    training, calibration, test = (samples.subset(part) for part in recipe.split.parts(samples))
    # The fit has a closed form but for one convex minimum: there are no steps, and a resumed run just does it again.
    matcher = recipe.matcher.fit(None, training)
    if run.step == 0:
        run.spend("labels", len(training) + len(calibration))
    verifier = Verifier.calibrate(matcher, calibration, references=recipe.references, title=run.folder.id)
    run.save_model(verifier.save)
    run.summarise(
        template_bytes=len(matcher.enrol(calibration[: recipe.references]).payload),
        **error_figures(matcher, test, recipe.references),
    )
