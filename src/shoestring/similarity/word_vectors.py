"""Word vectors from files, the bundled ones first, and what is known of words without seeing a text."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from shoestring.core.errors import BadDataError, NotFoundError

BUNDLED = Path(__file__).parents[1] / "models" / "glove-6b-50d" / "words.safetensors"
MAX_BYTES = 8 << 30


@dataclass(frozen=True, eq=False)
class WordVectors:
    """Words and pieces, most frequent first, with the vectors of the words."""

    words: tuple[str, ...]
    pieces: tuple[str, ...]
    vectors: NDArray[np.float32]
    """[len(words), D]"""
    rank: NDArray[np.int64]
    """[len(words)] place by frequency, from 0."""


def read_vectors(source: str = "glove") -> WordVectors:
    """``glove`` for the bundled ones, or a file by falling frequency.

    Files are ``.npz`` with ``words`` and ``vectors``, or GloVe's own text (``.txt``: a word and its numbers a line).

    Raises:
        NotFoundError: no such file.
        BadDataError: the file is not what its name says.
    """
    path = BUNDLED if source == "glove" else Path(source).expanduser()
    if not path.is_file():
        raise NotFoundError(f"{path}: no such file of word vectors; vectors=glove takes those that ship")
    try:
        if path.suffix == ".safetensors":
            return _packed(load_file(path))
        bundled = _packed(load_file(BUNDLED))
        words, vectors = _text(path) if path.suffix == ".txt" else _npz(path)
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise BadDataError(f"{path}: {error}; expected word vectors, see the reference") from error
    kept = np.array([word.isalnum() and word == word.lower() for word in words])
    if vectors.ndim != 2 or len(words) != len(vectors) or not kept.any() or not np.isfinite(vectors).all():
        raise BadDataError(f"{path}: {len(words)} words and vectors of shape {vectors.shape} do not belong together")
    chosen = tuple(word for word, keep in zip(words, kept, strict=True) if keep)
    return WordVectors(chosen, bundled.pieces, vectors[kept].astype(np.float32), np.flatnonzero(kept))


def _packed(stored: dict[str, NDArray]) -> WordVectors:
    words = tuple(stored["words"].tobytes().decode().split("\n"))
    pieces = tuple(stored["pieces"].tobytes().decode().split("\n"))
    vectors = stored["codes"].astype(np.float32) * stored["scales"].astype(np.float32)[:, None]
    if not len(words) == len(vectors) == len(stored["rank"]):
        raise ValueError(f"{len(words)} words, {len(vectors)} vectors")
    return WordVectors(words, pieces, vectors, stored["rank"].astype(np.int64))


def _npz(path: Path) -> tuple[list[str], NDArray[np.float32]]:
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"larger than {MAX_BYTES} bytes")
    with np.load(path, allow_pickle=False) as file:
        return [str(word) for word in file["words"].tolist()], np.asarray(file["vectors"], dtype=np.float32)


def _text(path: Path) -> tuple[list[str], NDArray[np.float32]]:
    words, rows = [], []
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            word, *numbers = line.rstrip().split(" ")
            words.append(word)
            rows.append(np.array(numbers, dtype=np.float32))
    return words, np.stack(rows) if rows else np.zeros((0, 0), dtype=np.float32)


def word_chances(rank: NDArray[np.int64]) -> NDArray[np.float64]:
    """The share of each word in running text by Zipf's law in Mandelbrot's form, 1 / (rank + 2.7), summing to 1.

    Frequencies were not published with the vectors, and their order was.
    """
    chances = 1 / (np.asarray(rank, dtype=np.float64) + 2.7)
    return chances / chances.sum()


def frequency_weights(chances: NDArray[np.float64], smoothing: float) -> NDArray[np.float32]:
    r"""Smooth inverse frequency, :math:`a / (a + p)`: Arora, Liang & Ma 2017, algorithm 1."""
    return (smoothing / (smoothing + chances)).astype(np.float32)


def without_common(vectors: NDArray[np.float32], weights: NDArray[np.float64], remove: int) -> NDArray[np.float32]:
    """``vectors`` [N, D] less their weighted mean and their ``remove`` strongest directions.

    Mu & Viswanath 2018, "All-but-the-top": the directions that all words share say how frequent a word is, not what it
    means. 0 leaves the vectors as they are.
    """
    if not remove:
        return vectors
    share = (weights / weights.sum())[:, None]
    centred = vectors - (share * vectors).sum(axis=0)
    _, directions = np.linalg.eigh((share * centred).T @ centred)
    strongest = directions[:, ::-1][:, :remove]
    return (centred - (centred @ strongest) @ strongest.T).astype(np.float32)
