"""Verify faces or other pictures by fixed features: nothing is trained by gradients, a few people make the scale."""

from typing import Literal

from shoestring.core.component import component
from shoestring.core.run import Run
from shoestring.recipes.image_data import Crop, open_images
from shoestring.recipes.image_figures import note_doubts, warn_of_leaks
from shoestring.recipes.signature_figures import error_figures
from shoestring.similarity.encoders.local_patterns import LocalPatterns
from shoestring.similarity.matchers import Cohort, Matching
from shoestring.similarity.sampling import IdentitySplit
from shoestring.similarity.verifier import Verifier


@component
class ImagePatterns:
    """Local binary patterns, identities disjoint between those who make the scale, calibration and test."""

    data: str = "synthetic"
    """npz file, folder sorted by identity, or "synthetic" (faces, "synthetic:200") or "glyphs" for drawn pictures."""
    modality: Literal["face", "image"] = "face"
    """What the saved verifier says it compares."""
    crop: Crop = "none"
    """``face``: find the face in each picture and keep that; ``none``: pictures are framed already."""
    encoder: LocalPatterns = LocalPatterns()
    matcher: Matching = Cohort()
    split: IdentitySplit = IdentitySplit()
    references: int = 5
    """Pictures that enrol an identity in calibration and test."""


def main(recipe: ImagePatterns, run: Run) -> None:
    samples = open_images(recipe.data, run, recipe.crop)
    training, calibration, test = (samples.subset(part) for part in recipe.split.parts(samples))
    leaks = warn_of_leaks(run, training=training, validation=calibration, test=test)
    # There are no steps, and a resumed run just does it again.
    encoder = recipe.encoder.build()
    encoder.fit_scales(training)
    matcher = recipe.matcher.fit(encoder.eval(), training)
    if run.step == 0:
        run.spend("labels", len(training) + len(calibration))
    verifier = Verifier.calibrate(
        matcher, calibration, references=recipe.references, modality=recipe.modality, title=run.folder.id
    )
    run.save_model(verifier.save)
    run.summarise(
        leaks=leaks,
        doubtful=note_doubts(run, matcher, samples),
        template_bytes=len(matcher.enrol(calibration[: recipe.references]).payload),
        **error_figures(matcher, test, recipe.references),
    )
