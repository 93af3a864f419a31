"""Pictures of any size as one tensor."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from shoestring.core.errors import BadDataError
from shoestring.data.images import Fit, Picture, fit_pixels


def stack_pictures(
    items: Sequence[Picture], height: int, width: int, *, colour: bool = False, fit: Fit = "crop"
) -> Tensor:
    """float32 [N, 1 or 3, ``height``, ``width``] in [0, 1]; see :func:`~shoestring.data.images.fit_pixels`.

    Raises BadDataError for what is not a picture.
    """
    stacked = np.zeros((len(items), height, width, 3) if colour else (len(items), height, width), dtype=np.uint8)
    for row, item in zip(stacked, items, strict=True):
        if not isinstance(item, Picture):
            raise BadDataError(f"a picture is needed, not {type(item).__name__}: this model compares images")
        row[:] = fit_pixels(item, height, width, colour=colour, fit=fit)
    found = torch.from_numpy(stacked).to(torch.float32) / 255
    return found.permute(0, 3, 1, 2).contiguous() if colour else found[:, None]


def standardised(images: Tensor) -> Tensor:
    """Each picture of [B, C, H, W] with mean 0 and standard deviation 1 over all its pixels and colours.

    A picture of one colour becomes 0: the deviation is taken to be at least 1 / 255.
    """
    mean = images.mean(dim=(1, 2, 3), keepdim=True)
    spread = images.var(dim=(1, 2, 3), keepdim=True, unbiased=False).add(1 / 255**2).sqrt()
    return (images - mean) / spread
