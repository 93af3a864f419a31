import pytest

from shoestring.core.errors import BadDataError, NotFoundError
from shoestring.recipes.bandwidth import measured_runs, measurement, qualities, value_at
from tests.recipes.measured import finished, write_measurement


def test_a_measurement_is_read_or_its_absence_explained(tmp_path):
    run = finished(tmp_path, 'kind = "none"', [1.0])
    with pytest.raises(NotFoundError, match=f"bandwidth measure {run.id}"):
        measurement(run)
    assert measured_runs([run]) == []
    written = write_measurement(run)
    assert measurement(run) == written and measured_runs([run]) == [run]


@pytest.mark.parametrize("text", ["[]", "{", '{"schema": "shoestring.bandwidth/1"}', '{"schema": "other"}'])
def test_damaged_measurements_are_named(tmp_path, text):
    run = finished(tmp_path, 'kind = "none"', [1.0])
    (run.path / "bandwidth.json").write_text(text)
    with pytest.raises(BadDataError, match=r"bandwidth\.json"):
        measurement(run)


def test_accuracy_is_read_at_equal_steps_and_at_equal_time(tmp_path):
    plain = finished(tmp_path, 'kind = "none"', [5.0, 4.0, 3.0, 2.0])
    finished(tmp_path, 'kind = "powersgd"\nrank = 1', [5.5, 4.5, 3.5, 2.5])
    finished(tmp_path, 'kind = "powersgd"\nrank = 3', [9.0])
    other = finished(tmp_path, 'kind = "powersgd"\nrank = 1', [0.0])
    (other.path / "run.toml").write_text('rate = 0.2\n[compress]\nkind = "powersgd"\nrank = 1\n')
    rows = {row["method"]: row for row in qualities(plain, write_measurement(plain), "loss")}
    assert {name: (row["steps"], row["value"]) for name, row in rows.items()} == {"none": (4, 2.0), "rank 1": (4, 2.5)}
    # At 1 Mbit/s a plain step takes 34 s and a compressed one 0.35 s: by then nothing was logged.
    assert rows["none"]["at_equal_time"]["1"] is None and rows["rank 1"]["at_equal_time"]["1"] == 2.5
    # At 100 Gbit/s the plain one is faster, and the other has made fewer steps.
    assert rows["none"]["at_equal_time"]["100000"] == 2.0 and rows["rank 1"]["at_equal_time"]["100000"] == 4.5


def test_the_last_value_counts_and_a_rounded_product_does_not_lose_a_step():
    curve = [(1, 5.0), (3, 4.0)]
    assert [value_at(curve, steps) for steps in (0.5, 1, 2.999, 3 - 1e-12, 10)] == [None, 5.0, 5.0, 4.0, 4.0]
