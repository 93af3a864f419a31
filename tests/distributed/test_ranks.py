import itertools

import pytest

from shoestring.distributed.ranks import affordable_numbers, choose_ranks

SHAPES = {"rich": (20, 30), "poor": (20, 30), "large": (100, 400), "v": (7,)}
CURRENT = {"rich": 1, "poor": 1, "large": 1}


def test_columns_go_where_most_is_missed_for_a_byte():
    ranks = choose_ranks(SHAPES, {"rich": 100.0, "poor": 1.0, "large": 100.0}, CURRENT, 50 + 50 + 500 + 150, 8)
    assert ranks == {"rich": 4, "poor": 1, "large": 1}


def test_among_all_ranks_within_the_budget_none_covers_more():
    """Against trying all of them, with matrices of equal size, where greedy choice is exact."""
    shapes = dict.fromkeys("abc", (8, 8))
    missed = {"a": 7.0, "b": 3.5, "c": 0.7}
    current = dict.fromkeys("abc", 1)
    budget = 16 * 8
    found = choose_ranks(shapes, missed, current, budget, 4)

    def covered(ranks):
        return sum(missed[n] / 7 * (r - 1) for n, r in zip("abc", ranks, strict=True))

    allowed = [ranks for ranks in itertools.product(range(1, 5), repeat=3) if 16 * sum(ranks) <= budget]
    assert covered(found[name] for name in "abc") == pytest.approx(max(map(covered, allowed)))


def test_the_least_is_rank_one_and_the_most_is_respected():
    assert choose_ranks(SHAPES, {"rich": 1.0}, CURRENT, 0, 8) == dict.fromkeys(CURRENT, 1)
    ranks = choose_ranks(SHAPES, dict.fromkeys(CURRENT, 1.0), CURRENT, 10**9, 8)
    assert ranks == dict.fromkeys(CURRENT, 8)


def test_a_budget_in_numbers_follows_from_speed_and_compute():
    # 100 Mbit/s for half of 80 ms are 500,000 bytes.
    assert affordable_numbers(12.5e6, 0.08, 0.5) == 125_000
