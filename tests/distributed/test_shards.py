import numpy as np
import pytest

from shoestring.core.errors import BadDataError
from shoestring.distributed.shards import shard_rows


def test_every_row_has_one_owner():
    for sort_by in (None, np.arange(10) % 3):
        parts = shard_rows(10, 3, np.random.default_rng(0), sort_by)
        assert sorted(np.concatenate(parts)) == list(range(10)) and {len(part) for part in parts} == {3, 4}


def test_shifted_parts_are_sorted_and_others_are_mixed():
    label = np.repeat([0, 1, 2, 3], 25)
    shifted = shard_rows(100, 4, np.random.default_rng(0), label)
    assert [set(label[part]) for part in shifted] == [{0}, {1}, {2}, {3}]
    assert all(len(set(label[part])) == 4 for part in shard_rows(100, 4, np.random.default_rng(0)))


def test_more_workers_than_rows_are_refused():
    with pytest.raises(BadDataError, match="2 rows"):
        shard_rows(2, 3, np.random.default_rng(0))
