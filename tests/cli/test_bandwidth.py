import pytest

from tests.recipes.measured import finished, write_measurement


def test_a_report_has_one_row_for_each_method(shell):
    run = finished(shell.runs, 'kind = "none"', [3.0, 2.0])
    write_measurement(run)
    text = shell("bandwidth", "report", "latest").stdout
    rows = [line for line in text.splitlines() if line.startswith(("none", "rank 1"))]
    assert (
        "40,000" in rows[1] and "worth it below 3,300 Mbit/s" in rows[1] and "predicted, not measured: no root" in text
    )
    document = shell.json("bandwidth", "report", run.id)
    assert document["schema"] == "shoestring.bandwidth/1" and document["metric"] == "loss"
    assert document["qualities"][0]["value"] == 2.0


def test_a_run_that_was_not_measured_says_how(shell):
    finished(shell.runs, 'kind = "none"', [1.0])
    assert "bandwidth measure" in shell("bandwidth", "report", "latest", code=3).stderr


@pytest.mark.parametrize("speeds", ["fast", "", "0,10", "1e9"])
def test_impossible_speeds_are_refused(shell, speeds):
    finished(shell.runs, 'kind = "none"', [1.0])
    assert "--mbit" in shell("bandwidth", "measure", "latest", "--mbit", speeds, code=2).stderr
