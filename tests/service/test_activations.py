import math

import numpy as np
import pytest

from shoestring.activations.catalog import ENTRIES
from shoestring.activations.drawn import curve
from tests.service.test_people import error


def test_the_catalogue_and_one_of_it(client):
    entries = client.get("/v1/activations").json()["activations"]
    assert [entry["name"] for entry in entries] == [entry.name for entry in ENTRIES]
    one = client.get("/v1/activations/elu:alpha=0.5").json()
    assert one["facts"]["gain"] == pytest.approx(1.3656, abs=1e-3) and one["python"] == "torch.nn.ELU(alpha=0.5)"
    assert client.get("/v1/activations/softmax").json()["example"]["kind"] == "matrix"
    assert error(client.get("/v1/activations/nothing"))[0] == 404
    assert error(client.get("/v1/activations/elu:alpha=99"))[0] == 400


def test_curves_come_with_facts_and_random_relu_with_random_outputs(client):
    body = {"f": ["hardshrink", "rrelu", "tanh"], "low": -1, "high": 1, "points": 5}
    found = client.post("/v1/activations/curves", json=body).json()["curves"]
    hard, random, tanh = found
    assert hard["value"][hard["x"].index(0.5)] is None and hard["facts"]["lipschitz"] is None
    assert len(random["training"]["x"]) == 120 and "training" not in tanh
    other = client.post("/v1/activations/curves", json={**body, "seed": 1}).json()["curves"][1]
    assert other["training"] != random["training"]
    assert tanh["value"] == pytest.approx([math.tanh(x) for x in tanh["x"]])
    assert tanh["facts"]["torch_gain"] == pytest.approx(5 / 3)


def test_a_drawn_curve_is_points_and_comes_back_with_its_code(client):
    points = [[-2, -0.5], [0, 0], [1, 2]]
    (own,) = client.post("/v1/activations/curves", json={"drawn": points, "points": 9}).json()["curves"]
    assert own["value"] == pytest.approx(curve(points).value(np.array(own["x"])).tolist())
    assert own["python"].startswith("import torch") and own["name"] == "drawn"


HOSTILE = (
    [[0, 0], ["__import__('os')", 1]], [[0, 0]], [[0, 0], [0, 1]], [[0, 0], [1, 1e9]], "import os", {"x": 1},
    [[0, 0], [1, None]], [[0, 0], [1, 1, 1]], [[n, n] for n in range(65)],
)  # fmt: skip


@pytest.mark.parametrize("drawn", HOSTILE, ids=lambda value: str(value)[:30])
def test_whatever_is_no_list_of_points_is_refused(client, drawn):
    for route in ("curves", "depth"):
        answer = client.post(f"/v1/activations/{route}", json={"drawn": drawn})
        assert error(answer)[0] == 422


def test_no_route_takes_a_file_or_code(client, tmp_path):
    bad = tmp_path / "own.py"
    bad.write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\ndef f(x): return x\n")
    for route, body in (("curves", {"f": [f"{bad}:f"]}), ("depth", {"f": f"{bad}:f"}), ("cost", {"f": f"{bad}:f"})):
        assert error(client.post(f"/v1/activations/{route}", json=body))[0] == 404
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "body",
    [{"f": ["relu"] * 41}, {"f": ["relu"], "points": 10**9}, {"f": ["relu"], "low": 4, "high": -4}, {"f": ["glu"]}],
)
def test_curves_are_bounded(client, body):
    assert error(client.post("/v1/activations/curves", json=body))[0] == 422


def test_depth_runs_a_real_stack(client):
    body = {"f": "tanh", "depth": 6, "width": 32, "batch": 8}
    found = client.post("/v1/activations/depth", json=body).json()
    assert len(found["forward"]) == 6 and found["outside"] is None and found["gain"] == pytest.approx(1.593, abs=1e-3)
    drawn = client.post("/v1/activations/depth", json={"drawn": [[0, 0], [1, 2]], "depth": 3, "width": 16}).json()
    assert drawn["name"] == "drawn" and drawn["gain"] == pytest.approx(0.5)
    exploded = client.post("/v1/activations/depth", json={**body, "f": "relu", "depth": 100, "gain": 1e5}).json()
    assert exploded["forward"][-1] is None and exploded["outside"]


@pytest.mark.parametrize(
    "changes",
    [{"depth": 101}, {"width": 513}, {"batch": 65}, {"init": "x"}, {"norm": "x"}, {"gain": 0}, {"gain": -1},
     {"drawn": [[0, 0], [1, 1]]}, {"f": ""}, {"f": "softmax"}, {"seed": "x"}],
)  # fmt: skip
def test_depth_is_bounded(client, changes):
    assert error(client.post("/v1/activations/depth", json={"f": "tanh", **changes}))[0] == 422


def test_a_constant_has_no_gain_of_its_own(client):
    body = {"drawn": [[0, 0], [1, 0]], "depth": 2, "width": 4, "batch": 2}
    assert "gain" in client.post("/v1/activations/depth", json=body).json()["error"]["message"]


def test_cost_is_measured_here(client):
    found = client.post("/v1/activations/cost", json={"f": "relu"}).json()
    assert found["forward"] > 0 and found["copy"] > 0 and found["saved"] == 4


def test_the_read_token_may_look_at_all_of_it(serve):
    client = serve(token="w" * 32, read_token="r" * 32)
    headers = {"Authorization": f"Bearer {'r' * 32}"}
    assert client.post("/v1/activations/curves", json={"f": ["relu"]}, headers=headers).status_code == 200
    assert client.post("/v1/activations/curves", json={"f": ["relu"]}).status_code == 401
