import numpy as np
import pytest
import torch

from shoestring.recipes.text_data import TextRows, prepare
from shoestring.recipes.text_watch import Watch
from shoestring.similarity.encoders import StaticWords
from shoestring.similarity.objectives import CosineRegression, MultipleNegatives, PairClasses, TripletMargin
from shoestring.similarity.rank_correlation import spearman


@pytest.fixture(scope="module")
def network():
    return StaticWords().build()


LEFT, RIGHT = ("a cat", "a boat", "the road"), ("one cat", "a ship", "bread")


def test_scores_are_watched_by_their_order(network):
    rows = TextRows((LEFT, RIGHT), np.array([1.0, 0.8, 0.1]))
    watch = Watch(rows, CosineRegression())
    assert watch.name == "held_out_spearman"
    cosine = (network.encode(LEFT) * network.encode(RIGHT)).sum(axis=1)
    value = watch.measure(network, prepare(network, rows), torch.nn.Identity())
    assert value == pytest.approx(spearman(cosine, rows.target))
    assert set(watch.interval(network, prepare(network, rows), value)) == {"value", "low", "high"}


def test_triplets_are_watched_by_who_is_nearer(network):
    rows = TextRows((LEFT, RIGHT, ("stocks", "", "street")), np.array([1.0, 0, 1]))
    for objective in (TripletMargin(), MultipleNegatives()):
        watch = Watch(rows, objective)
        assert watch.name == "held_out_triplets"
        assert watch.measure(network, prepare(network, rows), torch.nn.Identity()) == 0.5


def test_anything_else_is_watched_by_its_loss(network):
    rows = TextRows((LEFT, RIGHT), np.array([0.0, 1, 2]))
    watch = Watch(rows, PairClasses())
    head = PairClasses().build(50)
    prepared = prepare(network, rows)
    value = watch.measure(network, prepared, head)
    batch, target = prepared.batch(np.arange(3))
    assert watch.name == "held_out_gain"
    assert value == pytest.approx(-head(network(batch).split(3), target).item(), rel=1e-5)
    assert network.training
