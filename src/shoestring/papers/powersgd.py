"""Vogels, Karimireddy and Jaggi 2019, PowerSGD: what they claim and how it is measured here.

Bytes are computed from the shapes of the paper's own two networks. Accuracy is measured on a network and images small
enough for one core: four workers are simulated in one process, whose arithmetic is that of a network of processes (two
workers agree to the last bit, which a test shows). The learning rate is the one of SGD without compression throughout.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from scipy import stats

from shoestring.distributed.compressors import Compressor, NoCompression, PowerSGD
from shoestring.distributed.sharing import gradient_shapes
from shoestring.nn.residual_net import ResidualNet
from shoestring.nn.word_models import WordLstm
from shoestring.papers.claims import Claim, Verdict
from shoestring.recipes.training import train

Interval = tuple[float, float, float]
"""Value, low and high."""
IMAGES = Path("../shared/data/cifar10_jpeg/train.npz")
WORDS = Path("../shared/data/flickr8k_captions/train.jsonl.gz")
WIKITEXT_WORDS = 28_869
IMAGE_STEPS, WORD_STEPS = 24, 70
"""Steps of an epoch in the paper, which its table of megabytes follows from."""
POINTS, RATIO = 2.0, 1.05
"""A loss of accuracy, or a ratio of perplexities, that counts as none at this size."""
SETTINGS: Mapping[str, Sequence[str]] = {
    "sgd": ["compress.kind=none"],
    "rank1": ["compress.kind=powersgd", "compress.rank=1"],
    "rank2": ["compress.kind=powersgd", "compress.rank=2"],
    "rank4": ["compress.kind=powersgd", "compress.rank=4"],
    "rank1-no-feedback": ["compress.kind=powersgd", "compress.rank=1", "compress.feedback=false"],
    "rank2-no-feedback": ["compress.kind=powersgd", "compress.rank=2", "compress.feedback=false"],
    "rank2-cold": ["compress.kind=powersgd", "compress.rank=2", "compress.subspace=cold"],
    # As many bytes as rank 2; Top-K pays for its places as well.
    "random-block": ["compress.kind=random-block", "compress.rank=2"],
    "random-k": ["compress.kind=random-k", "compress.rank=2"],
    "top-k": ["compress.kind=top-k", "compress.rank=2"],
    # The paper gave the unbiased form an eighth of the learning rate, and so do we.
    "rank2-unbiased": ["compress.kind=unbiased-low-rank", "compress.rank=2", "learning_rate=0.0125"],
}
RANKS = ("sgd", "rank1", "rank2", "rank4")


@dataclass(frozen=True)
class Difference:
    """A comparison of two settings, seed by seed."""

    id: str
    statement: str
    source: str
    ours: str
    theirs: str
    published: float | None
    expected: str
    """``equal``, ``less`` or ``more``: what the paper says of the first setting."""
    on: str = "iid"


IMAGE_CLAIMS = (
    Difference("rank2-as-sgd", "Rank 2 is as accurate as SGD", "tables 1 and 3", "rank2", "sgd", 0.1, "equal"),
    Difference("rank4-as-sgd", "Rank 4 is as accurate as SGD", "table 3", "rank4", "sgd", 0.2, "equal"),
    Difference("rank1-below-sgd", "Rank 1 loses a little", "table 3", "rank1", "sgd", -0.7, "less"),
    Difference(
        "rank1-feedback", "Without feedback rank 1 loses much", "table 1", "rank1-no-feedback", "rank1", -9.5, "less"
    ),
    Difference(
        "rank2-feedback", "Without feedback rank 2 loses much", "table 1", "rank2-no-feedback", "rank2", -9.5, "less"
    ),
    Difference("cold", "A warm start is better than a cold one: rank 2", "table 2", "rank2", "rank2-cold", 0.4, "more"),
    Difference(
        "unbiased", "An unbiased update loses far more: rank 2", "table 1", "rank2-unbiased", "rank2", -18.5, "less"
    ),
    Difference("random-block", "A random block loses more", "table 4", "random-block", "rank2", -6.6, "less"),
    Difference("random-k", "Random entries lose more", "table 4", "random-k", "rank2", -1.8, "less"),
    Difference("top-k", "The largest entries lose more", "table 4", "top-k", "rank2", -0.8, "less"),
    Difference(
        "rank2-shifted", "Rank 2 is as accurate as SGD when each worker has classes of its own", "not in the paper",
        "rank2", "sgd", None, "equal", "shifted",
    ),
)  # fmt: skip
WORD_CLAIMS = (
    Difference("words-rank4", "Rank 4 has the perplexity of SGD", "table 3", "rank4", "sgd", 1.0, "equal"),
    Difference("words-rank2", "Rank 2 is close", "table 3", "rank2", "sgd", 1.022, "more"),
    Difference("words-rank1", "Rank 1 is worse", "table 3", "rank1", "sgd", 1.121, "more"),
)
BYTES = (
    ("resnet18", None, 1023.0), ("resnet18", 1, 243.0), ("resnet18", 2, 136.0), ("resnet18", 4, 72.0),
    ("lstm", None, 7730.0), ("lstm", 1, 310.0), ("lstm", 2, 203.0), ("lstm", 4, 120.0),
)  # fmt: skip


def measure(*, quick: bool, root: Path, images: Path = IMAGES, words: Path = WORDS) -> list[Claim]:
    """All claims. Full: three seeds; ``quick``: one seed and few steps. Runs are made under ``root``."""
    seeds = range(1 if quick else 3)
    claims = byte_claims()
    few = ["steps=60", "eval_every=60", "images=2000", "test_images=500"]
    many = ["steps=250", "eval_every=250", "images=9000", "test_images=3000"]
    image = ["workers=4", "width=8", "batch_size=16", f"data={images}", *(few if quick else many)]
    steps = 60 if quick else 300
    # Three layers learn nothing but how frequent words are in so few steps, and then every method is as good.
    word = [
        "workers=4", "words=800", "layers=1", "hidden=64", "batch_size=8", "learning_rate=20", f"data={words}",
        f"steps={steps}", f"eval_every={steps}",
    ]  # fmt: skip
    if images.exists():
        found = {("iid", name): _runs("powersgd-images", [*image, *SETTINGS[name]], seeds, root) for name in SETTINGS}
        shifted = [*image, "shards=shifted"]
        found |= {
            ("shifted", n): _runs("powersgd-images", [*shifted, *SETTINGS[n]], seeds, root) for n in ("sgd", "rank2")
        }
        claims += [accuracy_claim(one, found) for one in IMAGE_CLAIMS]
    else:
        claims += [_untested(one, f"needs {images}", "points of test accuracy") for one in IMAGE_CLAIMS]
    if words.exists():
        found = {("iid", name): _runs("powersgd-words", [*word, *SETTINGS[name]], seeds, root) for name in RANKS}
        claims += [perplexity_claim(one, found) for one in WORD_CLAIMS]
    else:
        claims += [_untested(one, f"needs {words}", "ratio of perplexities") for one in WORD_CLAIMS]
    return claims


@dataclass(frozen=True)
class Measured:
    """One setting over all seeds."""

    values: tuple[float, ...]
    """Accuracy in per cent, or perplexity."""
    spent: int
    """Bytes, all seeds together."""


def _runs(preset: str, overrides: Sequence[str], seeds: Sequence[int], root: Path) -> Measured:
    values, spent = [], 0
    for seed in seeds:
        run = train(preset, overrides, seed=seed, root=root, quiet=True)
        metrics = run.summary()["metrics"]
        values.append(100 * metrics["test_accuracy"] if "test_accuracy" in metrics else metrics["test_perplexity"])
        spent += run.spent().get("bytes", 0)
    return Measured(tuple(values), spent)


def step_bytes(network: str, compressor: Compressor) -> int:
    """Bytes that a worker puts into the collectives of one step of ``resnet18`` or ``lstm``, at the paper's sizes."""
    with torch.device("meta"):
        model = ResidualNet() if network == "resnet18" else WordLstm(WIKITEXT_WORDS)
    codec = compressor.codec(gradient_shapes(model))
    return sum(message.payload for message in codec.messages(codec.layout.plain_numbers, 1))


