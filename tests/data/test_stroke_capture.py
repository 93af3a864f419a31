from pathlib import Path

import numpy as np
import pytest

from shoestring.core.errors import BadDataError
from shoestring.data.stroke_capture import MAX_TEXT_BYTES, Capture, assemble, clockless, read_text

K = np.arange(5, dtype=np.float64)


def capture(writer="ana", sample=1, genuine=True, x=K):
    return Capture(writer, genuine, sample, f"{writer}-{sample}", x, K, K / 100, np.ones(5))


def test_captures_become_one_set_in_order():
    found = assemble([capture(), capture(sample=2), capture("bo", genuine=False)], Path("here"))
    assert found.identity.tolist() == ["ana", "ana", "bo"] and found.sample.tolist() == [1, 2, 1]
    assert found.genuine.tolist() == [True, True, False] and found.source == "here" and found.repairs == ()


def test_a_few_unusable_signatures_of_a_large_set_are_left_out_by_name():
    bad = Capture("ana", True, 99, "ana-99", K * 0, K * 0, K / 100, np.ones(5))
    good = [capture(sample=n) for n in range(1, 20)]
    found = assemble([*good, bad], Path("here"))
    assert len(found) == 19 and len(found.repairs) == 1 and found.repairs[0].startswith("left out: ana-99: ")
    with pytest.raises(BadDataError, match="ana-99.*no ink"):
        assemble([*good[1:], bad], Path("here"))


@pytest.mark.parametrize(
    ("captures", "message"),
    [
        ([], "here: holds no signature"),
        ([capture(), capture()], "genuine sample 1 of writer 'ana' was already read from ana-1"),
        ([capture("")], "no writer's name"),
        ([capture("a\nb")], "no writer's name"),
        ([capture("a" * 201)], "no writer's name"),
    ],
)
def test_sets_that_make_no_sense_are_refused(captures, message):
    with pytest.raises(BadDataError, match=message):
        assemble(captures, Path("here"))


def test_huge_and_binary_text_files_are_refused(tmp_path):
    huge = tmp_path / "huge.csv"
    with huge.open("wb") as file:
        file.truncate(MAX_TEXT_BYTES + 1)
    with pytest.raises(BadDataError, match=f"huge.csv: {MAX_TEXT_BYTES + 1} bytes, more than the limit"):
        read_text(huge)
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"abc\xff\xfe")
    with pytest.raises(BadDataError, match="byte 3 is not UTF-8"):
        read_text(binary)
    binary.write_bytes(b"\xef\xbb\xbfabc")
    assert read_text(binary) == "abc"


def test_a_clockless_path_takes_the_time_of_its_gaps_from_the_speed_of_its_ink():
    x = np.array([0.0, 2, 4, 14, 20, 20.5])
    stroke = np.array([0, 0, 0, 1, 1, 2])
    # Steps 2, 2, (10), 6, (0.5): the median drawn step is 2, so the gaps take 5 and, at the least, 2 intervals.
    np.testing.assert_allclose(clockless(x, x * 0, stroke, rate=50.0), np.array([0, 1, 2, 7, 8, 10]) / 50)
