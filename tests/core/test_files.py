import pytest

from shoestring.core.files import atomic_folder, atomic_write, recover, write_json


def test_a_failed_write_leaves_the_old_file_and_no_rest(tmp_path):
    path = tmp_path / "x.json"
    atomic_write(path, "old")
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(path, {"v": float("nan")})
    with pytest.raises(TypeError):
        atomic_write(path, 3)
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_a_failed_fill_leaves_the_old_folder(tmp_path):
    path = tmp_path / "model"
    atomic_folder(path, lambda folder: (folder / "a").write_text("1") and None)

    def fail(folder):
        (folder / "b").write_text("2")
        raise RuntimeError("disk full")

    with pytest.raises(RuntimeError):
        atomic_folder(path, fail)
    assert [entry.name for entry in tmp_path.rglob("*")] == ["model", "a"]


def test_recover_finishes_what_a_kill_interrupted(tmp_path):
    (tmp_path / ".model.old").mkdir()
    (tmp_path / ".model.1234.tmp").mkdir()
    (tmp_path / ".run.json.1234.tmp").write_text("{")
    recover(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["model"]
    (tmp_path / ".model.old").mkdir()
    recover(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["model"]
