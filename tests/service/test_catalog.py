import os

import pytest

from shoestring.core.errors import BadDataError, NotFoundError
from shoestring.service.catalog import Catalog, groups
from tests.service.runs import make_run


def test_only_runs_of_this_folder_can_be_named(tmp_path):
    root = tmp_path / "runs"
    make_run(root, "a")
    make_run(tmp_path, "outside")
    (root / "link").symlink_to(tmp_path / "outside")
    (root / "empty").mkdir()
    catalog = Catalog(root)
    assert catalog.find("a").id == "a"
    for name in ("", ".", "..", "../outside", "link", "empty", "a/", "a/../a", "/etc", "a\0", "a\n", "x" * 300, "ä"):
        with pytest.raises(NotFoundError):
            catalog.find(name)


def test_a_damaged_run_is_shown_and_does_not_hide_the_others(tmp_path):
    make_run(tmp_path, "2026-01-01_a_0001", steps=10)
    bad = make_run(tmp_path, "2026-01-02_b_0002")
    for name, content in (("run.json", b"\xff{"), ("run.json", b"[]"), ("run.json", b'{"status": "done"}')):
        (bad.path / name).write_bytes(content)
        entries = Catalog(tmp_path).all()
        assert [entry["run"] for entry in entries] == ["2026-01-02_b_0002", "2026-01-01_a_0001"]
        assert entries[1]["status"] == "done" and entries[1]["metrics"]["error"]["value"] == 0.1
    (bad.path / "run.toml").unlink()
    entry = Catalog(tmp_path).all()[0]
    assert entry["status"] == "damaged" and "run.toml" in entry["problem"]


def test_runs_that_differ_by_their_seed_only_are_one_group(tmp_path):
    for number in range(6):
        config = "rate = 0.1\n" if number < 4 else "rate = 0.2\n"
        make_run(
            tmp_path,
            f"2026-01-01_a_000{number}",
            config=config,
            seed=number,
            budgets={"labels": 5} if number == 3 else {},
        )
    found = groups(Catalog(tmp_path).all())
    assert sorted(sorted(group["seeds"]) for group in found) == [[0, 1, 2], [3], [4, 5]]
    assert {group["name"] for group in found} == {"toy"}


def test_differences_are_the_keys_that_are_not_the_same(tmp_path):
    a = make_run(tmp_path, "a", config="rate = 0.1\nsame = 1\n[loss]\nmargin = 2\n")
    b = make_run(tmp_path, "b", config="rate = 0.2\nsame = 1\n[loss]\nkind = 'x'\nmargin = 2\n")
    assert Catalog(tmp_path).differences([a, b]) == [
        {"key": "loss.kind", "values": [None, "x"]}, {"key": "rate", "values": [0.1, 0.2]}
    ]  # fmt: skip
    assert Catalog(tmp_path).differences([a]) == []
    (b.path / "run.toml").write_text("= broken")
    with pytest.raises(BadDataError, match=r"run.toml"):
        Catalog(tmp_path).differences([a, b])


def test_a_run_whose_process_died_is_lost_although_its_files_do_not_change(tmp_path):
    run = make_run(tmp_path, "a", status="running")
    catalog = Catalog(tmp_path)
    assert catalog.entry(run)["status"] == "running"
    os.utime(run.path / "heartbeat", (1, 1))
    assert catalog.entry(run)["status"] == "lost"
    run.beat()
    assert catalog.entry(run)["status"] == "running"


def test_a_change_of_the_summary_is_seen(tmp_path):
    run = make_run(tmp_path, "a", steps=10)
    catalog = Catalog(tmp_path)
    assert catalog.entry(run)["step"] == 10
    (run.path / "summary.json").write_text('{"step": 11}')
    assert catalog.entry(run)["step"] == 11
