"""The encoders. The union is the registry: configuration picks a member by its ``kind``; tests and menus walk it."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from shoestring.similarity.encoders.bert import Bert
from shoestring.similarity.encoders.conv_small import ConvSmall
from shoestring.similarity.encoders.inception_nn2 import InceptionNn2
from shoestring.similarity.encoders.inception_small import InceptionSmall
from shoestring.similarity.encoders.local_patterns import LocalPatterns
from shoestring.similarity.encoders.siamese_conv import SiameseConv
from shoestring.similarity.encoders.signature_tdnn import SignatureTdnn
from shoestring.similarity.encoders.static_words import StaticWords
from shoestring.similarity.encoders.stroke_net import StrokeNet

TextEncoding = Bert | StaticWords
"""Encoders of texts: components with one verb, ``build()``; their networks return vectors of any length, since the
objectives of sentence embedding ask for it, and ``encode`` gives unit vectors."""

Encoder = SignatureTdnn | StrokeNet | SiameseConv | InceptionNn2 | InceptionSmall | ConvSmall | LocalPatterns
"""Components with one verb, ``build() -> EncoderNetwork``."""


class EncoderNetwork(Protocol):
    """What an encoder component builds: an ``nn.Module`` from prepared items to vectors.

    They have length 1, except those of ``siamese-conv``, whose loss needs its outputs as they are. Matchers that need
    length 1 scale what they get.
    """

    config: Encoder
    width: int
    """Length of the vectors."""

    def fit_scales(self, items: Sequence[Any]) -> None:
        """Learn input scaling from training items; it is part of the state dict."""
        ...

    def prepare(self, items: Sequence[Any]) -> Tensor:
        """[N, ...] network input; it does not change while the weights are trained."""
        ...

    def __call__(self, prepared: Tensor) -> Tensor:
        """Vectors [N, ``width``], differentiable."""
        ...

    def encode(self, items: Sequence[Any]) -> NDArray[np.float32]:
        """Vectors [N, ``width``]."""
        ...

    def state_dict(self) -> dict[str, Tensor]: ...

    def load_state_dict(self, state: dict[str, Tensor], /) -> Any: ...
