from shoestring.distributed.layout import Group, lay_out, matrix_shape

SHAPES = {"conv": (8, 4, 3, 3), "bias": (8,), "twin": (8, 36), "scale": (), "small": (2, 2), "wide": (3, 50)}


def test_kernels_fold_into_columns_and_vectors_have_no_matrix():
    assert matrix_shape((8, 4, 3, 3)) == (8, 36)
    assert matrix_shape((5,)) is None and matrix_shape(()) is None


def test_matrices_of_one_shape_stand_together_and_small_ones_stay_plain():
    layout = lay_out(SHAPES, 2, 1.0)
    assert layout.groups == (Group(("conv", "twin"), 8, 36, 2), Group(("wide",), 3, 50, 2))
    # 2 x (2 + 2) numbers of factors are no fewer than the 4 of the matrix.
    assert layout.plain == ("bias", "scale", "small")
    assert layout.numbers == 288 + 8 + 288 + 1 + 4 + 150
    assert layout.plain_numbers + layout.compressed_numbers == layout.numbers


def test_a_rank_is_at_most_the_shorter_side():
    assert lay_out({"wide": (3, 5000)}, 64).groups[0].rank == 3


def test_the_least_rate_keeps_what_saves_too_little():
    # 10 x 10 at rank 2: 40 of 100 numbers, a rate of 2.5.
    assert lay_out({"w": (10, 10)}, 2, 2.4).groups and not lay_out({"w": (10, 10)}, 2, 2.6).groups


def test_ranks_by_name_split_a_shape_and_zero_is_plain():
    layout = lay_out({"a": (9, 9), "b": (9, 9), "c": (9, 9)}, {"a": 1, "b": 3})
    assert [(group.names, group.rank) for group in layout.groups] == [(("a",), 1), (("b",), 3)]
    assert layout.plain == ("c",)
    assert layout.groups[1].factors == 3 * 18
