import csv
import json
import math
from pathlib import Path

import pytest

import shoestring
from shoestring.cli.exporting import metrics_csv
from shoestring.core.folder import RunFolder, list_runs


def test_metrics_are_written_with_every_axis(shell, preset, tmp_path):
    shell("train", preset)
    run = list_runs(shell.runs)[0]
    path = shell("export", "latest", "--to", "metrics").stdout.strip()
    rows = list(csv.DictReader(Path(path).read_text().splitlines()))
    metrics = run.metrics()
    assert len(rows) == sum(map(len, metrics.values()))
    assert list(rows[0]) == ["step", "metric", "value", "labels", "seconds"]
    loss = [(int(row["step"]), float(row["value"])) for row in rows if row["metric"] == "loss"]
    assert loss == metrics["loss"], "values come back exactly"
    assert all(int(row["labels"]) == 8 * int(row["step"]) for row in rows)


def test_what_is_not_a_number_is_an_empty_cell(tmp_path):
    run = RunFolder.create(tmp_path, "x", "", {})
    (run.path / "metrics.jsonl").write_text('{"attempt":1,"step":1,"t":0.5,"k":"loss","v":null}\n')
    assert math.isnan(run.metrics()["loss"][0][1])
    assert metrics_csv(run) == "step,metric,value,seconds\n1,loss,,0.5\n"


def test_the_card_becomes_the_readme(shell, preset, tmp_path):
    shell("train", preset)
    assert shell.json("export", "latest", "--to", "card", "--file", tmp_path / "card.md")["what"] == "card"
    assert (tmp_path / "card.md").read_text().startswith("---\nlibrary_name")
    assert "no such folder" in shell("export", "latest", "--to", "card", "--file", tmp_path / "a" / "b", code=2).stderr


@pytest.mark.parametrize("what", ["onnx", "sentence-transformers"])
def test_only_text_encoders_are_exported_to_other_libraries(shell, preset, what):
    shell("train", preset)
    failed = shell("export", "latest", "--to", what, code=2)
    assert f"export to {what} is for text encoders" in failed.stderr and "holds a logistic" in failed.stderr


def test_a_text_encoder_becomes_a_folder_and_nothing_else_is_replaced(shell, tmp_path):
    from shoestring.core.files import atomic_folder
    from shoestring.similarity.encoders import StaticWords
    from shoestring.similarity.text_model import TextEncoder

    run = RunFolder.create(shell.runs, "texts", "", {"kind": "run"})
    atomic_folder(run.path / "model", TextEncoder(StaticWords().build()).write)
    for _ in range(2):
        path = Path(shell("export", "latest", "--to", "sentence-transformers").stdout.strip())
        assert (path / "modules.json").is_file() and path.parent == run.path
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("x")
    failed = shell("export", "latest", "--to", "sentence-transformers", "--file", tmp_path / "mine", code=2)
    assert "is no export of this kind" in failed.stderr and (tmp_path / "mine" / "letter.txt").is_file()
    shorter = Path(shell("export", "latest", "--to", "model", "--size", "8").stdout.strip())
    assert shorter.name == "model-8" and shoestring.load(shorter).encode(["a text"]).shape == (1, 8)
    assert "the run itself" in shell("export", "latest", "--to", "model", "--file", run.path / "model", code=2).stderr
    assert "from 1 to 50" in shell("export", "latest", "--to", "onnx", "--size", "51", code=2).stderr
    assert "--size=8 is for" in shell("export", "latest", "--to", "card", "--size", "8", code=2).stderr


def test_a_policy_becomes_onnx_with_its_check(shell):
    pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript")
    from shoestring.rl.envs import CartPole
    from tests.service.agents import agent_run, table_run

    _, policy = agent_run(shell.runs, "cart", CartPole(limit=5))
    folder = Path(shell("export", "cart", "--to", "onnx").stdout.strip())
    check = json.loads((folder / "check.json").read_text())
    assert (folder / "policy.onnx").is_file() and check["fingerprint"] == policy.fingerprint
    table_run(shell.runs, "cliff")
    assert "holds a table-policy" in shell("export", "cliff", "--to", "onnx", code=2).stderr
    assert "holds a policy" in shell("export", "cart", "--to", "sentence-transformers", code=2).stderr
