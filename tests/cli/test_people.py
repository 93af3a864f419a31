"""The verbs of verification, on a store of their own."""

import json
import sys

import pytest

from shoestring.core.folder import RunFolder
from shoestring.recipes import loading
from shoestring.service import models
from shoestring.service.settings import Settings
from shoestring.service.store import Store
from shoestring.similarity.verifier import Decision, Verifier
from tests.recipes.pen import people, small_verifier


@pytest.fixture
def pen(shell, model, monkeypatch):
    """The command line with a packaged model."""
    monkeypatch.setattr(loading, "PACKAGED", model.parent)
    monkeypatch.setattr(models, "PACKAGED", model.parent)
    return shell


@pytest.fixture
def ana(pen, people_file):
    """``ana`` is enrolled with the first four signatures of the first writer."""
    path, names = people_file
    document = pen.json("enrol", "ana", path, "--writer", names[0], "--first", 4, "--consent", "for a test")
    assert document["new"] == 4 and document["person"]["samples"] == 4
    return path, names


def test_a_decision_is_that_of_the_model_and_has_its_exit_code(pen, ana, monkeypatch):
    path, names = ana
    mine = people().subset((people().identity == names[0]) & people().genuine)
    ordered = [mine.signatures[index] for index in mine.sample.argsort()]
    expected = small_verifier().verify(small_verifier().enrol(ordered[:4]), ordered[4])
    number = int(sorted(mine.sample)[4])
    answer = pen.json("verify", "ana", path, "--writer", names[0], "--sample", number)
    assert answer["schema"] == "shoestring.decision/1" and answer["decision"] == expected.decision
    assert answer["score"] == pytest.approx(expected.score, rel=1e-6) and answer["reasons"]
    for decision, code in (("accept", 0), ("reject", 10), ("undecided", 11)):
        fixed = Decision(decision, 0.0, 1.0, -1.0, 0.1, 0.1, 20, 40, "people", expected.model, ("a reason",))
        monkeypatch.setattr(Verifier, "verify", lambda *_, fixed=fixed: fixed)
        words = ["verify", "ana", path, "--writer", names[0], "--sample", number]
        assert pen(*words, "--exit-code", code=code).stdout.startswith(f"{decision}\n")
        pen(*words, code=0)


def test_a_copy_of_an_enrolled_signature_is_rejected(pen, ana):
    path, names = ana
    answer = pen.json("verify", "ana", path, "--writer", names[0], "--sample", 1, "--exit-code", code=10)
    assert answer["decision"] == "reject" and answer["replay"]["suspected"] is True


def test_enrolling_twice_keeps_one_of_each(pen, ana):
    path, names = ana
    again = pen.json("enrol", "ana", path, "--writer", names[0], "--first", 5)
    assert again["new"] == 1 and again["person"]["samples"] == 5
    forged = pen.json("enrol", "ana", path, "--writer", names[0], "--sample", 8, "--forgery")
    assert forged["person"]["forgeries"] == 1 and forged["person"]["samples"] == 5
    drawn = pen("verify", "ana", path, "--writer", names[0], "--sample", 6, "--pointer", "mouse")
    assert "enrolled with pen" in drawn.stderr


def test_few_signatures_are_said_to_be_few(pen, people_file):
    path, names = people_file
    shown = pen("enrol", "bo", path, "--writer", names[1], "--first", 2)
    assert shown.stdout == "bo: 2 new, 2 in all, template of " + shown.stdout.split()[-2] + " bytes\n"
    assert "2 of 4 samples" in shown.stderr


def test_identify_searches_everybody(pen, ana):
    path, names = ana
    pen("enrol", "bo", path, "--writer", names[1], "--first", 4)
    answer = pen.json("identify", path, "--writer", names[1], "--sample", 6, "-k", 2)
    assert answer["searched"] == 2 and {entry["person"] for entry in answer["candidates"]} == {"ana", "bo"}
    scores = [entry["score"] for entry in answer["candidates"]]
    assert scores == sorted(scores, reverse=True)
    assert "bo" in pen("identify", path, "--writer", names[1], "--sample", 6).stdout


def test_update_adds_only_what_was_accepted(pen, ana):
    path, names = ana
    mine = ["verify", "ana", path, "--writer", names[0], "--update", "--sample"]
    for number in (5, 6):
        answer = pen.json(*mine, number)
        assert answer["updated"] == (answer["decision"] == "accept")
    copy = pen.json(*mine, 1)
    assert copy["updated"] is False


def test_a_forgotten_person_is_gone_and_it_is_proven(pen, ana, tmp_path):
    path, names = ana
    gone = pen.json("forget", "ana")
    assert gone["deleted"] == {"people": 1, "samples": 4, "templates": 1, "vectors": 0, "images": 0}
    assert gone["proof"]["found"] == 0
    assert b"for a test" not in (tmp_path / "home" / "people.sqlite").read_bytes()
    assert "no person 'ana'" in pen("forget", "ana", code=3).stderr
    pen("verify", "ana", path, "--writer", names[0], "--sample", 5, code=3)
    assert "deleted 1 people" in [pen("enrol", "ana", path, "--writer", names[0]), pen("forget", "ana")][1].stdout


def test_a_person_can_have_the_model_of_a_run(pen, people_file):
    path, names = people_file
    run = RunFolder.create(pen.runs, "signatures", "", {"kind": "run"})
    small_verifier().save(run.path / "model")
    document = pen.json("enrol", "cy", path, "--writer", names[2], "--model", f"run:{run.id}")
    assert document["person"]["model"] == f"run:{run.id}"
    pen("verify", "cy", path, "--writer", names[2], "--sample", 7)
    failed = pen("enrol", "cy", path, "--writer", names[2], "--model", "run:other", code=3)
    assert "no model 'run:other'" in failed.stderr


@pytest.mark.parametrize("name", ["", "a/../b" * 100, "x\ny"])
def test_names_that_are_none_are_refused(pen, people_file, name):
    path, names = people_file
    assert pen("enrol", name, path, "--writer", names[0], code=5).stdout == ""


def test_the_store_is_that_of_the_studio(pen, ana, tmp_path):
    store = Store.open(Settings.from_environment().database_url)
    assert [person.name for person in store.people()] == ["ana"]
    store.close()
    assert (tmp_path / "home" / "people.sqlite").stat().st_mode & 0o077 == 0


def test_without_the_studio_packages_the_install_line_is_printed(pen, people_file, monkeypatch):
    path, names = people_file
    for name in [name for name in sys.modules if name.startswith("shoestring.service")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    document = json.loads(pen("enrol", "ana", path, "--writer", names[0], "--json", code=4).stdout)
    assert "pip install 'shoestring[studio]'" in document["error"]["message"]
