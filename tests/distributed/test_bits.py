import numpy as np
import pytest
import torch

from shoestring.distributed.bits import pack_signs, packed_bytes, unpack_signs


@pytest.mark.parametrize("numbers", [0, 1, 7, 8, 9, 100])
def test_bits_are_those_of_numpy_and_come_back(numbers):
    positive = torch.rand(numbers, generator=torch.Generator().manual_seed(numbers)) > 0.5
    packed = pack_signs(positive)
    assert packed.numpy().tolist() == np.packbits(positive.numpy(), bitorder="little").tolist()
    assert len(packed) == packed_bytes(numbers)
    assert torch.equal(unpack_signs(packed, numbers), positive)
