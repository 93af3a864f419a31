"""Generated pairs of sentences with a known likeness: everything runs at once, and says nothing about language.

A sentence says who does what to what, where. A word of it may be replaced by one that means the same, which changes
nothing, or by one that does not, which does. The score of a pair is 5 times the share of parts that mean the same.
"""

import numpy as np

from shoestring.data.texts import CLASSES, TextPairs

Meaning = tuple[str, ...]
WHO: tuple[Meaning, ...] = (
    ("man", "guy"), ("woman", "lady"), ("child", "kid"), ("doctor", "physician"), ("teacher", "instructor"),
    ("soldier", "warrior"), ("chef", "cook"), ("dog", "puppy"), ("lawyer", "attorney"), ("singer", "vocalist"),
)  # fmt: skip
DOES: tuple[Meaning, ...] = (
    ("buys", "purchases"), ("repairs", "fixes"), ("carries", "transports"), ("finds", "discovers"),
    ("destroys", "ruins"), ("watches", "observes"), ("paints", "colours"), ("sells", "offers"),
)  # fmt: skip
WHAT: tuple[Meaning, ...] = (
    ("car", "automobile"), ("house", "home"), ("picture", "photograph"), ("boat", "ship"), ("book", "novel"),
    ("road", "street"), ("bread", "loaf"), ("stone", "rock"), ("phone", "telephone"), ("gun", "weapon"),
)  # fmt: skip
WHERE: tuple[Meaning, ...] = (
    ("city", "town"), ("forest", "woods"), ("shop", "store"), ("hospital", "clinic"), ("beach", "shore"),
    ("school", "college"), ("office", "workplace"), ("garden", "yard"),
)  # fmt: skip
PARTS = (WHO, DOES, WHAT, WHERE)


def scored_paraphrases(count: int, seed: int = 0) -> TextPairs:
    """``count`` pairs with scores from 0 to 5."""
    draw = np.random.default_rng(seed)
    left, right, scores = [], [], []
    for _ in range(count):
        first = [int(draw.integers(len(part))) for part in PARTS]
        kept = draw.random(len(PARTS)) < draw.random()
        second = [_other(one, len(part), keep, draw) for one, part, keep in zip(first, PARTS, kept, strict=True)]
        left.append(_sentence(first, draw))
        right.append(_sentence(second, draw))
        scores.append(5 * float(np.mean(kept)))
    return TextPairs(tuple(left), tuple(right), np.array(scores), source="generated")


def inferred_paraphrases(count: int, seed: int = 0) -> TextPairs:
    """``count`` pairs of inference: entailment says the same, contradiction another deed, neutral another place."""
    draw = np.random.default_rng(seed)
    left, right, classes = [], [], []
    for _ in range(count):
        first = [int(draw.integers(len(part))) for part in PARTS]
        label = int(draw.integers(3))
        changed = {0: (), 1: (3,), 2: (1,)}[label]
        second = [_other(one, len(part), i not in changed, draw) for i, (one, part) in
                  enumerate(zip(first, PARTS, strict=True))]  # fmt: skip
        left.append(_sentence(first, draw))
        right.append(_sentence(second, draw))
        classes.append(float(label))
    return TextPairs(tuple(left), tuple(right), np.array(classes), CLASSES, "generated")


def _other(one: int, count: int, keep: bool, draw: np.random.Generator) -> int:
    return one if keep else (one + 1 + int(draw.integers(count - 1))) % count


def _sentence(meanings: list[int], draw: np.random.Generator) -> str:
    words = [part[meaning][int(draw.integers(2))] for part, meaning in zip(PARTS, meanings, strict=True)]
    return "The {} {} the {} in the {}.".format(*words)
