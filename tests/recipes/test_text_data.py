import numpy as np
import pytest

from shoestring.core.errors import BadDataError, ConfigError
from shoestring.recipes.text_data import Prepared, TextRows, open_texts, prepare, scaled, split_rows
from shoestring.similarity.encoders import StaticWords


def rows(count=40):
    left = tuple(f"text {i // 2}" for i in range(count))
    return TextRows((left, tuple(f"other {i}" for i in range(count))), np.arange(count, dtype=float))


def test_rows_that_share_their_first_text_stay_together():
    training, held_out = split_rows(rows(), 0.25, np.random.default_rng(0))
    assert len(training) == 30 and len(held_out) == 10
    assert not set(training.columns[0]) & set(held_out.columns[0])
    with pytest.raises(ConfigError, match="between 0 and 1"):
        split_rows(rows(), 1.0, np.random.default_rng(0))
    with pytest.raises(BadDataError, match="too few"):
        split_rows(rows(2), 0.5, np.random.default_rng(0))


def test_scores_are_brought_to_zero_and_one():
    assert scaled(np.array([1.0, 3, 5]), (1, 5), "x").tolist() == [0, 0.5, 1]
    with pytest.raises(ConfigError, match="x: scores from 1 to 5 do not fit"):
        scaled(np.array([1.0, 5]), (0, 4), "x")


def test_a_batch_has_its_columns_behind_one_another():
    encoder = StaticWords().build()
    found = prepare(encoder, TextRows((("a cat", "dog"), ("car", "a red bus")), np.array([0.5, 1])))
    assert isinstance(found, Prepared) and found.lengths.tolist() == [[2, 1], [1, 3]]
    batch, target = found.batch(np.array([1, 0]))
    assert batch.lengths.tolist() == [1, 2, 3, 1] and target.tolist() == [1, 0.5]
    assert np.array_equal(batch.ids, encoder.prepare(["dog", "a cat", "a red bus", "car"]).ids)


def test_pairs_of_any_kind_can_be_avoided(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text("premise,hypothesis,anything\na,b,c\n")
    assert open_texts(str(path)).columns == (("a",), ("b",))
