"""Data sets of texts: pairs with scores, with classes, of duplicates; triplets; captions; and plain texts.

Column names are those of the usual data sets. Whatever a row lacks makes it a skipped row with a reason, and a file in
which no row is usable is an error that names the columns it has and the columns it needs.
"""

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoestring.core.errors import BadDataError
from shoestring.data.text_rows import Row, read_rows

LEFT = ("sentence1", "premise", "text1", "question1", "anchor", "query", "left")
RIGHT = ("sentence2", "hypothesis", "text2", "question2", "positive", "answer", "right")
SCORE = ("score", "similarity_score", "similarity", "relatedness_score")
LABEL = ("label", "is_duplicate", "same")
NEGATIVE = ("negative", "hard_negative")
TEXT = ("text", "sentence", "question", "title")
CLASSES = ("entailment", "neutral", "contradiction")
SAME = {"1": True, "true": True, "same": True, "duplicate": True, "1.0": True,
        "0": False, "false": False, "different": False, "0.0": False}  # fmt: skip
MAX_CHARACTERS = 100_000
"""Of one text; a longer one is a document and not a sentence."""


@dataclass(frozen=True, eq=False)
class TextPairs:
    """N pairs of texts, each with a target."""

    left: tuple[str, ...]
    right: tuple[str, ...]
    target: NDArray[np.float64]
    """[N]: a score in the unit of the file, the place of a class in ``classes``, or 1 for the same and 0 otherwise."""
    classes: tuple[str, ...] = ()
    source: str = ""
    skipped: Mapping[str, int] = field(default_factory=dict)
    """Rows that were left out, by reason."""

    def __len__(self) -> int:
        return len(self.left)

    def rows(self, keep: NDArray[Any]) -> "TextPairs":
        """The pairs at places ``keep``, or where the mask ``keep`` is true."""
        places = np.arange(len(self))[keep]
        left, right = (tuple(side[i] for i in places) for side in (self.left, self.right))
        return TextPairs(left, right, self.target[places], self.classes, self.source, self.skipped)


@dataclass(frozen=True, eq=False)
class Triplets:
    """N anchors, each with a text that means the same and one that does not; ``negative`` is "" where there is none."""

    anchor: tuple[str, ...]
    positive: tuple[str, ...]
    negative: tuple[str, ...]
    source: str = ""
    skipped: Mapping[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.anchor)

    def rows(self, keep: NDArray[Any]) -> "Triplets":
        """The triplets at places ``keep``, or where the mask ``keep`` is true."""
        places = np.arange(len(self))[keep]
        columns = (tuple(side[i] for i in places) for side in (self.anchor, self.positive, self.negative))
        return Triplets(*columns, self.source, self.skipped)


def read_scored(path: Path) -> TextPairs:
    """Pairs with a score, as in the STS benchmark and SICK: ``sentence1, sentence2, score``."""
    return _pairs(path, SCORE, _number, "score")


def read_classes(path: Path) -> TextPairs:
    """Pairs of natural language inference: ``premise, hypothesis, label``, label by name or 0, 1, 2 in that order."""
    return _pairs(path, LABEL, _nli_class, "label", CLASSES)


def read_same(path: Path) -> TextPairs:
    """Pairs that mean the same or not, as Quora's questions: ``sentence1, sentence2, label`` with 1 for the same."""
    return _pairs(path, LABEL, _same, "label")


