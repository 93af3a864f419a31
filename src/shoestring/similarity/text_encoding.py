"""Encoding many texts: buckets by token length, batches by a token budget, one flat array, or a file for millions."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.lib.format import write_array_header_1_0
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from shoestring.core.errors import BadDataError, ConfigError
from shoestring.data.text_rows import is_text
from shoestring.similarity.length_batches import cut_by_budget, padding_waste
from shoestring.similarity.tokens import Tokens

CHUNK = 32_768
"""Texts that are tokenised and sorted together; sorting more would hardly save padding and needs their memory."""
BUDGET = 4_096
"""Tokens of a batch, padding counted: enough to keep matrix products efficient, small enough for the caches."""
MOST = 1_024
"""Rows of a batch."""


class TextNetwork(Protocol):
    """What encoding needs of an encoder."""

    width: int
    training: bool
    pads: bool
    """Whether a batch is computed as wide as its longest text."""

    def prepare(self, items: Sequence[str]) -> Tokens: ...

    def __call__(self, prepared: Tokens) -> Tensor: ...

    def train(self, mode: bool = True) -> object: ...


@dataclass(frozen=True, eq=False)
class Encoded:
    """The vectors of texts and what computing them took."""

    vectors: NDArray[np.float32]
    """[N, D], unit length; zero for a text in which the encoder knows nothing."""
    tokens: int
    """Computed for, without padding."""
    waste: float
    """Share of the computed tokens that was padding."""
    repeats: int
    """Texts that were the same as another one of their chunk and not computed again."""


@torch.inference_mode()
def encode_texts(
    network: TextNetwork, texts: Sequence[str], *, budget: int = BUDGET, out: NDArray[np.float32] | None = None
) -> Encoded:
    """Unit vectors of ``texts`` in their order, written into ``out`` [N, D] where it is given.

    Raises:
        BadDataError: an item is no text, or holds half a surrogate pair.
    """
    if out is None:
        out = np.empty((len(texts), network.width), dtype=np.float32)
    training = network.training
    network.train(False)
    tokens = repeats = 0
    padded = 0.0
    try:
        for start in range(0, len(texts), CHUNK):
            part = texts[start : start + CHUNK]
            places: dict[str, int] = {}
            inverse = np.empty(len(part), dtype=np.int64)
            for i, text in enumerate(part):
                check_text(text, start + i)
                inverse[i] = places.setdefault(text, len(places))
            prepared = network.prepare(list(places))
            lengths = prepared.lengths
            batches = cut_by_budget(lengths, budget, MOST, padded=network.pads)
            found = np.empty((len(places), network.width), dtype=np.float32)
            for rows in batches:
                vectors = F.normalize(network(prepared.take(rows)).float(), dim=1, eps=1e-12)
                found[rows] = vectors.cpu().numpy()
            # Where nothing was the same, this copies; a repeated text costs one row of memory traffic.
            np.take(found, inverse, axis=0, out=out[start : start + len(part)])
            count = int(lengths.sum())
            tokens, repeats = tokens + count, repeats + len(part) - len(places)
            padded += count / (1 - padding_waste(lengths, batches)) if count and network.pads else count
    finally:
        network.train(training)
    return Encoded(out, tokens, 1 - tokens / padded if padded else 0.0, repeats)


def encode_to_file(
    network: TextNetwork, texts: Iterable[str], path: Path, count: int, *, budget: int = BUDGET
) -> Encoded:
    """Like :func:`encode_texts` for ``count`` texts from an iterator, written to ``path``, a NumPy file, while it runs.

    Memory stays at a few chunks whatever ``count`` is. ``path`` appears when it is complete; ``vectors`` of the result
    is the file, mapped read-only.

    Raises:
        BadDataError: there are fewer or more texts than ``count``, or no room on the disk.
    """
    path = Path(path)
    part = path.with_name(f".{path.name}.tmp")
    done = tokens = repeats = 0
    padded = 0.0
    try:
        # Written in order and not through a mapping: a full disk is an error then, and not the death of the process.
        with part.open("wb") as stream:
            header = {"descr": "<f4", "fortran_order": False, "shape": (count, network.width)}
            write_array_header_1_0(stream, header)
            for chunk in _chunks(texts):
                if done + len(chunk) > count:
                    raise BadDataError(f"{path}: there are more than the {count:,} texts that were announced")
                one = encode_texts(network, chunk, budget=budget)
                stream.write(one.vectors.astype("<f4", copy=False).tobytes())
                done, tokens, repeats = done + len(chunk), tokens + one.tokens, repeats + one.repeats
                padded += one.tokens / (1 - one.waste)
            if done != count:
                raise BadDataError(f"{path}: there were {done:,} texts, and {count:,} were announced")
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    except OSError as error:
        raise BadDataError(f"{path}: {error.strerror}; vectors of {count:,} texts need "
                           f"{4 * count * network.width:,} bytes") from error  # fmt: skip
    finally:
        part.unlink(missing_ok=True)
    stored = np.load(path, mmap_mode="r", allow_pickle=False)
    return Encoded(stored, tokens, 1 - tokens / padded if padded else 0.0, repeats)


def check_text(text: object, place: int) -> None:
    """Raises BadDataError, naming the ``place``, for what is no text or cannot be written as UTF-8."""
    if not isinstance(text, str):
        raise BadDataError(f"item {place} is {type(text).__name__}, not a text")
    if not is_text(text):
        raise BadDataError(f"item {place} has half a surrogate pair, which no text may have")


def kept_width(cut: int, width: int) -> int:
    """Numbers that are kept of a vector of ``width``: ``cut``, or all for 0. Raises ConfigError for more than all."""
    if cut > width:
        raise ConfigError(f"a size of {cut} is more than the {width} numbers that the vectors have")
    return cut or width


def _chunks(texts: Iterable[str]) -> Iterator[list[str]]:
    iterator = iter(texts)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk
