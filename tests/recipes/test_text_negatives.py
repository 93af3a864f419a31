import numpy as np
import pytest

from shoestring.core.folder import RunFolder
from shoestring.core.run import Run
from shoestring.recipes.text_data import TextRows
from shoestring.recipes.text_negatives import with_negatives
from shoestring.recipes.training import train
from shoestring.similarity.encoders import StaticWords
from shoestring.similarity.nested import Nested
from shoestring.similarity.objectives import CosineRegression, MultipleNegatives

PAIRS = (
    ("a man plays the guitar", "a man is playing a guitar"),
    ("a man plays the guitar", "someone makes music"),
    ("a woman plays the piano", "a lady is at the piano"),
    ("shares fell on friday", "the stock market lost on friday"),
    ("stocks rose on monday", "the market gained on monday"),
)
ROWS = TextRows(tuple(zip(*PAIRS, strict=True)), np.zeros(len(PAIRS)))
MINED = MultipleNegatives(negatives="mined", ceiling=1.0)


@pytest.fixture
def run(tmp_path):
    with Run(RunFolder.create(tmp_path, "x", "", {}), seed=0, quiet=True) as made:
        yield made


@pytest.fixture(scope="module")
def network():
    return StaticWords().build()


@pytest.mark.parametrize("objective", [MINED, Nested(objective=MINED)])
def test_a_negative_is_near_and_of_another_row(objective, network, run):
    found = with_negatives(ROWS, objective, network, run)
    negative = found.columns[2]
    assert found.target.tolist() == [float(bool(text)) for text in negative] and found.target.sum() >= 3
    # Everything that stands in a row with an anchor or with its positive is alike, whatever row is looked at.
    alike = {PAIRS[0][0], PAIRS[0][1], PAIRS[1][1]}
    assert not alike & set(negative[:2])
    assert "friday" not in negative[3] and ("monday" in negative[3] or not negative[3])


def test_given_negatives_stay(network, run):
    given = TextRows((*ROWS.columns, ("", "", "given", "", "")), np.array([0.0, 0, 1, 0, 0]))
    found = with_negatives(given, MINED, network, run)
    assert found.columns[2][2] == "given" and found.target[2] == 1 and found.target.sum() > 1


def test_nothing_happens_where_nobody_asks(network, run):
    assert with_negatives(ROWS, MultipleNegatives(), network, run) is ROWS
    assert with_negatives(ROWS, CosineRegression(), network, run) is ROWS


def test_a_run_mines_and_nests(tmp_path):
    settings = ["epochs=1", "eval_every=8", "objective.kind=nested", "objective.sizes=[8]",
                "objective.objective.negatives=mined"]  # fmt: skip
    made = train("text-pairs", settings, root=tmp_path, quiet=True)
    assert "hard negatives among" in (made.path / "log.txt").read_text()
    assert made.summary()["metrics"]["width"] == 50
