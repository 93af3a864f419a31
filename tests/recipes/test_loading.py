import json
from dataclasses import replace

import pytest

from shoestring.core.errors import BadDataError, ConfigError, NotFoundError
from shoestring.core.folder import RunFolder
from shoestring.recipes import loading
from shoestring.recipes.loading import find_model, load
from tests.recipes.pen import people, small_verifier


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "small"
    small_verifier().save(folder)
    return folder


@pytest.fixture
def run(tmp_path):
    run = RunFolder.create(tmp_path / "runs", "signatures", 'recipe = "x"\n', {"kind": "run"})
    run.update(status="done")
    small_verifier().save(run.path / "model")
    return run


def test_a_model_folder_gives_a_verifier_that_scores_as_before(model):
    verifier, items = load(model), people().signatures
    template = verifier.enrol(items[:4])
    expected = small_verifier().verify(small_verifier().enrol(items[:4]), items[5])
    found = verifier.verify(template, items[5])
    # Sums of float32 depend on where in memory the numbers lie.
    assert found.score == pytest.approx(expected.score, rel=1e-4)
    assert replace(found, score=expected.score) == expected


def test_a_run_is_found_by_path_id_and_part_of_it(run, tmp_path, monkeypatch):
    for reference in (run.path, str(run.path), run.id, "_signatures_", "latest"):
        assert find_model(reference, root=tmp_path / "runs") == run.path / "model"
    monkeypatch.setenv("SHOESTRING_RUNS", str(tmp_path / "runs"))
    assert load(run.id).fingerprint == small_verifier().fingerprint


def test_a_packaged_model_goes_by_its_name(model, monkeypatch):
    monkeypatch.setattr(loading, "PACKAGED", model.parent)
    assert find_model("small") == model
    with pytest.raises(NotFoundError, match="packaged models: small"):
        find_model("smaal", root=model / "no runs")


def test_what_has_no_model_says_what_to_do(tmp_path, run):
    root = tmp_path / "runs"
    unfinished = RunFolder.create(root, "unfinished", "", {"kind": "run"})
    unfinished.update(status="interrupted")
    with pytest.raises(NotFoundError, match=f"has no model; finish it: shoestring train --resume {unfinished.path}"):
        find_model("unfinished", root=root)
    sweep = RunFolder.create(root, "all-sweep", "", {"kind": "sweep", "runs": [run.id]})
    with pytest.raises(ConfigError, match=f"is a sweep; choose one of its runs: {run.id}"):
        find_model(sweep.path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotFoundError, match=r"neither shoestring\.json nor run\.json"):
        find_model(tmp_path / "empty")


def test_a_kind_of_another_version_is_refused(tmp_path):
    for head in ({"kind": "collection"}, {}, {"kind": ["verifier"]}):
        (tmp_path / "shoestring.json").write_text(json.dumps(head))
        with pytest.raises(BadDataError, match="unknown to this version"):
            load(tmp_path)
    (tmp_path / "shoestring.json").write_text("[]")
    with pytest.raises(BadDataError, match="expected a JSON object"):
        load(tmp_path)
