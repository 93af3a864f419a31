"""Losses, metrics and search against other libraries: ``python -m benchmarks.similarity [--quick] --json``.

Triplet losses with mining inside the batch, forward and backward, on the same vectors: time in turn in this process (A
B A B), peak memory each in a process of its own. Values and gradients are asserted to be equal before anything is
timed; a row says where a peer means something else by the same word. The equal error rate of two million scores comes
from :mod:`benchmarks.verification`, exact search in gigabytes a second from :mod:`benchmarks.search`. ``--quick`` takes
fewer sizes and one pair each; the slowest peer still needs a minute. Needs ``[bench]``, 8 GiB of memory for a peer, and
Linux for the account of memory. Writes ``benchmarks/results/similarity.json`` unless ``--quick``.
"""

import statistics
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import torch

from benchmarks.document import Row, arguments, publish
from benchmarks.search import scan_rows
from benchmarks.similarity_contenders import PML, SAME, ST, WIDTH, batch, once, ours, theirs
from benchmarks.similarity_memory import METHOD, extra_mebibytes
from benchmarks.verification import eer_rows, row, seconds

RULES = ("all-triplets", "semi-hard", "batch-hard")


def time_row(rule: str, peer: str, size: int, repeats: int) -> Row:
    """Both in turn, ``repeats`` times, and more often where that takes less than as many seconds.

    The limit is the three matrix products that distances and their gradient need.
    """
    z, group = batch(size)
    mine, other = ours(matching(rule, peer)), theirs(peer, rule)
    note = SAME.get((peer, rule))
    # The first call of each warms up, and shows that both compute the same.
    (value, slope), (value_there, slope_there) = once(mine, z, group), once(other, z, group)
    if note is None:
        assert abs(value - value_there) < 1e-5 * max(1.0, abs(value_there)), (rule, peer, value, value_there)
        # Which of two negatives is the nearer one is decided by the last bit of a peer's single precision.
        apart = float((slope - slope_there).norm() / slope_there.norm())
        assert apart < 0.01, (rule, peer, apart)
    pairs: list[tuple[float, float]] = []
    while len(pairs) < repeats or (sum(map(sum, pairs)) < repeats and len(pairs) < 10 * repeats):
        pairs.append((seconds(lambda: once(mine, z, group)), seconds(lambda: once(other, z, group))))
    limit = min(seconds(lambda: products(z)) for _ in range(3))
    found = row(f"{rule}-time@{size}", peer, pairs, limit)
    return found | about(size, group) | {"pairs": len(pairs), "loss": value, "note": note or "same value and gradient"}


def memory_row(rule: str, peer: str, size: int, repeats: int) -> Row:
    """Peak extra memory of each; the limit is the gradient that has to be returned."""
    rules = {"ours": matching(rule, peer), peer: rule}
    pairs = [(extra_mebibytes("ours", rules["ours"], size), extra_mebibytes(peer, rule, size)) for _ in range(repeats)]
    ratios = [their / our for our, their in pairs]
    our, their = (statistics.median(side) for side in zip(*pairs, strict=True))
    return {
        "name": f"{rule}-memory@{size}", "peer": peer, "ratio": statistics.median(ratios), "low": min(ratios),
        "high": max(ratios), "ours": our, "theirs": their, "unit": "MiB", "limit": size * WIDTH * 4 / 2**20,
        **about(size, batch(size)[1]), "pairs": len(pairs), "note": METHOD,
    }  # fmt: skip


def matching(rule: str, peer: str) -> str:
    """Which of ours is the peer's: sentence-transformers takes the farthest negative where none is semi-hard."""
    return "semi-hard-or-farthest" if (rule, peer) == ("semi-hard", ST) else rule


def products(z: torch.Tensor) -> None:
    """Distances need one product of this size, their gradient two."""
    gram = z @ z.T
    _ = gram @ z, gram.T @ z


def about(size: int, group: torch.Tensor) -> dict[str, Any]:
    """What the batch is."""
    return {"batch": size, "width": WIDTH, "identities": len(group.unique())}


def loss_rows(quick: bool) -> list[Row]:
    """Triplet losses: time and memory by rule, size and peer."""
    sizes, rules, repeats = ((256, 1800), RULES[:2], 1) if quick else ((256, 1024, 1800), RULES, 3)
    chosen = [(rule, peer, size) for size in sizes for rule in rules for peer in (PML, ST)]
    times = [time_row(*one, repeats) for one in chosen]
    return times + [memory_row(*one, repeats) for one in chosen if not quick or one[0] == RULES[0]]


PARTS: tuple[Callable[[bool], list[Row]], ...] = (loss_rows, eer_rows, scan_rows)
"""A part makes rows from ``quick``."""


def main() -> None:
    """Run all parts and print their rows."""
    options = arguments(__doc__).parse_args()
    torch.set_num_threads(1)
    rows = [found for part in PARTS for found in part(options.quick)]
    peers = {name: version(name) for name in (PML, ST)}
    publish(
        "similarity",
        rows,
        options,
        clock="processor time of one thread; search by the wall",
        torch=torch.__version__,
        peers=peers,
    )


if __name__ == "__main__":
    main()
