import math
import os
import time

import pytest

from shoestring.core.errors import BadDataError, ConfigError, NotFoundError
from shoestring.core.folder import LOST_AFTER_SECONDS, RunFolder, list_runs


def create(root, name="job"):
    return RunFolder.create(root, name, "steps = 1\n", {"seed": 1})


def test_a_run_is_found_by_id_part_path_and_latest(tmp_path):
    old, new = create(tmp_path, "old"), create(tmp_path, "new")
    os.utime(new.path / "run.toml", (time.time() + 5, time.time() + 5))
    assert [run.id for run in list_runs(tmp_path)] == [new.id, old.id]
    for reference in (old.id, "_old_", str(old.path)):
        assert RunFolder.find(tmp_path, reference).id == old.id
    assert RunFolder.find(tmp_path, "latest").id == new.id
    with pytest.raises(NotFoundError, match="give more of it"):
        RunFolder.find(tmp_path, "20")
    with pytest.raises(NotFoundError, match="no run 'nothing'"):
        RunFolder.find(tmp_path, "nothing")


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "a" * 200, "a\nb"])
def test_names_that_are_not_file_names_are_refused(tmp_path, name):
    with pytest.raises(ConfigError, match="run name"):
        create(tmp_path, name)
    assert list(tmp_path.iterdir()) == []


def test_the_highest_attempt_counts_and_nothing_of_a_lost_tail_survives(tmp_path):
    run = create(tmp_path)
    lines = [
        '{"attempt":1,"from":0}',
        *(f'{{"attempt":1,"step":{s},"t":1,"k":"loss","v":{s}}}' for s in range(1, 8)),
        '{"attempt":2,"from":4}',
        '{"attempt":2,"step":5,"t":1,"k":"loss","v":50}',
        '{"attempt":2,"step":6,"t":1,"k":"eer","v":null}',
        '{"attempt":2,"step":6,"t":1,"k":"lo',
    ]
    (run.path / "metrics.jsonl").write_text("\n".join(lines))
    metrics = run.metrics()
    assert metrics["loss"] == [(1, 1), (2, 2), (3, 3), (4, 4), (5, 50)]
    assert math.isnan(metrics["eer"][0][1])
    assert list(run.metrics(["eer"])) == ["eer"]


def test_spending_adds_attempts_up(tmp_path):
    run = create(tmp_path)
    (run.path / "ledger.jsonl").write_text(
        '{"attempt":1,"step":1,"kind":"labels","n":3}\n{"attempt":1,"step":2,"kind":"labels","n":3}\n'
        '{"attempt":2,"step":2,"kind":"labels","n":4}\n'
    )
    assert run.spending() == {"labels": [(1, 3.0), (2, 10.0)]} and run.spent() == {"labels": 10}


def test_a_running_run_without_heartbeat_is_lost(tmp_path):
    run = create(tmp_path)
    run.update(status="running")
    run.beat()
    assert run.info()["status"] == "running"
    past = time.time() - 2 * LOST_AFTER_SECONDS
    os.utime(run.path / "heartbeat", (past, past))
    assert run.info()["status"] == "lost"


@pytest.mark.parametrize("content", ["{", "[]", "[" * 100_000, None])
def test_a_damaged_folder_is_a_clear_error(tmp_path, content):
    run = create(tmp_path)
    (run.path / "run.json").unlink() if content is None else (run.path / "run.json").write_text(content)
    with pytest.raises(BadDataError, match=r"run\.json"):
        run.info()


def test_a_stop_request_is_a_file(tmp_path):
    run = create(tmp_path)
    assert not run.stop_requested
    run.request_stop()
    assert run.stop_requested
    run.clear_stop()
    assert not run.stop_requested
