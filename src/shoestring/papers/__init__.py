"""The thirteen articles, in one table that imports nothing of what measures them."""

from dataclasses import dataclass

from shoestring.core.config import nearest
from shoestring.core.errors import NotFoundError


@dataclass(frozen=True)
class Paper:
    """One article."""

    slug: str
    """Its name on the command line, in REST and in ``docs/papers``; ``papers/<slug>.py`` measures it."""
    title: str
    scarce: str
    """What there is too little of; budget kinds are spelt as in the ledger."""
    headline: str
    """What ``shoestring reproduce`` re-measures."""
    built: bool = False
    """Whether its claims were measured in full: ``docs/papers/results/<slug>.json`` is there. A test compares."""


PAPERS = (
    Paper(
        "rl-tour", "A newcomer's tour of reinforcement learning", "env_steps",
        "Every classic algorithm reaches the exact solution, or solves its task.", built=True,
    ),
    Paper(
        "dalle", "Zero-shot text-to-image generation (DALL-E, 2021)", "labels",
        "Captions become images for attribute combinations never seen together; reranking the best of N helps.",
    ),
    Paper(
        "powersgd", "PowerSGD (2019)", "bytes",
        "The same accuracy for a small fraction of the bytes, and a wall-clock gain on a slow link.", built=True,
    ),
    Paper(
        "sbert", "Sentence-BERT (2019)", "comparisons",
        "The most similar pair of 10,000 sentences in seconds instead of days, with the quality kept.", built=True,
    ),
    Paper(
        "facenet", "FaceNet (2015)", "labels per identity",
        "Triplet loss, semi-hard mining and 128-byte templates verify people never seen in training.",
        built=True,
    ),
    Paper(
        "chopra2005", "Learning a similarity metric discriminatively (2005)", "labels per identity",
        "A contrastive loss verifies people who are absent from training.", built=True,
    ),
    Paper(
        "bromley1993", "Signature verification with a Siamese time delay neural network (1993)", "labels per identity",
        "Genuine signatures accepted, forgeries detected, from a template of 80 bytes.", built=True,
    ),
    Paper(
        "gae", "High-dimensional continuous control with generalised advantage estimation (2016)", "env_steps",
        "An intermediate lambda beats 0 and 1; TRPO with GAE solves continuous control.", built=True,
    ),
    Paper(
        "active-learning", "Learning with few samples II: active learning", "labels",
        "Fewer labels than random choice for the same accuracy.",
    ),
    Paper(
        "activations", "All PyTorch activation functions and their gradients", "attention",
        "Every activation, its gradient, and what it does to a deep stack.", built=True,
    ),
    Paper(
        "semi-supervised", "Learning with few samples I: semi-supervised learning", "labels",
        "A few labels with unlabelled data approach full supervision.",
    ),
    Paper(
        "pgpe", "Parameter-exploring policy gradients (2010)", "env_steps",
        "Lower gradient variance than exploring in action space.",
    ),
    Paper(
        "exploration", "Exploration strategies in deep reinforcement learning", "env_steps",
        "Sparse tasks solved that undirected exploration fails.",
    ),
)  # fmt: skip


def find_paper(slug: str) -> Paper:
    """The article ``slug``. Raises NotFoundError with the nearest name."""
    for paper in PAPERS:
        if paper.slug == slug:
            return paper
    raise NotFoundError(f"no article {slug!r}{nearest(slug, [paper.slug for paper in PAPERS])}")
