"""A matcher simple enough to be checked by hand, and people to match."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoestring.core.errors import BadDataError
from shoestring.similarity.protocol import Comparisons
from shoestring.similarity.templates import Template


@dataclass(frozen=True)
class ToyMatcher:
    """Items are vectors; the template is their mean and the score the negative distance to it."""

    scale: float = 1.0
    kind: str = "toy"

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(f"toy {self.scale}".encode()).hexdigest()[:16]

    def enrol(self, items: Sequence[Any]) -> Template:
        return Template(self.fingerprint, len(items), np.mean(items, axis=0).astype(np.float32).tobytes())

    def score(self, template: Template, items: Sequence[Any]) -> NDArray[np.float64]:
        mean = np.frombuffer(template.payload, np.float32)
        return -self.scale * np.linalg.norm(np.stack(list(items)) - mean, axis=1).astype(np.float64)

    def update(self, template: Template, item: Any) -> Template:
        mean = np.frombuffer(template.payload, np.float32)
        moved = mean + (np.asarray(item) - mean) / (template.count + 1)
        return Template(self.fingerprint, template.count + 1, moved.astype(np.float32).tobytes())

    def explain(self, template: Template, item: Any) -> dict[str, Any] | None:
        return None

    def save(self, folder: Path) -> None:
        (folder / "config.json").write_text(json.dumps({"kind": self.kind, "scale": self.scale}))


def load_toy(folder: Path) -> ToyMatcher:
    config = json.loads((folder / "config.json").read_text())
    if config["kind"] != "toy":
        raise BadDataError(f"{folder}: not a toy")
    return ToyMatcher(config["scale"])


@dataclass(frozen=True, eq=False)
class ToySamples:
    items: NDArray[np.float64]
    identity: NDArray[np.str_]
    genuine: NDArray[np.bool_]
    sample: NDArray[np.int64]
    source: str = "toy people"

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: Any) -> Any:
        return self.items[index]


def toy_people(
    people: int,
    genuine: int = 10,
    forgeries: int = 10,
    *,
    seed: int = 0,
    dimensions: int = 8,
    spread: float = 0.5,
    uneven: float = 0.0,
    distance: float = 3.0,
) -> ToySamples:
    """Gaussian clouds; forgers come ``distance`` spreads near. ``uneven`` makes people differ in how much they vary."""
    draw = np.random.default_rng(seed)
    items, writer, truth, sample = [], [], [], []
    for person in range(people):
        centre = draw.normal(size=dimensions)
        own = spread * np.exp(uneven * draw.normal())
        items.append(centre + own * draw.normal(size=(genuine, dimensions)))
        offset = draw.normal(size=dimensions)
        forged = centre + distance * own * offset / np.linalg.norm(offset)
        items.append(forged + own * draw.normal(size=(forgeries, dimensions)))
        writer += [f"p{person:03d}"] * (genuine + forgeries)
        truth += [True] * genuine + [False] * forgeries
        sample += list(range(genuine + forgeries))
    return ToySamples(np.concatenate(items), np.array(writer), np.array(truth), np.array(sample))


def table(
    genuine: Sequence[float], impostor: Sequence[float], *, kind: str = "skilled", people: int = 1, matcher: str = ""
) -> Comparisons:
    """Comparisons with the given scores, dealt out to ``people`` in turn."""
    score = np.array([*genuine, *impostor], dtype=np.float64)
    truth = np.arange(len(score)) < len(genuine)
    subject = np.array([f"p{i % people}" for i in (*range(len(genuine)), *range(len(impostor)))])
    return Comparisons(
        score=score,
        genuine=truth,
        subject=subject,
        probe=np.where(truth, subject, ""),
        kind=np.where(truth, "genuine", kind),
        matcher=matcher,
    )
