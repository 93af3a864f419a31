"""The memory of a compressor: what each worker did not send yet."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from shoestring.distributed.communicator import Communicator
from shoestring.distributed.layout import Layout
from shoestring.distributed.products import subtract_product


class Feedback:
    """One buffer [B, n, m] of float32 for each group of matrices of a layout.

    With ``enabled`` it is the *local* residual of Vogels et al. 2019, algorithm 2: e_w = (g_w + e_w) - what worker w
    contributed, which stays bounded. (Subtracting the *mean* instead, as PyTorch's hook does, has the same mean over
    the workers while every single buffer grows without bound.) Without it only the gradient of the step is held.
    """

    def __init__(self, layout: Layout, device: torch.device | str = "cpu", *, enabled: bool = True) -> None:
        self.layout, self.enabled = layout, enabled
        self.stacks = [
            torch.zeros(len(group.names), group.rows, group.columns, device=device) for group in layout.groups
        ]
        self._views = [list(stack.unbind(0)) for stack in self.stacks]

    def add(self, matrices: Sequence[Sequence[Tensor]]) -> None:
        """Add the gradients of a step, as [n, m] by group; after it the stacks are what is to be sent."""
        for views, group in zip(self._views, matrices, strict=True):
            if self.enabled:
                torch._foreach_add_(views, list(group))
            else:
                torch._foreach_copy_(views, list(group))

    def subtract_product(self, index: int, left: Tensor, right: Tensor) -> None:
        """Group ``index`` contributed ``left^T right``, with left [B, r, n] and right [B, r, m]."""
        if self.enabled:
            subtract_product(self.stacks[index], left, right)

    def subtract(self, index: int, contributed: Tensor) -> None:
        """Group ``index`` contributed ``contributed`` [B, n, m]."""
        if self.enabled:
            self.stacks[index].sub_(contributed)

    def drop_contaminated(self) -> list[str]:
        """Zero the matrices that hold NaN or infinity; their names. All others keep what they hold."""
        dropped = []
        for group, stack in zip(self.layout.groups, self.stacks, strict=True):
            finite = stack.flatten(1).isfinite().all(1)
            for row in (~finite).nonzero().flatten().tolist():
                stack[row].zero_()
                dropped.append(group.names[row])
        return dropped

    def norm(self) -> float:
        """Euclidean norm of everything that this worker remembers."""
        return sum(float(stack.double().square().sum()) for stack in self.stacks) ** 0.5 if self.enabled else 0.0

    def mean(self, communicator: Communicator) -> dict[str, Tensor]:
        """The mean over the workers by parameter name, in the shapes of the parameters; a collective call."""
        if not self.enabled or not self.stacks:
            return {}
        flat = communicator.mean_(torch.cat([stack.flatten() for stack in self.stacks]))
        parts = flat.split([stack.numel() for stack in self.stacks])
        found = {}
        for group, stack, part in zip(self.layout.groups, self.stacks, parts, strict=True):
            for name, matrix in zip(group.names, part.view_as(stack), strict=True):
                found[name] = matrix.reshape(self.layout.shapes[name])
        return found

    def load(self, mean: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Every worker takes the mean: the sum over workers is then what it was. Returns what has no buffer here."""
        left = dict(mean)
        for group, stack in zip(self.layout.groups, self.stacks, strict=True):
            stack.zero_()
            for row, name in enumerate(group.names):
                if name in left and self.enabled:
                    stack[row].copy_(left.pop(name).reshape(group.rows, group.columns))
        return left
