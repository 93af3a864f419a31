import numpy as np
import pytest

from shoestring.core.errors import BadDataError
from shoestring.similarity.packed_vectors import pack_vectors, unit_rows, unpack_vectors

PRINT = "0123456789abcdef"
VECTORS = unit_rows(np.random.default_rng(0).normal(size=(3, 10)) * [[1], [1e-3], [5]])


@pytest.mark.parametrize(("storage", "size", "error"), [("float", 4 + 3 * 40, 1e-7), ("bytes", 4 + 3 * 14, 0.004)])
def test_what_is_packed_is_read_again(storage, size, error):
    payload = pack_vectors(VECTORS, PRINT, storage)
    assert len(payload) == size and payload[:4] == b"\x03\x01\x23\x45"
    found = unpack_vectors(payload, PRINT, storage, 10)
    assert np.abs(found - VECTORS).max() <= error
    # Half a step of the range that each vector has.
    assert storage == "float" or (np.abs(found - VECTORS) <= np.abs(VECTORS).max(axis=1)[:, None] / 253).all()


def test_a_vector_of_zeros_stays_one():
    assert not unpack_vectors(pack_vectors(np.zeros((1, 4)), PRINT, "bytes"), PRINT, "bytes", 4).any()
    assert not unit_rows(np.zeros((1, 4))).any()


@pytest.mark.parametrize("storage", ["float", "bytes"])
def test_anything_else_is_refused(storage):
    payload = pack_vectors(VECTORS, PRINT, storage)
    for wrong in (b"", payload[:-1], payload + b"\0", b"\0" + payload[1:], payload[:1] + b"abc" + payload[4:]):
        with pytest.raises(BadDataError, match="enrol the person again"):
            unpack_vectors(wrong, PRINT, storage, 10)
