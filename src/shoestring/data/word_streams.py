"""Text as numbered words: sentences from a file of captions, or synthetic ones."""

import gzip
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shoestring.core.errors import BadDataError

END, UNKNOWN = 0, 1
"""Numbers of the end of a sentence and of words outside the vocabulary."""
MAX_LINE_BYTES = 1 << 16
MAX_LINES = 1_000_000


@dataclass(frozen=True, eq=False)
class Sentences:
    """Sentences as lists of words."""

    words: Sequence[Sequence[str]]
    sha256: str

    def __len__(self) -> int:
        return len(self.words)


def open_sentences(data: str) -> Sentences:
    """Sentences of a JSON-lines file (gzip or not) whose records have ``captions``, or of ``synthetic``.

    Raises:
        BadDataError: the file is missing, damaged, or has other records.
    """
    if data == "synthetic":
        return synthetic_sentences(2_000, np.random.default_rng(0))
    path = Path(data)
    found: list[list[str]] = []
    number = 0
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as stream:
            while (line := stream.readline(MAX_LINE_BYTES)) and number < MAX_LINES:
                number += 1
                for caption in json.loads(line)["captions"]:
                    found.append(re.findall(r"[a-z']+", str(caption).lower()))
        with path.open("rb") as raw:
            digest = sha256(raw.read()).hexdigest()
    except OSError as error:
        raise BadDataError(f"{path}: {error.strerror or error}; give a file of JSON lines with captions") from error
    except (ValueError, KeyError, TypeError, EOFError) as error:
        raise BadDataError(f"{path}: line {number}: {error!r}; every line needs a list of captions") from error
    if not found:
        raise BadDataError(f"{path}: no captions in it")
    return Sentences(found, digest)


def synthetic_sentences(count: int, draw: np.random.Generator) -> Sentences:
    """Sentences in which a noun decides its verb and a verb its place: something to learn, and nothing to own."""
    sizes = ("big", "small", "old", "young")
    nouns = [f"noun{k}" for k in range(12)]
    verbs = [f"verb{k}" for k in range(8)]
    places = [f"place{k}" for k in range(6)]
    found = []
    for _ in range(count):
        noun = int(draw.integers(len(nouns)))
        verb = (noun + int(draw.integers(2))) % len(verbs)
        place = (verb + int(draw.integers(2))) % len(places)
        found.append(["a", str(draw.choice(sizes)), nouns[noun], verbs[verb], "in", "the", places[place]])
    return Sentences(found, sha256(json.dumps(found).encode()).hexdigest())


def vocabulary(sentences: Sequence[Sequence[str]], size: int) -> dict[str, int]:
    """The ``size`` - 2 most frequent words, numbered from 2; equally frequent ones by the alphabet."""
    counts = Counter(word for sentence in sentences for word in sentence)
    ranked = sorted(counts, key=lambda word: (-counts[word], word))[: max(0, size - 2)]
    return {word: number for number, word in enumerate(ranked, start=2)}


def stream(sentences: Sequence[Sequence[str]], numbers: dict[str, int]) -> NDArray[np.int64]:
    """All sentences one after the other, each closed by :data:`END`."""
    return np.array([n for s in sentences for n in (*(numbers.get(word, UNKNOWN) for word in s), END)], dtype=np.int64)
