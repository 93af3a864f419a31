"""What losses with a vector for each class share."""

import torch
from torch import Tensor, nn

from shoestring.core.errors import BadDataError


def class_weights(classes: int, width: int) -> nn.Parameter:
    """[classes, width] directions, as likely one as another. Raises BadDataError with fewer than two classes."""
    if classes < 2 or width < 1:
        raise BadDataError(
            f"{classes} classes of {width} numbers: a loss over classes needs two, of one number or more"
        )
    return nn.Parameter(torch.randn(classes, width) / width**0.5)


def checked(group: Tensor, classes: int) -> Tensor:
    """``group``, int64 [B], if all of it is in 0..classes-1. Raises BadDataError."""
    outside = group[(group < 0) | (group >= classes)]
    if len(outside):
        raise BadDataError(
            f"class {int(outside[0])} is not one of the {classes} from 0 to {classes - 1} this loss was built for; "
            "number the identities of the training set from 0"
        )
    return group
