import io
import zipfile

import numpy as np
import pytest

from shoestring.core.errors import BadDataError
from shoestring.data import stroke_npz
from shoestring.data.stroke_npz import npz_captures, omniglot_captures

POINTS = np.array(
    [
        [0, 0, 100, 0, 900, 450, 0],
        [3, 4, 110, 1, 900, 450, 1023],
        [5, 5, 120, 1, 900, 450, 500],
        [7, 7, 0, 1, 0, 0, 10],
        [8, 9, 10, 1, 0, 0, 20],
    ],
    dtype=np.int32,
)
SVC = {
    "points": POINTS,
    "offsets": np.array([0, 3, 5]),
    "user": np.array([4, 4]),
    "sample": np.array([1, 21]),
    "genuine": np.array([True, False]),
}
UNIPEN = {
    "points": np.array([[0, 0, 0], [2, 0, 0], [12, 0, 1], [14, 0, 1]], dtype=np.int16),
    "offsets": np.array([0, 4]),
    "writer": np.array(["w1"]),
    "word": np.array(["it"]),
    "source": np.array(["abm"]),
}
OMNIGLOT = {
    "points": np.array([[0, 100, 0], [1, 90, 50], [2, 80, 90], [3, 70, 0], [4, 60, 9]], dtype=np.float32),
    "stroke": np.array([0, 0, 1, 0, 0]),
    "offsets": np.array([0, 3, 5]),
    "label": np.array([1, 0]),
    "drawer": np.array([7, 7]),
    "class_names": np.array(["Greek/alpha", "Greek/beta"]),
}


def save(folder, arrays):
    path = folder / "data.npz"
    np.savez_compressed(path, **arrays)
    return path


def test_the_svc_layout(tmp_path):
    (own, forged), notes = npz_captures(save(tmp_path, SVC))
    assert notes == [] and (own.writer, own.genuine, own.sample) == ("4", True, 1) and not forged.genuine
    signature = own.signature()[0]
    assert signature.pen_down.tolist() == [False, True, True] and signature.pressure.tolist()[:2] == [0, 1]
    # 90 degrees clockwise from +y is +x.
    np.testing.assert_allclose(signature.azimuth, 0, atol=1e-6)
    np.testing.assert_allclose(signature.t, [0, 0.01, 0.02], rtol=1e-6)


def test_the_unipen_layout(tmp_path):
    (word,), notes = npz_captures(save(tmp_path, UNIPEN))
    assert word.writer == "abm/w1" and word.genuine and "100 points a second assumed" in notes[0]
    signature = word.signature()[0]
    assert signature.x.tolist() == [0, 2, 7, 12, 14] and signature.pen_down.tolist() == [True, True, False, True, True]
    np.testing.assert_allclose(signature.t, [0, 0.01, 0.035, 0.06, 0.07], rtol=1e-6)


