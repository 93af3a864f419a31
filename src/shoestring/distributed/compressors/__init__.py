"""The compressors. A union is the registry: configuration picks a member by its ``kind``; tests and menus walk it.

Every member is a component with one verb, ``codec(shapes, device)``: it lays the gradients out and returns the
:class:`~shoestring.distributed.codec.Codec` that averages them. Vectors and scalars are never compressed.
"""

from shoestring.distributed.compressors.half import Half
from shoestring.distributed.compressors.int8 import Int8
from shoestring.distributed.compressors.none import NoCompression
from shoestring.distributed.compressors.powersgd import PowerSGD
from shoestring.distributed.compressors.random_block import RandomBlock
from shoestring.distributed.compressors.random_k import RandomK
from shoestring.distributed.compressors.sign_norm import SignNorm
from shoestring.distributed.compressors.signum import Signum
from shoestring.distributed.compressors.spectral_atomo import SpectralAtomo
from shoestring.distributed.compressors.top_k import TopK
from shoestring.distributed.compressors.unbiased_low_rank import UnbiasedLowRank

Compressor = (
    NoCompression
    | PowerSGD
    | Half
    | Int8
    | TopK
    | RandomK
    | RandomBlock
    | SignNorm
    | Signum
    | SpectralAtomo
    | UnbiasedLowRank
)
"""How gradients travel between workers."""
