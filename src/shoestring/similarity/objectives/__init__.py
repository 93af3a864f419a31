"""The objectives of text encoders. The union is the registry: configuration picks a member by its ``kind``.

A component has the verb ``build(width) -> nn.Module``; the module maps ``(columns, target)`` to a scalar, where
``columns`` are the vectors [B, ``width``] of the texts of a row, of any length, and ``target`` is float [B]. What the
module learns besides the encoder is thrown away after training. ``reads`` says which kind of file it learns from.
"""

from shoestring.similarity.objectives.cosent import Cosent
from shoestring.similarity.objectives.cosine_regression import CosineRegression
from shoestring.similarity.objectives.distillation import Distillation
from shoestring.similarity.objectives.pair_classes import PairClasses
from shoestring.similarity.objectives.ranking import MultipleNegatives
from shoestring.similarity.objectives.triplet_margin import TripletMargin

Objective = PairClasses | CosineRegression | TripletMargin | MultipleNegatives | Cosent | Distillation
