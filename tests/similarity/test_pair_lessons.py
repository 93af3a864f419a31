import dataclasses

import numpy as np
import pytest

from shoestring.core.errors import BadDataError, NotFoundError
from shoestring.similarity.pair_lessons import Lessons
from tests.similarity.lessons import lessons_with_a_cause


def test_they_come_back_and_the_same_pairs_are_the_same_file(tmp_path):
    given = lessons_with_a_cause()
    path = given.write(tmp_path)
    assert given.write(tmp_path) == path and len(list(tmp_path.iterdir())) == 1 and path.stat().st_mode & 0o777 == 0o600
    back = Lessons.read(path)
    for name in ("vectors", "pairs", "same"):
        np.testing.assert_array_equal(getattr(back, name), getattr(given, name))
    assert (back.answers, back.model, back.source, back.modality, back.sha256) == (
        63,
        "base",
        "text",
        "text",
        given.sha256,
    )
    a, b = given.pairs[7]
    assert back.scores[7] == pytest.approx(float(given.vectors[a].astype(float) @ given.vectors[b].astype(float)))
    other = dataclasses.replace(given, same=~given.same)
    assert other.write(tmp_path) != path


@pytest.mark.parametrize(
    "change",
    [
        {"pairs": np.array([[0, 999]], np.int64), "same": np.array([True])}, {"answers": 1}, {"model": 7},
        {"pairs": np.array([[0, -1]], np.int64), "same": np.array([True])}, {"same": np.array([True])},
        {"vectors": np.full((120, 6), np.nan, np.float32)},
    ],
    ids=str,
)  # fmt: skip
def test_what_does_not_fit_together_is_refused(tmp_path, change):
    path = dataclasses.replace(lessons_with_a_cause(), **change).write(tmp_path)
    with pytest.raises(BadDataError, match="no pairs that somebody taught"):
        Lessons.read(path)


def test_files_of_other_kinds_are_refused(tmp_path):
    with pytest.raises(NotFoundError, match="collection learn"):
        Lessons.read(tmp_path / "nothing.safetensors")
    path = tmp_path / "x.safetensors"
    for content in (b"", b"\x00" * 40, lessons_with_a_cause().write(tmp_path).read_bytes()[:-7]):
        path.write_bytes(content)
        with pytest.raises(BadDataError):
            Lessons.read(path)
