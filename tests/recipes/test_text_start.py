import numpy as np
import pytest

from shoestring.core.errors import ConfigError, NotFoundError
from shoestring.core.folder import RunFolder
from shoestring.core.run import Run
from shoestring.recipes.text_data import TextRows
from shoestring.recipes.text_start import start_network, taught
from shoestring.similarity.encoders import StaticWords
from shoestring.similarity.objectives import CosineRegression, Distillation


@pytest.fixture
def run(tmp_path):
    with Run(RunFolder.create(tmp_path, "x", "", {}), seed=0, quiet=True) as made:
        yield made


def test_a_new_network_or_that_of_a_model(run):
    assert start_network("", StaticWords(width=5), run).width == 5
    assert start_network("text", StaticWords(width=5), run).width == 50
    with pytest.raises(ConfigError, match="this is a verifier"):
        start_network("pen", StaticWords(), run)
    with pytest.raises(NotFoundError):
        start_network("nothing", StaticWords(), run)


def test_a_teacher_judges_every_pair_and_others_change_nothing(run):
    rows = TextRows((("a cat", "a cat"), ("a cat", "the stock market")), np.zeros(2))
    found = taught(rows, Distillation(teacher="text"), run)
    assert found.target[0] == pytest.approx(1, abs=1e-5) and found.target[1] < 0.6
    assert taught(rows, CosineRegression(), run) is rows
