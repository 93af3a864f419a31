"""The losses. A union is the registry: configuration picks a member by its ``kind``; tests and menus walk it.

A ``PairLoss`` maps ``(left [B, D], right [B, D], same bool [B])`` to a scalar, a ``GroupLoss`` maps
``(z [B, D], group int64 [B])``: groups are identities. A loss never holds a model. A ``ClassLoss`` has weights of its
own: ``build(classes, width)`` makes an ``nn.Module`` that is called as a group loss is, with groups from 0 to
``classes - 1``, and whose parameters are trained beside the encoder's.
"""

from shoestring.similarity.losses.arc_face import ArcFace
from shoestring.similarity.losses.cosine_target import CosineTarget
from shoestring.similarity.losses.exponential_contrastive import ExponentialContrastive
from shoestring.similarity.losses.hinge_contrastive import HingeContrastive
from shoestring.similarity.losses.info_nce import InfoNce
from shoestring.similarity.losses.proxy_anchor import ProxyAnchor
from shoestring.similarity.losses.softmax_margin import SoftmaxMargin
from shoestring.similarity.losses.triplet import Triplet

PairLoss = CosineTarget | ExponentialContrastive | HingeContrastive
"""Pull genuine pairs together and push impostor pairs apart."""

GroupLoss = Triplet | SoftmaxMargin | InfoNce
"""Pull the items of an identity together, by triplets or pairs inside the batch or by a softmax over its identities."""

ClassLoss = ArcFace | ProxyAnchor
"""Pull the items of an identity to a trained vector of that identity: all identities are known before training."""
