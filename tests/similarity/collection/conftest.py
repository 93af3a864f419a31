"""Collections on either database, and an encoder that is small and real: hashed letter triples."""

import zlib
from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from shoestring.similarity.collection import Collections
from shoestring.similarity.search import unit


class Triples:
    """A text as counts of its letter triples in ``width`` buckets."""

    def __init__(self, width: int = 64, fingerprint: str = "triples/64") -> None:
        self.width, self.fingerprint = width, fingerprint
        self.encoded = 0

    def encode(self, items: Sequence[str]) -> np.ndarray:
        self.encoded += len(items)
        counts = np.zeros((len(items), self.width))
        for row, text in enumerate(items):
            padded = f"  {text.lower()} "
            for place in range(len(padded) - 2):
                counts[row, zlib.crc32(padded[place : place + 3].encode()) % self.width] += 1
        return unit(counts)


@pytest.fixture
def encoder() -> Triples:
    return Triples()


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SHOESTRING_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SHOESTRING_DATABASE", raising=False)


@pytest.fixture
def collections(database: str) -> Iterator[Collections]:
    opened = Collections.open(database)
    yield opened
    opened.close()


@pytest.fixture
def local(tmp_path) -> Iterator[Collections]:
    """On SQLite only, for what does not depend on the database."""
    opened = Collections.open(f"sqlite:///{tmp_path / 'local' / 'store.sqlite'}")
    yield opened
    opened.close()
