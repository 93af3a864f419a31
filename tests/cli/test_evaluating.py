import json
import shutil

import numpy as np
import pytest
from PIL import Image

from shoestring.core.folder import RunFolder
from shoestring.data.synthetic_faces import synthetic_faces
from shoestring.similarity.encoders import InceptionSmall
from shoestring.similarity.evaluation import evaluate
from shoestring.similarity.matchers.centroid import Centroid
from shoestring.similarity.verifier import Verifier
from tests.recipes.pen import people, small_verifier


def test_the_document_is_that_of_the_evaluation(shell, model, people_file):
    path, names = people_file
    document = shell.json("evaluate", model, "--data", path, "--resamples", 20)
    assert document["schema"] == "shoestring.evaluation/1"
    expected = evaluate(small_verifier(), people(), resamples=20)
    for name in ("eer_skilled", "eer_random"):
        assert set(document["metrics"][name]) >= {"value", "low", "high"}
        assert document["metrics"][name]["value"] == pytest.approx(expected.metrics[name]["value"])
    assert document["references"] == small_verifier().references and document["protocols"][0]["people"] == len(names)


def test_people_read_a_table_and_get_a_page(shell, model, people_file, tmp_path):
    options = ["--references", 2, "--resamples", 20, "--html", tmp_path / "e.html"]
    shown = shell("evaluate", model, "--data", people_file[0], *options)
    assert "eer_skilled" in shown.stdout and "2 enrolled" in shown.stdout and "error promised below" in shown.stdout
    assert "24 signatures of 3 people" in shown.stderr
    assert "<svg" in (tmp_path / "e.html").read_text()


def test_a_run_is_evaluated_by_its_id(shell, people_file):
    run = RunFolder.create(shell.runs, "signatures", "", {"kind": "run"})
    small_verifier().save(run.path / "model")
    assert shell.json("evaluate", "latest", "--data", people_file[0], "--resamples", 2)["title"] == "for tests"


def test_a_model_of_pictures_is_evaluated_on_archives_and_folders(shell, tmp_path):
    faces = synthetic_faces(6, 5, seed=5)
    encoder = InceptionSmall(height=24, breadth=24, channels=4, width=8).build().eval()
    Verifier.calibrate(Centroid().fit(encoder, faces), faces, references=2, modality="face").save(tmp_path / "m")
    others = synthetic_faces(5, 4, seed=6)
    np.savez(tmp_path / "faces.npz", images=np.stack([p.pixels for p in others]), identity=others.identity)
    for picture, name, number in zip(others, others.identity, others.sample, strict=True):
        place = tmp_path / "people" / name / f"{number}.pgm"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture.pixels).save(place)
    found = [shell("evaluate", tmp_path / "m", "--data", tmp_path / name, "--json") for name in ("faces.npz", "people")]
    archive, folder = (json.loads(shown.stdout)["metrics"] for shown in found)
    assert set(archive["eer_random"]) >= {"value", "low", "high"} and archive["eer_skilled"]["value"] is None
    assert archive["eer_random"] == folder["eer_random"]
    assert "20 pictures of 5 people" in found[0].stderr
    shell("evaluate", tmp_path / "m", "--data", tmp_path / "people", "--html", tmp_path / "e.html", "--resamples", 20)
    page = (tmp_path / "e.html").read_text()
    assert "<svg" in page and "centroid" in page and "<script src" not in page
    # Random weights doubt many a label.
    doubtful = json.loads(found[0].stdout)["doubtful"]
    assert doubtful and set(doubtful[0]) == {"person", "sample", "looks_like", "own", "rival"}
    assert "Labels to look at" in page and f"<td>{doubtful[0]['looks_like']}</td>" in page


@pytest.fixture
def names(model, people_file):
    return {"model": model, "data": people_file[0]}


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["{model}", "--data", "/nowhere"], 3, "/nowhere: no such file or folder"),
        (["nothing", "--data", "{data}"], 3, "no run 'nothing'"),
        (["{model}"], 2, "Missing option '--data'"),
        (["{model}", "--data", "{data}", "--html", "/nowhere/page.html"], 2, "/nowhere: no such folder"),
        (["{model}", "--data", "{data}", "--references", "50"], 5, "50"),
        (["{model}", "--data", "{model}"], 5, "{model}"),
    ],
)
def test_what_cannot_be_evaluated(shell, names, words, code, message):
    failed = shell("evaluate", *(word.format(**names) for word in words), code=code)
    assert message.format(**names) in failed.stderr and failed.stdout == ""


