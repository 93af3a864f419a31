import numpy as np
import pytest

from shoestring.core.errors import BadDataError
from shoestring.data.stroke_csv import csv_captures

TEXT = """writer,sample,genuine,x,y,t,pen_down,pressure
ana,1,1,0,0,0,1,0.5
bo,2,false,5,5,0,1,0.5
ana,1,1,1,2,0.01,0,0
ana,1,1,3,2,0.02,1,0.75
bo,2,false,6,5,0.01,1,0.25
"""


def write(folder, text):
    path = folder / "strokes.csv"
    path.write_text(text)
    return path


def test_a_file_in_literal_numbers(tmp_path):
    ana, bo = csv_captures(write(tmp_path, TEXT))
    assert (ana.writer, ana.genuine, ana.sample, bo.writer, bo.genuine, bo.sample) == ("ana", True, 1, "bo", False, 2)
    signature = ana.signature()[0]
    np.testing.assert_array_equal(signature.x, [0, 1, 3])
    np.testing.assert_array_equal(signature.y, [0, 2, 2])
    assert signature.pen_down.tolist() == [True, False, True]
    np.testing.assert_array_equal(signature.pressure, np.float32([0.5, 0, 0.75]))
    assert bo.where.endswith("writer 'bo', sample 2 (from line 3)")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1 lacks the column 'writer'"),
        ("writer,sample,x,y,t\n", "lacks the column 'genuine'"),
        (TEXT.replace("pressure", "force"), "line 1 has the column 'force'"),
        (TEXT.replace("pressure", "x"), "line 1 has the column 'one twice'"),
        (TEXT.replace("0.75", "much"), "line 5: could not convert"),
        (TEXT.replace("0.75", "0.75,1"), "line 5: 9 values for 8 columns"),
        (TEXT.replace("bo,2,false", "bo,2,maybe"), "line 3: genuine is 'maybe'"),
        (TEXT.replace("bo,2", "bo,two"), "line 3: invalid literal"),
        (TEXT.replace("bo,2", "bo," + "9" * 30), "line 3: sample is 999"),
        (TEXT + '"' + "x" * 200_000 + "\n", "line 7"),
        (TEXT + "ana\x00,1,1,1,1\n", "line 7"),
    ],
)
def test_a_damaged_file_is_named_with_the_line(tmp_path, text, message):
    with pytest.raises(BadDataError, match=message) as error:
        list(csv_captures(write(tmp_path, text)))
    assert "strokes.csv" in str(error.value) and len(str(error.value)) < 400