def test_the_omniglot_layout_by_drawer_and_by_character(tmp_path):
    path = save(tmp_path, OMNIGLOT)
    beta, alpha = npz_captures(path)[0]
    assert (beta.writer, beta.sample, alpha.writer, alpha.sample) == ("Greek/07", 1, "Greek/07", 2)
    np.testing.assert_array_equal(beta.y, [5, 15, 25])
    assert beta.signature()[0].pen_down.tolist() == [True, True, False, True]
    assert [c.writer for c in omniglot_captures(path, identity="character")] == ["Greek/beta", "Greek/alpha"]
    with pytest.raises(BadDataError, match="identity is 'symbol'"):
        list(omniglot_captures(path, identity="symbol"))
    with pytest.raises(BadDataError, match="expected Omniglot"):
        list(omniglot_captures(save(tmp_path, SVC)))


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"a": np.zeros(3)}, "holds a; known layouts are SVC2004"),
        (SVC | {"offsets": np.array([0, 3])}, "offsets must rise from 0 to 5"),
        (SVC | {"offsets": np.array([0, 6, 5])}, "offsets must rise"),
        (SVC | {"offsets": np.array([1, 3, 5])}, "offsets must rise"),
        (SVC | {"offsets": np.array([0.0, 3, 5])}, "not whole numbers"),
        (SVC | {"offsets": np.array([[0, 3, 5]])}, "not whole numbers"),
        (SVC | {"points": POINTS[:, :5]}, "points has shape"),
        (SVC | {"points": POINTS.astype("U4")}, "points has shape"),
        (SVC | {"user": np.array([4])}, "user has shape"),
        (SVC | {"user": np.array([4.5, 4.5])}, "user has shape"),
        (SVC | {"columns": np.array(["a", "b"])}, "columns are"),
        (SVC | {"user": np.array([{}, {}], dtype=object)}, "never Python objects"),
        (SVC | {"user": np.array([(1,), (2,)], dtype=[("a", int)])}, "never Python objects"),
        (SVC | {"user": np.empty(2, "V0")}, "without content|kind"),
        (OMNIGLOT | {"label": np.array([1, 2])}, "label runs from 1 to 2, there are 2"),
        (OMNIGLOT | {"label": np.array([-1, 0])}, "label runs from -1"),
        (OMNIGLOT | {"stroke": np.zeros(3, int)}, "stroke has shape"),
        (UNIPEN | {"writer": np.array([1])}, "writer has shape"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(tmp_path, arrays, message):
    path = save(tmp_path, arrays)
    with pytest.raises(BadDataError, match=message) as error:
        npz_captures(path)
    assert str(path) in str(error.value)


def npy(header: bytes) -> bytes:
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header


@pytest.mark.parametrize(
    ("member", "message"),
    [
        (b"", "header is damaged"),
        (b"\x93NUMPY", "header is damaged"),
        (npy(b"{'descr': '<i4', 'fortran_order': False, 'shape': (1000000000000, 7)}\n"), "shape .1000000000000, 7."),
        (npy(b"{'descr': '<i4', 'fortran_order': False, 'shape': (-1, -7)}\n") + bytes(28), "announces shape .-1, -7."),
        (
            npy(b"{'descr': '<i4', 'fortran_order': False, 'shape': (0, 7)}\n") + b"abc",
            "shape .0, 7. of int32, 3 bytes",
        ),
        (npy(b"{'descr': '|O', 'fortran_order': False, 'shape': (1,)}\n") + b"\x80\x04.", "never Python objects"),
        (npy(b"__import__('os').abort()"), "header is damaged"),
        (npy(b"(" * 5000), "header is damaged"),
    ],
)
def test_a_forged_array_header_takes_no_memory_and_runs_no_code(tmp_path, member, message):
    path = save(tmp_path, {name: array for name, array in SVC.items() if name != "points"})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("points.npy", member)
    with pytest.raises(BadDataError, match=message):
        npz_captures(path)


def test_a_zip_bomb_is_refused_by_its_announced_size(tmp_path, monkeypatch):
    monkeypatch.setattr(stroke_npz, "MAX_ARRAY_BYTES", 2**20)
    path = save(tmp_path, {name: array for name, array in SVC.items() if name != "points"})
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("points.npy", bytes(2**20))
    assert path.stat().st_size < 2**13
    with pytest.raises(BadDataError, match="unpacks to 1049[0-9]* bytes, the limit is 1048576"):
        npz_captures(path)


def test_broken_archives_are_refused(tmp_path):
    whole = save(tmp_path, SVC).read_bytes()
    path = tmp_path / "broken.npz"
    damaged = bytearray(whole)
    place = whole.index(b"points.npy") + 40
    damaged[place : place + 8] = b"\xff" * 8
    for content in (b"", b"PK\x05\x06", whole[:200], whole[:-30], bytes(damaged)):
        path.write_bytes(content)
        with pytest.raises(BadDataError, match="broken.npz"):
            npz_captures(path)
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(3))
    path.write_bytes(buffer.getvalue())
    with pytest.raises(BadDataError, match="not a readable npz"):
        npz_captures(path)