def test_a_text_model_is_measured_on_pairs(shell, tmp_path):
    path = tmp_path / "pairs.csv"
    rows = [("a cat", "one cat", 5), ("a cat", "the market", 0), ("a boat", "a ship", 4), ("a road", "bread", 1)]
    path.write_text("sentence1,sentence2,score\n" + "".join(f"{a},{b},{c}\n" for a, b, c in rows) + "a,b,\n")
    document = shell.json("evaluate", "text", "--data", path, "--resamples", 20)
    assert document["schema"] == "shoestring.text-evaluation/1" and document["rows"] == 4
    assert set(document["metrics"]["spearman"]) == {"value", "low", "high"}
    shown = shell("evaluate", "text", "--data", path, "--resamples", 20)
    assert "spearman" in shown.stdout and "left out: 1 rows: no usable score" in shown.stderr
    assert "are for verifiers" in shell("evaluate", "text", "--data", path, "--references", 3, code=2).stderr


def test_a_damaged_model_is_bad_data(shell, model, people_file, tmp_path):
    shutil.copytree(model, tmp_path / "damaged")
    weights = next((tmp_path / "damaged" / "matcher").glob("*.safetensors"))
    weights.write_bytes(b"\xff" * 100)
    failed = shell("evaluate", tmp_path / "damaged", "--data", people_file[0], code=5)
    assert "damaged" in failed.stderr and "Traceback" not in failed.stderr


def test_an_agent_plays_fresh_episodes(shell):
    from shoestring.rl.envs import CartPole
    from tests.service.agents import agent_run

    agent_run(shell.runs, "cart", CartPole(limit=30))
    document = shell.json("evaluate", "cart", "--episodes", 25, "--resamples", 50)
    assert document["schema"] == "shoestring.policy-evaluation/1" and document["episodes"] == 40
    assert document["environment"] == "cart-pole" and "nothing about other seeds" in document["note"]
    iqm = document["metrics"]["return_best_iqm"]
    assert set(iqm) == {"value", "low", "high"} and 1 <= iqm["low"] <= iqm["value"] <= iqm["high"] <= 30
    shown = shell("evaluate", "cart", "--episodes", 5, "--resamples", 50, "--seed", 3).stdout
    assert "in 5 episodes of cart-pole" in shown and "return_drawn_iqm" in shown
    pytest.importorskip("gymnasium")
    same = ["--episodes", 2, "--resamples", 20, "--environment", "CartPole-v1", "--json"]
    assert '"environment": "CartPole-v1"' in shell("evaluate", "cart", *same).stdout
    wrong = ["--episodes", 2, "--environment", "Pendulum-v1"]
    assert "choose another environment" in shell("evaluate", "cart", *wrong, code=5).stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--data", "{data}"], "they play episodes"),
        (["--references", "3"], "they play episodes"),
        (["--resamples", "0"], "an agent is reported with intervals"),
    ],
)
def test_options_of_other_models_are_refused_for_an_agent(shell, people_file, words, message):
    from tests.service.agents import table_run

    table_run(shell.runs, "cliff")
    given = [word.format(data=people_file[0]) for word in words]
    assert message in shell("evaluate", "cliff", *given, code=2).stderr


def test_a_player_of_a_board_game_meets_its_opponents(shell):
    from shoestring.rl.boards import Connect, TicTacToe
    from tests.service.agents import board_run

    board_run(shell.runs, "xo", TicTacToe())
    document = shell.json("evaluate", "xo", "--episodes", 10)
    assert document["schema"] == "shoestring.board-evaluation/1" and document["model"] == "xo"
    assert [entry["games"] for entry in document["opponents"]] == [10, 10, 10]
    assert document["trained"] == {"preset": "rl-tictactoe", "seed": 0, "env_steps": 0}
    exact = document["perfect_play"]
    shown = shell("evaluate", "xo", "--episodes", 10).stdout
    assert "xo at tic-tac-toe, 20 simulations before each move" in shown and "random moves" in shown
    assert f"{exact['second']['lost']}" in shown.split("second ")[1].split("\n")[0]
    assert ("it never loses" in shown) == exact["never_loses"] and "perfect play of both is a draw" in shown
    board_run(shell.runs, "four", Connect(), simulations=3)
    larger = shell("evaluate", "four", "--episodes", 2).stdout
    assert "perfect play of connect is not known here" in larger
    assert "plays tic-tac-toe and nothing else" in shell("evaluate", "xo", "--environment", "A", code=2).stderr


def test_options_of_agents_are_refused_for_other_models(shell, model, people_file):
    failed = shell("evaluate", model, "--data", people_file[0], "--episodes", 3, code=2)
    assert "--episodes and --environment are for agents" in failed.stderr
