"""The 1993 network for pen signatures: eight features over time to one unit vector."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from shoestring.core.component import component
from shoestring.data.pen_features import PenFeature, PenUp, feature_scales, stack_features
from shoestring.data.strokes import Signature
from shoestring.nn.tdnn import COMPACT, WIDE, Tdnn

_LAYERS = {"wide": WIDE, "compact": COMPACT}
_CHUNK = 1_024
"""Signatures encoded at once: some 100 MB of features and maps."""


@component
class SignatureTdnn:
    """Time-delay network of Bromley et al. 1993, "Network architecture and training"."""

    kind: Literal["signature-tdnn"] = "signature-tdnn"
    architecture: Literal["wide", "compact"] = "wide"
    """``wide``: architecture 1, 304 outputs from 3,004 weights; ``compact``: architecture 2, 76 from 634."""
    features: tuple[PenFeature, ...] = (
        "pen",
        "speed",
        "centripetal",
        "tangential",
        "cos_direction",
        "sin_direction",
        "cos_turn",
        "sin_turn",
    )
    """Inputs of the network; the paper takes eight of ten."""
    pen_up: PenUp = "keep"
    """Whether the path of the lifted pen, and its time, is used."""

    def build(self) -> "SignatureTdnnEncoder":
        """A network with random weights and unit scales."""
        return SignatureTdnnEncoder(self)


class SignatureTdnnEncoder(nn.Module):
    """Signatures -> unit vectors [N, ``width``]."""

    def __init__(self, config: SignatureTdnn) -> None:
        super().__init__()
        self.config = config
        layers = _LAYERS[config.architecture]
        self.network = Tdnn(layers, inputs=len(config.features))
        self.width = 19 * layers[-1].channels
        self.scales: Tensor
        self.register_buffer("scales", torch.ones(len(config.features)))

    def fit_scales(self, items: Sequence[Signature]) -> None:
        """Learn on training data what each feature is divided by."""
        stacked = stack_features(items, self.config.features, pen_up=self.config.pen_up)
        self.scales.copy_(torch.from_numpy(feature_scales(stacked, self.config.features)))

    def prepare(self, items: Sequence[Signature]) -> Tensor:
        """What :meth:`forward` takes, float32 [N, features, 200]; compute it once per data set."""
        stacked = torch.from_numpy(stack_features(items, self.config.features, pen_up=self.config.pen_up))
        return stacked.to(self.scales.device) / self.scales[:, None]

    def forward(self, prepared: Tensor) -> Tensor:
        """[B, features, 200] -> unit vectors [B, ``width``]; only their angles matter to the criterion."""
        return F.normalize(self.network(prepared), dim=1)

    @torch.inference_mode()
    def encode(self, items: Sequence[Signature]) -> NDArray[np.float32]:
        """Unit vectors float32 [N, ``width``]; raises BadDataError for a signature that cannot be resampled."""
        chunks = [items[start : start + _CHUNK] for start in range(0, max(len(items), 1), _CHUNK)]
        return np.concatenate([self(self.prepare(chunk)).cpu().numpy() for chunk in chunks])
