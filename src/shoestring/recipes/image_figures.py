"""What the image recipes look at while they train."""

from typing import NamedTuple

from shoestring.core.files import atomic_write
from shoestring.core.run import Run
from shoestring.data.images import ImageSet
from shoestring.similarity.collapse import check_collapse
from shoestring.similarity.encoders import EncoderNetwork
from shoestring.similarity.label_noise import doubtful_samples
from shoestring.similarity.leaks import identity_leaks, item_leaks
from shoestring.similarity.metrics import eer, rank
from shoestring.similarity.templates import Matcher
from shoestring.similarity.verification_pairs import all_pairs, squared_distances


class Look(NamedTuple):
    """At the validation identities."""

    eer: float
    """Equal error rate, 0 to 1, of the distance of two pictures over all pairs: sixty pictures of six people give 270
    genuine pairs, while templates of five would give 30 genuine probes."""
    spread: float
    """Variance of the vectors over their mean squared length; 0 when all are one."""
    dimensions: float
    """Directions that carry it."""


def look_at(encoder: EncoderNetwork, samples: ImageSet, run: Run) -> Look:
    """Measure ``samples`` with the network as it is; a collapse is announced in the run's log."""
    vectors = encoder.encode(samples.pictures)
    pairs = all_pairs(samples.identity)
    found = check_collapse(vectors)
    for reason in found.reasons:
        run.narrate(f"warning: collapse at step {run.step}: {reason}")
    value = eer(rank(-squared_distances(vectors, pairs), pairs.same)).value
    return Look(value, found.spread, found.dimensions)


def warn_of_leaks(run: Run, **parts: ImageSet) -> int:
    """Say in the log which identities or pictures are in two parts of a split; how many there are."""
    leaks = identity_leaks({name: part.identity.tolist() for name, part in parts.items()})
    leaks += item_leaks({name: [picture.pixels for picture in part] for name, part in parts.items()})
    if leaks:
        run.narrate(f"warning: {len(leaks)} leaks between the parts of the split, the first: {leaks[0]}")
    return len(leaks)


def note_doubts(run: Run, matcher: Matcher, samples: ImageSet) -> int:
    """Write the pictures that look like somebody else's into the run's ``doubtful.txt``; how many there are.

    Of people whom the network trained on it may have learned wrong labels by heart; others show them better.
    """
    found = doubtful_samples(matcher, samples) or []
    if found:
        lines = [
            f"{one['person']}/{one['sample']} looks like {one['looks_like']}: "
            f"cosine {one['rival']:.3f}, with its own {one['own']:.3f}"
            for one in found
        ]
        atomic_write(run.folder.path / "doubtful.txt", "\n".join(lines) + "\n")
        run.narrate(f"{len(found)} labels to look at, listed in doubtful.txt; the first: {lines[0]}")
    return len(found)
