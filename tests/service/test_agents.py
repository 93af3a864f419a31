import io
import time

import numpy as np
import pytest
from PIL import Image

from shoestring.rl import episodes
from shoestring.rl.envs import CartPole, Pendulum
from shoestring.service.models import Models
from tests.service.agents import agent_run, table_run, values_run

ACT = "/v1/policies/run:{}/act"


def asked(client, path, **body):
    """An answer, once the model is there."""
    for _ in range(200):
        answer = client.post(path, json=body)
        if answer.status_code != 503:
            return answer
        time.sleep(0.05)
    return answer


@pytest.fixture
def models(verifier, settings):
    """The models of runs beside the verifier: as a server has them."""
    served = Models({}, runs=settings.runs, default="pen")
    served.add("pen", verifier)
    return served


@pytest.fixture
def cart(settings):
    return agent_run(settings.runs, "cart", CartPole(limit=30))


def test_runs_with_episodes_are_listed_with_what_they_kept(client, cart, settings):
    from tests.service.runs import make_run

    make_run(settings.runs, "without")
    (listed,) = client.get("/v1/agents").json()["runs"]
    assert (listed["run"], listed["episodes"], listed["preset"]) == ("cart", 2, "rl-ppo")
    run, _ = cart
    (run.path / episodes.FOLDER / "training-000000000007.npz").write_bytes(b"PK nothing")
    found = client.get("/v1/runs/cart/episodes").json()["episodes"]
    assert [entry["episode"] for entry in found] == [
        "training-000000000000", "training-000000000007", "evaluation-best",
    ]  # fmt: skip
    assert "not a readable npz" in found[1]["problem"] and str(run.path) not in found[1]["problem"]
    assert found[2]["env_steps"] == 12_800 and found[2]["how"] == "best" and found[2]["settings"]["limit"] == 30
    assert client.get("/v1/runs/without/episodes").json()["episodes"] == []


def test_an_episode_is_what_was_written_with_a_picture_of_every_step(client, cart):
    run, _ = cart
    found = client.get("/v1/runs/cart/episodes/evaluation-best").json()
    kept = episodes.read(episodes.find(run.path, "evaluation-best"))
    for name in (*episodes.ROWS, "final"):
        assert found[name] == getattr(kept, name).tolist()
    assert found["advantage"] == pytest.approx(kept.advantage().tolist())
    assert (found["discount"], found["trace"], found["return"]) == (0.98, 0.9, kept.total)
    scene = found["scene"]
    assert len(scene["frames"]) == len(kept) + 1 and scene["actions"] == ["left", "right"]
    kinds = {shape[0] for frame in [scene["backdrop"], *scene["frames"]] for shape in frame}
    assert kinds <= {"line", "polygon", "disc", "text"}
    assert client.get("/v1/runs/cart/episodes/1").json()["phase"] == "training", "by number too"


def test_a_table_brings_its_grid_and_where_all_walked(client, settings):
    run, _ = table_run(settings.runs, "cliff")
    found = client.get("/v1/runs/cliff/episodes/training-000000002500").json()
    kept = episodes.read(episodes.find(run.path, "training-000000002500"))
    assert found["visits"] == kept.visits.tolist() and len(found["visits"]) == 48
    assert found["scene"]["tiles"][3] == "S" + 10 * "C" + "G" and len(found["scene"]["cells"]) == 48


def test_a_gif_is_a_gif_and_a_download(client, cart):
    answer = client.get("/v1/runs/cart/episodes/evaluation-best/gif")
    assert answer.headers["content-type"] == "image/gif"
    assert answer.headers["content-disposition"] == 'attachment; filename="cart-evaluation-best.gif"'
    picture = Image.open(io.BytesIO(answer.content))
    assert picture.format == "GIF" and picture.n_frames > 1


@pytest.mark.parametrize(
    "path", ["nothing/episodes", "cart/episodes/nothing", "cart/episodes/..%2f..%2frun", "cart/episodes/0"]
)
def test_what_is_not_there_is_a_404_in_the_envelope(client, cart, path):
    answer = client.get(f"/v1/runs/{path}")
    assert answer.status_code == 404 and answer.json()["error"]["message"]


def test_a_damaged_episode_and_one_that_is_too_long_are_answers(client, cart, monkeypatch):
    run, _ = cart
    (run.path / episodes.FOLDER / "evaluation-drawn.npz").write_bytes(b"PK nothing")
    assert client.get("/v1/runs/cart/episodes/evaluation-drawn").status_code == 422
    assert client.get("/v1/runs/cart/episodes/evaluation-drawn/gif").status_code == 422
    monkeypatch.setattr("shoestring.service.agents.MAX_NUMBERS", 10)
    answer = client.get("/v1/runs/cart/episodes/evaluation-best")
    assert answer.status_code == 413 and answer.json()["error"]["type"] == "too_large"


def test_a_policy_acts_on_one_observation_and_on_many(client, cart):
    _, policy = cart
    (listed,) = client.get("/v1/policies").json()["policies"]
    assert (listed["name"], listed["environment"], listed["fingerprint"]) == (
        "run:cart", "cart-pole", policy.fingerprint,
    )  # fmt: skip
    seen = np.random.default_rng(0).normal(size=(5, 4))
    one = asked(client, ACT.format("cart"), observation=seen[0].tolist()).json()
    many = asked(client, ACT.format("cart"), observation=seen.tolist()).json()
    (first,) = one["actions"]
    assert one["fingerprint"] == policy.fingerprint and first["action"] == many["actions"][0]["action"]
    assert first["probabilities"] == pytest.approx(many["actions"][0]["probabilities"])
    assert [entry["action"] for entry in many["actions"]] == policy.act(seen).tolist()
    assert np.array([entry["probabilities"] for entry in many["actions"]]) == pytest.approx(policy.distribution(seen))
    assert [entry["value"] for entry in many["actions"]] == pytest.approx(policy.value(seen))
    draws = []
    for seed in (3, 3, 4):
        found = asked(client, ACT.format("cart"), observation=seen.tolist() * 8, draw=True, seed=seed).json()
        draws.append([entry["action"] for entry in found["actions"]])
    assert draws[0] == draws[1] != draws[2]


