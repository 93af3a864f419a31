"""An action is worth a distribution of returns on fixed atoms."""

from typing import Literal

import numpy as np

from shoestring.core.component import component
from shoestring.rl.planning import softmax


@component
class C51:
    """Probabilities of ``atoms`` returns evenly between ``low`` and ``high``, with the cross-entropy as loss.

    Returns outside the range are lost, so it must hold what the task can give. Source: Bellemare, Dabney and Munos
    2017, algorithm 1.
    """

    kind: Literal["c51"] = "c51"
    atoms: int = 51
    low: float = 0.0
    high: float = 100.0

    def __post_init__(self) -> None:
        if self.atoms < 2 or self.low >= self.high:
            raise ValueError(f"atoms={self.atoms}, low={self.low}, high={self.high}: two atoms, low below high")

    @property
    def width(self) -> int:
        """Numbers for each action: the logits of the atoms."""
        return self.atoms

    def support(self) -> np.ndarray:
        """The returns of the atoms, float32 [K]."""
        return np.linspace(self.low, self.high, self.atoms, dtype=np.float32)

    def expectation(self, values: np.ndarray) -> np.ndarray:
        """Mean returns [B, n] of logits [B, n, K]."""
        return softmax(values) @ self.support()

    def target(self, values: np.ndarray, reward: np.ndarray, discount: np.ndarray) -> np.ndarray:
        """The distribution [B, K] of ``reward + discount * return``, of logits [B, K], brought onto the atoms."""
        return project(softmax(values), reward, discount, self.support())

    def gradient(self, predicted: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The derivative of each row's cross-entropy by its logits [B, K], and the divergence from the target [B]."""
        p = softmax(predicted)
        tiny = np.float32(1e-12)
        wrong = (target * (np.log(target + tiny) - np.log(p + tiny))).sum(axis=1)
        return p - target, np.maximum(wrong, 0.0)


def project(p: np.ndarray, reward: np.ndarray, discount: np.ndarray, support: np.ndarray) -> np.ndarray:
    """Move probabilities p [B, K] from ``support`` to ``reward + discount * support``, and share each out between the
    two atoms beside it, in proportion to its nearness; beyond the ends, all goes to the last atom.
    """
    rows, atoms = p.shape
    gap = (support[-1] - support[0]) / (atoms - 1)
    at = np.clip((reward[:, None] + discount[:, None] * support - support[0]) / gap, 0, atoms - 1)
    below = np.minimum(at.astype(np.int64), atoms - 2)
    share = at - below
    first = below + atoms * np.arange(rows)[:, None]
    index = np.concatenate([first.reshape(-1), first.reshape(-1) + 1])
    weight = np.concatenate([(p * (1 - share)).reshape(-1), (p * share).reshape(-1)])
    return np.bincount(index, weight, minlength=rows * atoms).reshape(rows, atoms).astype(np.float32)
