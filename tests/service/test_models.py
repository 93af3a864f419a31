import json
import os
import shutil
import subprocess
import sys
import time

import pytest

from shoestring.core.errors import BadDataError, NotFoundError
from shoestring.service.errors import ApiError
from shoestring.service.models import Models
from shoestring.similarity import verifier as verifying
from shoestring.similarity.verifier import Verifier
from tests.service.matcher import TraceMatcher
from tests.service.test_people import error


@pytest.fixture
def folder(tmp_path, verifier):
    """A saved model; the test matcher is none that the package would load."""
    path = tmp_path / "models" / "mine"
    path.parent.mkdir()
    verifier.save(path)
    return path


@pytest.fixture
def loadable(monkeypatch):
    """Let the loader know the test matcher. Loading waits until it is told to go on."""
    load, gate = verifying.load, {"open": True, "loads": 0}

    def slow(path):
        gate["loads"] += 1
        while not gate["open"]:
            time.sleep(0.01)
        return load(path, lambda matcher: TraceMatcher(json.loads((matcher / "config.json").read_text())["seed"]))

    monkeypatch.setattr(verifying, "load", slow)
    return gate


def wait(models: Models, name: str) -> Verifier:
    for _ in range(1000):
        try:
            return models.verifier(name)
        except ApiError as refusal:
            if refusal.code != "model_loading":
                raise
            time.sleep(0.01)
    raise AssertionError("never loaded")


def test_a_model_is_loaded_once_and_when_asked_for(folder, loadable, verifier):
    models = Models({"mine": folder}, default="mine")
    assert loadable["loads"] == 0 and models.describe("mine")["loaded"] is False
    loadable["open"] = False
    for _ in range(5):
        with pytest.raises(ApiError) as refusal:
            models.verifier("mine")
        assert refusal.value.status == 503 and refusal.value.code == "model_loading"
        assert "Retry-After" in refusal.value.headers
    assert models.problem == "model 'mine' is loading"
    loadable["open"] = True
    assert wait(models, "mine").fingerprint == verifier.fingerprint and wait(models, "mine") is models.verifier()
    assert loadable["loads"] == 1 and models.problem == "" and models.load_seconds > 0


def test_what_is_known_before_and_after_loading_is_the_same(folder, loadable):
    models = Models({"mine": folder}, default="mine")
    before = models.describe("mine")
    wait(models, "mine")
    after = models.describe("mine")
    assert before | {"loaded": True} == after
    assert (before["kind"], before["modality"], before["references"]) == ("verifier", "signature", 3)
    assert before["target_false_accept"] == 0.5 and before["evidence_people"] == 10


def test_a_damaged_model_is_an_answer_and_not_a_crash(folder, loadable):
    (folder / "calibration.safetensors").write_bytes(b"\xff" * 100)
    models = Models({"mine": folder}, default="mine")
    with pytest.raises(ApiError) as refusal:
        wait(models, "mine")
    assert refusal.value.status == 503 and refusal.value.code == "model_failed"
    assert (
        "calibration.safetensors" in models.problem and "calibration.safetensors" in models.describe("mine")["problem"]
    )


@pytest.mark.parametrize("text", ["", "{", "[]", '{"kind": "verifier"}', '{"schema": 3}'])
def test_a_damaged_head_does_not_hide_the_other_models(folder, tmp_path, text):
    other = shutil.copytree(folder, tmp_path / "models" / "other")
    (other / "shoestring.json").write_text(text)
    (other / "calibration.json").write_text(text)
    models = Models({"mine": folder, "other": other})
    assert set(models.names()) - set(Models().names()) == {"mine", "other"}
    assert models.describe("mine")["title"] == "for tests"
    assert models.describe("other")["name"] == "other"


def test_models_of_runs_are_found_and_nothing_outside_of_them(folder, tmp_path, loadable):
    runs = tmp_path / "runs"
    shutil.copytree(folder, runs / "2026-11-22_x_1234" / "model")
    models = Models({}, runs=runs)
    assert models.names() == [*Models().names(), "run:2026-11-22_x_1234"]
    assert wait(models, "run:2026-11-22_x_1234").title == "for tests"
    for name in (
        "run:../models/mine",
        "run:",
        "run:.",
        "../models/mine",
        "run:2026-11-22_x_1234/../..",
        "x" * 5000,
        "\0",
    ):
        with pytest.raises(NotFoundError):
            models.verifier(name)
    with pytest.raises(NotFoundError, match="run:2026-11-22_x_1234"):
        models.verifier("run:2026-11-22_x_1235")


