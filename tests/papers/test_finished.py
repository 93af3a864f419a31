from shoestring.papers.finished import finished

SMALL = ["episodes=2", "learners=2"]


def test_a_finished_run_is_not_made_again_and_another_one_is(tmp_path):
    first = finished("rl-q-learning", SMALL, seed=3, root=tmp_path)
    assert finished("rl-q-learning", SMALL, seed=3, root=tmp_path).path == first.path
    others = [
        finished("rl-q-learning", SMALL, seed=4, root=tmp_path),
        finished("rl-q-learning", ["episodes=3", "learners=2"], seed=3, root=tmp_path),
        finished("rl-sarsa", SMALL, seed=3, root=tmp_path),
    ]
    assert len({run.path for run in [first, *others]}) == 4


def test_a_preset_that_changed_and_a_broken_run_are_trained_anew(tmp_path):
    preset = tmp_path / "mine.toml"
    text = 'recipe = "rl-tabular"\nlearners = 2\nepisodes = {}\n[environment]\nkind = "cliff-walking"\n'
    preset.write_text(text.format(2))
    runs = tmp_path / "runs"
    first = finished(str(preset), root=runs)
    preset.write_text(text.format(3))
    assert finished(str(preset), root=runs).path != first.path
    preset.write_text(text.format(2))
    first.update(status="failed")
    assert finished(str(preset), root=runs).path != first.path


def test_a_run_with_a_budget_is_another_run(tmp_path):
    first = finished("rl-q-learning", SMALL, root=tmp_path)
    first.update(budgets={"env_steps": 1_000_000})
    assert finished("rl-q-learning", SMALL, root=tmp_path).path != first.path
