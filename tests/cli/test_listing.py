from shoestring.papers import PAPERS
from shoestring.recipes import presets
from tests.recipes.logistic import TABLE


def test_recipes_presets_and_papers(shell):
    assert [entry["name"] for entry in shell.json("list", "recipes")["recipes"]] == list(TABLE)
    assert [entry["name"] for entry in shell.json("list", "presets")["presets"]] == [p.name for p in presets()]
    papers = shell.json("list", "papers")["papers"]
    assert [(entry["slug"], entry["built"]) for entry in papers] == [(paper.slug, paper.built) for paper in PAPERS]
    assert "not built yet" in shell("list", "papers").stdout


def test_runs_are_listed_newest_first_and_a_damaged_one_hides_nobody(shell, preset):
    nothing = shell("list", "runs")
    assert nothing.stdout == "" and "no runs in" in nothing.stderr and shell.json("list", "runs")["runs"] == []
    shell("train", preset, "--budget", "labels=40", code=6)
    shell("train", preset, "--seeds", 2)
    damaged = shell.runs / "2020-01-01_old_0000"
    damaged.mkdir()
    (damaged / "run.json").write_text("{")
    runs = shell.json("list", "runs")["runs"]
    assert [entry["status"] for entry in runs] == ["done", "done", "done", "budget", "damaged"]
    assert "run.json: damaged" in runs[-1]["problem"] and runs[3]["spent"] == {"labels": 40}
    assert {entry["seed"] for entry in runs[:3]} == {0, 1, "2 seeds"}
    assert runs[0]["headline"].startswith("error 0.") and "labels 40" in shell("list", "runs").stdout
