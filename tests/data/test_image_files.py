import numpy as np
import pytest
from PIL import Image

from shoestring.core.errors import BadDataError, NotFoundError
from shoestring.data.image_files import read_images


def put(folder, name, value=9):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (12, 10), value).save(path)
    return path


def test_the_first_folder_is_the_identity_and_numbers_in_names_are_numbers(tmp_path):
    for number in (10, 9, 1):
        put(tmp_path, f"s2/{number}.pgm", number)
    put(tmp_path, "s10/monday/a.png", 50)
    put(tmp_path, "s10/b.JPG", 60)
    (tmp_path / "s2" / "notes.txt").write_text("no picture")
    put(tmp_path, "s2/.hidden.png")
    put(tmp_path, ".trash/x.png")
    found = read_images(tmp_path)
    assert found.identity.tolist() == ["s2", "s2", "s2", "s10", "s10"]
    assert [int(p.pixels[0, 0]) for p in found] == [1, 9, 10, 60, 50] and found.sample.tolist() == [1, 2, 3, 1, 2]
    assert found.repairs == () and found.source == str(tmp_path)


def test_a_few_damaged_files_are_left_out_and_named(tmp_path):
    for number in range(20):
        put(tmp_path, f"a/{number}.png")
    (tmp_path / "a" / "20.png").write_bytes(b"<svg/>")
    found = read_images(tmp_path)
    assert len(found) == 20 and len(found.repairs) == 1 and "20.png" in found.repairs[0] and "SVG" in found.repairs[0]
    (tmp_path / "a" / "21.png").write_bytes(b"")
    with pytest.raises(BadDataError, match=r"2 of 22 files .*20\.png"):
        read_images(tmp_path)


def test_pictures_outside_any_sub_folder_are_refused(tmp_path):
    put(tmp_path, "a/1.png")
    put(tmp_path, "loose.png")
    with pytest.raises(BadDataError, match=r"loose\.png: lies in no sub-folder"):
        read_images(tmp_path)


def test_a_folder_without_pictures_points_to_an_archive(tmp_path):
    with pytest.raises(BadDataError, match="holds no pictures"):
        read_images(tmp_path)
    np.savez(tmp_path / "faces.npz", x=1)
    with pytest.raises(BadDataError, match=r"give the file .*faces\.npz"):
        read_images(tmp_path)


def test_nothing_and_other_files(tmp_path):
    with pytest.raises(NotFoundError, match="gone"):
        read_images(tmp_path / "gone")
    with pytest.raises(BadDataError, match="neither a folder nor an npz file"):
        read_images(put(tmp_path, "one.png"))


def test_pictures_are_read_no_larger_than_asked(tmp_path):
    put(tmp_path, "a/1.png")
    assert read_images(tmp_path, longest=9)[0].width == 9


def test_an_npz_file_is_read_as_such(tmp_path):
    np.savez(tmp_path / "faces.npz", images=np.zeros((2, 9, 9), np.uint8), identity=np.array([1, 2]))
    assert len(read_images(tmp_path / "faces.npz")) == 2