def byte_claims() -> list[Claim]:
    """Megabytes of an epoch, and how many times fewer they are at each rank: arithmetic, not measurement."""
    claims = []
    for network, rank, published in BYTES:
        dense = step_bytes(network, NoCompression())
        steps = IMAGE_STEPS if network == "resnet18" else WORD_STEPS
        name = "ResNet-18" if network == "resnet18" else "The LSTM"
        if rank is None:
            ours, metric, statement = dense * steps / 2**20, "MiB an epoch", f"{name} sends so much without compression"
        else:
            ours = dense / step_bytes(network, PowerSGD(rank=rank, minimum_rate=0))
            metric, statement = "times fewer bytes", f"{name} sends so many times fewer bytes at rank {rank}"
        same = round(ours) == published
        claims.append(
            Claim(
                id=f"bytes-{network}-{rank or 'sgd'}",
                statement=statement,
                source="table 3",
                metric=metric,
                published=published,
                ours=round(ours, 3),
                seeds=0,
                verdict="met" if same else "not met",
                why="computed from the shapes of the network",
                command="shoestring reproduce powersgd",
            )  # fmt: skip
        )
    return claims


def accuracy_claim(claim: Difference, found: Mapping[tuple[str, str], Measured]) -> Claim:
    """The difference in points, paired by seed."""
    ours, theirs = found[claim.on, claim.ours], found[claim.on, claim.theirs]
    interval = paired_interval(np.subtract(ours.values, theirs.values))
    verdict = judged(claim.expected, interval, 0.0, POINTS)
    levels = f"{np.mean(ours.values):.1f} % beside {np.mean(theirs.values):.1f} %"
    why = f"{levels}; equal means within {POINTS:g} points; four workers, 16 x 16 pixels, a net of 20,000 weights"
    return _claim(claim, "points of test accuracy", interval, (verdict, why), (ours, theirs))


