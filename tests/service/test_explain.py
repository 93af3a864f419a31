import numpy as np

from shoestring.data.stroke_page import from_page_json
from shoestring.service.explain import explain, rows_at
from shoestring.service.store import Sample
from tests.service.matcher import TraceMatcher


def sample(name: str, page: dict) -> Sample:
    return Sample(name, True, "pen", len(page["rows"]), 0.0, {"strokes": page, "capture": {}})


def test_rows_are_the_nearest_in_time():
    strokes = {"columns": ["x", "t"], "rows": [[0, 1000], [0, 1010], [0, 1040], [0, 1035], [0, 1100]]}
    assert rows_at(strokes, [0.0, 0.004, 0.006, 0.03, 0.09, 9.0, -1.0]).tolist() == [0, 0, 1, 2, 4, 4, 0]


def test_the_closest_sample_is_shown_row_by_row(pages):
    samples = [sample(str(number), page) for number, page in enumerate(pages[0][:5])]
    probe = pages[0][3]
    told = explain(TraceMatcher(), from_page_json(probe), probe, samples)
    assert told["reference_sample"] == "3" and told["difference"] == [0.0, 1.0, 2.0]
    t = np.array([row[probe["columns"].index("t")] for row in probe["rows"]])
    expected = [[int(np.abs(t - t[0] - 1000 * i).argmin()), int(np.abs(t - t[0] - 1000 * j).argmin())]
                for i, j in ((0.0, 0.0), (0.0, 0.1), (0.2, 0.2))]  # fmt: skip
    assert told["path"] == expected
    assert told["probe_length"] == told["reference_length"] == len(probe["rows"])


def test_without_samples_or_without_anything_to_show_there_is_no_explanation(pages):
    class Silent(TraceMatcher):
        def explain(self, template, item):
            return None

    probe = pages[0][0]
    assert explain(TraceMatcher(), from_page_json(probe), probe, []) is None
    assert explain(Silent(), from_page_json(probe), probe, [sample("a", pages[0][1])]) is None
