from shoestring.core.folder import list_runs


def test_a_report_lies_in_the_run_or_where_it_is_wanted(shell, preset, tmp_path):
    shell("train", preset)
    run = list_runs(shell.runs)[0]
    assert shell("report", "latest").stdout == f"{run.path / 'report.html'}\n"
    assert run.id in (run.path / "report.html").read_text()
    document = shell.json("report", run.id, run.path, "--html", tmp_path / "page.html", "--x", "labels")
    assert document["runs"] == [run.id] and document["bytes"] == (tmp_path / "page.html").stat().st_size
    assert "over labels" in (tmp_path / "page.html").read_text()


def test_what_cannot_be_reported(shell, preset, tmp_path):
    shell("train", preset)
    assert "never recorded env_steps" in shell("report", "latest", "--x", "env_steps", code=2).stderr
    assert "no such folder" in shell("report", "latest", "--html", tmp_path / "no" / "page.html", code=2).stderr
