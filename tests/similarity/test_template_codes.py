import numpy as np
import pytest

from shoestring.core.errors import BadDataError
from shoestring.similarity.template_codes import code_size, code_tables, decode_template, encode_template

VECTORS = np.random.default_rng(0).normal(size=(200, 12)).astype(np.float32)


def test_tables_are_what_they_are_called():
    tables = code_tables(VECTORS)
    for k in range(12):
        column = VECTORS[:, k].astype(float)
        middle = column.mean()
        assert tables["middle"][k] == pytest.approx(middle, abs=1e-6)
        assert tables["below"][k] == pytest.approx(column[column <= middle].mean(), rel=1e-4)
        assert tables["above"][k] == pytest.approx(column[column > middle].mean(), rel=1e-4)
        assert tables["low"][k] < column.min() and tables["low"][k] + 255 * tables["step"][k] > column.max()


def test_a_number_that_never_changes_stands_for_itself():
    constant = np.full((5, 2), 0.25, np.float32)
    tables = code_tables(constant)
    for storage in ("float", "bytes", "binary"):
        code = encode_template(constant[0].astype(float), storage, tables)
        np.testing.assert_allclose(decode_template(code, storage, tables), 0.25, atol=1e-6)


def test_a_byte_is_within_half_a_step_and_a_float_within_single_precision():
    tables = code_tables(VECTORS)
    for vector in VECTORS[:20].astype(float):
        gap = decode_template(encode_template(vector, "bytes", tables), "bytes", tables) - vector
        assert (np.abs(gap) <= 0.5001 * tables["step"]).all()
        np.testing.assert_allclose(decode_template(encode_template(vector, "float", tables), "float", tables), vector)


def test_a_code_does_not_depend_on_what_else_is_encoded():
    tables = code_tables(VECTORS)
    alone = encode_template(VECTORS[3].astype(float), "bytes", tables)
    # Ranges from the vector itself would put every number at an end of its range.
    assert len(set(alone)) > 6


def test_a_bit_stands_for_its_half():
    tables = code_tables(VECTORS)
    vector = VECTORS[5].astype(float)
    found = decode_template(encode_template(vector, "binary", tables), "binary", tables)
    expected = [tables["above"][k] if vector[k] > tables["middle"][k] else tables["below"][k] for k in range(12)]
    np.testing.assert_allclose(found, expected)


@pytest.mark.parametrize(("storage", "size"), [("float", 512), ("bytes", 128), ("binary", 16)])
def test_the_sizes_of_the_article(storage, size):
    vectors = np.random.default_rng(1).normal(size=(10, 128)).astype(np.float32)
    tables = code_tables(vectors)
    code = encode_template(vectors[0].astype(float), storage, tables)
    assert len(code) == code_size(128, storage) == size
    for wrong in (code[:-1], code + b"\0"):
        with pytest.raises(BadDataError, match="enrol the person again"):
            decode_template(wrong, storage, tables)
