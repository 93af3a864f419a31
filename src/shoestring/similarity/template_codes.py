"""Unit vectors as stored templates: floats, a byte a number, or a bit a number.

What the codes stand for is learnt once from training items and stored with the model, so that a vector has one code
whatever else is encoded with it.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from shoestring.core.errors import BadDataError
from shoestring.similarity.vector_codes import Ranges, to_bits

Floats = NDArray[np.float64]
Tables = dict[str, NDArray[np.float32]]
Storage = Literal["float", "bytes", "binary"]
TABLES = ("low", "step", "middle", "below", "above")


def code_tables(vectors: NDArray[np.float32]) -> Tables:
    """From training vectors [N >= 2, D]: for each number the range, its mean, and what its two halves stand for.

    ``low``, ``step`` [D] are those of :class:`~shoestring.similarity.vector_codes.Ranges`; ``middle`` is the mean, and
    ``below`` and ``above`` are the means of the numbers on either side of it.
    """
    ranges = Ranges.fit(vectors)
    middle = vectors.mean(axis=0)
    upper = vectors > middle
    count = upper.sum(axis=0)
    above = np.where(upper, vectors, 0).sum(axis=0) / np.maximum(count, 1)
    below = np.where(upper, 0, vectors).sum(axis=0) / np.maximum(len(vectors) - count, 1)
    # A number that never changes has nothing above its mean.
    tables = (ranges.low, ranges.step, middle, below, np.where(count > 0, above, middle))
    return {name: table.astype(np.float32) for name, table in zip(TABLES, tables, strict=True)}


def code_size(width: int, storage: Storage) -> int:
    """Bytes of a stored vector: 128 numbers take 512, 128 or 16."""
    return {"float": 4 * width, "bytes": width, "binary": -(-width // 8)}[storage]


def encode_template(vector: Floats, storage: Storage, tables: Tables) -> bytes:
    """The code of ``vector`` [D]."""
    single = vector.astype(np.float32)[None]
    match storage:
        case "float":
            return single.astype("<f4").tobytes()
        case "bytes":
            return Ranges(tables["low"], tables["step"]).encode(single).tobytes()
        case "binary":
            return to_bits(single, tables["middle"]).tobytes()


def decode_template(code: bytes, storage: Storage, tables: Tables) -> Floats:
    """[D] what ``code`` stands for; raises BadDataError for a code of another size."""
    width = len(tables["low"])
    if len(code) != code_size(width, storage):
        raise BadDataError(
            f"a template of {len(code)} bytes, {code_size(width, storage)} expected; enrol the person again"
        )
    match storage:
        case "float":
            return np.frombuffer(code, "<f4").astype(np.float64)
        case "bytes":
            levels = np.frombuffer(code, np.int8)[None]
            return Ranges(tables["low"], tables["step"]).decode(levels)[0].astype(np.float64)
        case "binary":
            bits = np.unpackbits(np.frombuffer(code, np.uint8))[:width].astype(bool)
            return np.where(bits, tables["above"], tables["below"]).astype(np.float64)
