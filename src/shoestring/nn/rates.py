"""Learning rates as functions of the step: a resumed run needs no state of a schedule."""

import torch


def warm_up(step: int, total: int, share: float) -> float:
    """Factor of the learning rate at ``step`` from 1 to ``total``.

    It rises in a line to 1 over the first ``share`` of the steps and falls in a line, to just above 0 at the last one.
    """
    rising = max(1, round(share * total))
    if step <= rising and share > 0:
        return step / rising
    falling = total - (rising if share > 0 else 0)
    return (total - step + 1) / (falling + 1)


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Set the learning rate of every group."""
    for group in optimizer.param_groups:
        group["lr"] = rate