def read_pairs(path: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Both texts of every row that has two, whatever else is in it. Raises BadDataError when no row has."""
    skipped: Counter[str] = Counter()
    columns: set[str] = set()
    found = []
    for _, row in read_rows(path, skipped):
        columns |= set(row)
        texts = _text(row, LEFT), _text(row, RIGHT)
        if _count(all(texts), skipped, "an empty text"):
            found.append(texts)
    if not found:
        raise _unusable(path, columns, f"{LEFT[0]} and {RIGHT[0]}", skipped)
    left, right = zip(*found, strict=True)
    return left, right


def read_triplets(path: Path) -> Triplets:
    """``anchor, positive, negative``, or what stands for them, told by the columns:

    - inference pairs: the premise with each entailed hypothesis, and a contradicting one of that premise or none;
    - pairs with a label of the same: those that are, without a negative;
    - pairs without any label: all of them, without a negative;
    - captions (``captions``, a list): the first of a row with each other one.
    """
    skipped: Counter[str] = Counter()
    rows = [row for _, row in read_rows(path, skipped)]
    columns = set().union(*map(set, rows[:100])) if rows else set()
    if "captions" in columns:
        found = _captions(rows, skipped)
    elif columns & set(NEGATIVE):
        texts = ((_text(row, LEFT), _text(row, RIGHT), _text(row, NEGATIVE)) for row in rows)
        found = [row for row in texts if _count(all(row), skipped, "an empty text")]
    elif columns & set(LABEL):
        found = _labelled(path, rows, skipped)
    else:
        texts = ((_text(row, LEFT), _text(row, RIGHT), "") for row in rows)
        found = [row for row in texts if _count(bool(row[0] and row[1]), skipped, "an empty text")]
    if not found:
        raise _unusable(path, columns, "two texts (anchor, positive), a negative or a label", skipped)
    anchor, positive, negative = zip(*found, strict=True)
    return Triplets(anchor, positive, negative, str(path), dict(skipped))


def read_texts(path: Path) -> tuple[tuple[str, ...], dict[str, int]]:
    """Every text of a file: its column ``text`` (or sentence, question, title), both sides of its pairs, its captions.

    Also returns the rows left out by reason. Raises BadDataError when there is none.
    """
    skipped: Counter[str] = Counter()
    texts: list[str] = []
    columns: set[str] = set()
    for _, row in read_rows(path, skipped):
        columns |= set(row)
        found = [_text(row, names) for names in (TEXT, LEFT, RIGHT, NEGATIVE)]
        found += [text for text in row.get("captions") or () if isinstance(text, str)]
        kept = [text for text in found if text]
        texts += kept
        _count(bool(kept), skipped, "an empty text")
    if not texts:
        raise _unusable(path, columns, "a column text", skipped)
    return tuple(texts), dict(skipped)


def content_hash(*columns: Iterable[str] | NDArray[Any]) -> str:
    """SHA-256 of what was read, independent of the file format."""
    digest = hashlib.sha256()
    for column in columns:
        if isinstance(column, np.ndarray):
            digest.update(column.tobytes())
        else:
            for text in column:
                digest.update(text.encode() + b"\0")
    return digest.hexdigest()


def _pairs(
    path: Path, names: Sequence[str], read: Callable[[Any], float | None], word: str, classes: tuple[str, ...] = ()
) -> TextPairs:
    skipped: Counter[str] = Counter()
    left: list[str] = []
    right: list[str] = []
    target: list[float] = []
    columns: set[str] = set()
    for _, row in read_rows(path, skipped):
        columns |= set(row)
        texts = _text(row, LEFT), _text(row, RIGHT)
        value = read(next((row[name] for name in names if name in row), None))
        if _count(all(texts), skipped, "an empty text") and _count(value is not None, skipped, f"no usable {word}"):
            left.append(texts[0])
            right.append(texts[1])
            target.append(float(value or 0.0))
    if not left:
        raise _unusable(path, columns, f"{LEFT[0]}, {RIGHT[0]} and {names[0]}", skipped)
    return TextPairs(tuple(left), tuple(right), np.array(target), classes, str(path), dict(skipped))


def _captions(rows: Sequence[Row], skipped: Counter[str]) -> list[tuple[str, str, str]]:
    found = []
    for row in rows:
        texts = [text.strip() for text in row.get("captions") or () if isinstance(text, str) and text.strip()]
        if _count(len(texts) > 1, skipped, "fewer than two captions"):
            found += [(texts[0], other, "") for other in texts[1:]]
    return found


def _labelled(path: Path, rows: Sequence[Row], skipped: Counter[str]) -> list[tuple[str, str, str]]:
    by_premise: dict[str, tuple[list[str], list[str]]] = {}
    for row in rows:
        left, right = _text(row, LEFT), _text(row, RIGHT)
        value = next((row[name] for name in LABEL if name in row), None)
        same = _same(value) if not isinstance(value, str) or value.strip().lower() not in CLASSES else None
        kind = None if same is None else same == 1.0
        if same is None and (place := _nli_class(value)) is not None:
            if place == 1:
                continue
            kind = place == 0
        if _count(bool(left and right), skipped, "an empty text") and _count(
            kind is not None, skipped, "no usable label"
        ):
            alike, unlike = by_premise.setdefault(left, ([], []))
            (alike if kind else unlike).append(right)
    found = []
    for premise, (alike, unlike) in by_premise.items():
        for k, text in enumerate(alike):
            found.append((premise, text, unlike[k % len(unlike)] if unlike else ""))
    return found


def _text(row: Row, names: Sequence[str]) -> str:
    value = next((row[name] for name in names if name in row), "")
    return value.strip()[:MAX_CHARACTERS] if isinstance(value, str) else ""


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _nli_class(value: Any) -> float | None:
    word = str(value).strip().lower()
    if word in CLASSES:
        return float(CLASSES.index(word))
    return float(word) if word in ("0", "1", "2") else None


def _same(value: Any) -> float | None:
    found = SAME.get(str(value).strip().lower())
    return None if found is None else float(found)


def _count(good: bool, skipped: Counter[str], reason: str) -> bool:
    if not good:
        skipped[reason] += 1
    return good


def _unusable(path: Path, columns: set[str], needed: str, skipped: Mapping[str, int]) -> BadDataError:
    left_out = "; ".join(f"{n:,} rows: {why}" for why, n in skipped.items())
    has = ", ".join(sorted(name[:40] for name in columns)[:12]) or "no column"
    return BadDataError(f"{path}: no usable row; it needs {needed} and has {has}{'; ' + left_out if left_out else ''}")
