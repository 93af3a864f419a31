from shoestring.cli.results import ordered, result_document, result_text
from shoestring.core.files import write_json
from shoestring.core.folder import RunFolder


def test_what_was_measured_comes_before_what_only_describes():
    metrics = {"weights": 3004, "eer": {"value": 0.1, "low": 0.0, "high": 0.2}, "best_step": 4}
    assert list(ordered(metrics)) == ["eer", "weights", "best_step"]


def test_a_run_that_never_started_has_a_result_too(tmp_path):
    run = RunFolder.create(tmp_path, "x", "", {"kind": "run", "seed": 1})
    document = result_document(run)
    assert document["status"] == "created" and document["metrics"] == {} and document["model"] is None
    assert str(run.path) in result_text(run)


def test_what_was_saved_is_listed(tmp_path):
    run = RunFolder.create(tmp_path, "x", "", {"kind": "run"})
    write_json(run.path / "summary.json", {"metrics": {"eer": {"value": 0.1, "low": 0.05, "high": 0.2}, "size": 80}})
    (run.path / "model").mkdir()
    lines = result_text(run).splitlines()
    assert lines[1].endswith("0.1 [0.05, 0.2]") and lines[2].endswith("80") and lines[3].endswith("model (the model)")