def perplexity_claim(claim: Difference, found: Mapping[tuple[str, str], Measured]) -> Claim:
    """The ratio of perplexities, paired by seed."""
    ours, theirs = found[claim.on, claim.ours], found[claim.on, claim.theirs]
    logs = paired_interval(np.log(ours.values) - np.log(theirs.values))
    value, low, high = (math.exp(number) for number in logs)
    verdict = judged(claim.expected, (value, low, high), 1.0, RATIO - 1)
    levels = f"perplexity {np.mean(ours.values):.1f} beside {np.mean(theirs.values):.1f}"
    why = f"{levels}; equal means within {100 * (RATIO - 1):.0f} %; four workers, captions, an LSTM of one layer of 64"
    return _claim(claim, "ratio of perplexities", (value, low, high), (verdict, why), (ours, theirs))


def paired_interval(differences: Sequence[float] | np.ndarray) -> Interval:
    """Mean with the 95 % interval of Student's t; with a single seed the interval is infinite."""
    values = np.asarray(differences, dtype=float)
    mean = float(values.mean())
    if len(values) < 2:
        return mean, -math.inf, math.inf
    half = float(stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / math.sqrt(len(values)))
    return mean, mean - half, mean + half


def judged(expected: str, found: Interval, equal: float, margin: float) -> Verdict:
    """*met*: the interval proves it (for ``equal``: lies within the margin). *In direction*: only the value fits."""
    value, low, high = found
    if expected == "equal":
        inside = equal - margin <= low and high <= equal + margin
        return "met" if inside else "met in direction" if abs(value - equal) <= margin else "not met"
    sign = 1 if expected == "more" else -1
    proved = min(sign * low, sign * high) > sign * equal
    return "met" if proved else "met in direction" if sign * value > sign * equal else "not met"


def _claim(
    claim: Difference, metric: str, found: Interval, judgement: tuple[Verdict, str], pair: tuple[Measured, Measured]
) -> Claim:
    (value, low, high), (verdict, why) = found, judgement
    known = math.isfinite(low) and math.isfinite(high) and high < 1e6
    return Claim(
        id=claim.id, statement=f"{claim.statement}: {claim.ours} against {claim.theirs}", source=claim.source,
        metric=metric, published=claim.published, ours=round(value, 3), low=round(low, 3) if known else None,
        high=round(high, 3) if known else None, seeds=len(pair[0].values),
        budget={"bytes": sum(one.spent for one in pair)}, verdict=verdict, why=why,
        command="shoestring reproduce powersgd",
    )  # fmt: skip


def _untested(claim: Difference, why: str, metric: str) -> Claim:
    return Claim(
        id=claim.id, statement=claim.statement, source=claim.source, metric=metric, published=claim.published,
        ours=None, seeds=0, verdict="not testable here", why=why, command="shoestring reproduce powersgd",
    )  # fmt: skip
