import io

import numpy as np
import pytest
from PIL import Image

from shoestring.core.errors import BadDataError
from shoestring.data.image_npz import npz_images

IMAGES = np.random.default_rng(0).integers(0, 256, (4, 12, 10)).astype(np.uint8)
LABEL = np.array([3, 1, 3, 1], np.int16)


def save(folder, **arrays):
    path = folder / "data.npz"
    np.savez_compressed(path, **arrays)
    return path


def test_the_face_layout_keeps_the_order_of_the_shots(tmp_path):
    found = npz_images(save(tmp_path, images=IMAGES, identity=LABEL, shot=np.array([2, 1, 1, 2], np.int8)))
    assert found.identity.tolist() == ["3", "1", "3", "1"] and found.sample.tolist() == [2, 1, 1, 2]
    assert all((picture.pixels == pixels).all() for picture, pixels in zip(found, IMAGES, strict=True))


@pytest.mark.parametrize("word", ["identity", "label", "labels"])
def test_any_of_three_words_names_the_identity(tmp_path, word):
    found = npz_images(save(tmp_path, images=IMAGES, **{word: np.array(["ann", "bo", "ann", "bo"])}))
    assert found.identity.tolist() == ["ann", "bo", "ann", "bo"] and found.sample.tolist() == [1, 1, 2, 2]


def test_labels_have_the_names_of_their_classes(tmp_path):
    names = np.array(["zero", "one", "two", "three"])
    assert npz_images(save(tmp_path, images=IMAGES, labels=LABEL, class_names=names)).identity[0] == "three"
    with pytest.raises(BadDataError, match="labels runs from 1 to 3, there are 2 class names"):
        npz_images(save(tmp_path, images=IMAGES, labels=LABEL, class_names=names[:2]))


def test_packed_bits_become_dark_ink_on_white(tmp_path):
    ink = np.random.default_rng(1).integers(0, 2, (4, 11, 13)).astype(np.uint8)
    path = save(tmp_path, images=np.packbits(ink, axis=-1), image_shape=np.array([11, 13]), label=LABEL)
    found = npz_images(path)
    assert all((picture.pixels == 255 * (1 - bits)).all() for picture, bits in zip(found, ink, strict=True))


def jpegs():
    blobs = []
    for level in (40, 200):
        stream = io.BytesIO()
        Image.new("RGB", (16, 12), (level, level, level)).save(stream, format="JPEG")
        blobs.append(stream.getvalue())
    offsets = np.cumsum([0, *map(len, blobs)])
    return np.frombuffer(b"".join(blobs), np.uint8), offsets


def test_jpeg_files_in_one_array_are_decoded(tmp_path):
    blob, offsets = jpegs()
    found = npz_images(save(tmp_path, jpeg=blob, offsets=offsets, labels=np.array([0, 1], np.uint8)))
    assert [int(np.median(picture.pixels)) for picture in found] == pytest.approx([40, 200], abs=2)
    with pytest.raises(BadDataError, match="item 1: .*damaged"):
        broken = blob.copy()
        broken[offsets[1] : offsets[1] + 2] = [0xFF, 0xD8]
        broken[offsets[1] + 2 :] = 0
        npz_images(save(tmp_path, jpeg=broken, offsets=offsets, labels=np.array([0, 1])))


WRONG = {
    "no labels": ({"images": IMAGES}, "one of identity, label, labels"),
    "no pictures": ({"identity": LABEL}, "pictures need images"),
    "real numbers": ({"images": IMAGES / 255, "identity": LABEL}, "uint8"),
    "four channels": ({"images": np.zeros((4, 9, 9, 4), np.uint8), "identity": LABEL}, "uint8"),
    "too small": ({"images": np.zeros((4, 5, 9), np.uint8), "identity": LABEL}, "too small"),
    "nothing": ({"images": IMAGES[:0], "identity": LABEL[:0]}, "between 1 and"),
    "too few labels": ({"images": IMAGES, "identity": LABEL[:3]}, "not one for each of 4"),
    "real labels": ({"images": IMAGES, "identity": LABEL / 2}, "identity has shape"),
    "shape": ({"images": IMAGES, "image_shape": np.array([12, 10]), "identity": LABEL}, "does not fit"),
    "negative shape": ({"images": IMAGES, "image_shape": np.array([12, -80]), "identity": LABEL}, "does not fit"),
    "shots": ({"images": IMAGES, "identity": LABEL, "shot": np.ones(3, int)}, "shot has shape"),
    "names": ({"images": IMAGES, "identity": LABEL, "class_names": np.arange(4)}, "not a row of text"),
    "offsets": ({"jpeg": jpegs()[0], "offsets": np.array([0, 5, 3]), "labels": np.array([0, 1])}, "must rise"),
    "bytes": (
        {"jpeg": jpegs()[0].astype(int), "offsets": jpegs()[1], "labels": np.array([0, 1])},
        "bytes and.*whole numbers",
    ),
}


@pytest.mark.parametrize(("arrays", "message"), WRONG.values(), ids=WRONG)
def test_other_layouts_are_refused_with_the_file(tmp_path, arrays, message):
    with pytest.raises(BadDataError, match=rf"data\.npz: .*{message}"):
        npz_images(save(tmp_path, **arrays))


@pytest.mark.parametrize(
    ("name", "count", "people", "shape"),
    [
        ("orl_faces/faces", 300, 30, (112, 92)), ("cmu_faces/faces", 471, 15, (60, 64)),
        ("omniglot_small/omniglot", 3660, 183, (105, 105)), ("fashion_mnist_15k/train", 15_000, 10, (28, 28)),
    ],
)  # fmt: skip
def test_the_research_layouts(shared_data, name, count, people, shape):
    found = npz_images(shared_data / f"{name}.npz")
    assert len(found) == count and len(set(found.identity.tolist())) == people
    assert found[0].pixels.shape == found[-1].pixels.shape == shape


def test_the_research_layout_of_jpeg_files(shared_data, tmp_path):
    with np.load(shared_data / "cifar10_jpeg" / "train.npz", allow_pickle=False) as whole:
        end = whole["offsets"][200]
        part = {"jpeg": whole["jpeg"][:end], "offsets": whole["offsets"][:201], "labels": whole["labels"][:200]}
        names = whole["class_names"]
    found = npz_images(save(tmp_path, **part, class_names=names))
    assert len(found) == 200 and found[0].pixels.shape == (32, 32, 3) and set(found.identity) <= set(names)
