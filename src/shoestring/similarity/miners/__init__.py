"""The miners. A union is the registry: configuration picks a member by its ``kind``; tests and menus walk it.

A ``Miner`` says which triplets of a batch a triplet loss sees; its verb is
:class:`shoestring.similarity.mined_hinge.Mine`, on a block of anchors.
"""

from shoestring.similarity.miners.all_triplets import AllTriplets
from shoestring.similarity.miners.batch_hard import BatchHard
from shoestring.similarity.miners.hardest_negative import HardestNegative
from shoestring.similarity.miners.random_negative import RandomNegative
from shoestring.similarity.miners.semi_hard import SemiHard

Miner = SemiHard | AllTriplets | HardestNegative | BatchHard | RandomNegative
