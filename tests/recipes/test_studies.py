import pytest

from shoestring.core.errors import ConfigError
from shoestring.recipes.studies import document, study
from shoestring.recipes.training import train

TINY = ["env_steps=60", "learners=2"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    root = tmp_path_factory.mktemp("runs")
    star = [train("rl-triad", TINY, seed=seed, root=root, quiet=True) for seed in (0, 1)]
    safe = [train("rl-triad", [*TINY, "off_policy=false"], seed=seed, root=root, quiet=True) for seed in (1, 2)]
    return star, safe


def test_groups_are_methods_and_seeds_are_runs(runs):
    star, safe = runs
    found = study([*star, *safe], "value_error", "env_steps")
    assert [(r.method, r.seed) for r in found.records] == [
        ("rl-triad", 0), ("rl-triad", 1), ("rl-triad-2", 1), ("rl-triad-2", 2)
    ]  # fmt: skip
    assert [r.value for r in found.records] == [run.summary()["metrics"]["value_error"]["value"] for run in star + safe]
    assert found.records[0].curve[-1] == (120.0, star[0].metrics()["value_error"][-1][1])


def test_a_metric_without_a_headline_is_taken_from_its_curve(runs):
    found = study(runs[0], "diverged")
    assert [r.value for r in found.records] == [0.0, 0.0]


def test_the_document_has_every_part(runs):
    star, safe = runs
    made = document(study([*star, *safe], "value_error"))
    assert made["schema"] == "shoestring.study/1" and len(made["records"]) == 4 and made["warnings"] == []
    assert made["differences"][0]["seeds"] == 1 and made["differences"][0]["low"] is None
    assert made["levels"]["rl-triad"]["low"] <= made["levels"]["rl-triad"]["value"]
    assert set(made["curves"]) == {"rl-triad", "rl-triad-2"} and made["profile"]["shares"]["rl-triad"][-1] == 0
    assert "anecdote" in document(study(star[:1], "value_error"))["warnings"][0]


def test_what_is_not_there_is_refused(runs):
    with pytest.raises(ConfigError, match="no metric 'eer'; there are: diverged"):
        study(runs[0], "eer")
    with pytest.raises(ConfigError, match="axis"):
        study(runs[0], "grew", "furlongs")
    with pytest.raises(ConfigError, match="twice"):
        study([runs[0][0], runs[0][0]], "grew")
