import pytest


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "write: shoestring launch"),
        (["bromley1993"], "write: shoestring launch"),
        (["train"], "give a PRESET"),
        (["train", "bromley1993", "--resume", "latest"], "not both"),
        (["train", "bromley1993", "compress.kind=pwersgd"], "did you mean 'powersgd'"),
        (["train", "bromley1993", "compress.kind=powersgd", "compress.rank=0"], "rank must be at least 1"),
        (["train", "bromley1993", "--budget", "bites=3"], "unknown kind 'bites'"),
    ],
)
def test_wrong_words_are_explained_and_nothing_is_started(shell, words, message):
    assert message in shell("launch", *words, code=2).stderr
    assert not shell.runs.exists()


def test_an_unknown_preset_gets_a_hint(shell):
    assert "did you mean 'bromley1993'" in shell("launch", "train", "bromley1992", code=3).stderr


def test_recipes_without_gradients_name_those_that_can(shell):
    assert "launch one of" in shell("launch", "train", "signature-dtw", "data=synthetic:7", code=2).stderr
