import io
import zipfile

import numpy as np
import pytest
from numpy.lib import format as npy

from shoestring.core.errors import BadDataError
from shoestring.data.npz import array_names, read_arrays


def test_arrays_come_back_as_numpy_wrote_them(tmp_path):
    path = tmp_path / "a.npz"
    wanted = {"x": np.arange(6.0).reshape(2, 3), "y": np.asfortranarray(np.arange(6).reshape(2, 3)), "z": np.array(7)}
    np.savez(path, **wanted, other=np.zeros(5))
    assert array_names(path) == {"x", "y", "z", "other"}
    found = read_arrays(path, ["x", "y", "z"])
    assert set(found) == set(wanted)
    for name, array in wanted.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype


def test_only_what_is_asked_for_counts_against_the_limit(tmp_path):
    path = tmp_path / "a.npz"
    np.savez_compressed(path, small=np.zeros(4, np.uint8), large=np.zeros(10_000, np.uint8))
    assert read_arrays(path, ["small"], limit=1_000)["small"].shape == (4,)
    with pytest.raises(BadDataError, match="unpacks to 10128 bytes, the limit is 1000"):
        read_arrays(path, ["large"], limit=1_000)


def test_python_objects_are_refused_without_being_loaded(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, x=np.array([{}], dtype=object))
    with pytest.raises(BadDataError, match="never Python objects"):
        read_arrays(path, ["x"])


@pytest.mark.parametrize("shape", [(10**9, 10**9), (3,), (-1,)])
def test_a_header_that_lies_about_its_size_is_refused(tmp_path, shape):
    stream = io.BytesIO()
    npy.write_array_header_1_0(stream, {"descr": "<f8", "fortran_order": False, "shape": shape})
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("x.npy", stream.getvalue() + b"\0" * 16)
    with pytest.raises(BadDataError, match="announces shape"):
        read_arrays(tmp_path / "a.npz", ["x"])


def test_what_is_no_archive_is_refused(tmp_path):
    (tmp_path / "a.npz").write_bytes(b"GIF89a")
    for read in (array_names, lambda path: read_arrays(path, ["x"])):
        with pytest.raises(BadDataError, match=r"a\.npz: is not a readable npz file"):
            read(tmp_path / "a.npz")
