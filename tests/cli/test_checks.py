import shutil
import socket
import sys

import pytest

from shoestring.cli import checks


def test_the_installation_of_the_tests_has_what_it_needs():
    made = [checks.python(), checks.torch_build(), *checks.packages(), checks.memory()]
    found = {check.name: check for check in made}
    assert found["python"].found.startswith(sys.version.split()[0])
    assert found["packages"].level == "ok" and "cores" in found["torch"].found and "GiB" in found["memory"].found
    assert {"extra sign", "extra studio", "extra postgres"} <= set(found)


def test_absent_packages_are_found_with_the_line_that_installs_them():
    declared = [
        "click>=8", "not-there-1>=2", "not-there-2", 'not-there-3>=1; extra == "studio"', "fastapi; extra == 'studio'",
        'not-there-4; extra == "bench"',
    ]  # fmt: skip
    found = {check.name: check for check in checks.packages(declared)}
    assert found["packages"] == checks.Check(
        "packages", "missing", "without not-there-1, not-there-2", "pip install not-there-1 not-there-2"
    )
    assert found["extra studio"].found == "without not-there-3" and found["extra studio"].level == "note"
    assert found["extra sign"].level == "ok" and "bench" not in str(found)


def test_a_runs_folder_that_cannot_be_made_is_missing(tmp_path):
    assert checks.disk(tmp_path / "new" / "runs").level in ("ok", "note")
    (tmp_path / "file").write_text("")
    assert checks.disk(tmp_path / "file" / "runs").level == "missing"


def test_a_port_in_use_is_seen():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert checks.free_port(port).level == "note"
    assert checks.free_port(port).level == "ok"


@pytest.fixture
def folders(tmp_path):
    for name in ("ours", "theirs"):
        (tmp_path / name).mkdir()
        script = tmp_path / name / "shoestring"
        script.write_text("#!/bin/sh\n")
        script.chmod(0o755)
    return tmp_path / "ours", tmp_path / "theirs"


def test_a_clash_on_path_is_found(folders):
    ours, theirs = folders
    assert checks.command_on_path(ours, f"{ours}:{theirs}").level == "ok"
    clash = checks.command_on_path(ours, f"{theirs}:{ours}")
    assert clash.level == "note" and str(theirs / "shoestring") in clash.found and "-m shoestring" in clash.hint
    assert checks.command_on_path(ours, "/nowhere").found == "shoestring is not on PATH"


def test_another_package_with_the_same_command_is_named(folders, monkeypatch):
    class Other:
        class dist:
            name = "other-package"

    monkeypatch.setattr(checks, "entry_points", lambda **_: [Other])
    assert "other-package installs a command of the same name" in checks.command_on_path(*folders[:1], "/nowhere").found


def test_the_studio_is_complete_and_needs_no_network(tmp_path):
    assert checks.studio_files().level == "ok"
    static = tmp_path / "static"
    shutil.copytree(checks.STATIC, static)
    assert checks.studio_files(static).level == "ok"
    (static / "vendor" / "preact.js").write_text("changed")
    assert "preact.js is absent or changed" in checks.studio_files(static).found
    (static / "app.js").unlink()
    assert "app.js is absent" in checks.studio_files(static).found
    page = (static / "index.html").read_text()
    (static / "index.html").write_text(page.replace('src="/static/app.js"', 'src="https://cdn.example/app.js"'))
    assert "needs the network for https://cdn.example" in checks.studio_files(static).found
    (static / "index.html").unlink()
    assert checks.studio_files(static).level == "missing"


def test_the_packaged_model(tmp_path, model):
    assert checks.pen_model(model.parent).level == "ok" and checks.pen_model(tmp_path).level == "missing"