def test_action_values_act_as_well(client, settings):
    _, values = values_run(settings.runs, "deep")
    answer = asked(client, ACT.format("deep"), observation=[0.1, 0.2, 0.3, 0.4]).json()
    seen = np.array([[0.1, 0.2, 0.3, 0.4]])
    (one,) = answer["actions"]
    assert answer["fingerprint"] == values.fingerprint and one["action"] == values.act(seen)[0]
    assert one["probabilities"] == values.distribution(seen)[0].tolist()
    assert one["value"] == pytest.approx(values.value(seen)[0])


def test_real_valued_actions_come_with_mean_and_deviation_within_the_bounds(client, settings):
    _, policy = agent_run(settings.runs, "swing", Pendulum(limit=5))
    (answer,) = asked(client, ACT.format("swing"), observation=[0.5, 0.5, 400.0]).json()["actions"]
    assert set(answer) == {"action", "value", "mean", "deviation"} and abs(answer["action"][0]) <= 2
    assert answer["mean"] == pytest.approx(policy.distribution(np.array([[0.5, 0.5, 400.0]]))[0, :1].tolist())


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"observation": [1.0, 2.0]}, 422, "2 numbers; 'run:cart' was trained in cart-pole and takes 4"),
        ({"observation": []}, 422, "give a list of numbers"),
        ({"observation": [[]]}, 422, "give a list of numbers"),
        ({"observation": [[1, 2, 3, 4], [1, 2]]}, 422, "equally many"),
        ({"observation": [1, 2, 3, 1e39]}, 422, "number 3 of row 0 is not finite"),
        ({"observation": ["a", 2, 3, 4]}, 422, "observation"),
        ({"observation": [[1, 2, 3, 4]] * 1001}, 413, "at most 1000"),
        ({"observation": [1, 2, 3, 4], "seed": -1}, 422, "seed: -1"),
        ({"observation": [1, 2, 3, 4], "temperature": 1}, 422, "unknown field"),
        ({}, 422, "observation"),
    ],
)
def test_observations_that_do_not_fit_are_refused_with_the_reason(client, cart, body, status, words):
    answer = asked(client, ACT.format("cart"), **body)
    assert answer.status_code == status and words in answer.json()["error"]["message"]
    assert set(answer.json()["error"]) == {"message", "type", "param", "code"}


def test_nan_and_unknown_models_are_refused(client, cart):
    headers = {"content-type": "application/json"}
    answer = client.post(ACT.format("cart"), content='{"observation": [NaN, 0, 0, 0]}', headers=headers)
    assert answer.status_code == 422 and "not finite" in answer.json()["error"]["message"]
    assert asked(client, ACT.format("other"), observation=[0.0]).status_code == 404
    answer = asked(client, "/v1/policies/pen/act", observation=[0.0])
    assert answer.status_code == 422 and "does not act" in answer.json()["error"]["message"]


def test_a_table_acts_on_states_and_on_nothing_else(client, settings):
    table_run(settings.runs, "cliff")
    (answer,) = asked(client, ACT.format("cliff"), observation=[36]).json()["actions"]
    assert answer["action"] == 0 and answer["value"] == pytest.approx(-13)
    for wrong in ([48], [0.5], [-1]):
        refused = asked(client, ACT.format("cliff"), observation=wrong)
        assert refused.status_code == 422 and "states 0 to 47" in refused.json()["error"]["message"]


def test_policies_play_from_the_same_start_for_the_same_seed(client, settings, cart):
    agent_run(settings.runs, "other", CartPole(limit=20), seed=5)
    played = {
        (name, seed): asked(client, f"/v1/policies/run:{name}/play", seed=seed).json()
        for name in ("cart", "other") for seed in (1, 2)
    }  # fmt: skip
    assert played["cart", 1]["observation"][0] == played["other", 1]["observation"][0]
    assert played["cart", 1]["observation"][0] != played["cart", 2]["observation"][0]
    assert played["cart", 1] == asked(client, "/v1/policies/run:cart/play", seed=1).json()
    assert played["cart", 1]["how"] == "best" and len(played["cart", 1]["scene"]["frames"]) > 1
    cut = asked(client, "/v1/policies/run:cart/play", seed=1, max_steps=3, draw=True).json()
    assert cut["steps"] == 3 and cut["how"] == "drawn"
    for wrong in ({"seed": -1}, {"max_steps": 0}, {"max_steps": 2001}):
        assert asked(client, "/v1/policies/run:cart/play", **wrong).status_code == 422
    assert len(client.get("/v1/runs/cart/episodes").json()["episodes"]) == 2, "nothing is kept"


def test_a_read_token_may_watch_and_ask(serve, cart):
    client = serve(token="w" * 20, read_token="r" * 20)
    client.headers["authorization"] = f"Bearer {'r' * 20}"
    assert client.get("/v1/runs/cart/episodes").status_code == 200
    assert asked(client, ACT.format("cart"), observation=[0.0] * 4).status_code == 200
    assert asked(client, "/v1/policies/run:cart/play", seed=0).status_code == 200
    client.headers["authorization"] = "Bearer no"
    assert client.get("/v1/policies").status_code == 401
