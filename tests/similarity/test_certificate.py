import json
import shutil

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from shoestring.core.errors import BadDataError
from shoestring.similarity.calibration import Calibration
from shoestring.similarity.certificate import certificate, read_calibration, write_calibration
from shoestring.similarity.protocol import compare

from .toys import ToyMatcher, table, toy_people


@pytest.fixture(scope="module")
def calibration():
    rows = compare(ToyMatcher(), toy_people(70, uneven=0.5, seed=2), random_per_subject=5, levels=True)
    return Calibration.fit(rows)


@pytest.fixture(scope="module")
def written(calibration, tmp_path_factory):
    folder = tmp_path_factory.mktemp("calibration")
    write_calibration(calibration, folder)
    return folder


@pytest.fixture
def folder(written, tmp_path):
    return shutil.copytree(written, tmp_path / "copy")


def test_reading_derives_the_same_promises(calibration, folder):
    again = read_calibration(folder)
    assert again.points == calibration.points
    assert again.per_user == calibration.per_user
    assert certificate(again) == certificate(calibration)
    assert again.llr == calibration.llr


def test_the_certificate_says_what_the_evidence_was(calibration):
    stated = certificate(calibration)
    assert (stated["people"], stated["references"], stated["source"]) == (70, 5, "toy people")
    assert stated["pairs"] == {"genuine": 350, "random": 350, "skilled": 700}
    assert stated["matcher"] == ToyMatcher().fingerprint and len(stated["evidence_sha256"]) == 64
    assert {"library", "created", "targets", "false_accept", "false_reject"} <= stated.keys()
    json.dumps(stated, allow_nan=False)


def test_thresholds_that_do_not_exist_are_null(tmp_path):
    write_calibration(Calibration(table([1.0], [0.0])), tmp_path)
    stated = json.loads((tmp_path / "calibration.json").read_text())["certificate"]
    assert stated["accept_at_or_above"] is None and stated["reject_below"] is None
    assert len(read_calibration(tmp_path).points.missing) == 2


def test_nobodys_name_is_written(calibration, folder):
    assert all(b"p012" not in path.read_bytes() for path in folder.iterdir())


def edit(**changes):
    def apply(folder):
        stored = json.loads((folder / "calibration.json").read_text())
        stored["certificate"] |= changes
        (folder / "calibration.json").write_text(json.dumps(stored))

    return apply


def column(name, change):
    def apply(folder):
        columns = load_file(folder / "calibration.safetensors")
        columns[name] = change(columns[name].copy())
        save_file(columns, folder / "calibration.safetensors")

    return apply


def put(name, content):
    return lambda folder: (folder / name).write_bytes(content)


def truncated(folder):
    path = folder / "calibration.safetensors"
    path.write_bytes(path.read_bytes()[:-100])


def first_to(value):
    def change(values):
        values[0] = value
        return values

    return change


HOSTILE = {
    "no json": put("calibration.json", b"not json"),
    "deep json": put("calibration.json", b"[" * 200_000),
    "a list": put("calibration.json", b"[]"),
    "wrong schema": put("calibration.json", b'{"schema": "shoestring.calibration/9", "certificate": {}}'),
    "no certificate": put("calibration.json", b'{"schema": "shoestring.calibration/1"}'),
    "empty certificate": put("calibration.json", b'{"schema": "shoestring.calibration/1", "certificate": {}}'),
    "json missing": lambda folder: (folder / "calibration.json").unlink(),
    "scores missing": lambda folder: (folder / "calibration.safetensors").unlink(),
    "scores truncated": truncated,
    "scores are text": put("calibration.safetensors", b"hello, this is no tensor file at all"),
    "scores empty": put("calibration.safetensors", b""),
    "header of 2^60 bytes": put("calibration.safetensors", b"\x00" * 7 + b"\x10" + b"{}"),
    "lower threshold": edit(accept_at_or_above=-100.0),
    "better bound": edit(false_accept=[]),
    "other people": edit(people=10_000),
    "other matcher type": edit(matcher=7),
    "references": edit(references=10**9),
    "references float": edit(references=5.0),
    "targets out of range": edit(targets={"false_accept": 2.0, "false_reject": 0.05}),
    "target NaN": edit(targets={"false_accept": float("nan"), "false_reject": 0.05}),
    "weight": edit(per_user={"weight": 1e9, "mean": 0.0, "why": ""}),
    "weight huge": edit(per_user={"weight": 10**400, "mean": 0.0, "why": ""}),
    "score NaN": column("score", first_to(np.nan)),
    "score changed": column("score", lambda values: values - 1e-3),
    "kind": column("kind", first_to(200)),
    "person": column("subject", first_to(-5)),
    "other person": column("subject", first_to(69)),
    "type": column("score", lambda values: values.astype(np.float32)),
    "length": column("score", lambda values: values[:-1]),
    "shape": column("score", lambda values: values.reshape(-1, 2)),
}


@pytest.mark.parametrize("damage", HOSTILE.values(), ids=HOSTILE.keys())
def test_damaged_or_changed_files_are_refused(folder, damage):
    damage(folder)
    with pytest.raises(BadDataError, match="calibration"):
        read_calibration(folder)
