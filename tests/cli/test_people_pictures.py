"""The verbs of verification with photographs: the same words, the same exit codes."""

import json

import pytest

from shoestring.service.settings import Settings
from shoestring.service.store import Store
from tests.service.drawn import drawn_photos, drawn_verifier


@pytest.fixture
def photos(tmp_path):
    """Files of three drawn people."""
    files = []
    for person, taken in enumerate(drawn_photos()):
        folder = tmp_path / "photos" / f"p{person}"
        folder.mkdir(parents=True)
        files.append([folder / f"{number}.png" for number in range(len(taken))])
        for path, data in zip(files[-1], taken, strict=True):
            path.write_bytes(data)
    return files


@pytest.fixture
def trained(shell):
    """A run with a model for faces."""
    folder = shell.runs / "2026-11-26_face-triplet_abcd" / "model"
    folder.parent.mkdir(parents=True)
    drawn_verifier().save(folder)
    (folder.parent / "run.json").write_text(json.dumps({"status": "done", "recipe": "image-groups"}))
    return f"run:{folder.parent.name}"


def test_a_person_is_enrolled_verified_and_forgotten(shell, trained, photos):
    first = shell.json("enrol", "ana", *photos[0][:3], "--consent", "for a test")
    assert first["new"] == 3 and first["person"]["pictures"] == 3 and first["person"]["model"] == trained
    assert shell.json("enrol", "ana", *photos[0][:3])["new"] == 0
    answer = shell.json("verify", "ana", photos[0][3])
    assert answer["modality"] == "face" and answer["model_name"] == trained
    code = {"accept": 0, "reject": 10, "undecided": 11}[answer["decision"]]
    assert shell("verify", "ana", photos[0][3], "--exit-code", code=code).stdout.startswith(answer["decision"])
    assert shell("verify", "ana", photos[0][1], "--exit-code", code=10).stdout.startswith("reject"), "the same picture"
    store = Store.open(Settings.from_environment().database_url)
    assert [sample.kept for sample in store.samples("ana")] == [False] * 3
    store.close()
    gone = shell.json("forget", "ana")
    assert gone["deleted"]["vectors"] == 3 and gone["proof"]["found"] == 0


def test_a_folder_and_a_model_by_its_place(shell, trained, photos):
    folder = shell.runs / trained.removeprefix("run:") / "model"
    assert shell.json("enrol", "ben", photos[1][0].parent, "--keep-images", "--first", 2)["new"] == 2
    answer = shell.json("verify", "ben", photos[1][3], "--model", folder)
    assert answer["model_name"] == str(folder)


def test_looking_for_a_face_takes_a_flag_and_an_agreement(shell, trained, photos):
    shell("enrol", "ana", *photos[0][:3], "--consent", "may be looked for", "--one-to-many")
    shell("enrol", "ben", *photos[1][:3], "--consent", "verification only")
    assert "--identify-faces" in shell("identify", photos[0][3], code=2).stderr
    found = shell.json("identify", photos[0][3], "--identify-faces")
    assert [one["person"] for one in found["candidates"]] == ["ana"] and found["not_searched"] == 1
    shell("enrol", "ana", photos[0][3], "--no-one-to-many")
    assert "agreed to be looked for" in shell("identify", photos[0][3], "--identify-faces", code=2).stderr


def test_what_cannot_be_used_says_why_and_keeps_nothing(shell, trained, photos, tmp_path, people_file):
    bad = tmp_path / "bad.png"
    bad.write_bytes(photos[0][0].read_bytes()[:500])
    assert "cut off" in shell("enrol", "ana", bad, code=5).stderr
    assert "one kind after the other" in shell("enrol", "ana", photos[0][0], people_file[0], code=2).stderr
    assert "--writer" in shell("verify", "ana", photos[0][0], "--writer", "w", code=2).stderr
    assert "no such file" in shell("verify", "ana", tmp_path / "none.png", code=3).stderr.lower()
    assert shell("verify", "ana", photos[0][0], code=5).stderr
    assert (
        "takes faces, not signatures"
        in shell(
            "verify", "ana", people_file[0], "--writer", people_file[1][0], "--sample", 1, "--model", trained, code=5
        ).stderr
    )


def test_without_a_model_the_way_to_one_is_said(shell, photos):
    assert "shoestring train face-patterns" in shell("enrol", "ana", photos[0][0], code=5).stderr
