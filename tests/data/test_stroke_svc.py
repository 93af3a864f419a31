import numpy as np
import pytest

from shoestring.core.errors import BadDataError
from shoestring.data.stroke_svc import svc_text

TASK_2 = "3\n2000 5000 100 0 1350 500 0\n2010 5020 110 1 1350 500 1023\n2030 5010 120 3 0 900 341\n"


def write(folder, text, name="U3S21.TXT"):
    path = folder / name
    path.write_bytes(text.encode())
    return path


def test_a_file_in_literal_numbers(tmp_path):
    capture = svc_text(write(tmp_path, TASK_2))
    signature, notes = capture.signature()
    assert (capture.writer, capture.genuine, capture.sample, notes) == ("3", False, 21, [])
    np.testing.assert_array_equal(signature.x, [2000, 2010, 2030])
    np.testing.assert_array_equal(signature.y, [5000, 5020, 5010])
    np.testing.assert_allclose(signature.t, [0, 0.01, 0.02], rtol=1e-6)
    assert signature.pen_down.tolist() == [False, True, True]
    np.testing.assert_allclose(signature.pressure, [0, 1, 1 / 3], rtol=1e-6)
    # 135 degrees clockwise from +y points down to the right: 315 degrees anticlockwise from +x.
    np.testing.assert_allclose(np.degrees(signature.azimuth), [315, 315, 90], rtol=1e-5)
    np.testing.assert_allclose(np.degrees(signature.altitude), [50, 50, 90], rtol=1e-5)


def test_task_1_has_no_pressure_and_names_carry_the_labels(tmp_path):
    text = "2\r\n1 2 0 1\r\n3 4 10 1\r\n\r\n"
    capture = svc_text(write(tmp_path, text, "u07s020.txt"))
    assert (capture.writer, capture.genuine, capture.sample) == ("7", True, 20)
    assert capture.signature()[0].pressure is None
    other = svc_text(write(tmp_path, text, "my signature.txt"))
    assert (other.writer, other.genuine, other.sample) == ("my signature", True, 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1 is ''"),
        ("x y\n1 2 3 4\n", "line 1 is 'x y'"),
        ("-1\n", "line 1 is '-1'"),
        ("9" * 5000 + "\n", "line 1 is '999"),
        ("3\n1 2 0 1\n3 4 10 1\n", "announces 3 points, 2 follow"),
        ("1\n1 2 0 1\n3 4 10 1\n", "announces 1 points, 2 follow"),
        ("2\n1 2 0 1\n3 4 10\n", "line 3 has 3 values, the first point has 4"),
        ("2\n1 2 0 1\n3 four 10 1\n", "line 3: could not convert"),
        ("2\n1 2 0\n3 4 10\n", "expected 4 columns"),
        ("2\n\n\n1 2 0 1", "announces 2 points, 3 follow"),
        ("30000\n" + "1 2 3 4\n" * 30000, "30000 points, more than"),
        ("2\n1 2 0 1\n\x00\xff", "line 3"),
    ],
)
def test_a_damaged_file_is_named_with_the_line(tmp_path, text, message):
    path = write(tmp_path, text)
    with pytest.raises(BadDataError, match=message) as error:
        svc_text(path)
    assert str(path) in str(error.value) and len(str(error.value)) < 400
