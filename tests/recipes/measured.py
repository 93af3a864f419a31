"""A measurement as ``bandwidth measure`` writes it, for the tests of those who read one."""

import json
from typing import Any

from shoestring.core.folder import RunFolder
from shoestring.distributed.link import Link, StepCost, break_even_mbit, speeds, step_ms, verdict
from shoestring.distributed.traffic import Message

METHODS = {
    "none": (["compress.kind=none"], 4_000_000, 0.0),
    "rank 1": (["compress.kind=powersgd", "compress.rank=1"], 40_000, 10.0),
}


def write_measurement(run: RunFolder) -> dict[str, Any]:
    """Put one into a run folder, its times made from costs by the program's own predictor."""
    methods = []
    costs = {n: StepCost(20.0, codec, [Message("all-reduce", size)]) for n, (_, size, codec) in METHODS.items()}
    for name, cost in costs.items():
        even = break_even_mbit(cost, costs["none"], 2)
        methods.append(
            {
                "name": name,
                "settings": METHODS[name][0],
                "predicted_sent": cost.messages[0].payload,
                "cosine": 0.9,
                "relative_error": 0.5,
                "optimal_error": {"1": 0.4},
                "compute_ms": 20.0,
                "encode_ms": cost.codec_ms,
                "send_ms": 1.0,
                "decode_ms": 0.0,
                "wire": None,
                "break_even_mbit": even,
                "verdict": verdict(even) if name != "none" else "",
                "measured": {},
                "predicted_ms": [step_ms(cost, 2, Link(mbit)) for mbit in speeds()],
            }  # fmt: skip
        )
    document = {
        "schema": "shoestring.bandwidth/1", "run": run.id, "workers": 2, "tunnel": False, "why_no_tunnel": "no root",
        "speeds_mbit": speeds(), "methods": methods,
    }  # fmt: skip
    (run.path / "bandwidth.json").write_text(json.dumps(document))
    return document


def finished(root: Any, compress: str, loss: list[float]) -> RunFolder:
    """A finished run whose loss was logged at every step."""
    run = RunFolder.create(root, "example", f"rate = 0.1\n[compress]\n{compress}\n", {"recipe": "example", "seed": 0})
    lines = [{"attempt": 1, "from": 0}]
    lines += [{"attempt": 1, "step": k, "t": 1.0, "k": "loss", "v": v} for k, v in enumerate(loss, start=1)]
    (run.path / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (run.path / "summary.json").write_text(json.dumps({"metrics": {}, "status": "done"}))
    run.update(status="done", budgets={})
    return run
