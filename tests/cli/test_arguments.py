import click
import pytest

from shoestring.cli.arguments import complete_preset, complete_run, find_run, find_runs
from shoestring.core.errors import NotFoundError
from shoestring.core.folder import RunFolder


@pytest.fixture
def sweep(tmp_path):
    parent = RunFolder.create(tmp_path, "a-sweep", "", {"kind": "sweep"})
    runs = [RunFolder.create(tmp_path, f"a-seed{s}", "", {"kind": "run", "parent": parent.id}) for s in range(2)]
    parent.update(runs=[run.id for run in runs])
    return parent, runs


def test_latest_is_the_sweep_and_not_its_last_run(tmp_path, sweep):
    assert find_run(tmp_path, "latest").id == sweep[0].id
    assert find_run(tmp_path, sweep[1][1].id).id == sweep[1][1].id


def test_a_sweep_stands_for_its_runs_and_each_run_counts_once(tmp_path, sweep):
    parent, runs = sweep
    assert [run.id for run in find_runs(tmp_path, (runs[1].id, parent.id))] == [runs[1].id, runs[0].id]
    with pytest.raises(NotFoundError):
        find_runs(tmp_path, ("nothing",))


def test_the_shell_completes_runs_and_presets(tmp_path, sweep):
    context = click.Context(click.Command("x"))
    context.params["runs"] = tmp_path
    found = complete_run(context, click.Argument(["run"]), "seed1")
    assert [item.value for item in found] == [sweep[1][1].id]
    names = [item.value for item in complete_preset(context, click.Argument(["words"]), "bromley1993")]
    assert "bromley1993" in names and all(name.startswith("bromley1993") for name in names)
