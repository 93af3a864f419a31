"""Which pairs a pair loss sees: a fixed mix of genuine, skilled and zero-effort pairs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from shoestring.core.component import component
from shoestring.core.errors import BadDataError
from shoestring.similarity.protocol import Samples

Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Pairs:
    """B pairs of rows of a data set."""

    left: Indices
    """[B] always genuine."""
    right: Indices
    """[B]"""
    same: NDArray[np.bool_]
    """[B] True where ``right`` is genuine and of the same writer."""

    def part(self, index: int, count: int) -> "Pairs":
        """Every ``count``-th pair from ``index`` on: the parts of ``count`` workers make the whole."""
        return Pairs(self.left[index::count], self.right[index::count], self.same[index::count])

    @property
    def both(self) -> Indices:
        """[2 B] all left rows, then all right rows: one batch for an encoder."""
        return np.concatenate([self.left, self.right])


@component
class PairMix:
    """Shares of the three kinds of pairs; Bromley et al. 1993: 50 % genuine, 40 % skilled, 10 % zero effort.

    A zero-effort forgery is a genuine signature of somebody else. Where nobody has skilled forgeries, their share goes
    to zero effort.
    """

    kind: Literal["free"] = "free"
    genuine: float = 0.5
    skilled: float = 0.4
    zero_effort: float = 0.1

    def __post_init__(self) -> None:
        shares = (self.genuine, self.skilled, self.zero_effort)
        if min(shares) < 0 or abs(sum(shares) - 1) > 1e-9:
            raise ValueError(f"shares {shares} of genuine, skilled and zero_effort pairs must add up to 1")

    def sampler(self, samples: Samples, rng: np.random.Generator) -> "PairSampler":
        """Draw from ``samples`` with ``rng``; errors as for :class:`PairSampler`."""
        return PairSampler(self, samples, rng)


class PairSampler:
    """Draws pairs with replacement: first the kind by the mix, then a writer who has it, then the two items.

    Every writer is as likely as any other, however many signatures there are of each. The state is the position of
    ``rng``, so a sampler that is resumed goes on with the pairs that would have come.
    """

    def __init__(self, mix: PairMix, samples: Samples, rng: np.random.Generator) -> None:
        """Index ``samples``. Raises BadDataError when a kind with a share above 0 can't be drawn from anybody."""
        writers = np.unique(samples.identity)
        mine = {writer: samples.identity == writer for writer in writers}
        self._genuine = [np.flatnonzero(mine[w] & samples.genuine) for w in writers]
        self._skilled = [np.flatnonzero(mine[w] & ~samples.genuine) for w in writers]
        self._signed = [w for w in range(len(writers)) if len(self._genuine[w])]
        self._pairable = [w for w in self._signed if len(self._genuine[w]) > 1]
        self._forged = [w for w in self._signed if len(self._skilled[w])]
        skilled = mix.skilled if self._forged else 0.0
        self._shares = np.array([mix.genuine, skilled, 1 - mix.genuine - skilled])
        self._rng = rng
        if mix.genuine > 0 and not self._pairable:
            raise BadDataError("nobody has two genuine items, so there are no genuine pairs; collect more")
        if self._shares[2] > 1e-9 and len(self._signed) < 2:
            raise BadDataError("zero-effort pairs need genuine items of at least two people")

    def draw(self, size: int) -> Pairs:
        """The next ``size`` pairs."""
        kinds = self._rng.choice(3, size=size, p=self._shares)
        drawers = (self._genuine_pair, self._skilled_pair, self._zero_effort_pair)
        rows = np.array([drawers[kind]() for kind in kinds], dtype=np.int64).reshape(-1, 2)
        return Pairs(rows[:, 0], rows[:, 1], kinds == 0)

    def state_dict(self) -> dict[str, Any]:
        """Where the random stream stands."""
        return {"rng": self._rng.bit_generator.state}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from :meth:`state_dict`."""
        self._rng.bit_generator.state = state["rng"]

    def _genuine_pair(self) -> tuple[int, int]:
        rows = self._genuine[self._pick(self._pairable)]
        first = self._rng.integers(len(rows))
        second = (first + self._rng.integers(1, len(rows))) % len(rows)
        return rows[first], rows[second]

    def _skilled_pair(self) -> tuple[int, int]:
        writer = self._pick(self._forged)
        return self._pick(self._genuine[writer]), self._pick(self._skilled[writer])

    def _zero_effort_pair(self) -> tuple[int, int]:
        place = self._rng.integers(len(self._signed))
        other = (place + self._rng.integers(1, len(self._signed))) % len(self._signed)
        return self._pick(self._genuine[self._signed[place]]), self._pick(self._genuine[self._signed[other]])

    def _pick(self, choices: Sequence[int] | Indices) -> int:
        return int(choices[self._rng.integers(len(choices))])


@component
class IdentitySplit:
    """Who trains, who validates and who is tested; the arguments of :func:`split_identities`."""

    folds: int = 1
    """Parts the identities are cut into for testing; 1 tests nobody and trains on all the others."""
    fold: int = 0
    """Which part is tested."""
    validation: int = 6
    """Identities kept from training: they choose the best network and calibrate the verifier."""
    seed: int = 0
    """Shuffles the identities; apart from the run's seed, so that several seeds share their test people."""

    def parts(self, samples: Samples) -> tuple[Indices, Indices, Indices]:
        """Rows for training, validation and testing; errors as for :func:`split_identities`."""
        return split_identities(samples, self.folds, self.fold, self.validation, np.random.default_rng(self.seed))


def split_identities(
    samples: Samples, folds: int, fold: int, validation: int, rng: np.random.Generator
) -> tuple[Indices, Indices, Indices]:
    """Rows for training, validation and testing, no identity in two of them.

    ``rng`` shuffles the identities and cuts them into ``folds`` parts as equal as possible; part ``fold`` is tested,
    ``validation`` further identities are set apart, the others train. With the same ``rng`` state all parts together
    test every identity once. ``folds=1`` tests nobody: the last array is empty.

    Raises:
        BadDataError: fewer than two identities would be left to train, or ``fold`` is not one of ``folds``.
    """
    identities = rng.permutation(np.unique(samples.identity))
    if not 0 <= fold < folds:
        raise BadDataError(f"fold {fold} is not one of the {folds} from 0 to {folds - 1}")
    parts = np.array_split(identities, folds)
    tested = parts[fold] if folds > 1 else identities[:0]
    others = np.concatenate([*parts[fold + 1 :], *parts[:fold]]) if folds > 1 else identities
    chosen, training = others[:validation], others[validation:]
    if len(training) < 2:
        raise BadDataError(
            f"{len(identities)} identities: {len(tested)} are tested and {len(chosen)} validate, which leaves "
            f"{len(training)} to train; at least 2 are needed, so give more of them, more folds or fewer for validation"
        )
    train, validate, test = (np.flatnonzero(np.isin(samples.identity, part)) for part in (training, chosen, tested))
    return train, validate, test