def test_the_service_is_not_ready_while_its_model_loads(serve, folder, loadable, pages):
    loadable["open"] = False
    client = serve(served=Models({"pen": folder}), warm=True)
    assert client.get("/readyz").status_code == 503 and client.get("/healthz").status_code == 200
    client.put("/v1/people/ana")
    answer = client.post("/v1/people/ana/samples", json={"strokes": pages[0][0]})
    assert error(answer)[:2] == (503, "model_loading") and int(answer.headers["retry-after"]) >= 1
    assert client.get("/v1/people/ana").json()["samples"] == 0
    loadable["open"] = True
    for _ in range(500):
        if client.get("/readyz").status_code == 200:
            break
        time.sleep(0.01)
    assert client.post("/v1/people/ana/samples", json={"strokes": pages[0][0]}).status_code == 201


def test_a_server_of_pages_and_runs_never_imports_torch(tmp_path):
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from shoestring.service import server\n"
        "from shoestring.service.settings import Settings\n"
        "import threading, urllib.request\n"
        "def visit(url):\n"
        "    def go():\n"
        "        for path in ('', 'v1/info', 'v1/runs', 'v1/people', 'v1/presets', 'v1/papers', 'docs', 'readyz'):\n"
        "            urllib.request.urlopen(url + path).read()\n"
        "        heavy = {'torch', 'sklearn'} & set(sys.modules)\n"
        "        print('heavy:', sorted(heavy), flush=True)\n"
        "        import os, signal; os.kill(os.getpid(), signal.SIGTERM)\n"
        "    threading.Thread(target=go).start()\n"
        f"folder = Path({str(tmp_path)!r})\n"
        "settings = Settings(port=0, runs=folder / 'runs', database=f'sqlite:///{folder}/p.sqlite', warm=False)\n"
        "server.serve(settings, announce=visit)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert "heavy: []" in done.stdout, done.stdout + done.stderr


def test_a_verifier_of_another_matcher_is_refused(verifier):
    with pytest.raises(BadDataError):
        Verifier(TraceMatcher(7), verifier.calibration)


def test_the_model_for_pictures_is_the_configured_one_else_a_named_one_else_the_newest_run(tmp_path, face_verifier):
    for number, name in enumerate(("b", "a")):
        folder = tmp_path / "runs" / name / "model"
        folder.parent.mkdir(parents=True)
        face_verifier.save(folder)
        os.utime(folder / "shoestring.json", (1000 + number, 1000 + number))
    kinds = ("face", "image")
    assert Models({}, runs=tmp_path / "runs").default_of(kinds) == "run:a", "the newest, not the last by name"
    assert Models({"mine": tmp_path / "runs/b/model"}, runs=tmp_path / "runs").default_of(kinds) == "mine"
    assert Models({}, runs=tmp_path / "runs", pictures="run:b").default_of(kinds) == "run:b"
    assert Models({}).default_of(kinds) is None and Models({}).default_of(("signature",)) == "pen"


def test_a_model_for_pictures_that_was_found_stays_when_a_newer_one_is_trained(tmp_path, face_verifier):
    served = Models({}, runs=tmp_path / "runs")
    assert served.default_of(("face",)) is None
    for name in ("one", "two"):
        (tmp_path / "runs" / name).mkdir(parents=True)
        face_verifier.save(tmp_path / "runs" / name / "model")
        assert served.default_of(("face",)) == "run:one"


def test_a_persons_own_model_counts_for_what_it_takes(both):
    assert both.of_modality("face", "faces") == both.of_modality("face", "pen") == "faces"
    assert both.of_modality("signature", "faces") == both.of_modality("signature", None) == "pen"
    assert both.of_modality("image", None) is None


def test_a_model_in_memory_is_called_loaded(verifier):
    models = Models({}, default="pen")
    models.add("mine", verifier)
    assert models.loaded("mine") and not models.loaded("pen") and not models.loaded("nothing")
