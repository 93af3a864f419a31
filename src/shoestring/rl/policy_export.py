"""Policies for other programs: ONNX with normaliser, probabilities and value inside."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from shoestring.core.errors import BadDataError, MissingExtraError
from shoestring.core.files import write_json
from shoestring.rl.policies import Categorical
from shoestring.rl.policy_files import TrainedPolicy
from shoestring.rl.spaces import Box

TOLERANCE = 1e-4
PROBES = 64


class PolicyGraph(nn.Module):
    """Observations [N, O], as the environment gives them, to the best action, the distribution and V."""

    def __init__(self, policy: TrainedPolicy) -> None:
        super().__init__()
        self.actor, self.critic = policy.networks.policy.net, policy.networks.critic
        size, normaliser = policy.observation_space.size, policy.normaliser
        self.normalised = normaliser is not None
        mean = normaliser.mean if normaliser else np.zeros(size)
        deviation = normaliser.deviation if normaliser else np.ones(size)
        # In float64, as the normaliser itself: far from zero, single precision loses what is to be seen.
        self.register_buffer("mean", torch.from_numpy(mean.copy()))
        self.register_buffer("deviation", torch.from_numpy(deviation.copy()))
        self.clip = normaliser.clip if normaliser else 0.0
        self.discrete = isinstance(policy.networks.policy, Categorical)
        if not self.discrete:
            assert isinstance(policy.action_space, Box)
            space = policy.action_space
            self.register_buffer("low", torch.tensor(space.low, dtype=torch.float32))
            self.register_buffer("high", torch.tensor(space.high, dtype=torch.float32))
            self.register_buffer("spread", policy.networks.policy.log_deviation.detach().exp())

    def forward(self, observation: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        seen = observation
        if self.normalised:
            seen = ((observation.double() - self.mean) / self.deviation).clamp(-self.clip, self.clip).float()
        out, value = self.actor(seen), self.critic(seen)[:, 0]
        if self.discrete:
            return out.argmax(dim=1), out.softmax(dim=1), value
        best = torch.minimum(torch.maximum(out, self.low), self.high)
        return best, torch.cat([out, self.spread.expand_as(out)], dim=1), value


def write_onnx(policy: TrainedPolicy, folder: Path) -> dict[str, Any]:
    """Write ``policy.onnx`` and ``check.json`` into an empty folder; returns what the last holds.

    The network takes ``observation``, float32 [N, O] as the environment gives it, and gives ``action`` (the best: int64
    [N], or float32 [N, A] within the bounds), ``distribution`` (probabilities [N, n], or means and deviations [N, 2 A])
    and ``value`` [N]. onnxruntime runs it on observations before it counts as written.

    Raises:
        MissingExtraError: onnx, onnxscript or onnxruntime is absent.
        BadDataError: the exported network computes something else.
    """
    try:
        import onnxruntime
        import onnxscript  # noqa: F401  the exporter needs it and reports its absence late
    except ModuleNotFoundError as error:
        raise MissingExtraError(str(error.name), "export") from error
    path, seen = folder / "policy.onnx", probes(policy)
    names = ["action", "distribution", "value"]
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            PolicyGraph(policy).eval(), (torch.from_numpy(seen),), str(path), input_names=["observation"],
            output_names=names, dynamic_shapes=({0: torch.export.Dim("observations", min=1)},), dynamo=True,
            external_data=False, verbose=False,
        )  # fmt: skip
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    worst = 0.0
    for rows in (seen, seen[:1]):
        found = dict(zip(names, session.run(names, {"observation": rows}), strict=True))
        wanted = {"distribution": policy.distribution(rows), "value": policy.value(rows)}
        if isinstance(policy.action_space, Box):
            wanted["action"] = policy.act(rows)
        else:
            # Of two actions that are equally likely either may come first.
            chosen = np.take_along_axis(wanted["distribution"], found["action"][:, None], axis=1)[:, 0]
            worst = max(worst, float((wanted["distribution"].max(axis=1) - chosen).max()))
        for name, value in wanted.items():
            scale = max(1.0, float(np.abs(value).max()))
            worst = max(worst, float(np.abs(found[name] - value).max()) / scale)
    if not worst <= TOLERANCE:
        raise BadDataError(f"{path}: differs by {worst:.2g} from the policy it was exported from; nothing was kept")
    check = {
        "fingerprint": policy.fingerprint, "environment": policy.environment, "observation": seen[:8].tolist(),
        "action": policy.act(seen[:8]).tolist(), "distribution": policy.distribution(seen[:8]).tolist(),
        "value": policy.value(seen[:8]).tolist(), "largest_difference": worst, "tolerance": TOLERANCE,
    }  # fmt: skip
    write_json(folder / "check.json", check)
    return check


def probes(policy: TrainedPolicy) -> np.ndarray:
    """Observations float32 [64, O] to check an export with: where the policy was trained if known, else near 0."""
    rng, size = np.random.default_rng(0), policy.observation_space.size
    noise = rng.normal(size=(PROBES, size))
    if policy.normaliser:
        noise = policy.normaliser.mean + policy.normaliser.deviation * noise
    return policy.observation_space.clip(noise.astype(np.float32))
