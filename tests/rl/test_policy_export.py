import json

import numpy as np
import pytest
import torch

from shoestring.core.errors import BadDataError
from shoestring.rl.actor_critic import ActorCritic
from shoestring.rl.policies import Normaliser
from shoestring.rl.policy_export import PolicyGraph, probes, write_onnx
from shoestring.rl.policy_files import TrainedPolicy
from shoestring.rl.spaces import Box, Discrete


def policy(action, normalised):
    box = Box((-5.0, -np.inf), (1005.0, np.inf))
    networks = ActorCritic(box, action, torch.Generator().manual_seed(0), hidden=(8,), last_gain=1.0)
    normaliser = Normaliser(2) if normalised else None
    if normaliser:
        normaliser.update(np.random.default_rng(0).normal(size=(50, 2)) * [1e-2, 3] + [1000, 1])
    return TrainedPolicy(networks, normaliser, "toy", box, action, (8,), (8,))


@pytest.mark.parametrize("normalised", [False, True])
@pytest.mark.parametrize("action", [Discrete(3), Box((-0.1,), (0.2,))], ids=["discrete", "box"])
def test_the_graph_computes_what_the_policy_does(action, normalised):
    """The normaliser is far from zero on purpose: in single precision it would lose what it is to show."""
    trained = policy(action, normalised)
    seen = probes(trained)
    with torch.no_grad():
        best, chance, value = (part.numpy() for part in PolicyGraph(trained)(torch.from_numpy(seen)))
    assert best == pytest.approx(trained.act(seen), abs=1e-5)
    assert chance == pytest.approx(trained.distribution(seen), abs=1e-5)
    assert value == pytest.approx(trained.value(seen), abs=1e-5)
    assert len(np.unique(best)) > 1, "probes that all lead to one action would prove little"


def test_onnxruntime_agrees_and_the_check_lies_beside_it(tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript")
    trained = policy(Discrete(3), True)
    check = write_onnx(trained, tmp_path)
    assert check["largest_difference"] <= 1e-4 and check["fingerprint"] == trained.fingerprint
    stored = json.loads((tmp_path / "check.json").read_text())
    session = onnxruntime.InferenceSession(str(tmp_path / "policy.onnx"), providers=["CPUExecutionProvider"])
    action, chance, value = session.run(None, {"observation": np.array(stored["observation"], dtype=np.float32)})
    assert action.tolist() == stored["action"] and value == pytest.approx(np.array(stored["value"]), abs=1e-4)
    assert chance == pytest.approx(np.array(stored["distribution"]), abs=1e-4)


def test_a_graph_that_computes_something_else_is_refused(tmp_path, monkeypatch):
    pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript")
    trained = policy(Discrete(3), False)
    plain = PolicyGraph.forward
    monkeypatch.setattr(PolicyGraph, "forward", lambda self, seen: plain(self, seen * 1.01))
    with pytest.raises(BadDataError, match="differs by"):
        write_onnx(trained, tmp_path)
