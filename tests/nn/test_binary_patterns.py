import math

import numpy as np
import pytest
import torch

from shoestring.nn.binary_patterns import PATTERNS, binary_patterns, cell_histograms, uniform_codes


def slow(grey, radius):
    """One picture, pixel by pixel, the bits in a list."""
    height, width = grey.shape
    table = {}
    for number in range(256):
        bits = [(number >> k) & 1 for k in range(8)]
        if sum(bits[k] != bits[k - 1] for k in range(8)) <= 2:
            table[number] = len(table)
    found = np.empty((height - 2 * radius, width - 2 * radius), dtype=int)
    for y in range(radius, height - radius):
        for x in range(radius, width - radius):
            number = 0
            for k in range(8):
                angle = math.pi * k / 4
                neighbour = grey[y + round(radius * math.sin(angle)), x + round(radius * math.cos(angle))]
                number += (1 << k) if neighbour >= grey[y, x] else 0
            found[y - radius, x - radius] = table.get(number, 58)
    return found


@pytest.mark.parametrize("radius", [1, 2, 3])
def test_patterns_are_those_of_a_loop_over_pixels(radius):
    # Few grey values, so that many neighbours are equal.
    grey = torch.randint(0, 5, (2, 13, 11), generator=torch.Generator().manual_seed(0)).float()
    found = binary_patterns(grey, radius)
    assert found.dtype == torch.int64
    for picture, expected in zip(found, grey.numpy(), strict=True):
        assert np.array_equal(picture.numpy(), slow(expected, radius))


def test_there_are_58_uniform_patterns_of_their_own_number():
    codes = uniform_codes()
    assert codes.max() == PATTERNS - 1 and (codes == 58).sum() == 256 - 58
    assert sorted(codes[codes < 58].tolist()) == list(range(58))
    assert codes[0] == 0 and codes[255] == 57 and codes[0b01010101] == 58


def test_only_the_order_of_grey_values_counts():
    grey = torch.rand(3, 20, 20, generator=torch.Generator().manual_seed(1))
    assert torch.equal(binary_patterns(grey, 2), binary_patterns(3 * grey.square() + 0.1, 2))


def test_shares_add_up_to_one_in_each_cell_and_stay_where_they_are():
    codes = torch.randint(0, PATTERNS, (2, 11, 7), generator=torch.Generator().manual_seed(2))
    found = cell_histograms(codes, 3, 2).reshape(2, 3, 2, PATTERNS)
    torch.testing.assert_close(found.sum(dim=3), torch.ones(2, 3, 2))
    lines, columns = np.arange(11) * 3 // 11, np.arange(7) * 2 // 7
    for row in range(3):
        for column in range(2):
            part = codes[1].numpy()[lines == row][:, columns == column]
            expected = np.bincount(part.ravel(), minlength=PATTERNS) / part.size
            np.testing.assert_allclose(found[1, row, column], expected, atol=1e-6)
